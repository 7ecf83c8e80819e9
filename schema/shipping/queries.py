import strawberry


@strawberry.type
class ShippingQueries:
    pass
