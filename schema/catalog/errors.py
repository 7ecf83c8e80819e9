import strawberry

from schema.common.errors import MutationError
from schema.inventory.errors import ProductErrorCode


@strawberry.type
class ProductError(MutationError):
    code: ProductErrorCode
    attributes: list[strawberry.ID] | None = strawberry.field(description="The attributes it is about.")
    values: list[strawberry.ID] | None = strawberry.field(description="The attribute values it is about.")


@strawberry.type
class ProductChannelListingError(MutationError):
    code: ProductErrorCode
    channels: list[strawberry.ID] | None = strawberry.field(description="The channels it is about.")
