import strawberry


@strawberry.type
class OrdersQueries:
    pass
