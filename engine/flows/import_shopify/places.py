"""Where an import goes: the channel and the warehouse."""

import uuid
from dataclasses import dataclass

from engine.channels import queries as channels
from engine.core.context import Ctx, Row
from engine.inventory import counts


class ImportFailed(Exception):
    """Nothing, or nothing more, can be imported; the message says why."""


@dataclass(frozen=True)
class Place:
    """`columns` are those the file has: what it has no column for is left as it is."""

    channel_id: int
    channel: str
    currency: str
    warehouse_id: uuid.UUID | None
    columns: frozenset[str]

    @property
    def source(self) -> str:
        return f"shopify:{self.channel_id}"


async def find(ctx: Ctx, channel: str, warehouse: str | None, columns: frozenset[str]) -> Place:
    """Raises ImportFailed for an unknown channel or warehouse, naming those there are."""
    row = await channels.by_slug(ctx, channel)
    if row is None:
        slugs = ", ".join(one["slug"] for one in await channels.all_channels(ctx)) or "none yet"
        raise ImportFailed(f"There is no channel {channel!r}. Channels: {slugs}.")
    rows = await counts.places(ctx, row["id"])
    if warehouse is not None:
        rows = [one for one in rows if one["slug"] == warehouse] or _unknown(warehouse, rows)
    else:
        rows = [one for one in rows if one["sells"]]
        if not rows and "quantity" in columns:
            raise ImportFailed(f"The channel {channel!r} sells from no warehouse: give one with --warehouse.")
    return Place(row["id"], channel, row["currency"], rows[0]["id"] if rows else None, columns)


def _unknown(warehouse: str, rows: list[Row]) -> list[Row]:
    slugs = ", ".join(one["slug"] for one in rows) or "none yet"
    raise ImportFailed(f"There is no warehouse {warehouse!r}. Warehouses: {slugs}.")
