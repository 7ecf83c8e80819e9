import strawberry


@strawberry.type
class AccountsMutations:
    pass
