"""What a webhook sends for an event: the answer to its query, or a plain object where it has none."""

from typing import Any

import orjson

from engine.core.context import Caller, Ctx, Row
from engine.core.ids import to_global
from engine.core.settings import Settings
from engine.webhooks.events import Event
from schema.events.documents import Query, checked
from schema.events.subjects import EVENT_TYPES, subject_of
from schema.events.types import VERSION, type_name


def event_row(event: Event, happened: Row, recipient_id: int | None) -> dict[str, Any]:
    """The row of an `Event` for one of the outbox (or what stands for one)."""
    return {
        "__typename": type_name(event.name),
        "issued_at": happened["created_at"],
        "object_id": happened["object_id"],
        "payload": happened["payload"],
        "user_id": happened["user_id"],
        "app_id": happened["app_id"],
        "recipient_id": recipient_id,
    }


async def payload(ctx: Ctx, endpoint: Row, event: Event, happened: Row) -> bytes | None:
    """What `endpoint` (`queries.endpoints`) is sent, read with its app's permissions; None: nothing."""
    if event.name not in EVENT_TYPES:
        return None
    acting = ctx.acting_as(Caller(app_id=endpoint["app_id"], permissions=frozenset(endpoint["app_permissions"])))
    row = event_row(event, happened, endpoint["app_id"])
    text = endpoint["subscription_query"]
    query = checked(ctx.settings, text) if text else plain_query(ctx.settings, event)
    answer = await query.answer(acting, row)
    if answer is None:
        return None
    return orjson.dumps(answer if text else _plain(event, answer, row))


def plain_query(settings: Settings, event: Event) -> Query:
    selection = subject_of(event.name).plain
    return checked(settings, f"subscription {{ event {{ ... on {type_name(event.name)} {{ {selection} }} }} }}")


def _plain(event: Event, answer: dict[str, Any], row: dict[str, Any]) -> list[dict[str, Any]]:
    """A list with one object, which is how Saleor sends what no query asks for."""
    first = next((value for name, value in answer.items() if name != "errors"), None)
    rest = {name: value for name, value in answer.items() if value is not first}
    by = None
    if row["app_id"] is not None:
        by = {"type": "app", "id": to_global("App", row["app_id"])}
    elif row["user_id"] is not None:
        by = {"type": "user", "id": to_global("User", row["user_id"])}
    meta = {"issued_at": row["issued_at"], "version": VERSION, "issuing_principal": by}
    return [{"type": subject_of(event.name).kind, **(first or {}), **rest, "meta": meta}]
