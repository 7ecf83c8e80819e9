"""The rows of what events are about: as they are now, or as they were where they are gone."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from engine.core.context import Row
from engine.core.snapshots import unpacked

Load = Callable[[list[Any]], Awaitable[Sequence[Row | None]]]
GONE = "row"
"""Where an event's payload keeps the row of what it says was deleted."""


async def by_int(events: Sequence[Row], load: Load) -> list[Row | None]:
    return await _loaded(events, [int(row["object_id"]) for row in events], load)


async def by_uuid(events: Sequence[Row], load: Load) -> list[Row | None]:
    return await _loaded(events, [uuid.UUID(row["object_id"]) for row in events], load)


async def _loaded(events: Sequence[Row], ids: list[Any], load: Load) -> list[Row | None]:
    found = await load(ids)
    return [_gone(event) if row is None else row for event, row in zip(events, found, strict=True)]


def _gone(event: Row) -> Row | None:
    kept = event["payload"].get(GONE)
    return None if kept is None else unpacked(kept)
