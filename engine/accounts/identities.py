"""Accounts that people have elsewhere, and which of ours each belongs to.

A link is made once, by the address the other service vouches for, and then holds by issuer and subject alone.
"""

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from engine.accounts.errors import AccountRefusal
from engine.accounts.models import ExternalIdentity, User
from engine.accounts.rules import normal_email, plain_text
from engine.accounts.sessions import deactivate_all
from engine.accounts.tokens import new_token_key
from engine.core.context import Row, WriteCtx
from engine.core.locking import lock_name
from engine.core.statements import Statement
from engine.core.tables import table
from engine.sdk.sign_in import Identity

_u, _i = table(User), table(ExternalIdentity)
_columns = (_u.c.id, _u.c.email, _u.c.is_staff, _u.c.is_active, _u.c.is_confirmed, _u.c.password_hash)
_LINKED = Statement(
    sa.select(*_columns)
    .join(_i, _i.c.user_id == _u.c.id)
    .where(_i.c.issuer == sa.bindparam("issuer"), _i.c.subject == sa.bindparam("subject"))
    .with_for_update(of=_u)
)
_BY_EMAIL = Statement(sa.select(*_columns).where(_u.c.email == sa.bindparam("email")).with_for_update())
log = structlog.get_logger("argosy.accounts")


async def user_of(tx: WriteCtx, identity: Identity) -> int:
    """The id of the account this person signs in to, made or linked if need be. Raises AccountRefusal."""
    await lock_name(tx, f"identity:{identity.issuer}:{identity.subject}")
    rows = await tx.fetch(_LINKED, issuer=identity.issuer, subject=identity.subject)
    if rows:
        _check_open(rows[0], identity)
        return int(rows[0]["id"])
    email = normal_email(identity.email or "")
    if email is None or not (identity.email_verified or identity.email_trusted):
        raise _refused("The provider does not vouch for an email address.")
    user_id = await _create(tx, identity, email)
    if user_id is None:
        (known,) = await tx.fetch(_BY_EMAIL, email=email)
        user_id = await _take_over(tx, known, identity)
    await tx.execute(_i.insert().values(user_id=user_id, issuer=identity.issuer, subject=identity.subject))
    return user_id


async def _create(tx: WriteCtx, identity: Identity, email: str) -> int | None:
    """None where somebody has the address already."""
    made = await tx.execute(
        insert(_u)
        .values(
            email=email,
            first_name=_name(identity.first_name),
            last_name=_name(identity.last_name),
            is_confirmed=True,
            token_key=new_token_key(),
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(_u.c.id)
    )
    user_id: int | None = made.scalar_one_or_none()
    if user_id is not None:
        tx.emit("customer.created", "User", user_id)
    return user_id


async def _take_over(tx: WriteCtx, known: Row, identity: Identity) -> int:
    user_id = int(known["id"])
    _check_open(known, identity)
    if not known["is_confirmed"]:
        # Whoever set its password has never shown that the address is theirs: it must not open the door any more.
        values = {"is_confirmed": True, "password_hash": None, "updated_at": tx.clock.now()}
        await tx.execute(_u.update().where(_u.c.id == user_id).values(values))
        await deactivate_all(tx, user_id)
        tx.emit("customer.confirmed", "User", user_id, email=known["email"])
    log.info("account linked to an identity elsewhere", user=user_id, issuer=identity.issuer)
    return user_id


def _check_open(user: Row, identity: Identity) -> None:
    if not user["is_active"]:
        raise AccountRefusal("Account inactive.", field="email", code="INACTIVE")
    if user["is_staff"] and not (identity.staff_allowed and identity.email_verified):
        raise _refused("Members of staff sign in with their password.")


def _refused(message: str) -> AccountRefusal:
    return AccountRefusal(message, field="email", code="INVALID_CREDENTIALS")


def _name(value: str) -> str:
    trimmed = value.strip()[:256]
    return trimmed if plain_text(trimmed) else ""
