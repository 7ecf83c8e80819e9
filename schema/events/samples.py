"""Events that did not happen: to see what a query would send, and to send it."""

import uuid
from typing import Any

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.errors import InvalidId, Refusal
from engine.core.ids import split_global
from engine.webhooks import deliveries, queries
from engine.webhooks.deliveries import Message
from engine.webhooks.errors import NoSuchWebhook
from engine.webhooks.events import EVENTS, Event
from engine.webhooks.service import for_change
from schema.events.documents import Query, checked
from schema.events.payloads import event_row, payload
from schema.events.subjects import subject_of


async def dry_run(ctx: Ctx, global_id: str, text: str) -> dict[str, Any]:
    """What the query answers of the object, read with the caller's own permissions. Raises Refusal."""
    query = checked(ctx.settings, text)
    event, pk = _asked(query, global_id)
    if event.permission is not None and not ctx.caller.has(event.permission):
        raise Refusal(
            f"The user doesn't have required permission: {event.permission}.", field="query", code="MISSING_PERMISSION"
        )
    answer = await query.answer(ctx, event_row(event, _now(ctx, pk), ctx.caller.app_id))
    if not answer or all(value is None for value in answer.values()):
        raise _unknown(global_id)
    return answer


async def trigger(ctx: Ctx, global_id: str, webhook_id: int) -> int:
    """The id of a delivery to the webhook, as if the first of the events its query names had just happened to the
    object. Raises Refusal."""
    (endpoint,) = await queries.endpoints(ctx, [webhook_id])
    if endpoint is None:
        raise NoSuchWebhook(webhook_id)
    if not endpoint["subscription_query"]:
        raise Refusal("The webhook has no subscription query.", field="webhookId", code="MISSING_QUERY")
    event, pk = _asked(checked(ctx.settings, endpoint["subscription_query"]), global_id)
    if event.permission is not None and event.permission not in endpoint["app_permissions"]:
        raise Refusal(
            f"The app doesn't have required permission: {event.permission}.",
            field="webhookId",
            code="MISSING_PERMISSION",
        )
    body = await payload(ctx, endpoint, event, _now(ctx, pk))
    if body is None:
        raise _unknown(global_id)
    message = Message(webhook_id, f"trigger-{uuid.uuid4()}", None, f"Trigger:{uuid.uuid4()}", event.name, body)
    return await transact(ctx, _send, message)


async def _send(tx: WriteCtx, message: Message) -> int:
    await for_change(tx, message.webhook_id)
    (delivery_id,) = await deliveries.add(tx, [message])
    return delivery_id


def _asked(query: Query, global_id: str) -> tuple[Event, str]:
    """The event of the query that is about such an object, and the object's primary key as text."""
    try:
        kind, _ = split_global(global_id)
    except ValueError as error:
        raise Refusal(f"Invalid ID: {global_id[:80]}.", field="objectId", code="INVALID_ID") from error
    about = [name for name in sorted(query.events) if subject_of(name).kind == kind]
    if not about:
        raise Refusal(f"The query has no event about {kind[:80]}.", field="objectId", code="TYPE_NOT_SUPPORTED")
    try:
        return EVENTS[about[0]], str(subject_of(about[0]).pk(global_id, kind))
    except InvalidId as error:
        raise Refusal(str(error), field="objectId", code="INVALID_ID") from error


def _now(ctx: Ctx, pk: str) -> dict[str, Any]:
    caller = ctx.caller
    by = {"user_id": caller.user_id, "app_id": caller.app_id}
    return {"created_at": ctx.clock.now(), "object_id": pk, "payload": {}, **by}


def _unknown(global_id: str) -> Refusal:
    return Refusal(f"Couldn't resolve to a node: {global_id[:80]}", field="objectId", code="NOT_FOUND")
