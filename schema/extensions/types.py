"""Plugins in Saleor's shapes. A plugin's id is the plain id its author gave it."""

from enum import StrEnum

import strawberry

from engine.channels import queries as channels
from schema.channels.types import Channel
from schema.common.connections import PageInfo
from schema.execution.fields import Rows, batch_field
from schema.execution.info import BatchInfo


@strawberry.enum
class ConfigurationTypeFieldEnum(StrEnum):
    STRING = "STRING"
    MULTILINE = "MULTILINE"
    BOOLEAN = "BOOLEAN"
    SECRET = "SECRET"  # noqa: S105
    SECRETMULTILINE = "SECRETMULTILINE"
    PASSWORD = "PASSWORD"  # noqa: S105
    OUTPUT = "OUTPUT"


@strawberry.type(description="One setting of a plugin; a secret's value is never shown.")
class ConfigurationItem:
    name: str
    value: str | None
    type: ConfigurationTypeFieldEnum | None
    help_text: str | None
    label: str | None


@strawberry.type
class PluginConfiguration:
    active: bool
    configuration: list[ConfigurationItem] | None

    @batch_field(description="Null: for every channel without a configuration of its own.")
    async def channel(parents: Rows, info: BatchInfo) -> list[Channel | None]:
        return await channels.by_ids(info.context, [row["channel_id"] for row in parents])


@strawberry.type(description="A carrier or payment provider that is installed.")
class Plugin:
    id: strawberry.ID
    name: str
    description: str
    kind: str
    version: str
    capabilities: list[str]
    global_configuration: PluginConfiguration | None
    channel_configurations: list[PluginConfiguration]


@strawberry.type
class PluginCountableEdge:
    node: Plugin
    cursor: str


@strawberry.type
class PluginCountableConnection:
    page_info: PageInfo
    edges: list[PluginCountableEdge]
    total_count: int | None
