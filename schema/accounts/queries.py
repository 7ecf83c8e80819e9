import strawberry


@strawberry.type
class AccountsQueries:
    pass
