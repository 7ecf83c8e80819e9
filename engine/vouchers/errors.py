from engine.core.errors import Refusal


class VoucherUsedUp(Refusal):
    """The code cannot be used once more: its last use is gone, or it is."""

    code = "VOUCHER_NOT_APPLICABLE"

    def __init__(self) -> None:
        super().__init__("The voucher cannot be used any more.", field="promoCode")
