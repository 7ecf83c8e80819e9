"""Reads of people. A user's row has every column that the API shows, and never the password or the token key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from engine.accounts.models import Address, User
from engine.core.context import Ctx, Row
from engine.core.errors import BadRequest
from engine.core.metadata import meta_conditions
from engine.core.paging import Key, Keyset, Page, PageArgs, counted
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

_u, _address = table(User), table(Address)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_SECRET = ("password_hash", "token_key")
PUBLIC = [column for column in _u.c if column.name not in _SECRET]

_BY_IDS = Statement(sa.select(*PUBLIC).where(_u.c.id == sa.any_(_IDS)))
_BY_EMAIL = Statement(sa.select(*PUBLIC).where(_u.c.email == sa.bindparam("email")))
_BY_REFERENCE = Statement(sa.select(*PUBLIC).where(_u.c.external_reference == sa.bindparam("reference")))
_AVATAR = Statement(sa.select(_u.c.avatar_key).where(_u.c.id == sa.bindparam("id", type_=sa.BigInteger)))
_credentials = sa.select(
    _u.c.id, _u.c.email, _u.c.password_hash, _u.c.token_key, _u.c.is_staff, _u.c.is_active, _u.c.is_confirmed
)
_CREDENTIALS = Statement(_credentials.where(_u.c.email == sa.bindparam("email")))
_CREDENTIALS_BY_ID = Statement(_credentials.where(_u.c.id == sa.bindparam("id")))
_addresses = sa.select(
    *_address.c,
    sa.func.coalesce(_address.c.id == _u.c.default_shipping_address_id, sa.false()).label(
        "is_default_shipping_address"
    ),
    sa.func.coalesce(_address.c.id == _u.c.default_billing_address_id, sa.false()).label("is_default_billing_address"),
).join(_u, _u.c.id == _address.c.user_id, isouter=True)
_ADDRESSES_BY_IDS = Statement(_addresses.where(_address.c.id == sa.any_(_IDS)))
_ADDRESSES_OF = Statement(
    _addresses.where(_address.c.user_id == sa.any_(_IDS)).order_by(_address.c.user_id, _address.c.id)
)


async def users_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def user_by_email(ctx: Ctx, email: str) -> Row | None:
    """`email` as accounts keep it (`rules.normal_email`)."""
    return await ctx.first(_BY_EMAIL, email=email)


async def user_by_reference(ctx: Ctx, reference: str) -> Row | None:
    return await ctx.first(_BY_REFERENCE, reference=reference)


async def avatar_key(ctx: Ctx, user_id: int) -> str | None:
    """The storage key of a user's picture."""
    key: str | None = await ctx.value(_AVATAR, id=user_id)
    return key


async def credentials(ctx: Ctx, email: str) -> Row | None:
    """What signing in compares: `password_hash`, `token_key` and the flags. Not for answers."""
    return await ctx.first(_CREDENTIALS, email=email)


async def credentials_by_id(ctx: Ctx, user_id: int) -> Row | None:
    return await ctx.first(_CREDENTIALS_BY_ID, id=user_id)


async def addresses_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    """Any addresses, a customer's own or the copies of checkouts and orders; whose they are is for the caller."""
    return in_order(ids, await ctx.fetch(_ADDRESSES_BY_IDS, ids=list(ids)))


async def addresses_of(ctx: Ctx, user_ids: Sequence[int]) -> list[list[Row]]:
    """Each customer's address book, oldest first."""
    return grouped(user_ids, await ctx.fetch(_ADDRESSES_OF, ids=list(user_ids)), "user_id")


class UserSort(StrEnum):
    EMAIL = "EMAIL"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    CREATED_AT = "CREATED_AT"
    LAST_MODIFIED_AT = "LAST_MODIFIED_AT"
    ORDER_COUNT = "ORDER_COUNT"
    RANK = "RANK"
    """How like what was searched for; needs a search."""


@dataclass(frozen=True)
class UserFilter:
    """`search` looks into names and e-mail; None asks nothing."""

    staff: bool
    search: str | None = None
    active: bool | None = None
    ids: tuple[int, ...] | None = None
    joined_from: datetime | None = None
    joined_until: datetime | None = None
    """Exclusive."""
    updated_from: datetime | None = None
    updated_until: datetime | None = None
    orders_from: int | None = None
    """How many orders they have, at least."""
    orders_until: int | None = None
    """And at most."""
    placed: tuple[datetime | None, datetime | None] | None = None
    """They have an order placed from the first moment on, and before the second."""
    metadata: tuple[tuple[str, str | None], ...] = ()
    """Keys of public metadata, each with its value, or None for any."""

    def values(self) -> dict[str, Any]:
        """What is asked, by the name of its place in the statement."""
        given = {name: getattr(self, name) for name in _CONDITIONS if getattr(self, name) is not None}
        if self.search is not None:
            given["search"] = like_pattern(self.search)
        if self.ids is not None:
            given["ids"] = list(self.ids)
        if self.placed is not None:
            given["placed"], given["placed_until"] = self.placed
        return given


_MOMENT = sa.DateTime(timezone=True)
_space = sa.literal_column("' '", sa.Text)
# as the index has it
_everything = sa.func.lower(_u.c.first_name + _space + _u.c.last_name + _space + _u.c.email)
_STAFF = {True: _u.c.is_staff, False: sa.not_(_u.c.is_staff)}
_CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "search": _everything.like(sa.bindparam("search", type_=sa.Text)),
    "active": _u.c.is_active == sa.bindparam("active", type_=sa.Boolean),
    "ids": _u.c.id == sa.any_(_IDS),
    "joined_from": _u.c.created_at >= sa.bindparam("joined_from", type_=_MOMENT),
    "joined_until": _u.c.created_at < sa.bindparam("joined_until", type_=_MOMENT),
    "updated_from": _u.c.updated_at >= sa.bindparam("updated_from", type_=_MOMENT),
    "updated_until": _u.c.updated_at <= sa.bindparam("updated_until", type_=_MOMENT),
}
# orders belong to a domain far above; only that there are some is asked
_o = sa.table(
    "sales_order", sa.column("user_id", sa.BigInteger), sa.column("status", sa.Text), sa.column("created_at", _MOMENT)
)
_own_orders = sa.and_(_o.c.user_id == _u.c.id, _o.c.status != sa.literal_column("'DRAFT'"))
_ORDER_COUNT = (
    sa.select(sa.func.count(type_=sa.BigInteger)).select_from(_o).where(_own_orders).correlate(_u).scalar_subquery()
)
_CONDITIONS |= {
    "orders_from": sa.bindparam("orders_from", type_=sa.BigInteger) <= _ORDER_COUNT,
    "orders_until": sa.bindparam("orders_until", type_=sa.BigInteger) >= _ORDER_COUNT,
    "placed": sa.exists()
    .select_from(_o)
    .where(
        _own_orders,
        _o.c.created_at >= sa.func.coalesce(sa.bindparam("placed", type_=_MOMENT), sa.text("'-infinity'::timestamptz")),
        _o.c.created_at
        < sa.func.coalesce(sa.bindparam("placed_until", type_=_MOMENT), sa.text("'infinity'::timestamptz")),
    )
    .correlate(_u),
}
_RANK = sa.func.similarity(_everything, sa.bindparam("ranked_by", type_=sa.Text), type_=sa.Float)
_SORT_COLUMNS: dict[UserSort, tuple[str, sa.ColumnElement[Any]]] = {
    UserSort.EMAIL: ("email", _u.c.email.collate("C")),
    UserSort.FIRST_NAME: ("first_name", _u.c.first_name.collate("C")),
    UserSort.LAST_NAME: ("last_name", _u.c.last_name.collate("C")),
    UserSort.CREATED_AT: ("created_at", _u.c.created_at),
    UserSort.LAST_MODIFIED_AT: ("updated_at", _u.c.updated_at),
    UserSort.ORDER_COUNT: ("order_count", _ORDER_COUNT),
    UserSort.RANK: ("rank", _RANK),
}
_WORKED_OUT = frozenset({UserSort.ORDER_COUNT, UserSort.RANK})
"""Orders by what no column holds."""
_pages = ShapeCache()


async def users_page(ctx: Ctx, wanted: UserFilter, sort: UserSort, descending: bool, args: PageArgs) -> Page:
    """Raises BadRequest for the order by rank without a search."""
    name, column = _SORT_COLUMNS[sort]
    keyset = Keyset(Key(name, column, descending), Key("id", _u.c.id, descending))
    conditions, values = _asked(wanted)
    if sort is UserSort.RANK:
        if not wanted.search:
            raise BadRequest("Sorting by RANK is available only when using a search.")
        values["ranked_by"] = wanted.search.replace("\0", "").lower()
    shape = ("page", wanted.staff, tuple(values), keyset.shape(args))
    columns = [*PUBLIC, column.label(name)] if sort in _WORKED_OUT else PUBLIC
    statement = _pages.get(
        shape,
        lambda: keyset.apply(sa.select(*columns).where(*conditions), args),
        by_values=bool(values) or wanted.staff,
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def users_count(ctx: Ctx, wanted: UserFilter) -> int:
    """How many there are, up to MAX_COUNT."""
    conditions, values = _asked(wanted)
    statement = _pages.get(
        ("count", wanted.staff, tuple(values)),
        lambda: counted(sa.select(_u.c.id).where(*conditions)),
        by_values=bool(values),
    )
    return int(await ctx.value(statement, **values))


def _asked(wanted: UserFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, Any]]:
    values = wanted.values()
    conditions = [_STAFF[wanted.staff], *(_CONDITIONS[name] for name in values if name in _CONDITIONS)]
    pairs, more = meta_conditions(_u, wanted.metadata)
    return [*conditions, *pairs], {**values, **more}


def like_pattern(search: str) -> str:
    """A LIKE pattern for what was typed, its own wildcards taken literally."""
    escaped = search.replace("\0", "").strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
