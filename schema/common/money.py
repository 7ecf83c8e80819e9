"""Money as the API writes it: JSON numbers quantised to the currency. The only place where money becomes a float."""

from typing import Any

import strawberry

from engine.core.context import Row
from engine.core.money import exponent, tax_in_gross, tax_on_net, to_float
from schema.execution.fields import row_field


@strawberry.type(description="An amount of money.")
class Money:
    currency: str

    @row_field
    def amount(row: Row) -> float:
        return to_float(row["minor"], row["currency"])

    @row_field(description="The amount in the currency's smallest unit.")
    def fractional_amount(row: Row) -> int:
        return row["minor"]

    @row_field(description="How many digits the smallest unit stands behind the point.")
    def fraction_digits(row: Row) -> int:
        return exponent(row["currency"])


@strawberry.type(description="An amount before tax, with tax, and the tax.")
class TaxedMoney:
    currency: str

    @row_field
    def gross(row: Row) -> Money:
        minor = row.get("gross")
        if minor is None:
            minor = row["net"] + tax_on_net(row["net"], row["rate"])
        made: Row = {"minor": minor, "currency": row["currency"]}
        return made

    @row_field
    def net(row: Row) -> Money:
        minor = row.get("net")
        if minor is None:
            minor = row["gross"] - tax_in_gross(row["gross"], row["rate"])
        made: Row = {"minor": minor, "currency": row["currency"]}
        return made

    @row_field
    def tax(row: Row) -> Money:
        if "net" not in row:
            return money_row(tax_in_gross(row["gross"], row["rate"]), row["currency"])
        if "gross" not in row:
            return money_row(tax_on_net(row["net"], row["rate"]), row["currency"])
        return money_row(row["gross"] - row["net"], row["currency"])


@strawberry.type
class TaxedMoneyRange:
    start: TaxedMoney | None
    stop: TaxedMoney | None


@strawberry.type
class MoneyRange:
    start: Money | None
    stop: Money | None


def money_row(minor: int, currency: str) -> Any:
    """The row of a `Money`; `minor` counts the currency's smallest unit."""
    return {"minor": minor, "currency": currency}


def priced_row(amount: int, rate: int, entered_with_tax: bool, currency: str) -> Any:
    """The row of a `TaxedMoney` for a price as it was entered; `rate` is millipercent. As `tax.rules.split` has it.

    The other side is worked out when it is read: most readers want one side only.
    """
    return {"gross" if entered_with_tax else "net": amount, "rate": rate, "currency": currency}


def taxed_row(net: int, gross: int, currency: str) -> Any:
    """The row of a `TaxedMoney`, in the currency's smallest unit."""
    return {"net": net, "gross": gross, "currency": currency}
