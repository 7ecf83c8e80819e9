"""Money as the API writes it: JSON numbers quantised to the currency. The only place where money becomes a float."""

from typing import Any

import strawberry

from engine.core.money import exponent, to_float


@strawberry.type(description="An amount of money.")
class Money:
    currency: str
    amount: float
    fractional_amount: int = strawberry.field(description="The amount in the currency's smallest unit.")
    fraction_digits: int = strawberry.field(description="How many digits the smallest unit stands behind the point.")


@strawberry.type(description="An amount before tax, with tax, and the tax.")
class TaxedMoney:
    currency: str
    gross: Money
    net: Money
    tax: Money


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
    return {
        "currency": currency,
        "amount": to_float(minor, currency),
        "fractional_amount": minor,
        "fraction_digits": exponent(currency),
    }


def taxed_row(net: int, gross: int, currency: str) -> Any:
    return {
        "currency": currency,
        "gross": money_row(gross, currency),
        "net": money_row(net, currency),
        "tax": money_row(gross - net, currency),
    }
