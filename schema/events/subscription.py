"""The root of subscriptions. Nothing is streamed: a webhook's query is one, and is answered for each event."""

import strawberry

from engine.core.context import Row
from engine.core.errors import BadRequest
from schema.events.types import Event
from schema.execution.fields import row_field


@strawberry.type
class Subscription:
    @row_field(description="What happened. Make it the query of a webhook: it is answered to the webhook's address.")
    def event(row: Row) -> Event | None:
        if row is None:
            raise BadRequest("Subscriptions are answered to webhooks: give this query to webhookCreate.")
        return row["event"]
