import strawberry

from engine.shop import queries
from schema.execution.fields import root_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.shop.types import Shop


@strawberry.type
class ShopQueries:
    @root_field(PUBLIC, description="The shop.")
    async def shop(self, info: BatchInfo) -> Shop:
        row: Shop = await queries.settings(info.context)
        return row
