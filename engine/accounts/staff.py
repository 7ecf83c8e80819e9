"""Members of staff."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.accounts.errors import AccountRefusal
from engine.accounts.models import User
from engine.accounts.passwords import hash_password
from engine.accounts.rules import normal_email
from engine.accounts.tokens import new_token_key
from engine.core.context import WriteCtx
from engine.core.statements import Statement
from engine.core.tables import table

_u = table(User)
_FOR_CHANGE = Statement(
    sa.select(_u.c.id, _u.c.is_staff, _u.c.is_superuser, _u.c.is_active)
    .where(_u.c.email == sa.bindparam("email"))
    .with_for_update()
)


@dataclass(frozen=True)
class EnsuredStaff:
    user_id: int
    password_set: bool
    """False when the account was there already and kept its own password."""


async def ensure_staff_user(
    tx: WriteCtx,
    email: str,
    password: str,
    *,
    first_name: str = "",
    last_name: str = "",
    is_superuser: bool = True,
) -> EnsuredStaff:
    """An active member of staff with that address. One who is there already keeps password and sessions; a customer's
    account is taken over: whoever registered it first must not gain the staff's rights with a password of their own.

    The caller has checked the password's strength. Raises AccountRefusal for what is no address.
    """
    address = normal_email(email)
    if address is None:
        raise AccountRefusal("Enter a valid email address.", field="email", code="INVALID")
    rows = await tx.fetch(_FOR_CHANGE, email=address)
    if rows and rows[0]["is_staff"] and rows[0]["is_active"]:
        if is_superuser and not rows[0]["is_superuser"]:
            await tx.execute(_u.update().where(_u.c.id == rows[0]["id"]).values(is_superuser=True))
        return EnsuredStaff(rows[0]["id"], password_set=False)
    values: dict[str, Any] = {
        "is_staff": True,
        "is_superuser": is_superuser,
        "is_active": True,
        "is_confirmed": True,
        "password_hash": await hash_password(password),
        "token_key": new_token_key(),
    }
    if rows:
        await tx.execute(_u.update().where(_u.c.id == rows[0]["id"]).values(**values))
        return EnsuredStaff(rows[0]["id"], password_set=True)
    user = User(email=address, first_name=first_name, last_name=last_name, **values)
    tx.add(user)
    await tx.session.flush()
    assert user.id is not None
    return EnsuredStaff(user.id, password_set=True)
