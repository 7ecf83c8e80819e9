import strawberry


@strawberry.type
class CheckoutQueries:
    pass
