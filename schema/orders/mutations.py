import strawberry


@strawberry.type
class OrdersMutations:
    pass
