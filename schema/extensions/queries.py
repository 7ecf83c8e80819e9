import strawberry

from engine.accounts.rules import Permission
from engine.core.paging import page_args
from engine.extensions import views
from schema.execution.fields import root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.extensions.types import Plugin, PluginCountableConnection, connection


@strawberry.type
class ExtensionsQueries:
    @root_field(needs(Permission.MANAGE_PLUGINS), description="A plugin by its id.")
    async def plugin(self, info: BatchInfo, id: strawberry.ID) -> Plugin | None:
        return next((row for row in await views.plugins(info.context) if row["id"] == id), None)

    @root_field(needs(Permission.MANAGE_PLUGINS), description="The installed plugins, by name.")
    async def plugins(self, info: BatchInfo, first: int | None = None) -> PluginCountableConnection | None:
        args = page_args("plugins", first=first, edges=info.selects("edges"))
        return connection(await views.plugins(info.context), args.size)
