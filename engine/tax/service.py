"""Taxes as staff set them. A rate is never overwritten: each change adds a row that holds from its day on, and the
rows before it tell what orders of their time were taxed with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.locking import lock_name
from engine.core.statements import Statement
from engine.core.tables import table
from engine.tax import lists
from engine.tax.errors import UnknownTaxClass
from engine.tax.models import TaxClass, TaxConfiguration, TaxCountryException, TaxRate

MAX_RATE = 100_000
NAME_LENGTH = 255
_class, _rate = table(TaxClass), table(TaxRate)
_configuration, _exception = table(TaxConfiguration), table(TaxCountryException)
_KNOWN = Statement(
    sa.select(_class.c.id).where(_class.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))))
)
_LOCK = Statement(sa.select(_class).where(_class.c.id == sa.bindparam("id", type_=sa.BigInteger)).with_for_update())


@dataclass(frozen=True)
class CountryException:
    country: str
    charge_taxes: bool
    display_gross_prices: bool


async def create_class(tx: WriteCtx, name: str, rates: Mapping[str, int]) -> Row:
    """`rates` are millipercent by country (ISO 3166-1 alpha-2). Raises Refusal."""
    values = {"name": await _free_name(tx, name)}
    row = (await tx.execute(_class.insert().values(values).returning(_class))).mappings().one()
    await set_rates(tx, [(country, row["id"], rate) for country, rate in rates.items()])
    tx.emit("tax_class.created", "TaxClass", row["id"])
    return row


async def update_class(
    tx: WriteCtx, class_id: int, name: str | None, rates: Mapping[str, int], removed: Collection[str]
) -> Row:
    """Raises UnknownTaxClass, Refusal."""
    await _lock_class(tx, class_id)
    if name is not None:
        values = {"name": await _free_name(tx, name, class_id)}
        await tx.execute(_class.update().where(_class.c.id == class_id).values(values))
    await set_rates(tx, [(country, class_id, rate) for country, rate in rates.items()])
    await end_rates(tx, _rate.c.tax_class_id == class_id, _rate.c.country.in_(list(removed)))
    tx.emit("tax_class.updated", "TaxClass", class_id)
    row: Row = await tx.first(_LOCK, id=class_id)
    return row


async def delete_class(tx: WriteCtx, class_id: int) -> Row:
    """What has the class is taxed by each country's default from then on. Raises UnknownTaxClass."""
    row = await _lock_class(tx, class_id)
    await tx.execute(_class.delete().where(_class.c.id == class_id))
    tx.emit("tax_class.deleted", "TaxClass", class_id)
    return row


async def set_country(tx: WriteCtx, country: str, rates: Mapping[int | None, int | None]) -> None:
    """Rates of a country by tax class (None: its default) in millipercent; None ends one. Raises UnknownTaxClass."""
    ids = [class_id for class_id in rates if class_id is not None]
    if len(await tx.fetch(_KNOWN, ids=ids)) < len(ids):
        raise UnknownTaxClass("updateTaxClassRates")
    await set_rates(tx, [(country, class_id, rate) for class_id, rate in rates.items() if rate is not None])
    for class_id, rate in rates.items():
        if rate is None:
            await end_rates(tx, _rate.c.country == country, _rate.c.tax_class_id.is_not_distinct_from(class_id))
    tx.emit("tax_country.updated", "TaxCountryConfiguration", country)


async def drop_country(tx: WriteCtx, country: str) -> None:
    """No rate of the country holds from today on."""
    await end_rates(tx, _rate.c.country == country)
    tx.emit("tax_country.deleted", "TaxCountryConfiguration", country)


async def set_rates(tx: WriteCtx, rates: Sequence[tuple[str, int | None, int]]) -> None:
    """(country, tax class, millipercent) that hold from today (UTC) on, up to what is already planned for later.

    A rate that holds already is left as it is.
    """
    if not rates:
        return
    await lock_name(tx, "tax.rates")
    countries = sorted({country for country, _, _ in rates})
    groups = await lists.rates_of_countries(tx, countries)
    held = {(row["country"], row["tax_class_id"]): row["rate"] for group in groups for row in group}
    who = tx.caller.user_id
    source = f"user {who}" if who is not None else f"app {tx.caller.app_id}"
    rows = [
        {
            "country": country,
            "tax_class_id": class_id,
            "rate": rate,
            "valid_from": tx.clock.now().date(),
            "source": f"set by {source}",
        }
        for country, class_id, rate in rates
        if held.get((country, class_id)) != rate
    ]
    if rows:
        await tx.execute(_rate.insert(), rows)


async def end_rates(tx: WriteCtx, *which: sa.ColumnElement[bool]) -> None:
    """End those that hold today; what was planned for later, or began today, is dropped."""
    await lock_name(tx, "tax.rates")
    today = tx.clock.now().date()
    whole = (_rate.c.region == "", *which)
    await tx.execute(_rate.delete().where(*whole, _rate.c.valid_from >= today))
    open_now = sa.or_(_rate.c.valid_to.is_(None), _rate.c.valid_to > today)
    await tx.execute(_rate.update().where(*whole, open_now).values(valid_to=today))


async def configure_new(tx: WriteCtx, channel_id: int) -> None:
    """A new channel charges taxes, was entered with them and shows them."""
    await tx.execute(insert(_configuration).values(channel_id=channel_id).on_conflict_do_nothing())


async def configure(
    tx: WriteCtx,
    channel_id: int,
    values: Mapping[str, bool],
    exceptions: Sequence[CountryException] = (),
    removed: Collection[str] = (),
) -> Row:
    """What a channel does about taxes, and what otherwise for buyers of some countries. Raises NotFound, Refusal."""
    (known,) = await lists.configurations(tx, [channel_id])
    limit = tx.caller.channel_ids
    if known is None or (limit is not None and channel_id not in limit):
        raise NotFound("There is no such tax configuration.", field="id")
    countries = [one.country for one in exceptions]
    twice = sorted({code for code in countries if countries.count(code) > 1 or code in removed})
    if twice:
        raise Refusal(
            f"A country is named twice: {', '.join(twice)}.",
            field="updateCountriesConfiguration",
            code="DUPLICATED_INPUT_ITEM",
            country_codes=twice,
        )
    await configure_new(tx, channel_id)
    if values:
        await tx.execute(_configuration.update().where(_configuration.c.channel_id == channel_id).values(**values))
    if removed:
        gone = _exception.c.country.in_(list(removed))
        await tx.execute(_exception.delete().where(_exception.c.channel_id == channel_id, gone))
    for one in sorted(exceptions, key=lambda one: one.country):
        columns: dict[str, Any] = {
            "charge_taxes": one.charge_taxes,
            "display_gross_prices": one.display_gross_prices,
        }
        statement = insert(_exception).values(channel_id=channel_id, country=one.country, **columns)
        await tx.execute(statement.on_conflict_do_update(index_elements=["channel_id", "country"], set_=columns))
    tx.emit("tax_configuration.updated", "TaxConfiguration", channel_id)
    (row,) = await lists.configurations(tx, [channel_id])
    assert row is not None
    return row


async def _lock_class(tx: WriteCtx, class_id: int) -> Row:
    row = await tx.first(_LOCK, id=class_id)
    if row is None:
        raise UnknownTaxClass
    return row


async def _free_name(tx: WriteCtx, name: str, own: int | None = None) -> str:
    clean = name.replace("\0", "").strip()
    if not clean or len(clean) > NAME_LENGTH:
        raise Refusal(f"A name has 1 to {NAME_LENGTH} characters.", field="name", code="INVALID")
    await lock_name(tx, "tax.class_names")
    taken = sa.select(_class.c.id).where(_class.c.name == clean, _class.c.id.is_distinct_from(own))
    if (await tx.execute(taken)).first() is not None:
        raise Refusal("A tax class with this name already exists.", field="name", code="INVALID")
    return clean
