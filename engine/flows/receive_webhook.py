"""A payment provider's webhooks: judged and kept at once, worked on by jobs, each applied once, in any order."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from engine.channels import queries as channels
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.outside import OutsideTimeout, outside_call
from engine.flows.payment_gateways import Gateway, gateway_of
from engine.flows.payment_records import record
from engine.payments import queries, service
from engine.sdk.payments import (
    PaymentResult,
    ProviderEvent,
    ProviderFault,
    WebhookMessage,
    WebhookProvider,
    WebhookRefused,
)
from engine.sdk.plugins import Capability, Kind

JOB = "webhooks.process"
ATTEMPTS = 12
DROPPED_HEADERS = frozenset({"authorization", "authorization-bearer", "cookie"})
log = structlog.get_logger("argosy.webhooks")


class NoSuchProvider(Exception):
    """No plugin of that id takes webhooks here."""


@dataclass(frozen=True)
class _Place:
    """A configuration that may know the secret: of a channel, or (None) of all channels."""

    channel_id: int | None
    gateway: Gateway


async def receive(
    ctx: Ctx, plugin_id: str, headers: Mapping[str, str], body: bytes, *, channel: str | None = None
) -> int:
    """Check and keep a message; returns how many of its events were new. Header names are lower-case. `channel` is a
    slug, to look at that channel's configuration alone.

    Raises NoSuchProvider; WebhookRefused when no configuration accepts the message, and then nothing is written.
    """
    places = await _places(ctx, plugin_id, channel)
    kept = {name: value for name, value in headers.items() if name not in DROPPED_HEADERS}
    message = WebhookMessage(body, kept, ctx.clock.now().timestamp())
    for place in places:
        try:
            events = await _parse(ctx, place.gateway, message)
        except WebhookRefused as refused:
            refusal = refused
            continue
        return await transact(ctx, _keep, place, events, message)
    log.warning("webhook refused", plugin=plugin_id, reason=str(refusal))
    raise refusal


async def _places(ctx: Ctx, plugin_id: str, channel: str | None) -> list[_Place]:
    plugin = ctx.plugins.find(Kind.PAYMENT, plugin_id)
    if plugin is None or Capability.WEBHOOK not in plugin.capabilities:
        raise NoSuchProvider(plugin_id)
    rows = [row for row in await channels.all_channels(ctx) if channel in (None, row["slug"])]
    found: dict[int, _Place] = {}
    for channel_id in [row["id"] for row in rows]:
        gateway = await gateway_of(ctx, plugin_id, channel_id)
        if gateway is not None:
            # channels that share a configuration share its working object
            found.setdefault(id(gateway.provider), _Place(channel_id, gateway))
    if not found:
        raise NoSuchProvider(plugin_id)
    return list(found.values())


async def _parse(ctx: Ctx, gateway: Gateway, message: WebhookMessage) -> Sequence[ProviderEvent]:
    provider = gateway.provider
    if not isinstance(provider, WebhookProvider):
        raise WebhookRefused("This provider takes no webhooks")
    try:
        async with outside_call(ctx, gateway.plugin.id):
            return await provider.parse_webhook(message)
    except (ProviderFault, OutsideTimeout) as fault:
        raise WebhookRefused(f"The message could not be checked: {fault}") from fault


async def _keep(tx: WriteCtx, place: _Place, events: Sequence[ProviderEvent], message: WebhookMessage) -> int:
    new = 0
    for event in events:
        inbox_id = await service.keep_webhook(
            tx,
            provider_id=place.gateway.plugin.id,
            event_id=event.event_id,
            channel_id=place.channel_id,
            headers=message.headers,
            body=message.body,
        )
        if inbox_id is not None:
            new += 1
            tx.enqueue(JOB, inbox_id=inbox_id, attempt=1)
    return new


async def process(ctx: Ctx, payload: dict[str, Any]) -> None:
    """The job. A payment that we do not have yet may be on its way in: try again later, longer each time."""
    row = await queries.webhook(ctx, payload["inbox_id"])
    if row is None or row["processed_at"] is not None:
        return
    gateway = await gateway_of(ctx, row["provider_id"], row["channel_id"])
    if gateway is None:
        await transact(ctx, _later, row, payload["attempt"], "The provider is not set up.")
        return
    message = WebhookMessage(row["body"], row["headers"], row["received_at"].timestamp())
    try:
        events = await _parse(ctx, gateway, message)
    except WebhookRefused as refused:
        await transact(ctx, service.close_webhook, row["id"], f"No longer accepted: {refused}")
        return
    event = next((event for event in events if event.event_id == row["event_id"]), None)
    if event is None:
        await transact(ctx, service.close_webhook, row["id"], "The provider no longer reads this event out of it.")
        return
    await transact(ctx, _apply, row, event, gateway, payload["attempt"])


async def _apply(tx: WriteCtx, row: Row, event: ProviderEvent, gateway: Gateway, attempt: int) -> None:
    transaction_id = await _find(tx, gateway.plugin.id, event)
    if transaction_id is None:
        await _later(tx, row, attempt, "No payment of ours has this reference.")
        return
    try:
        await record(tx, transaction_id, _referenced(event), gateway, payment_reference=event.psp_reference)
    except ProviderFault as fault:
        await service.close_webhook(tx, row["id"], str(fault))
        return
    await service.close_webhook(tx, row["id"])


def _referenced(event: ProviderEvent) -> PaymentResult:
    """A report without a reference of its own goes by the payment's, or where a payment has many such, by its event."""
    about_payment = event.result.type.value.startswith(("AUTHORIZATION_", "CHARGE_")) and event.psp_reference
    own = event.psp_reference if about_payment else event.event_id
    return replace(event.result, psp_reference=event.result.psp_reference or own)


async def _find(tx: WriteCtx, plugin_id: str, event: ProviderEvent) -> uuid.UUID | None:
    """By our own id where the provider echoes it, else by the provider's."""
    if event.reference is not None:
        try:
            (row,) = await queries.by_ids(tx, [uuid.UUID(event.reference)])
        except ValueError:
            row = None
        if row is not None and row["provider_id"] == plugin_id:
            found: uuid.UUID = row["id"]
            return found
    if event.psp_reference is None:
        return None
    return await queries.id_by_reference(tx, plugin_id, event.psp_reference)


async def _later(tx: WriteCtx, row: Row, attempt: int, reason: str) -> None:
    if attempt >= ATTEMPTS:
        log.error("webhook given up", inbox=row["id"], plugin=row["provider_id"], reason=reason)
        await service.close_webhook(tx, row["id"], reason)
        return
    after = timedelta(seconds=min(2**attempt, 600))
    tx.outbox.enqueue(JOB, {"inbox_id": row["id"], "attempt": attempt + 1}, after=after)
