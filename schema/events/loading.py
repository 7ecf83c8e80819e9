"""The rows of what events are about: as they are now, or what was kept of them where they are gone."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from engine.core.context import Row
from engine.core.snapshots import unpacked

Load = Callable[[list[Any]], Awaitable[Sequence[Row | None]]]
DELETED = "Deleted"
ROW = "row"
"""Where the payload of an event keeps the whole row of what it says was deleted; else it is part of one itself."""
_BARE: dict[str, Any] = {"meta": {}, "private_meta": {}}


async def by_int(events: Sequence[Row], load: Load) -> list[Row | None]:
    return await _loaded(events, [int(row["object_id"]) for row in events], load)


async def by_uuid(events: Sequence[Row], load: Load) -> list[Row | None]:
    return await _loaded(events, [uuid.UUID(row["object_id"]) for row in events], load)


async def _loaded(events: Sequence[Row], ids: list[Any], load: Load) -> list[Row | None]:
    found = await load(ids)
    return [
        _gone(event, id) if row is None and event["__typename"].endswith(DELETED) else row
        for event, id, row in zip(events, ids, found, strict=True)
    ]


def _gone(event: Row, id: Any) -> Row:
    payload = event["payload"]
    return unpacked({**_BARE, "id": id, **payload, **(payload.get(ROW) or {})})
