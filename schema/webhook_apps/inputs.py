"""What a webhook is made from, and how its log is asked for."""

from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.settings import Settings
from engine.webhooks.rules import DeliveryStatus
from engine.webhooks.service import WebhookChange
from schema.common.enums import OrderDirection
from schema.common.inputs import given
from schema.common.scalars import JSONString
from schema.events.documents import checked_for
from schema.webhook_apps.enums import (
    EventDeliveryAttemptSortField,
    EventDeliverySortField,
    WebhookEventTypeAsyncEnum,
    WebhookEventTypeEnum,
    WebhookEventTypeSyncEnum,
)


@strawberry.input
class WebhookCreateInput:
    name: str | None = UNSET
    identifier: str | None = UNSET
    target_url: str | None = UNSET
    events: list[WebhookEventTypeEnum] | None = strawberry.field(default=UNSET, description="Both kinds together.")
    async_events: list[WebhookEventTypeAsyncEnum] | None = UNSET
    sync_events: list[WebhookEventTypeSyncEnum] | None = UNSET
    app: strawberry.ID | None = strawberry.field(default=UNSET, description="Whose; unset: the calling app's.")
    is_active: bool | None = UNSET
    secret_key: str | None = strawberry.field(
        default=UNSET,
        description="The key of an HMAC-SHA256 signature; unset: the shop signs with its own.",
    )
    query: str | None = strawberry.field(default=UNSET, description="A subscription: what is sent of an event.")
    custom_headers: JSONString | None = strawberry.field(
        default=UNSET, description='At most five headers to send along, named "X-…" or "Authorization…".'
    )


@strawberry.input
class WebhookUpdateInput(WebhookCreateInput):
    pass


@strawberry.input
class EventDeliverySortingInput:
    direction: OrderDirection
    field: EventDeliverySortField


@strawberry.input
class EventDeliveryFilterInput:
    status: DeliveryStatus | None = UNSET
    event_type: WebhookEventTypeEnum | None = UNSET


@strawberry.input
class EventDeliveryAttemptSortingInput:
    direction: OrderDirection
    field: EventDeliveryAttemptSortField


def change(settings: Settings, input: WebhookCreateInput | WebhookUpdateInput) -> WebhookChange:
    """What the input sets. A query without events asks for those it names. Raises Refusal for a query nobody can
    answer."""
    asked: dict[str, Any] = given(input)
    same = ("name", "identifier", "target_url", "is_active", "secret_key", "custom_headers")
    values = {name: asked[name] for name in same if name in asked}
    both = [*(asked.get("async_events") or ()), *(asked.get("sync_events") or ())]
    events = [str(event) for event in asked.get("events") or both]
    if events or any(name in asked for name in ("events", "async_events", "sync_events")):
        values["events"] = events
    if "query" in asked:
        text = (asked["query"] or "").strip()
        values["subscription_query"] = text or None
        if text:
            named = checked_for(settings, text, events)
            values["events"] = events or sorted(named)
    return WebhookChange(values)
