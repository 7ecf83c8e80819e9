from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from engine.core.context import Ctx, Row
from engine.core.rows import in_order
from engine.core.statements import Statement
from engine.core.tables import table
from engine.tax.models import TaxClass, TaxConfiguration, TaxCountryException, TaxRate
from engine.tax.rules import Rate, choose

_class = table(TaxClass)
_rate = table(TaxRate)
_configuration = table(TaxConfiguration)
_exception = table(TaxCountryException)
_DAY = sa.bindparam("day", type_=sa.Date)

_EXCEPTION = -1
"""A row of this tax class among rates is the country's exception: 1 for taxes charged, and 2 for gross prices shown."""
_CONFIGURATION = Statement(
    sa.select(
        sa.func.coalesce(_exception.c.charge_taxes, _configuration.c.charge_taxes).label("charge_taxes"),
        sa.func.coalesce(_exception.c.display_gross_prices, _configuration.c.display_gross_prices).label(
            "display_gross_prices"
        ),
        _configuration.c.prices_entered_with_tax,
    )
    .outerjoin_from(
        _configuration,
        _exception,
        sa.and_(
            _exception.c.channel_id == _configuration.c.channel_id,
            _exception.c.country == sa.bindparam("country", type_=sa.Text),
        ),
    )
    .where(_configuration.c.channel_id == sa.bindparam("channel_id", type_=sa.BigInteger))
)


class Rates(list[Rate]):
    """What holds in a country, and what a channel does otherwise there (None: nothing)."""

    charge_taxes: bool | None = None
    display_gross_prices: bool | None = None


def rates_and_exception(country: Any, channel_id: Any) -> sa.CompoundSelect[Any]:
    """As `rates_in`, with what a channel does otherwise in the country, for `as_rates`."""
    rates = rates_in(country).subquery()
    flags = sa.cast(_exception.c.charge_taxes, sa.Integer) + 2 * sa.cast(_exception.c.display_gross_prices, sa.Integer)
    return sa.union_all(
        sa.select(rates.c.region, rates.c.tax_class_id, rates.c.rate),
        sa.select(sa.literal_column("''"), sa.literal_column(f"{_EXCEPTION}::bigint"), flags).where(
            _exception.c.channel_id == channel_id, _exception.c.country == country
        ),
    )


def rates_in(country: Any) -> sa.Select[Any]:
    """`region`, `tax_class_id`, `rate` of every rate of a country that holds on `:day`, for `:regions`; to be part of
    a statement, with `rate_values`."""
    return (
        sa.select(_rate.c.region, _rate.c.tax_class_id, _rate.c.rate)
        .ext(distinct_on(_rate.c.region, _rate.c.tax_class_id))
        .where(
            _rate.c.country == country,
            _rate.c.region == sa.any_(sa.bindparam("regions", type_=sa.ARRAY(sa.Text))),
            _rate.c.valid_from <= _DAY,
            sa.or_(_rate.c.valid_to.is_(None), _rate.c.valid_to > _DAY),
        )
        .order_by(_rate.c.region, _rate.c.tax_class_id, _rate.c.valid_from.desc(), _rate.c.id.desc())
    )


_RATES = Statement(rates_in(sa.bindparam("country", type_=sa.Text)))
_CLASSES = Statement(
    sa.select(_class.c.id, _class.c.name, _class.c.meta, _class.c.private_meta).where(
        _class.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))
    )
)

UNSET: Row = {"charge_taxes": True, "display_gross_prices": True, "prices_entered_with_tax": True}
"""What a channel without a configuration row does."""


async def configuration(ctx: Ctx, channel_id: int, country: str | None = None) -> Row:
    """`charge_taxes`, `display_gross_prices` and `prices_entered_with_tax` of a channel, as it does for buyers of a
    country (ISO 3166-1 alpha-2)."""
    return await ctx.first(_CONFIGURATION, channel_id=channel_id, country=country) or UNSET


async def valid_rates(ctx: Ctx, country: str, region: str = "") -> list[Rate]:
    """Every rate of a country (and of one region in it) that holds today in UTC, for `rules.choose`."""
    kept, key = ctx.kept(), rates_key(country, region)
    found: list[Rate] | None = kept.get(key)
    if found is None:
        found = kept[key] = as_rates(await ctx.fetch(_RATES, country=country, **rate_values(ctx, region)))
    return found


def rates_key(place: str | int, region: str) -> Hashable:
    """Under what a request keeps the rates it has read: those of a country, or of a channel (by id) in its own."""
    return "rates", place, region


def rate_values(ctx: Ctx, region: str) -> dict[str, Any]:
    """What fills `rates_in`."""
    return {"regions": ["", region], "day": ctx.clock.now().date()}


def as_rates(rows: Iterable[Row]) -> Rates:
    found = Rates()
    for row in rows:
        if row["tax_class_id"] == _EXCEPTION:
            found.charge_taxes, found.display_gross_prices = bool(row["rate"] & 1), bool(row["rate"] & 2)
        else:
            found.append(Rate(row["region"], row["tax_class_id"], row["rate"]))
    return found


async def rates(ctx: Ctx, country: str, region: str, tax_class_ids: Sequence[int | None]) -> dict[int | None, int]:
    """Today's rate of each tax class (None: goods without one) in millipercent; 0 where the country has none.

    `country` is ISO 3166-1 alpha-2, `region` a country area such as a US state code, or empty.
    """
    valid = await valid_rates(ctx, country, region)
    return {class_id: choose(valid, region, class_id) for class_id in tax_class_ids}


async def classes(ctx: Ctx, ids: list[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_CLASSES, ids=ids))
