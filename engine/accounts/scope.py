"""Nobody hands out, takes away or changes what they do not hold themselves, and none is left that nobody can give.

Changes of staff and groups take turns: two of them that are each allowed could together leave nobody in charge.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import sqlalchemy as sa

from engine.accounts.group_queries import channel_ids_of, channel_limits_of, groups_by_ids, permissions_of
from engine.accounts.models import User
from engine.accounts.queries import users_by_ids
from engine.accounts.rules import channels_out_of_scope, manageable, out_of_scope
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.statements import Statement
from engine.core.tables import table

_u = table(User)
_ONE_AT_A_TIME = Statement(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("argosy.staff"))))
_ACTIVE_STAFF = Statement(sa.select(_u.c.id, _u.c.is_staff, _u.c.is_superuser).where(_u.c.is_staff, _u.c.is_active))


@asynccontextmanager
async def changing_staff(tx: WriteCtx, field: str | None = None) -> AsyncIterator[None]:
    """Around a change; raises Refusal LEFT_NOT_MANAGEABLE_PERMISSION when it leaves a permission that nobody who
    manages staff holds any more."""
    await tx.fetch(_ONE_AT_A_TIME)
    before = await _manageable(tx)
    yield
    await tx.session.flush()
    lost = sorted(before - await _manageable(tx))
    if lost:
        raise Refusal(
            "Some permissions will not be manageable by anybody any more.",
            field=field,
            code="LEFT_NOT_MANAGEABLE_PERMISSION",
            permissions=lost,
        )


async def _manageable(tx: WriteCtx) -> frozenset[str]:
    return manageable(await permissions_of(tx, await tx.fetch(_ACTIVE_STAFF)))


def check_permissions(tx: WriteCtx, wanted: Sequence[str], field: str, code: str = "OUT_OF_SCOPE_PERMISSION") -> None:
    missing = out_of_scope(tx.caller.permissions, wanted)
    if missing:
        raise Refusal("You can't add permission that you don't have.", field=field, code=code, permissions=missing)


async def groups_in_scope(tx: WriteCtx, group_ids: Sequence[int], field: str) -> None:
    """Raises Refusal OUT_OF_SCOPE_GROUP for groups that give what the caller lacks, NotFound for unknown ones."""
    rows = await groups_by_ids(tx, group_ids)
    for group_id, row in zip(group_ids, rows, strict=True):
        if row is None:
            raise NotFound(f"Couldn't resolve to a node: {to_global('Group', group_id)}", field=field)
    wrong = [
        to_global("Group", row["id"])
        for row in rows
        if row is not None
        and (out_of_scope(tx.caller.permissions, row["permissions"]) or await _channels_beyond(tx, row))
    ]
    if wrong:
        raise Refusal(
            "You can't manage group with permissions out of your scope.",
            field=field,
            code="OUT_OF_SCOPE_GROUP",
            groups=wrong,
        )


async def _channels_beyond(tx: WriteCtx, group: Row) -> bool:
    (ids,) = await channel_ids_of(tx, [group["id"]])
    return channels_out_of_scope(tx.caller.channel_ids, ids if group["restricted_to_channels"] else None)


async def staff_in_scope(tx: WriteCtx, user_ids: Sequence[int], field: str) -> list[Row]:
    """The members of staff, if the caller holds all that each of them does, in all their channels; only a superuser
    changes a superuser. Who could change another's address could become them.

    Raises Refusal ASSIGN_NON_STAFF_MEMBER or OUT_OF_SCOPE_USER, NotFound for unknown ones.
    """
    found = await users_by_ids(tx, user_ids)
    rows = []
    for user_id, row in zip(user_ids, found, strict=True):
        if row is None:
            raise NotFound(f"Couldn't resolve to a node: {to_global('User', user_id)}", field=field)
        rows.append(row)
    customers = [to_global("User", row["id"]) for row in rows if not row["is_staff"]]
    if customers:
        raise Refusal("User must be staff member.", field=field, code="ASSIGN_NON_STAFF_MEMBER", users=customers)
    superuser = await _is_superuser(tx)
    held, limits = await permissions_of(tx, rows), await channel_limits_of(tx, rows)
    wrong = [
        to_global("User", row["id"])
        for row, own, limit in zip(rows, held, limits, strict=True)
        if row["id"] != tx.caller.user_id
        and (
            out_of_scope(tx.caller.permissions, own)
            or channels_out_of_scope(tx.caller.channel_ids, limit)
            or (row["is_superuser"] and not superuser)
        )
    ]
    if wrong:
        raise Refusal(
            "You can't manage this user: they hold permissions you don't have.",
            field=field,
            code="OUT_OF_SCOPE_USER",
            users=wrong,
        )
    return rows


async def _is_superuser(tx: WriteCtx) -> bool:
    if tx.caller.user_id is None:
        return False
    (row,) = await users_by_ids(tx, [tx.caller.user_id])
    return row is not None and bool(row["is_superuser"])
