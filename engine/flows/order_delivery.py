"""Ways of delivery for an order that stands, from the merchant's own tables: carriers are not asked for a read."""

from collections.abc import Sequence

from engine.accounts import queries as accounts
from engine.core.context import Ctx, Row
from engine.orders import queries
from engine.sdk.amounts import Amount
from engine.sdk.rates import table_amount
from engine.shipping import queries as shipping
from engine.tax import queries as tax


async def methods_for(ctx: Ctx, orders: Sequence[Row]) -> list[list[Row]]:
    """`ShippingMethod` rows of each order: what it could be sent with, at the price of today."""
    lines = await queries.lines_of(ctx, [order["id"] for order in orders])
    found = await accounts.addresses_by_ids(ctx, [order["shipping_address_id"] for order in orders])
    return [await _offered(ctx, order, own, address) for order, own, address in zip(orders, lines, found, strict=True)]


async def method_for(ctx: Ctx, order: Row, method_id: int) -> Row | None:
    """The one of them with this id, if it is there."""
    (rows,) = await methods_for(ctx, [order])
    return next((row for row in rows if row["id"] == method_id), None)


async def _offered(ctx: Ctx, order: Row, lines: Sequence[Row], address: Row | None) -> list[Row]:
    if address is None or not any(line["is_shipping_required"] for line in lines):
        return []
    variant_ids = [line["variant_id"] for line in lines if line["variant_id"] is not None]
    weight = sum(line["weight_grams"] * line["quantity"] for line in lines)
    offered = await shipping.offered_methods(ctx, order["channel_id"], address["country"], variant_ids)
    entered = (await tax.configuration(ctx, order["channel_id"]))["prices_entered_with_tax"]
    subtotal = Amount(order["subtotal_gross" if entered else "subtotal_net"], order["currency"])
    methods = [method for method in offered if method.suits(subtotal.minor, weight, address["postal_code"])]
    prices = {method.id: table_amount(method.as_service(), weight, subtotal) for method in methods}
    rows = await shipping.methods_by_ids(ctx, [method.id for method in methods])
    return [
        {
            **row,
            "amount": price.minor,
            "currency": price.currency,
            "active": True,
            "message": "",
            "tax_class_id": method.tax_class_id,
            "__typename": "ShippingMethod",
        }
        for method, row in zip(methods, rows, strict=True)
        if row is not None and (price := prices[method.id]) is not None
    ]
