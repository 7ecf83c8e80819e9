"""What can be wrong with a cart, with the codes of Saleor's `CheckoutErrorCode`."""

import uuid
from collections.abc import Sequence

from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global


class CheckoutNotFound(NotFound):
    def __init__(self, field: str = "id") -> None:
        super().__init__("There is no such checkout.", field=field)


class LineNotFound(NotFound):
    """Lines that are not in this checkout, whoever else's they may be."""

    def __init__(self, line_ids: Sequence[uuid.UUID], *, field: str) -> None:
        super().__init__(
            "There is no such line in the checkout.",
            field=field,
            lines=[to_global("CheckoutLine", line_id) for line_id in line_ids],
        )


class VariantNotFound(NotFound):
    def __init__(self, variant_ids: Sequence[int]) -> None:
        super().__init__(
            "There is no such product variant.",
            field="variantId",
            variants=[to_global("ProductVariant", variant_id) for variant_id in variant_ids],
        )


class VariantsRefused(Refusal):
    """Variants that cannot be bought; the code says why."""

    def __init__(self, message: str, variant_ids: Sequence[int], *, code: str, field: str = "lines"):
        self.variant_ids = tuple(variant_ids)
        variants = [to_global("ProductVariant", variant_id) for variant_id in variant_ids]
        super().__init__(message, field=field, code=code, variants=variants)


class ChannelNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such channel.", field="channel")


class DeliveryRefused(Refusal):
    """The way of delivery cannot be had for this cart."""

    code = "DELIVERY_METHOD_NOT_APPLICABLE"


class InvalidPromoCode(Refusal):
    """No voucher and no gift card that could be used in this channel at this time has the code."""

    code = "INVALID"

    def __init__(self) -> None:
        super().__init__("Promo code is invalid", field="promoCode")


class VoucherNotApplicable(Refusal):
    """There is such a voucher, and it is not for this cart."""

    code = "VOUCHER_NOT_APPLICABLE"

    def __init__(self, why: str, field: str = "promoCode") -> None:
        super().__init__(f"Voucher is not applicable to this checkout. {why}", field=field)


class GiftLineRefused(Refusal):
    """What an order promotion gives can be neither edited nor removed."""

    def __init__(self, line_ids: Sequence[uuid.UUID], *, code: str, field: str) -> None:
        done = "removed" if code == "NON_REMOVABLE_GIFT_LINE" else "edited"
        lines = [to_global("CheckoutLine", line_id) for line_id in line_ids]
        super().__init__(f"Checkout line marked as gift can't be {done}.", field=field, code=code, lines=lines)
