"""Every event the shop tells, of an object of the demo shop: what is told without a query has no faults in it."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.context import Ctx
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.webhooks.events import EVENTS
from schema.events.payloads import payload
from schema.events.subjects import EVENT_TYPES, SUBJECTS

pytestmark = pytest.mark.anyio

TABLES = {
    "account": "account_user", "account_email": "account_user", "address": "address", "attribute": "attribute",
    "attribute_value": "attribute_value", "category": "category", "channel": "channel", "checkout": "checkout",
    "collection": "collection", "fulfillment": "fulfillment", "gift_card": "gift_card", "group": "account_group",
    "menu": "menu", "menu_item": "menu_item", "order": "sales_order", "page": "page", "page_type": "page_type",
    "product": "product", "product_media": "product_media", "product_variant": "product_variant",
    "promotion": "promotion", "promotion_rule": "promotion_rule", "shipping_method": "shipping_method",
    "shipping_zone": "shipping_zone", "shop": "shop_settings", "transaction": "transaction_item",
    "user": "account_user", "variant_stock": "product_variant", "voucher": "voucher", "warehouse": "warehouse",
}  # fmt: skip
ENDPOINT = {"app_id": 1, "app_permissions": sorted(ALL_PERMISSIONS), "subscription_query": None}


async def first_id(ctx: Ctx, table: str) -> str | None:
    found = await ctx.value(Statement(sa.text(f"SELECT min(id::text) FROM {table}")))
    return None if found is None else str(found)


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
async def test_an_event_is_told_without_faults(demo_ctx: Ctx, name: str) -> None:
    subject = EVENTS[name].subject or ""
    object_id = await first_id(demo_ctx, TABLES[subject]) if subject in TABLES else None
    happened: dict[str, Any] = {
        "created_at": datetime(2026, 3, 1, tzinfo=UTC), "payload": {}, "user_id": 1, "app_id": None,
        "object_id": object_id or "1",
    }  # fmt: skip
    if object_id is None:
        pytest.skip("the demo shop has no such object")
    body = await payload(demo_ctx, ENDPOINT, EVENTS[name], happened)
    assert body is not None
    (told,) = orjson.loads(body)
    assert "errors" not in told
    assert (told["type"], told["meta"]["issuing_principal"]["type"]) == (SUBJECTS[subject].kind, "user")
    assert told["id"]


async def test_most_subjects_have_an_object_in_the_demo_shop(demo_ctx: Ctx) -> None:
    without = {name for name in SUBJECTS if name not in TABLES or await first_id(demo_ctx, TABLES[name]) is None}
    assert without <= {"app", "invoice", "promotion", "promotion_rule", "voucher", "gift_card", "checkout"}
