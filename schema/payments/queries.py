import strawberry


@strawberry.type
class PaymentsQueries:
    pass
