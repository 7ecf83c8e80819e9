import strawberry


@strawberry.type
class CheckoutMutations:
    pass
