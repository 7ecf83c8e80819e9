"""Money: whole minor units of an ISO 4217 currency, and arithmetic that loses nothing.

Amounts are `int` minor units (cents, yen, fils) and tax rates are `int` millipercent: parts per
100,000, so 19 % is 19000 and 9.975 % is 9975. Rounding is half-up, away from zero, so that a refund
mirrors its charge. No float takes part in any of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.reference.currencies import CURRENCIES

_UNITS = {code: int(10**currency.exponent) for code, currency in CURRENCIES.items()}
_NEGATIVE_RATE = "a tax rate cannot be negative"
RATE_SCALE = 100_000
"""A rate of this many millipercent is 100 %."""
_TWICE = 2 * RATE_SCALE

MAX_AMOUNT = 2**63 - 1
"""Largest amount a bigint column holds, in minor units."""

_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_MAX_DIGITS = 60


class MoneyError(ValueError):
    """An amount, currency or rate that cannot be worked with."""


class UnknownCurrency(MoneyError):
    def __init__(self, currency: str) -> None:
        super().__init__(f"{currency!r} is not a known ISO 4217 currency")
        self.currency = currency


class CurrencyMismatch(MoneyError):
    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be combined")
        self.left, self.right = left, right


class InvalidAmount(MoneyError):
    """Not a finite plain number, or larger than the database can hold."""


class TooPrecise(InvalidAmount):
    def __init__(self, currency: str, places: int) -> None:
        super().__init__(f"{currency} has {places} decimals")
        self.currency, self.places = currency, places


def exponent(currency: str) -> int:
    """Decimals of the currency's minor unit (ISO 4217). Raises `UnknownCurrency`."""
    try:
        return CURRENCIES[currency].exponent
    except KeyError:
        raise UnknownCurrency(currency) from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units, possibly negative. Mixing currencies raises `CurrencyMismatch`."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError("an amount is a whole number of minor units")
        exponent(self.currency)

    def _other(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._other(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._other(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount * quantity, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._other(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._other(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._other(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._other(other)

    def __str__(self) -> str:
        return f"{to_decimal(self.amount, self.currency)} {self.currency}"


def _scaled(value: Decimal | str | int, places: int, rounding: bool) -> int | None:
    """`value` x 10**places as an exact integer; None if digits would be lost and `rounding` is off."""
    if isinstance(value, (bool, float)):
        raise TypeError("pass a Decimal, a string or an int, never a float")
    if isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(value.strip()):
        raise InvalidAmount("not a plain decimal number")
    number = Decimal(value.strip() if isinstance(value, str) else value)
    if not number.is_finite():
        raise InvalidAmount("not a finite number")
    if not number:
        return 0
    sign, digits, power = number.as_tuple()
    assert isinstance(power, int)
    # Checked before any digit is expanded: a short "1E+999999999" is a very long integer.
    if number.adjusted() + places > 18 or len(digits) > _MAX_DIGITS:
        raise InvalidAmount("number is too long")
    coefficient, shift = int("".join(map(str, digits))), power + places
    # The digits are fewer than the cap, so a larger divisor could change neither quotient nor rounding.
    factor: int = 10 ** min(abs(shift), _MAX_DIGITS + 2)
    if shift >= 0:
        scaled = coefficient * factor
    elif coefficient % factor and not rounding:
        return None
    else:
        scaled = round_half_up(coefficient, factor)
    if scaled > MAX_AMOUNT:
        raise InvalidAmount("number is too large")
    return -scaled if sign else scaled


def to_minor(value: Decimal | str | int, currency: str, *, rounding: bool = False) -> int:
    """Major units, as people write them ("19.99"), to minor units (1999).

    More decimals than the currency has raise `TooPrecise`, or round half-up when `rounding` is asked
    for. Strings are plain decimals with a point; anything else raises `InvalidAmount`.
    """
    places = exponent(currency)
    scaled = _scaled(value, places, rounding)
    if scaled is None:
        raise TooPrecise(currency, places)
    return scaled


def to_decimal(amount: int, currency: str) -> Decimal:
    """Minor units to exact major units with the currency's decimals: 1900 EUR is `Decimal("19.00")`."""
    digits = tuple(int(digit) for digit in str(abs(amount)))
    return Decimal((int(amount < 0), digits, -exponent(currency)))


def to_float(amount: int, currency: str) -> float:
    """Minor units to the nearest float in major units; only for writing an answer, never to count on."""
    # Python divides whole numbers to the nearest float, so this is what the exact decimal would give
    return amount / _UNITS[currency]


def round_half_up(numerator: int, denominator: int) -> int:
    """The quotient to the nearest integer, halves away from zero. The denominator is above zero."""
    if denominator <= 0:
        raise ValueError("the denominator must be above zero")
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` in proportion to `weights` so that the parts always sum to it.

    Largest remainder first, ties to the earlier part. All-zero weights spread evenly. A negative amount
    is the mirror of the positive one. Raises `ValueError` for a negative weight, or for no weights at
    all unless the amount is zero.
    """
    if not weights:
        if amount:
            raise ValueError("nothing to allocate to")
        return []
    if any(weight < 0 for weight in weights):
        raise ValueError("weights cannot be negative")
    total = sum(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    parts: list[int] = []
    remainders: list[int] = []
    for weight in weights:
        part, remainder = divmod(abs(amount) * weight, total)
        parts.append(part)
        remainders.append(remainder)
    left = abs(amount) - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: -remainders[i])[:left]:
        parts[index] += 1
    return [-part for part in parts] if amount < 0 else parts


def millipercent(percent: Decimal | str | int) -> int:
    """A percentage ("7.7") as a rate in millipercent (7700). Negative or finer ones raise `MoneyError`."""
    rate = _scaled(percent, 3, rounding=False)
    if rate is None or rate < 0:
        raise MoneyError("a rate is zero or more, with at most three decimals")
    return rate


def tax_on_net(net: int, rate_millipercent: int) -> int:
    """Tax on top of a net amount, rounded half-up to the minor unit."""
    if rate_millipercent < 0:
        raise MoneyError(_NEGATIVE_RATE)
    taxed = net * rate_millipercent
    # what `round_half_up` does, at hand for every price of every page
    return (2 * taxed + RATE_SCALE) // _TWICE if taxed >= 0 else round_half_up(taxed, RATE_SCALE)


def tax_in_gross(gross: int, rate_millipercent: int) -> int:
    """Tax contained in a gross amount, rounded half-up to the minor unit."""
    if rate_millipercent < 0:
        raise MoneyError(_NEGATIVE_RATE)
    return round_half_up(gross * rate_millipercent, RATE_SCALE + rate_millipercent)
