"""Apps that come with a manifest: what is in one, and their way in."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from engine.accounts import app_queries
from engine.core.context import Row
from schema.accounts.types import PermissionType
from schema.common.connections import PageInfo
from schema.common.enums import JobStatusEnum
from schema.common.ids import Node, global_id
from schema.execution.fields import Rows, batch_field
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.accounts.app_types import App
else:
    App = Annotated["App", strawberry.lazy("schema.accounts.app_types")]


@strawberry.type(description="An app on its way in, or one that did not get in.")
class AppInstallation(Node):
    id: strawberry.ID = global_id("AppInstallation")
    status: JobStatusEnum
    message: str | None = strawberry.field(description="Why it failed.")
    app_name: str
    manifest_url: str


@strawberry.type(description="A place in the dashboard where an app shows itself.")
class AppExtension(Node):
    id: strawberry.ID = global_id("AppExtension")
    label: str
    url: str
    mount_name: str
    target_name: str
    identifier: str | None
    permissions: list[PermissionType]
    settings: JSON

    @batch_field
    async def app(parents: Rows, info: BatchInfo) -> list[App]:
        found: Rows = await app_queries.apps_by_ids(info.context, [row["app_id"] for row in parents])
        return found


@strawberry.type
class AppExtensionCountableEdge:
    node: AppExtension
    cursor: str


@strawberry.type
class AppExtensionCountableConnection:
    page_info: PageInfo
    edges: list[AppExtensionCountableEdge]
    total_count: int | None


@strawberry.type
class AppManifestExtension:
    label: str
    url: str
    mount_name: str
    target_name: str
    permissions: list[PermissionType]


@strawberry.type
class AppManifestWebhook:
    name: str
    target_url: str
    query: str | None


@strawberry.type(description="What an app says of itself.")
class Manifest:
    identifier: str
    version: str
    name: str
    about: str | None
    author: str | None
    permissions: list[PermissionType] | None
    app_url: str | None
    token_target_url: str | None
    data_privacy: str | None
    data_privacy_url: str | None
    homepage_url: str | None
    support_url: str | None
    extensions: list[AppManifestExtension]
    webhooks: list[AppManifestWebhook]


def manifest_row(found: Row) -> Row:
    """The row of a `Manifest` for `engine.accounts.manifests.Manifest`."""
    row: Row = asdict(found)
    return row
