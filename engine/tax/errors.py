"""What can be wrong with taxes."""

from engine.core.errors import NotFound


class UnknownTaxClass(NotFound):
    def __init__(self, field: str = "id") -> None:
        super().__init__("There is no such tax class.", field=field)
