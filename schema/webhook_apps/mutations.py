"""Registering webhooks, trying them out, and sending again."""

from typing import Any

import strawberry

from engine.core.context import Ctx, Row, transact
from engine.core.ids import int_pk
from engine.webhooks import deliveries, queries, service
from schema.common.inputs import set_or
from schema.common.scalars import JSONString
from schema.events import samples
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo
from schema.webhook_apps.errors import WebhookDryRunError, WebhookError, WebhookTriggerError
from schema.webhook_apps.inputs import WebhookCreateInput, WebhookUpdateInput, change
from schema.webhook_apps.queries import MANAGER_OR_APP
from schema.webhook_apps.types import EventDelivery, Webhook


@strawberry.type
class WebhookCreate:
    webhook: Webhook | None
    errors: list[WebhookError]


@strawberry.type
class WebhookUpdate:
    webhook: Webhook | None
    errors: list[WebhookError]


@strawberry.type
class WebhookDelete:
    webhook: Webhook | None
    errors: list[WebhookError]


@strawberry.type
class WebhookDryRun:
    payload: JSONString | None = strawberry.field(description="What the query would send.")
    errors: list[WebhookDryRunError]


@strawberry.type
class WebhookTrigger:
    delivery: EventDelivery | None
    errors: list[WebhookTriggerError]


@strawberry.type
class EventDeliveryRetry:
    delivery: EventDelivery | None
    errors: list[WebhookError]


async def _webhook(ctx: Ctx, webhook_id: int) -> Row | None:
    (found,) = await queries.by_ids(ctx, [webhook_id])
    return found


async def _delivery(ctx: Ctx, delivery_id: int) -> Row | None:
    (found,) = await queries.deliveries_by_ids(ctx, [delivery_id])
    return found


@strawberry.type
class WebhookMutations:
    @mutation_field(MANAGER_OR_APP, description="Tell an app at an address what happens.")
    async def webhook_create(self, info: BatchInfo, input: WebhookCreateInput) -> WebhookCreate:
        app = set_or(input.app)
        app_id = None if app is None else int_pk(app, "App")
        webhook_id = await service.create(info.context, app_id, change(info.context.settings, input))
        return payload(webhook=await _webhook(info.context, webhook_id))

    @mutation_field(MANAGER_OR_APP, description="Change a webhook.")
    async def webhook_update(
        self, info: BatchInfo, input: WebhookUpdateInput, id: strawberry.ID | None = None
    ) -> WebhookUpdate:
        webhook_id = int_pk(id or "", "Webhook")
        await service.update(info.context, webhook_id, change(info.context.settings, input))
        return payload(webhook=await _webhook(info.context, webhook_id))

    @mutation_field(MANAGER_OR_APP, description="Delete a webhook, and its log.")
    async def webhook_delete(self, info: BatchInfo, id: strawberry.ID | None = None) -> WebhookDelete:
        return payload(webhook=await transact(info.context, service.delete, int_pk(id or "", "Webhook")))

    @mutation_field(STAFF, description="Answer a subscription for an object, and send it nowhere.")
    async def webhook_dry_run(self, info: BatchInfo, object_id: strawberry.ID, query: str) -> WebhookDryRun:
        answer: Any = await samples.dry_run(info.context, object_id, query)
        return payload(payload=answer)

    @mutation_field(needs("MANAGE_APPS"), description="Send a webhook what it would get of an object, now.")
    async def webhook_trigger(
        self, info: BatchInfo, object_id: strawberry.ID, webhook_id: strawberry.ID
    ) -> WebhookTrigger:
        delivery_id = await samples.trigger(info.context, object_id, int_pk(webhook_id, "Webhook"))
        return payload(delivery=await _delivery(info.context, delivery_id))

    @mutation_field(MANAGER_OR_APP, description="Send a delivery again, as the same message.")
    async def event_delivery_retry(self, info: BatchInfo, id: strawberry.ID) -> EventDeliveryRetry:
        delivery_id = int_pk(id, "EventDelivery")
        await transact(info.context, deliveries.retry, delivery_id)
        return payload(delivery=await _delivery(info.context, delivery_id))
