"""Permission groups."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from engine.accounts import checks
from engine.accounts.group_queries import groups_of
from engine.accounts.models import Group, GroupChannel, GroupUser
from engine.accounts.scope import changing_staff, check_permissions, staff_in_scope
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table

_g, _gu, _gc = table(Group), table(GroupUser), table(GroupChannel)
_FOR_CHANGE = Statement(sa.select(_g).where(_g.c.id == sa.bindparam("id")).with_for_update())
_CHANNELS_OF = Statement(sa.select(_gc.c.channel_id).where(_gc.c.group_id == sa.bindparam("id")))


@dataclass(frozen=True)
class GroupChange:
    """None leaves a thing as it is; ids are primary keys."""

    name: str | None = None
    add_permissions: Sequence[str] = ()
    remove_permissions: Sequence[str] = ()
    add_users: Sequence[int] = ()
    remove_users: Sequence[int] = ()
    add_channels: Sequence[int] = ()
    remove_channels: Sequence[int] = ()
    restricted: bool | None = None
    """Whether the group counts only in its channels."""


async def create_group(ctx: Ctx, change: GroupChange) -> int:
    """Raises Refusal with a code of the API's `PermissionGroupErrorCode`. Returns the group's id."""
    with _named_once():
        return await transact(ctx, _create, change)


async def update_group(ctx: Ctx, group_id: int, change: GroupChange) -> int:
    with _named_once():
        return await transact(ctx, _update, group_id, change)


async def delete_group(tx: WriteCtx, group_id: int) -> Row:
    """The row that was."""
    async with changing_staff(tx):
        group = await _in_scope(tx, group_id)
        await _keep_a_group(tx, group_id, "id")
        await tx.execute(_g.delete().where(_g.c.id == group_id))
    tx.emit("permission_group.deleted", "Group", group_id, row=packed(group))
    return group


async def _create(tx: WriteCtx, change: GroupChange) -> int:
    name = checks.text(change.name, "name")
    if not name:
        raise Refusal("This field is required.", field="name", code="REQUIRED")
    restricted = bool(change.restricted)
    async with changing_staff(tx):
        check_permissions(tx, change.add_permissions, "addPermissions")
        _channels_in_scope(tx, change.add_channels, restricted)
        group = Group(name=name, permissions=sorted(set(change.add_permissions)), restricted_to_channels=restricted)
        tx.add(group)
        await tx.session.flush()
        assert group.id is not None
        await _members(tx, group.id, change)
    tx.emit("permission_group.created", "Group", group.id)
    return group.id


async def _update(tx: WriteCtx, group_id: int, change: GroupChange) -> int:
    _no_contradiction(change)
    async with changing_staff(tx, "removeUsers" if change.remove_users else "removePermissions"):
        group = await _in_scope(tx, group_id)
        check_permissions(tx, change.add_permissions, "addPermissions")
        restricted = group["restricted_to_channels"] if change.restricted is None else change.restricted
        _channels_in_scope(tx, [*change.add_channels, *change.remove_channels], restricted)
        permissions = (set(group["permissions"]) | set(change.add_permissions)) - set(change.remove_permissions)
        values = {"permissions": sorted(permissions), "restricted_to_channels": restricted}
        if change.name is not None:
            values["name"] = checks.text(change.name, "name")
            if not values["name"]:
                raise Refusal("This field is required.", field="name", code="REQUIRED")
        await tx.execute(_g.update().where(_g.c.id == group_id).values(**values))
        await _members(tx, group_id, change)
    tx.emit("permission_group.updated", "Group", group_id)
    return group_id


async def _members(tx: WriteCtx, group_id: int, change: GroupChange) -> None:
    await staff_in_scope(tx, change.add_users, "addUsers")
    await staff_in_scope(tx, change.remove_users, "removeUsers")
    if tx.caller.user_id in change.remove_users:
        await _keep_a_group(tx, group_id, "removeUsers")
    if change.add_users:
        rows = [{"group_id": group_id, "user_id": user_id} for user_id in set(change.add_users)]
        await tx.execute(insert(_gu).values(rows).on_conflict_do_nothing())
    if change.remove_users:
        await tx.execute(_gu.delete().where(_gu.c.group_id == group_id, _gu.c.user_id.in_(change.remove_users)))
    if change.add_channels:
        rows = [{"group_id": group_id, "channel_id": channel_id} for channel_id in set(change.add_channels)]
        await tx.execute(insert(_gc).values(rows).on_conflict_do_nothing())
    if change.remove_channels:
        await tx.execute(_gc.delete().where(_gc.c.group_id == group_id, _gc.c.channel_id.in_(change.remove_channels)))


async def _in_scope(tx: WriteCtx, group_id: int) -> Row:
    rows = await tx.fetch(_FOR_CHANGE, id=group_id)
    if not rows:
        raise NotFound(f"Couldn't resolve to a node: {to_global('Group', group_id)}", field="id")
    check_permissions(tx, rows[0]["permissions"], "id")
    channels = [row["channel_id"] for row in await tx.fetch(_CHANNELS_OF, id=group_id)]
    _channels_in_scope(tx, channels, rows[0]["restricted_to_channels"], "id")
    return rows[0]


async def _keep_a_group(tx: WriteCtx, group_id: int, field: str) -> None:
    """Whoever leaves their last group would lock themselves out."""
    if tx.caller.user_id is None:
        return
    (own,) = await groups_of(tx, [tx.caller.user_id])
    if [group["id"] for group in own] == [group_id]:
        raise Refusal(
            "You cannot remove yourself from your last group.", field=field, code="CANNOT_REMOVE_FROM_LAST_GROUP"
        )


def _channels_in_scope(tx: WriteCtx, channel_ids: Sequence[int], restricted: bool, field: str | None = None) -> None:
    """Who is limited to channels gives rights in these alone."""
    limit = tx.caller.channel_ids
    if limit is None:
        return
    beyond = sorted(set(channel_ids) - limit)
    if beyond or not restricted:
        raise Refusal(
            "You can't manage a group with channels out of your scope.",
            field=field or ("addChannels" if beyond else "restrictedAccessToChannels"),
            code="OUT_OF_SCOPE_CHANNEL",
            channels=[to_global("Channel", channel_id) for channel_id in beyond],
        )


def _no_contradiction(change: GroupChange) -> None:
    for field, added, removed in (
        ("addPermissions", change.add_permissions, change.remove_permissions),
        ("addUsers", change.add_users, change.remove_users),
        ("addChannels", change.add_channels, change.remove_channels),
    ):
        if set(added) & set(removed):
            raise Refusal(
                "The same object cannot be in both lists for adding and removing items.",
                field=field,
                code="DUPLICATED_INPUT_ITEM",
            )


@contextmanager
def _named_once() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if "uq_account_group_name" in str(error.orig):
            raise Refusal("A group with this name exists already.", field="name", code="UNIQUE") from error
        raise NotFound("Couldn't resolve to a Channel.", field="addChannels") from error
