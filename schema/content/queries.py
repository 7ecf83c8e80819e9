import strawberry


@strawberry.type
class ContentQueries:
    pass
