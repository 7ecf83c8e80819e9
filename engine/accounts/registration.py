"""Becoming a customer. The answer is the same whether or not the address has an account; its owner learns by mail."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.accounts import checks, queries, sessions
from engine.accounts.credentials import mailed_claims, owner_for_change
from engine.accounts.errors import AccountRefusal, InvalidCredentials
from engine.accounts.mails import MailKind, post
from engine.accounts.models import User
from engine.accounts.passwords import check_strength, hash_password
from engine.accounts.tokens import TokenType, new_token_key
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.statements import Statement
from engine.core.tables import table
from engine.shop import queries as shop

_u = table(User)
_BY_EMAIL = Statement(
    sa.select(_u.c.id, _u.c.is_staff, _u.c.is_active, _u.c.is_confirmed, _u.c.password_hash)
    .where(_u.c.email == sa.bindparam("email"))
    .with_for_update()
)


@dataclass(frozen=True)
class Registration:
    email: str
    password: str
    first_name: str = ""
    last_name: str = ""
    language_code: str = "en"
    redirect_url: str | None = None
    """Where the link in the mail leads; e-mail and token are added to its query."""
    meta: dict[str, str] = field(default_factory=dict)


async def register(ctx: Ctx, wanted: Registration) -> bool:
    """Whether the account has yet to be confirmed by mail, as the shop is set. Raises AccountRefusal for input that no
    address could register with."""
    email = checks.email_address(wanted.email)
    check_strength(wanted.password, email=email)
    names = {
        "first_name": checks.text(wanted.first_name, "firstName"),
        "last_name": checks.text(wanted.last_name, "lastName"),
        "language_code": wanted.language_code,
    }
    meta = checks.metadata(wanted.meta)
    confirms = bool((await shop.settings(ctx))["confirm_accounts_by_mail"])
    redirect_url = checks.redirect(ctx, wanted.redirect_url) if confirms else None
    await checks.not_too_many(ctx, "register", ctx.settings.registrations_per_address)
    hashed = await hash_password(wanted.password)
    if await checks.may_mail(ctx, MailKind.CONFIRM_ACCOUNT, email):
        await transact(ctx, _register, email, hashed, names, meta, redirect_url)
    return confirms


async def _register(
    tx: WriteCtx, email: str, hashed: str, names: dict[str, str], meta: dict[str, str], redirect_url: str | None
) -> None:
    """Without `redirect_url` nothing is confirmed: a new account is open at once, and a known one stays as it is."""
    values = {"password_hash": hashed, "token_key": new_token_key()}
    made = await tx.execute(
        insert(_u)
        .values(email=email, meta=meta, is_confirmed=redirect_url is None, **names, **values)
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(_u.c.id)
    )
    user_id = made.scalar_one_or_none()
    if user_id is not None:
        tx.emit("customer.created", "User", user_id)
        if redirect_url is None:
            return
        post(tx, MailKind.CONFIRM_ACCOUNT, user_id, redirect_url=redirect_url)
        return
    (known,) = await tx.fetch(_BY_EMAIL, email=email)
    if known["is_confirmed"] or known["is_staff"] or redirect_url is None:
        post(tx, MailKind.ACCOUNT_EXISTS, known["id"])
    elif known["is_active"]:
        # The last registration counts, and its new key spoils the links of earlier ones: a link confirms the
        # password it was mailed for. What staff entered of a customer is not for a stranger to overwrite.
        own = names if known["password_hash"] else {}
        await tx.execute(_u.update().where(_u.c.id == known["id"]).values(**values, **own))
        post(tx, MailKind.CONFIRM_ACCOUNT, known["id"], redirect_url=redirect_url)


async def confirm(ctx: Ctx, email: str, token: str, password: str | None = None) -> Row:
    """The confirmed user; a second use of the link is no failure. A password that is given must be the account's.

    Raises InvalidToken, AccountRefusal, LoginDelayed.
    """
    claims = await mailed_claims(ctx, token, TokenType.CONFIRM_ACCOUNT)
    if password is not None:
        try:
            await sessions.verified_user(ctx, email, password, field="password")
        except InvalidCredentials as error:
            raise AccountRefusal("Invalid password", field="password", code="INVALID") from error
    user_id = await transact(ctx, _confirm, claims, email)
    return (await queries.users_by_ids(ctx, [user_id]))[0]


async def _confirm(tx: WriteCtx, claims: Row, email: str) -> int:
    user = await owner_for_change(tx, claims, email=email)
    user_id = int(user["id"])
    if not user["is_confirmed"]:
        await tx.execute(_u.update().where(_u.c.id == user_id).values(is_confirmed=True, updated_at=tx.clock.now()))
        tx.emit("customer.confirmed", "User", user_id, email=user["email"])
    return user_id
