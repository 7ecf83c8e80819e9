import uuid
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.accounts.models import Address, User
from engine.catalog.models import ProductMedia
from engine.catalog.pictures import PICTURE
from engine.core.context import Ctx, Row
from engine.core.joins import EVERYTHING, Edge, Lookahead
from engine.core.paging import Key, Keyset, Page, PageArgs, counted
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table
from engine.orders.errors import UnknownOrder
from engine.orders.models import Fulfillment, FulfillmentLine, Order, OrderEvent, OrderLine
from engine.orders.rules import OrderFilter, Sort

_o, _l, _e = table(Order), table(OrderLine), table(OrderEvent)
_f, _fl = table(Fulfillment), table(FulfillmentLine)
_a, _u, _m = table(Address), table(User), table(ProductMedia)
_meant = _o.alias("meant")
_UUIDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_INTS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_ID = sa.bindparam("id", type_=sa.Uuid)

_BY_IDS = Statement(sa.select(_o).where(_o.c.id == sa.any_(_UUIDS)))
_BY_CHECKOUT = Statement(sa.select(_o).where(_o.c.checkout_id == _ID))
_BY_REFERENCE = Statement(sa.select(_o.c.id).where(_o.c.external_reference == sa.bindparam("reference", type_=sa.Text)))
LOCK = Statement(sa.select(_o).where(_o.c.id == _ID).order_by(_o.c.id).with_for_update())
PICTURE_OF_LINE = Edge(
    "picture",
    [_m.c[name] for name in PICTURE],
    lambda source, line, _channel_id: source.outerjoin(_m, _m.c.id == line.thumbnail_media_id),
    shared=True,
)
"""A line's picture, as far as its address and its text go."""
_LINES_BY_IDS = Statement(
    sa.select(_l, _o.c.currency, _o.c.channel_id, _o.c.language_code)
    .join(_o, _o.c.id == _l.c.order_id)
    .where(_l.c.id == sa.any_(_UUIDS))
)
_EVENTS_OF = Statement(sa.select(_e).where(_e.c.order_id == sa.any_(_UUIDS)).order_by(_e.c.order_id, _e.c.id))
_EVENTS = sa.select(_e, _o.c.currency, _o.c.number, _o.c.channel_id).join(_o, _o.c.id == _e.c.order_id)
_EVENTS_BY_IDS = Statement(_EVENTS.where(_e.c.id == sa.any_(_INTS)))
_HOME = _e.c.type.in_(
    [sa.literal_column(f"'{kind}'") for kind in ("PLACED", "PLACED_FROM_DRAFT", "DRAFT_CREATED", "ORDER_FULLY_PAID")]
)
_BY_EVENT = Keyset(Key("id", _e.c.id))
_FULFILLMENTS_OF = Statement(
    sa.select(_f).where(_f.c.order_id == sa.any_(_UUIDS)).order_by(_f.c.order_id, _f.c.fulfillment_order)
)
_FULFILLMENT = Statement(sa.select(_f).where(_f.c.id == sa.bindparam("id", type_=sa.BigInteger)))
_FULFILLMENT_LINES_OF = Statement(
    sa.select(_fl).where(_fl.c.fulfillment_id == sa.any_(_INTS)).order_by(_fl.c.fulfillment_id, _fl.c.id)
)
_WAREHOUSES_OF = Statement(
    sa.text(
        "SELECT DISTINCT ON (l.fulfillment_id) l.fulfillment_id AS owner_id, w.* FROM fulfillment_line l"
        " JOIN stock s ON s.id = l.stock_id JOIN warehouse w ON w.id = s.warehouse_id"
        " WHERE l.fulfillment_id = ANY(:ids) ORDER BY l.fulfillment_id, l.id"
    ).bindparams(_INTS)
)

_CHANNELS = sa.bindparam("channels", type_=sa.ARRAY(sa.BigInteger))
_IN_CHANNELS = sa.or_(_CHANNELS.is_(None), _o.c.channel_id == sa.any_(_CHANNELS))
_OF_STATUS = _o.c.status == sa.any_(sa.bindparam("statuses", type_=sa.ARRAY(sa.Text)))
_counted_by_user = (
    sa.select(_o.c.user_id, sa.func.count().label("number"))
    .where(_o.c.user_id == sa.any_(_INTS), _o.c.status != "DRAFT", _IN_CHANNELS)
    .group_by(_o.c.user_id)
)
_COUNT_OF_USERS = Statement(_counted_by_user)
_COUNT_OF_USERS_BY_STATUS = Statement(_counted_by_user.where(_OF_STATUS))
_COUNT_HOME = Statement(counted(sa.select(_e.c.id).join(_o, _o.c.id == _e.c.order_id).where(_HOME, _IN_CHANNELS)))
_TURNOVER = Statement(
    sa.select(
        sa.cast(sa.func.coalesce(sa.func.sum(_o.c.total_net), 0), sa.BigInteger).label("net"),
        sa.cast(sa.func.coalesce(sa.func.sum(_o.c.total_gross), 0), sa.BigInteger).label("gross"),
    ).where(
        _o.c.channel_id == sa.bindparam("channel_id", type_=sa.BigInteger),
        _o.c.created_at >= sa.bindparam("since", type_=sa.DateTime(timezone=True)),
        *(_o.c.status != status for status in ("DRAFT", "UNCONFIRMED", "CANCELED", "EXPIRED")),
    )
)
Conditions: TypeAlias = Mapping[str, sa.ColumnElement[bool]]
NO_CONDITIONS: Conditions = {}


@dataclass(frozen=True)
class Also:
    """A condition put together elsewhere, the values of its parameters, and what tells its text from others."""

    condition: sa.ColumnElement[bool] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    shape: tuple[Hashable, ...] = ()


NOTHING_MORE = Also()
_shapes = ShapeCache(256)


def _is_one_of(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    return column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(column.type)))


def _person(name: str) -> sa.ColumnElement[bool]:
    """An e-mail address, or a name on one of the order's addresses, that holds the text."""
    pattern = sa.bindparam(name, type_=sa.Text)
    # as the index has it
    whole = _a.c.first_name + sa.literal_column("' '", sa.Text) + _a.c.last_name
    addressed = sa.select(_meant.c.id).where(whole.ilike(pattern, escape="\\"))
    # each way by its own index; an "or" of them has none
    return _o.c.id.in_(
        sa.union_all(
            sa.select(_meant.c.id).where(_meant.c.user_email.ilike(pattern, escape="\\")),
            addressed.join(_a, _a.c.id == _meant.c.billing_address_id),
            addressed.join(_a, _a.c.id == _meant.c.shipping_address_id),
        )
    )


_CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "statuses": _is_one_of(_o.c.status, "statuses"),
    "channels": _is_one_of(_o.c.channel_id, "channels"),
    "user": _o.c.user_id == sa.bindparam("user", type_=sa.BigInteger),
    "wanted": _is_one_of(_o.c.id, "wanted"),
    "numbers": _is_one_of(_o.c.number, "numbers"),
    "number": _o.c.number == sa.bindparam("number", type_=sa.BigInteger),
    "checkouts": _is_one_of(_o.c.checkout_id, "checkouts"),
    "created_from": _o.c.created_at >= sa.bindparam("created_from"),
    "created_before": _o.c.created_at < sa.bindparam("created_before"),
    "updated_from": _o.c.updated_at >= sa.bindparam("updated_from"),
    "updated_to": _o.c.updated_at <= sa.bindparam("updated_to"),
    "pickup": _o.c.collection_point_id.is_not(None),
    "no_pickup": _o.c.collection_point_id.is_(None),
    "customer": _person("customer"),
    "search": _person("search"),
    "meta": _o.c.meta.contains(sa.bindparam("meta", type_=JSONB)),
    "meta_keys": _o.c.meta.has_all(sa.bindparam("meta_keys", type_=sa.ARRAY(sa.Text))),
}
_NEWEST = Keyset(Key("created_at", _o.c.created_at, descending=True), Key("id", _o.c.id, descending=True))
_SORTS = {
    Sort.NUMBER: ("number", _o.c.number),
    Sort.CREATED_AT: ("created_at", _o.c.created_at),
    Sort.LAST_MODIFIED_AT: ("updated_at", _o.c.updated_at),
    Sort.CUSTOMER: ("user_email", _o.c.user_email),
    Sort.STATUS: ("status", _o.c.status),
}
_CREATED = Key("created_at", _o.c.created_at)


async def by_ids(ctx: Ctx, ids: Sequence[uuid.UUID]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def id_by_reference(ctx: Ctx, external_reference: str) -> uuid.UUID:
    """Raises UnknownOrder."""
    found: uuid.UUID | None = await ctx.value(_BY_REFERENCE, reference=external_reference)
    if found is None:
        raise UnknownOrder("externalReference")
    return found


async def of_checkout(ctx: Ctx, checkout_id: uuid.UUID) -> Row | None:
    """The order that a checkout became."""
    return await ctx.first(_BY_CHECKOUT, id=checkout_id)


async def lines_of(ctx: Ctx, order_ids: Sequence[uuid.UUID], ahead: Lookahead = EVERYTHING) -> list[list[Row]]:
    """Each order's lines in their order; rows also carry the order's `currency`, `channel_id`, `language_code`."""
    statement = _shapes.get(("lines", ahead), lambda: _lines_of(ahead))
    return grouped(order_ids, await ctx.fetch(statement, ids=list(order_ids)), "order_id")


async def lines_by_ids(ctx: Ctx, ids: Sequence[uuid.UUID]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_LINES_BY_IDS, ids=list(ids)))


async def events_of(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    return grouped(order_ids, await ctx.fetch(_EVENTS_OF, ids=list(order_ids)), "order_id")


async def events_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    """Rows also carry their order's `currency` and `number`."""
    return in_order(ids, await ctx.fetch(_EVENTS_BY_IDS, ids=list(ids)))


async def home_events(ctx: Ctx, args: PageArgs, channel_ids: Collection[int] | None = None) -> Page:
    """What staff see first: orders placed and paid, oldest first; rows as those of `events_by_ids`."""
    channels = None if channel_ids is None else list(channel_ids)
    statement = _shapes.get(
        ("home", _BY_EVENT.shape(args)), lambda: _BY_EVENT.apply(_EVENTS.where(_HOME, _IN_CHANNELS), args)
    )
    return _BY_EVENT.page(await ctx.fetch(statement, channels=channels, **_BY_EVENT.parameters(args)), args)


async def count_home_events(ctx: Ctx, channel_ids: Collection[int] | None = None) -> int:
    """Up to MAX_COUNT."""
    channels = None if channel_ids is None else list(channel_ids)
    return int(await ctx.value(_COUNT_HOME, channels=channels))


async def turnover(ctx: Ctx, channel_id: int, since: datetime) -> tuple[int, int]:
    """Net and gross of the orders placed since then that stand, in minor units of the channel's currency."""
    row = await ctx.first(_TURNOVER, channel_id=channel_id, since=since)
    assert row is not None
    return row["net"], row["gross"]


async def fulfillments_of(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    return grouped(order_ids, await ctx.fetch(_FULFILLMENTS_OF, ids=list(order_ids)), "order_id")


async def fulfillment(ctx: Ctx, fulfillment_id: int) -> Row | None:
    return await ctx.first(_FULFILLMENT, id=fulfillment_id)


async def fulfillment_lines_of(ctx: Ctx, fulfillment_ids: Sequence[int]) -> list[list[Row]]:
    rows = await ctx.fetch(_FULFILLMENT_LINES_OF, ids=list(fulfillment_ids))
    return grouped(fulfillment_ids, rows, "fulfillment_id")


async def warehouses_of(ctx: Ctx, fulfillment_ids: Sequence[int]) -> list[Row | None]:
    """The warehouse each fulfilment was shipped from; None where stock is not kept."""
    return in_order(fulfillment_ids, await ctx.fetch(_WAREHOUSES_OF, ids=list(fulfillment_ids)), "owner_id")


async def page(
    ctx: Ctx,
    filter: OrderFilter,
    args: PageArgs,
    sort: Sort = Sort.CREATED_AT,
    *,
    descending: bool = True,
    money: Conditions = NO_CONDITIONS,
    also: Also = NOTHING_MORE,
) -> Page:
    """`money` has the conditions that `filter.ready_for` names; their tables are a sibling's. `also`: one more."""
    name, column = _SORTS[sort]
    # as their index has them: those of a status are mostly asked for by their age
    between = [replace(_CREATED, descending=descending)] if sort is Sort.STATUS else []
    keyset = Keyset(Key(name, column, descending), *between, Key("id", _o.c.id, descending))
    conditions, values, shape = _conditions(filter, money, also)
    statement = _shapes.get(
        ("page", shape, keyset.shape(args)),
        lambda: keyset.apply(sa.select(_o).where(*conditions), args),
        by_values=bool(shape),
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def count(ctx: Ctx, filter: OrderFilter, *, money: Conditions = NO_CONDITIONS, also: Also = NOTHING_MORE) -> int:
    """How many there are, up to MAX_COUNT."""
    conditions, values, shape = _conditions(filter, money, also)
    statement = _shapes.get(
        ("count", shape), lambda: counted(sa.select(_o.c.id).where(*conditions)), by_values=bool(shape)
    )
    return int(await ctx.value(statement, **values))


async def page_for_user(
    ctx: Ctx,
    user_ids: Sequence[int],
    args: PageArgs,
    channel_ids: Collection[int] | None = None,
    ahead: Lookahead = EVERYTHING,
    *,
    statuses: Collection[str] | None = None,
) -> list[Page]:
    """One page of each customer's orders, newest first. All pages take one statement. `channel_ids`, `statuses`: of
    these alone."""
    narrow = statuses is not None
    statement = _shapes.get(
        ("users", _NEWEST.shape(args), ahead, narrow), lambda: _users_page(args, ahead, narrow), by_values=narrow
    )
    values = _asked_of_users(user_ids, channel_ids, statuses)
    rows = await ctx.fetch(statement, **values, **_NEWEST.parameters(args))
    return [_NEWEST.page(found, args) for found in grouped(user_ids, rows, "user_id")]


async def count_for_users(
    ctx: Ctx,
    user_ids: Sequence[int],
    channel_ids: Collection[int] | None = None,
    *,
    statuses: Collection[str] | None = None,
) -> list[int]:
    statement = _COUNT_OF_USERS if statuses is None else _COUNT_OF_USERS_BY_STATUS
    rows = await ctx.fetch(statement, **_asked_of_users(user_ids, channel_ids, statuses))
    found = {row["user_id"]: row["number"] for row in rows}
    return [found.get(wanted, 0) for wanted in user_ids]


def _asked_of_users(
    user_ids: Sequence[int], channel_ids: Collection[int] | None, statuses: Collection[str] | None
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "ids": list(user_ids),
        "channels": None if channel_ids is None else list(channel_ids),
    }
    return values if statuses is None else {**values, "statuses": list(statuses)}


def _lines_of(ahead: Lookahead) -> sa.Select[Any]:
    return (
        sa.select(*ahead.columns(_l.c), _o.c.currency, _o.c.channel_id, _o.c.language_code)
        .select_from(ahead.join(_l.join(_o, _o.c.id == _l.c.order_id), _l.c, _o.c.channel_id))
        .where(_l.c.order_id == sa.any_(_UUIDS))
        .order_by(_l.c.order_id, _l.c.position, _l.c.id)
    )


def _users_page(args: PageArgs, ahead: Lookahead, narrow: bool) -> sa.Select[Any]:
    own = sa.select(_o).where(_o.c.user_id == _u.c.id, _o.c.status != "DRAFT", _IN_CHANNELS).correlate(_u)
    if narrow:
        own = own.where(_OF_STATUS)
    orders = _NEWEST.apply(own, args).lateral("own")
    order = _NEWEST.order(args, [orders.c.created_at, orders.c.id])
    source = ahead.join(_u.join(orders, sa.true()), orders.c, orders.c.channel_id)
    return sa.select(*ahead.columns(orders.c)).select_from(source).where(_u.c.id == sa.any_(_INTS)).order_by(*order)


def _conditions(
    filter: OrderFilter, money: Conditions, also: Also
) -> tuple[list[sa.ColumnElement[bool]], dict[str, Any], tuple[Any, ...]]:
    """The conditions that are asked for, their values by name, and the names, which tell the statement's shape."""
    number = _number(filter.search)
    values = {
        "channels": filter.channel_ids,
        "user": filter.user_id,
        "wanted": filter.ids,
        "numbers": filter.numbers,
        "checkouts": filter.checkout_ids,
        "created_from": filter.created_from,
        "created_before": filter.created_before,
        "updated_from": filter.updated_from,
        "updated_to": filter.updated_to,
        "customer": _pattern(filter.customer),
        "search": _pattern(filter.search) if number is None else None,
        "number": number,
        "meta": {key: value for key, value in filter.meta if value is not None} or None,
        "meta_keys": [key for key, value in filter.meta if value is None] or None,
    }
    given = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items() if v is not None}
    shape: tuple[Any, ...] = tuple(given)
    if filter.pickup is not None:
        shape += ("pickup" if filter.pickup else "no_pickup",)
    conditions = [_CONDITIONS[name] for name in shape]
    if filter.statuses is not None or filter.ready_for:
        given["statuses"] = list(filter.statuses or ())
        conditions.append(sa.or_(_CONDITIONS["statuses"], *(money[name] for name in filter.ready_for)))
        shape += ("statuses", *filter.ready_for)
    if also.condition is not None:
        conditions.append(also.condition)
        given |= also.values
        shape += also.shape
    return conditions, given, shape


def _number(search: str | None) -> int | None:
    text = (search or "").strip().removeprefix("#")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def _pattern(text: str | None) -> str | None:
    """For ILIKE: the text anywhere, its own wildcards taken literally."""
    if text is None or not text.strip():
        return None
    cleaned = text.strip().replace("\x00", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{cleaned}%"
