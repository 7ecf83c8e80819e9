from enum import StrEnum

import strawberry

from engine.accounts.rules import Permission
from engine.core.context import transact
from engine.core.ids import int_pk
from engine.extensions import views
from schema.common.errors import MutationError
from schema.common.inputs import set_or
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.extensions.types import Plugin


@strawberry.enum
class PluginErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    PLUGIN_MISCONFIGURED = "PLUGIN_MISCONFIGURED"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"


@strawberry.type
class PluginError(MutationError):
    code: PluginErrorCode


@strawberry.input
class ConfigurationItemInput:
    name: str
    value: str | None = strawberry.UNSET


@strawberry.input
class PluginUpdateInput:
    active: bool | None = strawberry.UNSET
    configuration: list[ConfigurationItemInput] | None = strawberry.UNSET

    def values(self) -> dict[str, str | None]:
        return {item.name: set_or(item.value) for item in set_or(self.configuration) or []}


@strawberry.type
class PluginUpdate:
    plugin: Plugin | None
    errors: list[PluginError]


@strawberry.type
class ExtensionsMutations:
    @mutation_field(
        needs(Permission.MANAGE_PLUGINS),
        description="Set a plugin for a channel, or (without channel) for all that have no setting of their own.",
    )
    async def plugin_update(
        self, info: BatchInfo, id: strawberry.ID, input: PluginUpdateInput, channel_id: strawberry.ID | None = None
    ) -> PluginUpdate:
        channel = int_pk(channel_id, "Channel") if channel_id else None
        await transact(
            info.context, views.update, id, channel_id=channel, typed=input.values(), active=set_or(input.active)
        )
        return payload(plugin=next(row for row in await views.plugins(info.context) if id in row["names"]))
