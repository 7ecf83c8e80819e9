"""Taxes as staff look through them: classes, rates by country, and what each channel does."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from engine.channels.models import Channel
from engine.core.context import Ctx, Row
from engine.core.metadata import meta_conditions
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table
from engine.tax.models import TaxClass, TaxConfiguration, TaxCountryException, TaxRate

_class, _rate, _channel = table(TaxClass), table(TaxRate), table(Channel)
_configuration, _exception = table(TaxConfiguration), table(TaxCountryException)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_DAY = sa.bindparam("day", type_=sa.Date)
_COUNTRIES = sa.bindparam("countries", type_=sa.ARRAY(sa.Text))
_SHAPES = ShapeCache(32)

_today = (
    sa.select(_rate.c.id, _rate.c.country, _rate.c.tax_class_id, _rate.c.rate)
    .ext(distinct_on(_rate.c.country, _rate.c.tax_class_id))
    .where(
        _rate.c.region == "",
        _rate.c.valid_from <= _DAY,
        sa.or_(_rate.c.valid_to.is_(None), _rate.c.valid_to > _DAY),
    )
    .order_by(
        _rate.c.country, _rate.c.tax_class_id.nulls_first(), _rate.c.valid_from.desc(), _rate.c.id.desc()
    )
)  # fmt: skip
_OF_CLASSES = Statement(_today.where(_rate.c.tax_class_id == sa.any_(_IDS)))
_OF_COUNTRIES = Statement(_today.where(_rate.c.country == sa.any_(_COUNTRIES)))
_held = _today.subquery()
_TAXED = Statement(sa.select(_held.c.country).distinct().order_by(_held.c.country))
_EXCEPTIONS = Statement(
    sa.select(_exception)
    .where(_exception.c.channel_id == sa.any_(_IDS))
    .order_by(_exception.c.channel_id, _exception.c.country)
)
_configured = sa.select(
    _channel.c.id,
    sa.func.coalesce(_configuration.c.charge_taxes, sa.true()).label("charge_taxes"),
    sa.func.coalesce(_configuration.c.display_gross_prices, sa.true()).label("display_gross_prices"),
    sa.func.coalesce(_configuration.c.prices_entered_with_tax, sa.true()).label("prices_entered_with_tax"),
    sa.func.coalesce(_configuration.c.tax_calculation_strategy, "FLAT_RATES").label("tax_calculation_strategy"),
    sa.func.coalesce(_configuration.c.meta, sa.text("'{}'::jsonb")).label("meta"),
    sa.func.coalesce(_configuration.c.private_meta, sa.text("'{}'::jsonb")).label("private_meta"),
).outerjoin_from(_channel, _configuration, _configuration.c.channel_id == _channel.c.id)
_CONFIGURATIONS = Statement(_configured.where(_channel.c.id == sa.any_(_IDS)))
_CONFIGURATION_ORDER = Keyset(Key("id", _channel.c.id))


@dataclass(frozen=True)
class TaxClassFilter:
    """Conditions that all hold; None asks nothing. `countries`: one of them taxes the class today."""

    ids: tuple[int, ...] | None = None
    countries: tuple[str, ...] | None = None
    meta: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class ConfigurationFilter:
    ids: tuple[int, ...] | None = None
    meta: tuple[tuple[str, str | None], ...] = ()


async def class_page(ctx: Ctx, wanted: TaxClassFilter, args: PageArgs, *, descending: bool = False) -> Page:
    """Tax classes by name."""
    keyset = Keyset(Key("name", _class.c.name.collate("C"), descending))
    conditions, values = _classes(ctx, wanted)
    statement = _SHAPES.get(
        ("classes", tuple(values), keyset.shape(args)),
        lambda: keyset.apply(sa.select(_class).where(*conditions), args),
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def class_count(ctx: Ctx, wanted: TaxClassFilter) -> int:
    conditions, values = _classes(ctx, wanted)
    statement = _SHAPES.get(
        ("count classes", tuple(values)), lambda: sa.select(sa.func.count()).select_from(_class).where(*conditions)
    )
    return int(await ctx.value(statement, **values))


async def rates_of_classes(ctx: Ctx, class_ids: Sequence[int]) -> list[list[Row]]:
    """Rows country, tax_class_id, rate (millipercent) of each class, as they hold today for whole countries."""
    rows = await ctx.fetch(_OF_CLASSES, ids=list(class_ids), day=ctx.clock.now().date())
    return grouped(class_ids, rows, "tax_class_id")


async def rates_of_countries(ctx: Ctx, countries: Sequence[str]) -> list[list[Row]]:
    """The same by country, its default (tax_class_id None) first."""
    rows = await ctx.fetch(_OF_COUNTRIES, countries=list(countries), day=ctx.clock.now().date())
    return grouped(countries, rows, "country")


async def taxed_countries(ctx: Ctx) -> list[str]:
    """Where any rate holds today, ISO 3166-1 alpha-2."""
    return [row["country"] for row in await ctx.fetch(_TAXED, day=ctx.clock.now().date())]


async def configurations(ctx: Ctx, channel_ids: Sequence[int]) -> list[Row | None]:
    """What each channel does about taxes; `id` is the channel's."""
    return in_order(channel_ids, await ctx.fetch(_CONFIGURATIONS, ids=list(channel_ids)))


async def exceptions_of(ctx: Ctx, channel_ids: Sequence[int]) -> list[list[Row]]:
    """Rows country, charge_taxes, display_gross_prices where a channel does otherwise for buyers of a country."""
    return grouped(channel_ids, await ctx.fetch(_EXCEPTIONS, ids=list(channel_ids)), "channel_id")


async def configuration_page(ctx: Ctx, wanted: ConfigurationFilter, args: PageArgs) -> Page:
    conditions, values = _of_channels(wanted)
    statement = _SHAPES.get(
        ("configurations", tuple(values), _CONFIGURATION_ORDER.shape(args)),
        lambda: _CONFIGURATION_ORDER.apply(_configured.where(*conditions), args),
    )
    rows = await ctx.fetch(statement, **values, **_CONFIGURATION_ORDER.parameters(args))
    return _CONFIGURATION_ORDER.page(rows, args)


async def configuration_count(ctx: Ctx, wanted: ConfigurationFilter) -> int:
    conditions, values = _of_channels(wanted)
    statement = _SHAPES.get(
        ("count configurations", tuple(values)),
        lambda: sa.select(sa.func.count()).select_from(_configured.where(*conditions).subquery()),
    )
    return int(await ctx.value(statement, **values))


def _classes(ctx: Ctx, wanted: TaxClassFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, object]]:
    conditions: list[sa.ColumnElement[bool]] = []
    values: dict[str, object] = {}
    if wanted.ids is not None:
        conditions.append(_class.c.id == sa.any_(_IDS))
        values["ids"] = list(wanted.ids)
    if wanted.countries is not None:
        taxing = _today.subquery()
        conditions.append(
            _class.c.id.in_(sa.select(taxing.c.tax_class_id).where(taxing.c.country == sa.any_(_COUNTRIES)))
        )
        values |= {"countries": list(wanted.countries), "day": ctx.clock.now().date()}
    pairs, keys = meta_conditions(_class, wanted.meta)
    return [*conditions, *pairs], {**values, **keys}


def _of_channels(wanted: ConfigurationFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, object]]:
    conditions: list[sa.ColumnElement[bool]] = []
    values: dict[str, object] = {}
    if wanted.ids is not None:
        conditions.append(_channel.c.id == sa.any_(_IDS))
        values["ids"] = list(wanted.ids)
    pairs, keys = meta_conditions(_configuration, wanted.meta)
    return [*conditions, *pairs], {**values, **keys}
