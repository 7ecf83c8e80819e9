"""What can be wrong with a channel."""

from engine.core.errors import NotFound, Refusal


class UnknownChannel(NotFound):
    def __init__(self, field: str = "id") -> None:
        super().__init__("There is no such channel.", field=field)


class SlugTaken(Refusal):
    code = "UNIQUE"

    def __init__(self) -> None:
        super().__init__("Channel with this Slug already exists.", field="slug")


class ChannelWithOrders(Refusal):
    """Its orders and payments must go to another channel first."""

    code = "CHANNEL_WITH_ORDERS"

    def __init__(self) -> None:
        super().__init__("Cannot delete channel with orders.", field="id")


class CurrenciesDiffer(Refusal):
    code = "CHANNELS_CURRENCY_MUST_BE_THE_SAME"

    def __init__(self, origin: str, target: str) -> None:
        super().__init__(
            f"Cannot migrate orders from a channel in {origin} to one in {target}: their currencies must be the same.",
            field="channelId",
        )
