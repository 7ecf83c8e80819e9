"""Apps: programs that call the API."""

import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.accounts import app_queries, installations
from engine.core.context import Row
from engine.core.errors import PermissionDenied
from engine.webhooks import queries as webhook_queries
from schema.accounts.enums import AppTypeEnum
from schema.accounts.install_types import AppExtension
from schema.accounts.types import PermissionType
from schema.common.connections import PageInfo
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.webhook_apps.types import Webhook
else:
    Webhook = Annotated["Webhook", strawberry.lazy("schema.webhook_apps.types")]


@strawberry.type
class AppToken(Node):
    id: strawberry.ID = global_id("AppToken")
    name: str | None

    @row_field(description="The last four characters of the token.")
    def auth_token(row: Row) -> str | None:
        return row["last_4"]


@strawberry.type(description="A program that calls the API with a token of its own.")
class App(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("App")
    name: str | None
    identifier: str | None
    is_active: bool | None

    @row_field
    def created(row: Row) -> datetime.datetime | None:
        return row["created_at"]

    type: AppTypeEnum | None
    version: str | None
    author: str | None
    app_url: str | None
    homepage_url: str | None
    support_url: str | None
    data_privacy_url: str | None
    manifest_url: str | None

    @row_field
    def about_app(row: Row) -> str | None:
        return row["about"]

    @batch_field
    async def extensions(parents: Rows, info: BatchInfo) -> list[list[AppExtension]]:
        found: Rows = await installations.extensions_of(info.context, [row["id"] for row in parents])
        return found

    @row_field
    def permissions(row: Row) -> list[PermissionType] | None:
        return row["permissions"]

    @batch_field(guard=needs("MANAGE_APPS"))
    async def tokens(parents: Rows, info: BatchInfo) -> list[list[AppToken] | None]:
        found: Rows = await app_queries.tokens_of(info.context, [row["id"] for row in parents])
        return found

    @batch_field(description="Where the app is told what happens; for itself and who manages apps.")
    async def webhooks(parents: Rows, info: BatchInfo) -> list[list[Webhook] | None]:
        caller, ids = info.context.caller, [row["id"] for row in parents]
        found = await webhook_queries.of_apps(info.context, ids)
        shown: Rows = [
            rows if caller.has("MANAGE_APPS") or caller.app_id == app_id else PermissionDenied(("MANAGE_APPS", "OWNER"))
            for app_id, rows in zip(ids, found, strict=True)
        ]
        return shown


@strawberry.type
class AppCountableEdge:
    node: App
    cursor: str


@strawberry.type
class AppCountableConnection:
    page_info: PageInfo
    edges: list[AppCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await app_queries.apps_count(info.context, row["filter"]) for row in parents]
