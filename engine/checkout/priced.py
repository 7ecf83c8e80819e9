"""A cart with every amount fixed, as it is shown, held and sold. Amounts are minor units of its currency."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Reduced:
    """What was taken off a line, the goods or the delivery, and why. `value` is minor units (FIXED) or millipercent.

    Amounts are as the channel enters prices.
    """

    type: str
    """A word of Saleor's `OrderDiscountType`."""
    name: str | None
    translated_name: str | None
    value_type: str
    value: int
    amount: int
    unit_amount: int = 0
    voucher_code: str | None = None
    promotion_rule_id: uuid.UUID | None = None


@dataclass(frozen=True)
class PricedLine:
    """`tax_rate` is millipercent. An unpriced line (`priced` false) costs nothing yet."""

    line_id: uuid.UUID
    variant_id: int
    quantity: int
    is_shipping_required: bool
    priced: bool
    tax_rate: int
    tax_class_id: int | None
    unit_net: int
    unit_gross: int
    undiscounted_unit_net: int
    undiscounted_unit_gross: int
    undiscounted_unit_amount: int
    """As entered."""
    total_net: int
    total_gross: int
    undiscounted_total_net: int
    undiscounted_total_gross: int
    is_gift: bool = False
    reductions: tuple[Reduced, ...] = ()
    """Of the line by itself; what the order as a whole is reduced by is in its total all the same."""
    price_overridden: bool = False
    price_override_reason: str | None = None


@dataclass(frozen=True)
class PricedShipping:
    delivery_id: uuid.UUID
    shipping_method_id: int
    name: str
    carrier_id: str
    service_code: str
    tax_rate: int
    net: int
    gross: int
    undiscounted_net: int | None = None
    """None: as `net`."""
    undiscounted_gross: int | None = None

    @property
    def before_net(self) -> int:
        return self.net if self.undiscounted_net is None else self.undiscounted_net

    @property
    def before_gross(self) -> int:
        return self.gross if self.undiscounted_gross is None else self.undiscounted_gross


@dataclass(frozen=True)
class AppliedVoucher:
    """The voucher whose code the cart carries. With an `objection` it takes nothing off."""

    voucher_id: int | None
    """None: no voucher has the code any more."""
    code: str
    name: str | None = None
    translated_name: str | None = None
    objection: str | None = None
    usable: bool = True
    """Whether the code holds in the channel at this time at all, for whatever cart."""


@dataclass(frozen=True)
class GiftCardPart:
    """A gift card on the cart, and how much of the gross total it pays; unusable ones pay nothing."""

    gift_card_id: int
    amount: int
    usable: bool = True


@dataclass(frozen=True)
class PricedCheckout:
    """Taxed as in `country` and `region`. A gift line whose promotion holds no longer is not among the lines."""

    checkout_id: uuid.UUID
    channel_id: int
    currency: str
    country: str
    region: str
    entered_with_tax: bool
    lines: tuple[PricedLine, ...]
    shipping: PricedShipping | None
    reductions: tuple[Reduced, ...] = ()
    """Of the goods as a whole and of the delivery."""
    voucher: AppliedVoucher | None = None
    gift_cards: tuple[GiftCardPart, ...] = ()
    gift_cards_net: int = 0

    @property
    def is_shipping_required(self) -> bool:
        return any(line.is_shipping_required for line in self.lines)

    @property
    def shipping_net(self) -> int:
        return self.shipping.net if self.shipping else 0

    @property
    def shipping_gross(self) -> int:
        return self.shipping.gross if self.shipping else 0

    @property
    def shipping_tax_rate(self) -> int:
        return self.shipping.tax_rate if self.shipping else 0

    @property
    def subtotal_net(self) -> int:
        return sum(line.total_net for line in self.lines)

    @property
    def subtotal_gross(self) -> int:
        return sum(line.total_gross for line in self.lines)

    @property
    def subtotal_entered(self) -> int:
        """The subtotal as the channel enters prices, which delivery bands are about."""
        return self.subtotal_gross if self.entered_with_tax else self.subtotal_net

    @property
    def gift_cards_gross(self) -> int:
        return sum(card.amount for card in self.gift_cards)

    @property
    def total_net(self) -> int:
        return self.subtotal_net + self.shipping_net - self.gift_cards_net

    @property
    def total_gross(self) -> int:
        """What is left to pay with money, after gift cards."""
        return self.subtotal_gross + self.shipping_gross - self.gift_cards_gross

    @property
    def undiscounted_total_net(self) -> int:
        shipping = self.shipping.before_net if self.shipping else 0
        return sum(line.undiscounted_total_net for line in self.lines) + shipping

    @property
    def undiscounted_total_gross(self) -> int:
        shipping = self.shipping.before_gross if self.shipping else 0
        return sum(line.undiscounted_total_gross for line in self.lines) + shipping

    @property
    def off_the_cart(self) -> list[Reduced]:
        """What a voucher or an order promotion took off, wherever."""
        of_lines = (each for line in self.lines if not line.is_gift for each in line.reductions)
        return [*self.reductions, *(each for each in of_lines if each.type == "VOUCHER")]

    def to_snapshot(self) -> dict[str, Any]:
        """JSON that `from_snapshot` makes the same object of."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> "PricedCheckout":
        """Also of one that was taken before carts had reductions."""
        shipping, voucher = snapshot["shipping"], snapshot.get("voucher")
        return cls(
            **{
                **snapshot,
                "checkout_id": uuid.UUID(snapshot["checkout_id"]),
                "lines": tuple(_line(line) for line in snapshot["lines"]),
                "shipping": shipping
                and PricedShipping(**{**shipping, "delivery_id": uuid.UUID(shipping["delivery_id"])}),
                "reductions": _reductions(snapshot),
                "voucher": voucher and AppliedVoucher(**voucher),
                "gift_cards": tuple(GiftCardPart(**card) for card in snapshot.get("gift_cards", ())),
            }
        )


def _line(line: Mapping[str, Any]) -> PricedLine:
    return PricedLine(**{**line, "line_id": uuid.UUID(line["line_id"]), "reductions": _reductions(line)})


def _reductions(of: Mapping[str, Any]) -> tuple[Reduced, ...]:
    return tuple(
        Reduced(**{**each, "promotion_rule_id": each["promotion_rule_id"] and uuid.UUID(each["promotion_rule_id"])})
        for each in of.get("reductions", ())
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, uuid.UUID) else value
