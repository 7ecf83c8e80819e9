import strawberry

from engine.core.ids import int_pk
from engine.webhooks import queries
from schema.execution.fields import root_field
from schema.execution.guards import Guard
from schema.execution.info import BatchInfo
from schema.webhook_apps.types import Webhook

MANAGER_OR_APP = Guard(permissions=("MANAGE_APPS",), app=True)


@strawberry.type
class WebhookQueries:
    @root_field(MANAGER_OR_APP, description="A webhook by id; an app finds its own alone.")
    async def webhook(self, info: BatchInfo, id: strawberry.ID) -> Webhook | None:
        caller = info.context.caller
        (row,) = await queries.by_ids(info.context, [int_pk(id, "Webhook")])
        own = row is not None and row["app_id"] == caller.app_id
        return row if own or caller.has("MANAGE_APPS") else None
