"""Variants of all products as they are listed, narrowed by a `Wish`."""

from collections.abc import Hashable, Sequence
from typing import Any

import sqlalchemy as sa

from engine.catalog.models import Product, ProductVariant, VariantAttributeValue
from engine.catalog.queries import VARIANT, priced_in, published_in
from engine.catalog.rules import sees_all
from engine.core.conditions import Conditions, Part, Wish, flag, metadata, of
from engine.core.context import Ctx
from engine.core.lists import EVERY, Listed
from engine.core.paging import Page, PageArgs
from engine.core.tables import table
from engine.listing import values
from engine.listing.rules import ValueCriterion

_v = table(ProductVariant)
_p = table(Product).alias("searched")
_carried = table(VariantAttributeValue)
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)
_IDS = sa.ARRAY(sa.BigInteger)
_TEXTS = sa.ARRAY(sa.Text)
_MOMENT = sa.DateTime(timezone=True)
_SEEN: dict[str, list[Any]] = {
    "every": [],
    "priced": [priced_in(_v.c.id, _CHANNEL)],
    "shown": [priced_in(_v.c.id, _CHANNEL), published_in(_v.c.product_id, _CHANNEL)],
}


def _carries(criterion: ValueCriterion, *parameters: Any) -> Any:
    given = iter(parameters)
    met = values.meeting(criterion, lambda _: next(given))
    return _v.c.id.in_(sa.select(_carried.c.variant_id).where(_carried.c.value_id.in_(met)))


def _all_carried(criteria: Sequence[ValueCriterion], *parameters: Any) -> Any:
    given = iter(parameters)
    clauses = [_carries(each, *(next(given) for _ in values.binds(each))) for each in criteria]
    return sa.and_(sa.true(), *clauses)


def _binds(criteria: Sequence[ValueCriterion]) -> list[tuple[Any, Any]]:
    return [bound for each in criteria for bound in values.binds(each)]


def _kind(criteria: Sequence[ValueCriterion]) -> Hashable:
    return tuple(values.shape(each) for each in criteria)


def _searched(text: Any) -> Any:
    """Text in the variant's name or SKU, or in the name of its product."""
    named = sa.select(_p.c.id).where(_p.c.id == _v.c.product_id, sa.func.strpos(_p.c.name_key, text) > 0)
    own = (sa.func.strpos(sa.func.lower(column), text) > 0 for column in (_v.c.name, sa.func.coalesce(_v.c.sku, "")))
    return sa.or_(*own, named.exists())


CONDITIONS = Conditions(
    {
        "seen": flag(lambda who: sa.and_(sa.true(), *_SEEN[who])),
        "ids": of(_IDS, lambda ids: _v.c.id == sa.any_(ids)),
        "product_ids": of(_IDS, lambda ids: _v.c.product_id == sa.any_(ids)),
        "skus": of(_TEXTS, lambda skus: _v.c.sku == sa.any_(skus)),
        "metadata": metadata(_v.c.meta),
        "search": of(sa.Text, _searched),
        "updated_from": of(_MOMENT, lambda moment: _v.c.updated_at >= moment),
        "updated_to": of(_MOMENT, lambda moment: _v.c.updated_at <= moment),
        "track_inventory": flag(lambda wanted: _v.c.track_inventory.is_(wanted)),
        "values": Part(_all_carried, _binds, _kind),
    }
)
"""What a wish may ask of variants: see `page`."""
_VARIANTS = Listed(
    sa.select(*VARIANT, _CHANNEL.label("channel_id")),
    _v.c.id,
    CONDITIONS,
    {"ID": _v.c.id, "LAST_MODIFIED_AT": _v.c.updated_at},
    total=("ID",),
)


async def page(
    ctx: Ctx, channel_id: int | None, args: PageArgs, wish: Wish = EVERY, order: str = "ID", *, descending: bool = False
) -> Page:
    """The variants the caller may see, in the channel or, staff, everywhere. Orders: ID, LAST_MODIFIED_AT.

    Parts: ids, product_ids, skus, metadata, search (folded), updated_from, updated_to, track_inventory and values, a
    sequence of ValueCriterion of which all must be met.
    """
    seen, seeing = _seen(ctx, channel_id, wish)
    return await _VARIANTS.page(ctx, args, order, seen, descending=descending, **seeing)


async def count(ctx: Ctx, channel_id: int | None, wish: Wish = EVERY) -> int:
    """How many there are, up to MAX_COUNT."""
    seen, seeing = _seen(ctx, channel_id, wish)
    return await _VARIANTS.count(ctx, seen, **seeing)


def _seen(ctx: Ctx, channel_id: int | None, wish: Wish) -> tuple[Wish, dict[str, Any]]:
    if sees_all(ctx.caller):
        who, seeing = ("every" if channel_id is None else "priced"), {}
    else:
        who, seeing = "shown", {"now": ctx.clock.now()}
    return Wish({"seen": who}, all_of=(wish,)), {"channel_id": channel_id, **seeing}
