"""What reduced an order or one of its lines."""

import decimal

import strawberry

from engine.core.context import Row
from engine.core.money import exponent
from schema.common.ids import Node, global_id
from schema.common.money import Money, money_row
from schema.common.scalars import PositiveDecimal
from schema.execution.fields import row_field
from schema.orders.enums import OrderDiscountType
from schema.vouchers.enums import DiscountValueTypeEnum


def major_value(value: int, value_type: str, currency: str) -> PositiveDecimal:
    """Minor units as major ones, millipercent as per cent."""
    places = 3 if value_type == "PERCENTAGE" else exponent(currency)
    return PositiveDecimal(decimal.Decimal(value).scaleb(-places))


@strawberry.type
class DiscountCommon:
    """Rows of `engine.orders.discounts`."""

    type: OrderDiscountType
    name: str | None
    translated_name: str | None
    reason: str | None

    @row_field
    def value_type(row: Row) -> DiscountValueTypeEnum:
        return row["value_type"]

    @row_field(description="Of money, or per cent.")
    def value(row: Row) -> PositiveDecimal:
        return major_value(row["value"], row["value_type"], row["currency"])

    @row_field(description="All that is taken off, as the channel enters prices.")
    def total(row: Row) -> Money:
        return money_row(row["amount"], row["currency"])


@strawberry.type(description="A reduction of an order as a whole, or of its delivery.")
class OrderDiscount(DiscountCommon, Node):
    id: strawberry.ID = global_id("OrderDiscount")

    @row_field(description="The same as `total`.")
    def amount(row: Row) -> Money:
        return money_row(row["amount"], row["currency"])


@strawberry.type(description="A reduction of one line by itself.")
class OrderLineDiscount(DiscountCommon):
    id: strawberry.ID = global_id("OrderLineDiscount")

    @row_field(description="Taken off one unit.")
    def unit(row: Row) -> Money:
        return money_row(row["unit_amount"], row["currency"])
