"""Warehouses and stocks as staff look through them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.accounts.queries import like_pattern
from engine.catalog.models import Product, ProductVariant
from engine.core.context import Ctx, Row
from engine.core.metadata import meta_conditions
from engine.core.paging import Key, Keyset, Page, PageArgs, counted
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table
from engine.inventory.models import Stock, Warehouse, WarehouseChannel

_w, _s, _wc = table(Warehouse), table(Stock), table(WarehouseChannel)
_v, _p = table(ProductVariant), table(Product)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_SEARCH = sa.bindparam("search", type_=sa.Text)
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_SHAPES = ShapeCache(64)

_allocated = sa.text(
    "(SELECT coalesce(sum(a.quantity), 0) FROM allocation a"
    " WHERE a.stock_id = stock.id AND a.order_line_id IS NOT NULL)::int AS quantity_allocated"
)
_reserved = sa.text(
    "(SELECT coalesce(sum(a.quantity), 0) FROM allocation a"
    " WHERE a.stock_id = stock.id AND a.expires_at > :now)::int AS quantity_reserved"
).bindparams(_NOW)
_STOCK = sa.select(
    _s.c.id, _s.c.variant_id, _s.c.warehouse_id, _s.c.on_hand.label("quantity"), _allocated, _reserved
).select_from(_s)
_STOCKS = Statement(_STOCK.where(_s.c.id == sa.any_(_IDS)))
_OF_LINES = Statement(
    sa.text(
        "SELECT a.id, a.order_line_id, a.quantity, s.warehouse_id FROM allocation a JOIN stock s ON s.id = a.stock_id"
        " WHERE a.order_line_id = ANY(:ids) ORDER BY a.order_line_id, a.id"
    ).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
)
_STOCK_ORDER = Keyset(Key("id", _s.c.id))


@dataclass(frozen=True)
class WarehouseFilter:
    """Conditions that all hold; None asks nothing. `search` looks into name, e-mail and address."""

    search: str | None = None
    ids: tuple[uuid.UUID, ...] | None = None
    slugs: tuple[str, ...] | None = None
    channel_ids: tuple[int, ...] | None = None
    is_private: bool | None = None
    click_and_collect: str | None = None
    meta: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class StockFilter:
    """`search` looks into the names of product and variant, the SKU and the warehouse's name."""

    search: str | None = None
    quantity: float | None = None


async def warehouse_page(ctx: Ctx, wanted: WarehouseFilter, args: PageArgs, *, descending: bool = False) -> Page:
    """Warehouses by name."""
    keyset = Keyset(Key("name", _w.c.name.collate("C"), descending), Key("id", _w.c.id, descending))
    conditions, values = _warehouses(wanted)
    statement = _SHAPES.get(
        ("warehouses", tuple(values), keyset.shape(args)),
        lambda: keyset.apply(sa.select(_w).where(*conditions), args),
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def warehouse_count(ctx: Ctx, wanted: WarehouseFilter) -> int:
    conditions, values = _warehouses(wanted)
    statement = _SHAPES.get(
        ("count warehouses", tuple(values)), lambda: sa.select(sa.func.count()).select_from(_w).where(*conditions)
    )
    return int(await ctx.value(statement, **values))


async def stocks_by_ids(ctx: Ctx, stock_ids: Sequence[int]) -> list[Row | None]:
    """Rows as `queries.stocks_of` has them."""
    return in_order(stock_ids, await ctx.fetch(_STOCKS, ids=list(stock_ids), now=ctx.clock.now()))


async def stock_page(ctx: Ctx, wanted: StockFilter, args: PageArgs) -> Page:
    """Stocks in the order they were made."""
    conditions, values = _stocks(wanted)
    statement = _SHAPES.get(
        ("stocks", tuple(values), _STOCK_ORDER.shape(args)),
        lambda: _STOCK_ORDER.apply(_STOCK.where(*conditions), args),
    )
    parameters = {**values, **_STOCK_ORDER.parameters(args), "now": ctx.clock.now()}
    return _STOCK_ORDER.page(await ctx.fetch(statement, **parameters), args)


async def stock_count(ctx: Ctx, wanted: StockFilter) -> int:
    """Up to `paging.MAX_COUNT`."""
    conditions, values = _stocks(wanted)
    statement = _SHAPES.get(("count stocks", tuple(values)), lambda: counted(sa.select(_s.c.id).where(*conditions)))
    return int(await ctx.value(statement, **values))


async def allocations_of_lines(ctx: Ctx, order_line_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """Rows id, quantity, warehouse_id: from where each order line's goods will come."""
    return grouped(order_line_ids, await ctx.fetch(_OF_LINES, ids=list(order_line_ids)), "order_line_id")


def _warehouses(wanted: WarehouseFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, object]]:
    conditions: list[sa.ColumnElement[bool]] = []
    values: dict[str, object] = {}
    if wanted.search:
        conditions.append(
            sa.or_(
                sa.func.lower(_w.c.name).like(_SEARCH),
                sa.func.lower(_w.c.email).like(_SEARCH),
                _w.c.address_id.in_(
                    sa.text(
                        "SELECT id FROM address WHERE lower(concat_ws(' ', company_name, street_address_1,"
                        " street_address_2, city, postal_code, phone)) LIKE :search"
                    ).bindparams(_SEARCH)
                ),
            )
        )
        values["search"] = like_pattern(wanted.search)
    if wanted.ids is not None:
        conditions.append(_w.c.id == sa.any_(sa.bindparam("warehouse_ids", type_=sa.ARRAY(sa.Uuid))))
        values["warehouse_ids"] = list(wanted.ids)
    if wanted.slugs is not None:
        conditions.append(_w.c.slug == sa.any_(sa.bindparam("slugs", type_=sa.ARRAY(sa.Text))))
        values["slugs"] = list(wanted.slugs)
    if wanted.channel_ids is not None:
        here = sa.select(_wc.c.warehouse_id).where(
            _wc.c.channel_id == sa.any_(sa.bindparam("channel_ids", type_=sa.ARRAY(sa.BigInteger)))
        )
        conditions.append(_w.c.id.in_(here))
        values["channel_ids"] = list(wanted.channel_ids)
    if wanted.is_private is not None:
        conditions.append(_w.c.is_private == sa.bindparam("is_private", type_=sa.Boolean))
        values["is_private"] = wanted.is_private
    if wanted.click_and_collect is not None:
        conditions.append(_w.c.click_and_collect == sa.bindparam("option", type_=sa.Text))
        values["option"] = wanted.click_and_collect
    pairs, keys = meta_conditions(_w, wanted.meta)
    return [*conditions, *pairs], {**values, **keys}


def _stocks(wanted: StockFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, object]]:
    conditions: list[sa.ColumnElement[bool]] = []
    values: dict[str, object] = {}
    if wanted.search:
        goods = (
            sa.select(_v.c.id)
            .join(_p, _p.c.id == _v.c.product_id)
            .where(
                sa.or_(
                    sa.func.lower(_p.c.name).like(_SEARCH),
                    sa.func.lower(_v.c.name).like(_SEARCH),
                    sa.func.lower(_v.c.sku).like(_SEARCH),
                )
            )
        )
        houses = sa.select(_w.c.id).where(sa.func.lower(_w.c.name).like(_SEARCH))
        conditions.append(sa.or_(_s.c.variant_id.in_(goods), _s.c.warehouse_id.in_(houses)))
        values["search"] = like_pattern(wanted.search)
    if wanted.quantity is not None:
        conditions.append(_s.c.on_hand == sa.bindparam("quantity", type_=sa.Float))
        values["quantity"] = wanted.quantity
    return conditions, values
