import strawberry


@strawberry.type
class SupportMutations:
    pass
