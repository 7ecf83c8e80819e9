"""The settings of the shop as staff change them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.core.statements import Statement
from engine.core.tables import table
from engine.shop.models import ShopSettings

LENGTHS = {"name": 200, "mail_sender_name": 78, "header_text": 200, "description": 10_000}
MINUTES = {
    "reserve_stock_anonymous": "reserveStockDurationAnonymousUser",
    "reserve_stock_authenticated": "reserveStockDurationAuthenticatedUser",
}
_s = table(ShopSettings)
_LOCK = Statement(sa.select(_s).where(_s.c.id == 1).with_for_update())


async def lock(tx: WriteCtx) -> Row:
    row: Row = await tx.first(_LOCK)
    return row


async def update(tx: WriteCtx, values: Mapping[str, Any]) -> Row:
    """Change columns of `ShopSettings`; returns its row. `meta` and `private_meta` are pairs that are added.

    Raises Refusal.
    """
    before = await lock(tx)
    columns = dict(values)
    for name in ("meta", "private_meta"):
        if name in columns:
            columns[name] = {**before[name], **columns[name]}
    for name, length in LENGTHS.items():
        if name in columns:
            columns[name] = str(columns[name] or "").replace("\0", "").strip()
            if len(columns[name]) > length or (name != "description" and "\n" in columns[name]):
                raise Refusal(f"This is one line of at most {length} characters.", field=name, code="INVALID")
    for name, field in MINUTES.items():
        if columns.get(name) is not None and not 1 <= columns[name] <= 24 * 60:
            raise Refusal("Stock is kept for 1 to 1440 minutes.", field=field, code="INVALID")
    limit = columns.get("limit_quantity_per_checkout")
    if limit is not None and limit < 1:
        raise Refusal("Quantity limit cannot be lower than 1.", field="limitQuantityPerCheckout", code="INVALID")
    address = columns.get("mail_sender_address")
    if "mail_sender_address" in columns:
        columns["mail_sender_address"] = address = (address or "").strip() or None
        if address is not None and (address.count("@") != 1 or any(c.isspace() or c in "<>,;\0" for c in address)):
            raise Refusal("Enter a valid email address.", field="defaultMailSenderAddress", code="INVALID")
    if not columns:
        return before
    row = (await tx.execute(_s.update().where(_s.c.id == 1).values(**columns).returning(_s))).mappings().one()
    tx.emit("shop.updated", "Shop", 1)
    if columns.keys() & {"meta", "private_meta"}:
        tx.emit("shop.metadata_updated", "Shop", 1)
    return row
