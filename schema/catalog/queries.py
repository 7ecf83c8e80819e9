import strawberry


@strawberry.type
class CatalogQueries:
    pass
