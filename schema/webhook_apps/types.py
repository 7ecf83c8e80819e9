"""`Webhook`, what it asks for, and the log of its deliveries."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from engine.accounts import app_queries
from engine.core.context import Ctx, Row
from engine.core.errors import PermissionDenied
from engine.core.paging import page_args
from engine.webhooks import queries
from engine.webhooks.events import SYNC_EVENTS, label
from engine.webhooks.rules import DeliveryStatus
from schema.common.connections import PageInfo
from schema.common.enums import OrderDirection
from schema.common.ids import Node, global_id
from schema.common.inputs import set_or
from schema.common.scalars import JSONString
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo
from schema.webhook_apps.enums import (
    WebhookEventTypeAsyncEnum,
    WebhookEventTypeEnum,
    WebhookEventTypeSyncEnum,
)
from schema.webhook_apps.inputs import (
    EventDeliveryAttemptSortingInput,
    EventDeliveryFilterInput,
    EventDeliverySortingInput,
)

if TYPE_CHECKING:
    from schema.accounts.app_types import App
else:
    App = Annotated["App", strawberry.lazy("schema.accounts.app_types")]


@strawberry.type
class WebhookEvent:
    name: str
    event_type: WebhookEventTypeEnum


@strawberry.type
class WebhookEventAsync:
    name: str
    event_type: WebhookEventTypeAsyncEnum


@strawberry.type
class WebhookEventSync:
    name: str
    event_type: WebhookEventTypeSyncEnum


@strawberry.type(description="One try of a delivery.")
class EventDeliveryAttempt(Node):
    id: strawberry.ID = global_id("EventDeliveryAttempt")
    created_at: datetime.datetime
    request_headers: str | None = strawberry.field(description="JSON; what the app's own headers hold is not told.")
    response: str | None = strawberry.field(description="The beginning of the answer, or why there was none.")
    response_headers: str | None
    response_status_code: int | None
    status: DeliveryStatus

    @row_field(description="Seconds.")
    def duration(row: Row) -> float | None:
        return row["duration_ms"] / 1_000


@strawberry.type
class EventDeliveryAttemptCountableEdge:
    node: EventDeliveryAttempt
    cursor: str


@strawberry.type
class EventDeliveryAttemptCountableConnection:
    page_info: PageInfo
    edges: list[EventDeliveryAttemptCountableEdge]


@strawberry.type(description="A message for a webhook.")
class EventDelivery(Node):
    id: strawberry.ID = global_id("EventDelivery")
    created_at: datetime.datetime
    status: DeliveryStatus

    @row_field
    def event_type(row: Row) -> WebhookEventTypeEnum:
        return row["event"]

    @batch_field(description="What is sent.")
    async def payload(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [queries.opened_body(info.context.settings, row).decode() for row in parents]

    @batch_field
    async def attempts(
        parents: Rows,
        info: BatchInfo,
        sort_by: EventDeliveryAttemptSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[EventDeliveryAttemptCountableConnection | None]:
        args = page_args("attempts", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        ids = [row["id"] for row in parents]
        pages = await queries.attempt_pages(info.context, ids, args, descending=_descends(sort_by))
        found: Rows = [page.as_connection() for page in pages]
        return found


@strawberry.type
class EventDeliveryCountableEdge:
    node: EventDelivery
    cursor: str


@strawberry.type
class EventDeliveryCountableConnection:
    page_info: PageInfo
    edges: list[EventDeliveryCountableEdge]


@strawberry.type(description="An address at which an app is told what happens.")
class Webhook(Node):
    id: strawberry.ID = global_id("Webhook")
    name: str | None
    identifier: str | None
    target_url: str
    is_active: bool
    subscription_query: str | None

    @row_field
    def async_events(row: Row) -> list[WebhookEventAsync]:
        return _events(row, synchronous=False)

    @row_field
    def sync_events(row: Row) -> list[WebhookEventSync]:
        return _events(row, synchronous=True)

    @row_field(deprecation_reason="Use `asyncEvents` or `syncEvents`.")
    def events(row: Row) -> list[WebhookEvent]:
        return [*_events(row, synchronous=False), *_events(row, synchronous=True)]

    @batch_field
    async def app(parents: Rows, info: BatchInfo) -> list[App]:
        found: Rows = await app_queries.apps_by_ids(info.context, [row["app_id"] for row in parents])
        return found

    @batch_field(description="The key of the HMAC signature.")
    async def secret_key(parents: Rows, info: BatchInfo) -> list[str | None]:
        return _own(info.context, parents, queries.opened_secret)

    @batch_field(description="Headers that are sent along.")
    async def custom_headers(parents: Rows, info: BatchInfo) -> list[JSONString | None]:
        return _own(info.context, parents, lambda settings, row: queries.opened_headers(settings, row) or None)

    @batch_field(description="What was and is to be sent.")
    async def event_deliveries(
        parents: Rows,
        info: BatchInfo,
        sort_by: EventDeliverySortingInput | None = None,
        filter: EventDeliveryFilterInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[EventDeliveryCountableConnection | None]:
        edges = info.selects("edges")
        args = page_args("eventDeliveries", first=first, after=after, last=last, before=before, edges=edges)
        status, event = (set_or(filter.status), set_or(filter.event_type)) if filter else (None, None)
        pages = await queries.delivery_pages(
            info.context,
            [row["id"] for row in parents],
            args,
            descending=_descends(sort_by),
            status=status and str(status),
            event=event and str(event),
        )
        found: Rows = [page.as_connection() for page in pages]
        return _own(info.context, parents, lambda _settings, row: found[_index(parents, row)])


def _index(parents: Rows, row: Row) -> int:
    index: int = next(i for i, each in enumerate(parents) if each is row)
    return index


def _own(ctx: Ctx, parents: Rows, read: Any) -> list[Any]:
    """What `read` gives of each webhook that is the caller's own app's, or of any to who manages apps."""
    caller = ctx.caller
    return [
        read(ctx.settings, row)
        if caller.has("MANAGE_APPS") or caller.app_id == row["app_id"]
        else PermissionDenied(("MANAGE_APPS", "OWNER"))
        for row in parents
    ]


def _events(row: Row, *, synchronous: bool) -> Any:
    names = [name for name in row["events"] if (name in SYNC_EVENTS) is synchronous]
    return [{"name": label(name), "event_type": name} for name in names]


def _descends(sort: EventDeliverySortingInput | EventDeliveryAttemptSortingInput | None) -> bool:
    return sort is None or sort is UNSET or sort.direction == OrderDirection.DESC
