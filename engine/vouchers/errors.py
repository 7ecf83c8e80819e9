"""What can be wrong with vouchers, with the codes of Saleor's `DiscountErrorCode`, or of carts."""

from collections.abc import Sequence

from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global


class VoucherUsedUp(Refusal):
    """The code cannot be used once more: its last use is gone, or it is."""

    code = "VOUCHER_NOT_APPLICABLE"

    def __init__(self) -> None:
        super().__init__("The voucher cannot be used any more.", field="promoCode")


class UnknownVoucher(NotFound):
    def __init__(self, field: str = "id") -> None:
        super().__init__("Couldn't resolve to a Voucher.", field=field)


class CodesRefused(Refusal):
    """Codes that are taken (ALREADY_EXISTS) or given twice (DUPLICATED_INPUT_ITEM)."""

    def __init__(self, message: str, codes: Sequence[str], *, code: str) -> None:
        super().__init__(message, field="codes", code=code, voucher_codes=list(codes))


class ChannelsRefused(Refusal):
    """Values of a voucher in channels that it cannot have."""

    def __init__(self, message: str, channel_ids: Sequence[int], *, code: str, field: str) -> None:
        super().__init__(message, field=field, code=code, channels=[to_global("Channel", id) for id in channel_ids])
