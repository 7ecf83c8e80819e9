"""Reads of permission groups: who is in them, what they allow, and what follows for a member of staff."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.accounts.models import Group, GroupChannel, GroupUser, User
from engine.accounts.queries import PUBLIC, like_pattern
from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.context import Ctx, Row
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

_g, _gu, _gc, _u = table(Group), table(GroupUser), table(GroupChannel), table(User)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))

_BY_IDS = Statement(sa.select(_g).where(_g.c.id == sa.any_(_IDS)))
_OF_USERS = Statement(
    sa.select(_gu.c.user_id, *_g.c)
    .join(_gu, _gu.c.group_id == _g.c.id)
    .where(_gu.c.user_id == sa.any_(_IDS))
    .order_by(_gu.c.user_id, _g.c.name)
)
_MEMBERS = Statement(
    sa.select(_gu.c.group_id, *PUBLIC)
    .join(_gu, _gu.c.user_id == _u.c.id)
    .where(_gu.c.group_id == sa.any_(_IDS))
    .order_by(_gu.c.group_id, _u.c.email)
)
_CHANNELS = Statement(
    sa.select(_gc.c.group_id, _gc.c.channel_id).where(_gc.c.group_id == sa.any_(_IDS)).order_by(_gc.c.channel_id)
)
_ALL = Statement(sa.select(_g).order_by(_g.c.name))
_shapes = ShapeCache()


@dataclass(frozen=True)
class GroupFilter:
    search: str | None = None
    ids: tuple[int, ...] | None = None


async def groups_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def all_groups(ctx: Ctx) -> list[Row]:
    return await ctx.fetch(_ALL)


async def groups_of(ctx: Ctx, user_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(user_ids, await ctx.fetch(_OF_USERS, ids=list(user_ids)), "user_id")


async def members_of(ctx: Ctx, group_ids: Sequence[int]) -> list[list[Row]]:
    """The users of each group."""
    return grouped(group_ids, await ctx.fetch(_MEMBERS, ids=list(group_ids)), "group_id")


async def channel_ids_of(ctx: Ctx, group_ids: Sequence[int]) -> list[list[int]]:
    """The channels each group is restricted to; meaningless where it is not restricted."""
    rows = grouped(group_ids, await ctx.fetch(_CHANNELS, ids=list(group_ids)), "group_id")
    return [[row["channel_id"] for row in found] for found in rows]


async def permissions_of(ctx: Ctx, users: Sequence[Row]) -> list[list[str]]:
    """What each user may do, sorted; the rows have id, is_staff, is_superuser. Customers may do nothing."""
    groups = await groups_of(ctx, [user["id"] for user in users])
    return [
        []
        if not user["is_staff"]
        else sorted(ALL_PERMISSIONS if user["is_superuser"] else {p for group in own for p in group["permissions"]})
        for user, own in zip(users, groups, strict=True)
    ]


async def channel_limits_of(ctx: Ctx, users: Sequence[Row]) -> list[frozenset[int] | None]:
    """The channels each member of staff is limited to; None: all of them, or no member of staff."""
    groups = await groups_of(ctx, [user["id"] for user in users])
    restricted = sorted({group["id"] for own in groups for group in own if group["restricted_to_channels"]})
    channels = dict(zip(restricted, await channel_ids_of(ctx, restricted), strict=True))
    limits: list[frozenset[int] | None] = []
    for user, own in zip(users, groups, strict=True):
        free = not user["is_staff"] or user["is_superuser"] or any(not g["restricted_to_channels"] for g in own)
        limits.append(None if free else frozenset(c for group in own for c in channels[group["id"]]))
    return limits


async def groups_page(ctx: Ctx, wanted: GroupFilter, descending: bool, args: PageArgs) -> Page:
    keyset = Keyset(Key("name", _g.c.name.collate("C"), descending))
    conditions, values = _conditions(wanted)
    statement = _shapes.get(
        ("page", tuple(values), keyset.shape(args)), lambda: keyset.apply(sa.select(_g).where(*conditions), args)
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def groups_count(ctx: Ctx, wanted: GroupFilter) -> int:
    conditions, values = _conditions(wanted)
    statement = _shapes.get(
        ("count", tuple(values)), lambda: sa.select(sa.func.count()).select_from(_g).where(*conditions)
    )
    return int(await ctx.value(statement, **values))


def _conditions(wanted: GroupFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, object]]:
    conditions: list[sa.ColumnElement[bool]] = []
    values: dict[str, object] = {}
    if wanted.search is not None:
        conditions.append(sa.func.lower(_g.c.name).like(sa.bindparam("search", type_=sa.Text)))
        values["search"] = like_pattern(wanted.search)
    if wanted.ids is not None:
        conditions.append(_g.c.id == sa.any_(_IDS))
        values["ids"] = list(wanted.ids)
    return conditions, values
