import strawberry


@strawberry.type
class ShopQueries:
    pass
