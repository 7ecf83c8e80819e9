import strawberry

from schema.common.errors import MutationError
from schema.inventory.errors import ProductErrorCode


@strawberry.type
class ProductError(MutationError):
    code: ProductErrorCode


@strawberry.type
class ProductChannelListingError(MutationError):
    code: ProductErrorCode
    channels: list[strawberry.ID] | None = strawberry.field(description="The channels it is about.")
