"""Customers, staff and groups for tests."""

from typing import Any

from engine.accounts.models import Group, GroupChannel, GroupUser, User
from engine.accounts.passwords import hash_password
from engine.accounts.tokens import new_token_key
from engine.core.context import Ctx, WriteCtx, transact

PASSWORD = "a quiet afternoon"


async def make_user(ctx: Ctx, email: str, **values: Any) -> int:
    """A confirmed customer whose password is `PASSWORD`, unless `values` say otherwise."""
    hashed = await hash_password(PASSWORD)

    async def work(tx: WriteCtx) -> int:
        user = User(
            **{"password_hash": hashed, "is_confirmed": True, "token_key": new_token_key(), "email": email} | values
        )
        tx.add(user)
        await tx.session.flush()
        assert user.id is not None
        return user.id

    return await transact(ctx, work)


async def make_group(
    ctx: Ctx, name: str, *permissions: str, members: tuple[int, ...] = (), channels: tuple[int, ...] | None = None
) -> int:
    """`channels`: restricted to these; None: not restricted."""

    async def work(tx: WriteCtx) -> int:
        group = Group(name=name, permissions=sorted(permissions), restricted_to_channels=channels is not None)
        tx.add(group)
        await tx.session.flush()
        assert group.id is not None
        tx.add(*(GroupUser(group_id=group.id, user_id=member) for member in members))
        tx.add(*(GroupChannel(group_id=group.id, channel_id=channel) for channel in channels or ()))
        return group.id

    return await transact(ctx, work)


async def make_staff(ctx: Ctx, email: str, *permissions: str, **values: Any) -> int:
    """A member of staff in a group of their own with these permissions."""
    user_id = await make_user(ctx, email, is_staff=True, **values)
    await make_group(ctx, f"group of {email}", *permissions, members=(user_id,))
    return user_id
