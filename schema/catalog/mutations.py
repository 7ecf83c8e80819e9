import strawberry


@strawberry.type
class CatalogMutations:
    pass
