"""Channels as staff make and change them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.channels import queries
from engine.channels.errors import SlugTaken, UnknownChannel
from engine.channels.models import Channel
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.core.locking import lock_name
from engine.core.reference.currencies import active_currencies
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import slugify

NAME_LENGTH = 250
_c = table(Channel)
_LOCK = Statement(sa.select(_c).where(_c.c.id == sa.bindparam("id", type_=sa.BigInteger)).with_for_update())


async def create(tx: WriteCtx, values: Mapping[str, Any]) -> Row:
    """`values` are columns; `name`, `slug`, `currency` and `default_country` must be among them.

    Raises Refusal for a value that is none, SlugTaken.
    """
    if values["currency"] not in active_currencies(tx.clock.now().date()):
        raise Refusal("This is no currency of ISO 4217.", field="currencyCode", code="INVALID")
    columns = {"is_active": False, **_checked(values)}
    await lock_name(tx, "channel.slugs")
    made = insert(_c).values(**columns).on_conflict_do_nothing(index_elements=["slug"]).returning(_c)
    row = (await tx.execute(made)).mappings().first()
    if row is None:
        raise SlugTaken
    tx.emit("channel.created", "Channel", row["id"])
    return row


async def lock(tx: WriteCtx, channel_id: int, *, field: str = "id") -> Row:
    """The channel's row, locked. One that the caller is kept from is not there. Raises UnknownChannel."""
    limit = tx.caller.channel_ids
    row = await tx.first(_LOCK, id=channel_id) if limit is None or channel_id in limit else None
    if row is None:
        raise UnknownChannel(field)
    return row


async def update(tx: WriteCtx, channel_id: int, values: Mapping[str, Any]) -> Row:
    """Change columns of a channel that is locked. Raises as `create`."""
    columns = {**_checked(values), "updated_at": tx.clock.now()}
    if "slug" in columns:
        await lock_name(tx, "channel.slugs")
        taken = sa.select(_c.c.id).where(_c.c.slug == columns["slug"], _c.c.id != channel_id)
        if (await tx.execute(taken)).first() is not None:
            raise SlugTaken
    changed = _c.update().where(_c.c.id == channel_id).values(**columns).returning(_c)
    row = (await tx.execute(changed)).mappings().one()
    tx.emit("channel.updated", "Channel", channel_id)
    return row


async def set_active(tx: WriteCtx, channel_id: int, active: bool) -> Row:
    """Raises UnknownChannel, and Refusal for one that is so already."""
    row = await lock(tx, channel_id)
    if row["is_active"] is active:
        word = "activated" if active else "deactivated"
        raise Refusal(f"This channel is already {word}.", field="id", code="INVALID")
    changed = _c.update().where(_c.c.id == channel_id).values(is_active=active, updated_at=tx.clock.now())
    row = (await tx.execute(changed.returning(_c))).mappings().one()
    tx.emit("channel.status_changed", "Channel", channel_id, is_active=active)
    return row


async def delete(tx: WriteCtx, channel_id: int) -> None:
    """What was sold there must have another channel by now."""
    (row,) = await queries.by_ids(tx, [channel_id])
    await tx.execute(_c.delete().where(_c.c.id == channel_id))
    tx.emit("channel.deleted", "Channel", channel_id, row=row and packed(row))


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(values)
    for name, length in (("name", NAME_LENGTH), ("slug", 255)):
        if name not in columns:
            continue
        text = str(columns[name] or "").replace("\0", "").strip()
        columns[name] = text if name == "name" else slugify(text)
        if not columns[name]:
            raise Refusal("This field cannot be blank.", field=name, code="REQUIRED")
        if len(columns[name]) > length:
            raise Refusal(f"This text has more than {length} characters.", field=name, code="INVALID")
    after = columns.get("expire_orders_after")
    if "expire_orders_after" in columns and not after:
        columns["expire_orders_after"] = None
    days = columns.get("delete_expired_orders_after")
    if days is not None and not 1 <= days <= 120:
        raise Refusal("An expired order is kept for 1 to 120 days.", field="deleteExpiredOrdersAfter", code="INVALID")
    return columns
