from engine.core.errors import NotFound, Refusal


class SlugTaken(Refusal):
    code = "UNIQUE"

    def __init__(self) -> None:
        super().__init__("Product with this Slug already exists.", field="slug")


class Claimed(Refusal):
    """What is claimed by checkouts or orders cannot go."""

    def __init__(self) -> None:
        super().__init__("Units of it are claimed by checkouts or by orders that are not shipped yet.", field="id")


class UnknownProduct(NotFound):
    def __init__(self) -> None:
        super().__init__("Couldn't resolve to a product.", field="id")


class UnknownVariant(NotFound):
    def __init__(self) -> None:
        super().__init__("Couldn't resolve to a product variant.", field="id")


class UnknownChannels(NotFound):
    """Carries the ids that no channel has."""

    def __init__(self, field: str, channel_ids: list[int]):
        super().__init__("Couldn't resolve to a channel.", field=field)
        self.channel_ids = channel_ids
