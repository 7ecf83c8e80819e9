from engine.core.errors import NotFound


class UnknownPromotion(NotFound):
    def __init__(self, field: str = "id") -> None:
        super().__init__("Couldn't resolve to a promotion.", field=field)


class UnknownRule(NotFound):
    def __init__(self) -> None:
        super().__init__("Couldn't resolve to a promotion rule.", field="id")
