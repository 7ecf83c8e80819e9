import strawberry


@strawberry.type
class PaymentsMutations:
    pass
