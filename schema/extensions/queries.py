from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.accounts.rules import Permission
from engine.core.context import Row
from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.extensions import views
from schema.common.connections import cut_page
from schema.common.enums import OrderDirection
from schema.common.inputs import given
from schema.execution.fields import root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.extensions.types import Plugin, PluginCountableConnection


@strawberry.enum
class PluginConfigurationType(StrEnum):
    PER_CHANNEL = "PER_CHANNEL"
    GLOBAL = "GLOBAL"


@strawberry.enum
class PluginSortField(StrEnum):
    NAME = "NAME"
    IS_ACTIVE = "IS_ACTIVE"


@strawberry.input
class PluginStatusInChannelsInput:
    active: bool
    channels: list[strawberry.ID]


@strawberry.input
class PluginFilterInput:
    status_in_channels: PluginStatusInChannelsInput | None = UNSET
    search: str | None = UNSET
    type: PluginConfigurationType | None = strawberry.field(
        default=UNSET, description="GLOBAL: set once for all channels that have no configuration of their own."
    )


@strawberry.input
class PluginSortingInput:
    direction: OrderDirection
    field: PluginSortField


@strawberry.type
class ExtensionsQueries:
    @root_field(needs(Permission.MANAGE_PLUGINS), description="A plugin by its id.")
    async def plugin(self, info: BatchInfo, id: strawberry.ID) -> Plugin | None:
        return next((row for row in await views.plugins(info.context) if row["id"] == id), None)

    @root_field(needs(Permission.MANAGE_PLUGINS), description="The installed plugins, by name.")
    async def plugins(
        self,
        info: BatchInfo,
        filter: PluginFilterInput | None = None,
        sort_by: PluginSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> PluginCountableConnection | None:
        args = page_args("plugins", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        rows = [row for row in await views.plugins(info.context) if filter is None or _fits(row, given(filter))]
        if sort_by is not None:
            by_name = sort_by.field == PluginSortField.NAME
            rows.sort(
                key=lambda row: row["name"].casefold() if by_name else bool(_active_in(row)),
                reverse=sort_by.direction == OrderDirection.DESC,
            )
        made: Row = cut_page(rows, args)
        return made


def _active_in(row: Row) -> list[int | None]:
    """The channels a plugin is active in by a configuration of its own; None: in all that have none."""
    own = [row["global_configuration"], *row["channel_configurations"]]
    return [each["channel_id"] for each in own if each is not None and each["active"]]


def _fits(row: Row, asked: dict[str, Any]) -> bool:
    search, kind, status = asked.get("search"), asked.get("type"), asked.get("status_in_channels")
    if search and search.strip().casefold() not in f"{row['name']} {row['description']}".casefold():
        return False
    has_global = row["global_configuration"] is not None
    if kind is not None and has_global is not (kind == PluginConfigurationType.GLOBAL):
        return False
    if status is None:
        return True
    wanted = {int_pk(id, "Channel") for id in status.channels}
    everywhere = has_global and row["global_configuration"]["active"]
    own = {each["channel_id"]: each["active"] for each in row["channel_configurations"]}
    return any(own.get(channel_id, everywhere) is status.active for channel_id in wanted)
