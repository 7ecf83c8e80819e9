from engine.core.errors import NotFound, Refusal


class GiftCardRefused(Refusal):
    """A gift card cannot pay what it was to pay."""

    code = "GIFT_CARD_NOT_APPLICABLE"

    def __init__(self, message: str = "A gift card of the cart cannot be used any more.") -> None:
        super().__init__(message, field="promoCode")


class UnknownGiftCard(NotFound):
    def __init__(self, field: str = "id") -> None:
        super().__init__("Couldn't resolve to a GiftCard.", field=field)
