import strawberry


@strawberry.type
class SupportQueries:
    pass
