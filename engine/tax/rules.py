"""Tax of an amount, and which of a country's rates a thing has. Rates are millipercent: 19 % is 19000."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.core.money import tax_in_gross, tax_on_net


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate that holds today. `region` is empty for the whole country, `tax_class_id` None for any goods."""

    region: str
    tax_class_id: int | None
    rate: int


def split(amount: int, rate: int, *, entered_with_tax: bool) -> tuple[int, int]:
    """`(net, gross)` of an amount in minor units, rounded half-up once; call it per line, not per unit.

    Raises MoneyError for a rate outside 0 to 100000.
    """
    if entered_with_tax:
        return amount - tax_in_gross(amount, rate), amount
    return amount, amount + tax_on_net(amount, rate)


def choose(rates: Iterable[Rate], region: str, tax_class_id: int | None) -> int:
    """The rate of a class in a region: a rate for the class goes before the default, the region's before the country's.

    Without any it is 0.
    """
    fitting = [r for r in rates if r.region in ("", region) and r.tax_class_id in (None, tax_class_id)]
    best = max(fitting, key=lambda r: (r.tax_class_id is not None, r.region != ""), default=None)
    return best.rate if best else 0
