import strawberry

from schema.inventory.errors import ProductErrorCode


@strawberry.type
class ProductError:
    field: str | None
    message: str | None
    code: ProductErrorCode


@strawberry.type
class ProductChannelListingError:
    field: str | None
    message: str | None
    code: ProductErrorCode
    channels: list[strawberry.ID] | None = strawberry.field(description="The channels it is about.")
