"""The job that makes deliveries of events: it reads what each app asked for, with that app's permissions."""

from collections.abc import Sequence
from typing import Any

from engine.core.context import Ctx, Row, transact
from engine.webhooks import deliveries, queries
from engine.webhooks.deliveries import Message
from engine.webhooks.events import BY_KIND
from engine.webhooks.service import told_to
from schema.events.payloads import payload

JOB = "webhooks.tell"


async def tell(ctx: Ctx, job: dict[str, Any]) -> None:
    """Handler of `webhooks.tell`: `{"events": […]}` of one transaction. Earlier events of the same objects that are not
    told yet are told first, so that those of an object keep their order whichever job comes first."""
    endpoints = await queries.listening(ctx)
    if not endpoints:
        return
    events = job["events"]
    objects = dict.fromkeys((event["object_type"], event["object_id"]) for event in events)
    waiting = await queries.untold(ctx, list(objects), max(event["id"] for event in events))
    messages = []
    for happened in _once_per_transaction(waiting):
        for event in BY_KIND.get(happened["kind"], ()):
            for endpoint in told_to(endpoints, event.name):
                # what happened before it was made is nothing to it
                if endpoint["created_at"] > happened["created_at"]:
                    continue
                body = await payload(ctx, endpoint, event, happened)
                if body is not None:
                    messages.append(
                        Message(
                            webhook_id=endpoint["id"],
                            message_id=f"{happened['id']}-{event.name}",
                            outbox_event_id=happened["id"],
                            object_key=f"{happened['object_type']}:{happened['object_id']}",
                            event=event.name,
                            body=body,
                        )
                    )
    await ctx.release()
    await transact(ctx, deliveries.tell, [happened["id"] for happened in waiting], messages)


def _once_per_transaction(events: Sequence[Row]) -> list[Row]:
    """Without those that a transaction told of the same object before: nobody saw it in between. All events of a
    transaction have the moment of its beginning."""
    found: dict[tuple[object, ...], Row] = {}
    for event in events:
        found.setdefault((event["kind"], event["object_type"], event["object_id"], event["created_at"]), event)
    return list(found.values())
