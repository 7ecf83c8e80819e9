"""What endpoints are told: deliveries made, claimed, recorded, set going again, and forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.security import secret_box
from engine.core.statements import Statement
from engine.core.tables import table
from engine.webhooks import queries, rules
from engine.webhooks.errors import NoSuchDelivery
from engine.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookTold
from engine.webhooks.service import for_change

JOB = "webhooks.deliver"
CLAIM = timedelta(seconds=60)
"""Longer than any try takes; a worker that dies holds a delivery up for so long."""
KEPT = timedelta(days=14)
"""How long the log reaches back; what is still to be sent stays."""
EXCERPT = 1_024

_d, _told = table(WebhookDelivery), table(WebhookTold)
_oldest = (
    sa.select(_d.c.id)
    .where(
        _d.c.webhook_id == sa.bindparam("webhook_id", type_=sa.BigInteger),
        _d.c.object_key == sa.bindparam("object_key", type_=sa.Text),
        _d.c.status == sa.literal_column("'PENDING'"),
    )
    .order_by(_d.c.outbox_event_id, _d.c.id)
    .limit(1)
    .with_for_update()
    .scalar_subquery()
)
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_CLAIM = Statement(
    _d.update()
    .where(_d.c.id == _oldest, _d.c.due_at <= _NOW, sa.or_(_d.c.claimed_until.is_(None), _d.c.claimed_until <= _NOW))
    .values(claimed_until=sa.bindparam("until", type_=sa.DateTime(timezone=True)), tries=_d.c.tries + 1)
    .returning(_d)
)
_MARK = Statement(
    sa.text(
        "INSERT INTO webhook_told (event_id) SELECT unnest(:ids) ON CONFLICT DO NOTHING RETURNING event_id"
    ).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))
)


@dataclass(frozen=True)
class Message:
    """What an endpoint is to be told. `outbox_event_id` None: somebody asked for it by hand."""

    webhook_id: int
    message_id: str
    outbox_event_id: int | None
    object_key: str
    event: str
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of a try. `status_code` None: no answer came, and `response` says why."""

    status: rules.DeliveryStatus
    again: bool
    duration_ms: int
    request_headers: str
    status_code: int | None = None
    response_headers: str = ""
    response: str = ""


async def tell(tx: WriteCtx, event_ids: Sequence[int], messages: Sequence[Message]) -> None:
    """Make the deliveries of events of the outbox, each event's once however often this is tried."""
    fresh = {row["event_id"] for row in await tx.fetch(_MARK, ids=sorted(event_ids))}
    await add(tx, [message for message in messages if message.outbox_event_id in fresh])


async def add(tx: WriteCtx, messages: Sequence[Message]) -> list[int]:
    """The ids of the deliveries made; a message that its endpoint has had makes none."""
    made: list[int] = []
    box = secret_box(tx.settings, queries.SECRETS)
    for message in messages:
        values = {
            "webhook_id": message.webhook_id,
            "message_id": message.message_id,
            "outbox_event_id": message.outbox_event_id,
            "object_key": message.object_key,
            "event": message.event,
            "sealed_body": box.seal(message.body),
            "due_at": tx.clock.now(),
        }
        result = await tx.execute(insert(_d).values(values).on_conflict_do_nothing().returning(_d.c.id))
        made += result.scalars()
    for webhook_id, object_key in dict.fromkeys((each.webhook_id, each.object_key) for each in messages):
        tx.enqueue(JOB, webhook_id=webhook_id, object_key=object_key)
    return made


async def claim(tx: WriteCtx, webhook_id: int, object_key: str) -> Row | None:
    """The oldest delivery of the endpoint and object, for the caller alone; None when there is none, it is not due yet,
    or somebody is at it. `tries` counts this one."""
    now = tx.clock.now()
    rows = await tx.fetch(_CLAIM, webhook_id=webhook_id, object_key=object_key, now=now, until=now + CLAIM)
    return rows[0] if rows else None


async def record(tx: WriteCtx, delivery: Row, outcome: Outcome) -> None:
    """Log a try and say what follows: done, given up, or another job after a while."""
    now = tx.clock.now()
    wait = rules.next_try(delivery["tries"]) if outcome.again else None
    values: dict[str, Any] = {"claimed_until": None, "updated_at": now}
    if wait is None:
        values["status"] = outcome.status
    else:
        values["due_at"] = now + wait
        payload = {"webhook_id": delivery["webhook_id"], "object_key": delivery["object_key"]}
        tx.outbox.enqueue(JOB, payload, wait)
    changed = await tx.execute(_d.update().where(_d.c.id == delivery["id"]).values(**values))
    if changed.rowcount:
        tx.add(
            WebhookAttempt(
                delivery_id=delivery["id"],
                created_at=now,
                duration_ms=outcome.duration_ms,
                status=outcome.status,
                request_headers=outcome.request_headers,
                response_status_code=outcome.status_code,
                response_headers=outcome.response_headers,
                response=outcome.response[:EXCERPT],
            )
        )


async def retry(tx: WriteCtx, delivery_id: int) -> None:
    """Send a delivery again, as the same message, whatever came of it. Raises NoSuchDelivery."""
    (delivery,) = await queries.deliveries_by_ids(tx, [delivery_id])
    if delivery is None:
        raise NoSuchDelivery(delivery_id)
    await for_change(tx, delivery["webhook_id"])
    values = {"status": rules.DeliveryStatus.PENDING, "tries": 0, "due_at": tx.clock.now(), "claimed_until": None}
    await tx.execute(_d.update().where(_d.c.id == delivery_id).values(**values))
    tx.enqueue(JOB, webhook_id=delivery["webhook_id"], object_key=delivery["object_key"])


async def forget(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """The daily job: drop what is older than KEPT and settled."""

    async def work(tx: WriteCtx) -> None:
        before = tx.clock.now() - KEPT
        settled = _d.c.status != rules.DeliveryStatus.PENDING
        await tx.execute(_d.delete().where(_d.c.created_at < before, settled))

    await transact(ctx, work)
