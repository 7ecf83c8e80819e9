"""What a cart costs. Line totals are the authority; unit prices and sums derive from the same entered amounts."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from engine.checkout.rules import is_held
from engine.core.context import Ctx, Row
from engine.core.rows import in_order
from engine.core.statements import Statement
from engine.pricing import queries as pricing
from engine.pricing.rules import VariantPricing, line_total
from engine.tax import queries as tax
from engine.tax.rules import split

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_HEADS = Statement(
    sa.text(
        """
SELECT c.id, c.channel_id, c.currency, c.held_until, c.held_snapshot,
  coalesce(a.country, h.default_country) AS country, coalesce(a.country_area, '') AS region,
  coalesce(t.charge_taxes, true) AS charge_taxes, coalesce(t.prices_entered_with_tax, true) AS entered_with_tax,
  d.id AS delivery_id, d.shipping_method_id, d.name AS delivery_name, d.carrier_id, d.service_code,
  d.amount AS delivery_amount, d.tax_class_id AS delivery_tax_class_id
FROM checkout c
JOIN channel h ON h.id = c.channel_id
LEFT JOIN warehouse w ON w.id = c.collection_point_id
LEFT JOIN address a ON a.id = coalesce(w.address_id, c.shipping_address_id, c.billing_address_id)
LEFT JOIN tax_configuration t ON t.channel_id = c.channel_id
LEFT JOIN checkout_delivery d ON d.id = c.delivery_id
WHERE c.id = ANY(:ids)
"""
    ).bindparams(_IDS)
)
_LINES = Statement(
    sa.text(
        """
SELECT l.id, l.checkout_id, l.variant_id, l.quantity, l.price_override, t.is_shipping_required
FROM checkout_line l
JOIN product_variant v ON v.id = l.variant_id
JOIN product p ON p.id = v.product_id
JOIN product_type t ON t.id = p.product_type_id
WHERE l.checkout_id = ANY(:ids) ORDER BY l.checkout_id, l.created_at, l.id
"""
    ).bindparams(_IDS)
)


@dataclass(frozen=True)
class PricedLine:
    """Amounts are minor units, `tax_rate` is millipercent. An unpriced line (`priced` false) costs nothing yet."""

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


@dataclass(frozen=True)
class PricedCheckout:
    """A cart with every amount fixed, in minor units of `currency`; taxed as in `country` and `region`."""

    checkout_id: uuid.UUID
    channel_id: int
    currency: str
    country: str
    region: str
    entered_with_tax: bool
    lines: tuple[PricedLine, ...]
    shipping: PricedShipping | None

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
    def total_net(self) -> int:
        return self.subtotal_net + self.shipping_net

    @property
    def total_gross(self) -> int:
        return self.subtotal_gross + self.shipping_gross

    @property
    def undiscounted_total_net(self) -> int:
        return sum(line.undiscounted_total_net for line in self.lines) + self.shipping_net

    @property
    def undiscounted_total_gross(self) -> int:
        return sum(line.undiscounted_total_gross for line in self.lines) + self.shipping_gross

    def to_snapshot(self) -> dict[str, Any]:
        """JSON that `from_snapshot` makes the same object of."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> "PricedCheckout":
        shipping = snapshot["shipping"]
        return cls(
            **{
                **snapshot,
                "checkout_id": uuid.UUID(snapshot["checkout_id"]),
                "lines": tuple(
                    PricedLine(**{**line, "line_id": uuid.UUID(line["line_id"])}) for line in snapshot["lines"]
                ),
                "shipping": shipping
                and PricedShipping(**{**shipping, "delivery_id": uuid.UUID(shipping["delivery_id"])}),
            }
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, uuid.UUID) else value


async def price(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> list[PricedCheckout | None]:
    """Each checkout priced, in input order; None: there is none. A held one is priced from its snapshot.

    Two statements, and two more for each pair of channel and place of taxation among the checkouts.
    """
    heads = await ctx.fetch(_HEADS, ids=list(checkout_ids))
    now = ctx.clock.now()
    found: dict[uuid.UUID, PricedCheckout] = {}
    groups: dict[tuple[int, str, str], list[Row]] = defaultdict(list)
    for head in heads:
        if is_held(head["held_until"], now):
            found[head["id"]] = PricedCheckout.from_snapshot(head["held_snapshot"])
        else:
            groups[head["channel_id"], head["country"], head["region"]].append(head)
    lines: dict[uuid.UUID, list[Row]] = defaultdict(list)
    if groups:
        ids = [head["id"] for group in groups.values() for head in group]
        for line in await ctx.fetch(_LINES, ids=ids):
            lines[line["checkout_id"]].append(line)
    for (channel_id, country, region), group in groups.items():
        variant_ids = list({line["variant_id"] for head in group for line in lines[head["id"]]})
        priced = await pricing.priced_variants(ctx, variant_ids, channel_id, country, region)
        prices = dict(zip(variant_ids, priced, strict=True))
        rates = await _shipping_rates(ctx, group)
        for head in group:
            found[head["id"]] = _priced(head, lines[head["id"]], prices, rates)
    rows = in_order(checkout_ids, [{"id": key, "priced": value} for key, value in found.items()])
    return [row and row["priced"] for row in rows]


async def _shipping_rates(ctx: Ctx, group: Sequence[Row]) -> Mapping[int | None, int]:
    head = group[0]
    classes = {head["delivery_tax_class_id"] for head in group if head["delivery_id"] is not None}
    if not classes or not head["charge_taxes"]:
        return dict.fromkeys(classes, 0)
    return await tax.rates(ctx, head["country"], head["region"], list(classes))


def _priced(
    head: Row, lines: Sequence[Row], prices: Mapping[int, VariantPricing | None], rates: Mapping[int | None, int]
) -> PricedCheckout:
    priced = tuple(_priced_line(line, prices[line["variant_id"]]) for line in lines)
    shipping = None
    if head["delivery_id"] is not None and any(line.is_shipping_required for line in priced):
        rate = rates[head["delivery_tax_class_id"]]
        net, gross = split(head["delivery_amount"], rate, entered_with_tax=head["entered_with_tax"])
        shipping = PricedShipping(
            delivery_id=head["delivery_id"],
            shipping_method_id=head["shipping_method_id"],
            name=head["delivery_name"],
            carrier_id=head["carrier_id"],
            service_code=head["service_code"],
            tax_rate=rate,
            net=net,
            gross=gross,
        )
    return PricedCheckout(
        checkout_id=head["id"],
        channel_id=head["channel_id"],
        currency=head["currency"],
        country=head["country"],
        region=head["region"],
        entered_with_tax=head["entered_with_tax"],
        lines=priced,
        shipping=shipping,
    )


def _priced_line(line: Row, price: VariantPricing | None) -> PricedLine:
    override = line["price_override"]
    rate, entered = (price.rate, price.entered_with_tax) if price else (0, True)
    amount = override if override is not None else price.amount if price else 0
    before = override if override is not None else price.undiscounted_amount if price else 0
    quantity = line["quantity"]
    unit, unit_before = line_total(amount, 1, rate, entered), line_total(before, 1, rate, entered)
    total, total_before = line_total(amount, quantity, rate, entered), line_total(before, quantity, rate, entered)
    return PricedLine(
        line_id=line["id"],
        variant_id=line["variant_id"],
        quantity=quantity,
        is_shipping_required=line["is_shipping_required"],
        priced=price is not None,
        tax_rate=rate,
        tax_class_id=price.tax_class_id if price else None,
        unit_net=unit[0],
        unit_gross=unit[1],
        undiscounted_unit_net=unit_before[0],
        undiscounted_unit_gross=unit_before[1],
        undiscounted_unit_amount=before,
        total_net=total[0],
        total_gross=total[1],
        undiscounted_total_net=total_before[0],
        undiscounted_total_gross=total_before[1],
    )
