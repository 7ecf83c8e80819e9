"""Signing in and out, registering, and recovering an account."""

from typing import Any

import strawberry

from engine.accounts import credentials, registration, sessions
from engine.accounts.registration import Registration
from engine.accounts.sessions import Login
from engine.core.context import Ctx, Row, transact
from schema.accounts.access import as_own, user_of
from schema.accounts.errors import AccountError
from schema.accounts.inputs import AccountRegisterInput
from schema.accounts.types import User
from schema.common.inputs import set_or
from schema.common.metadata import as_meta
from schema.common.scalars import GenericScalar
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import PUBLIC, USER
from schema.execution.info import BatchInfo


@strawberry.type
class CreateToken:
    token: str | None
    refresh_token: str | None
    csrf_token: str | None
    user: User | None
    errors: list[AccountError]


@strawberry.type
class RefreshToken:
    token: str | None
    user: User | None
    errors: list[AccountError]


@strawberry.type
class VerifyToken:
    user: User | None
    is_valid: bool
    payload: GenericScalar | None
    errors: list[AccountError]


@strawberry.type
class DeactivateAllUserTokens:
    errors: list[AccountError]


@strawberry.type
class AccountRegister:
    requires_confirmation: bool | None
    user: User | None
    errors: list[AccountError]


@strawberry.type
class ConfirmAccount:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class RequestPasswordReset:
    errors: list[AccountError]


@strawberry.type
class SetPassword:
    token: str | None
    refresh_token: str | None
    csrf_token: str | None
    user: User | None
    errors: list[AccountError]


@strawberry.type
class PasswordChange:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class RequestEmailChange:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class ConfirmEmailChange:
    user: User | None
    errors: list[AccountError]


def _tokens(login: Login) -> Any:
    issued = login.issued
    return payload(
        token=issued.token, refresh_token=issued.refresh_token, csrf_token=issued.csrf_token, user=as_own(login.user)
    )


def _stranger(ctx: Ctx, input: AccountRegisterInput) -> Row:
    """The user a registration answers with: what was typed, and nothing that tells whether it was there before."""
    return {
        "id": None,
        "email": input.email.strip().lower(),
        "first_name": set_or(input.first_name) or "",
        "last_name": set_or(input.last_name) or "",
        "is_staff": False,
        "is_superuser": False,
        "is_active": True,
        "is_confirmed": False,
        "language_code": _language(input),
        "external_reference": None,
        "avatar_key": None,
        "note": "",
        "last_login": None,
        "created_at": ctx.clock.now(),
        "updated_at": ctx.clock.now(),
        "default_shipping_address_id": None,
        "default_billing_address_id": None,
        "meta": as_meta(set_or(input.metadata)),
        "private_meta": {},
    }


def _language(input: AccountRegisterInput) -> str:
    chosen = set_or(input.language_code)
    return str(chosen) if chosen else "en"


@strawberry.type
class AuthMutations:
    @mutation_field(PUBLIC, description="Sign in; the refresh token lasts for days, the token for minutes.")
    async def token_create(
        self, info: BatchInfo, email: str, password: str, audience: str | None = None
    ) -> CreateToken:
        return _tokens(await sessions.log_in(info.context, email, password, audience))

    @mutation_field(PUBLIC, description="A new token for a session that goes on.")
    async def token_refresh(
        self, info: BatchInfo, refresh_token: str | None = None, csrf_token: str | None = None
    ) -> RefreshToken:
        refreshed = await sessions.refresh(info.context, refresh_token, csrf_token)
        return payload(token=refreshed.token, user=as_own(refreshed.user))

    @mutation_field(
        PUBLIC, empty={"is_valid": False}, description="Whether a token still opens the door, and for whom."
    )
    async def token_verify(self, info: BatchInfo, token: str) -> VerifyToken:
        user, claims = await sessions.verify(info.context, token)
        return payload(user=as_own(user), is_valid=True, payload=claims)

    @mutation_field(USER, description="End all sessions of the caller, on every device.")
    async def tokens_deactivate_all(self, info: BatchInfo) -> DeactivateAllUserTokens:
        ctx = info.context
        await transact(ctx, sessions.deactivate_all, user_of(info))
        if ctx.cookies is not None:
            ctx.cookies.drop(sessions.COOKIE)
        return payload()

    @mutation_field(PUBLIC, description="Make an account, confirmed by mail. The answer is the same for all addresses.")
    async def account_register(self, info: BatchInfo, input: AccountRegisterInput) -> AccountRegister:
        wanted = Registration(
            input.email,
            input.password,
            first_name=set_or(input.first_name) or "",
            last_name=set_or(input.last_name) or "",
            language_code=_language(input),
            redirect_url=set_or(input.redirect_url),
            meta=as_meta(set_or(input.metadata)),
        )
        confirms = await registration.register(info.context, wanted)
        return payload(requires_confirmation=confirms, user=as_own(_stranger(info.context, input)))

    @mutation_field(
        PUBLIC, description="Confirm an account with the token of the mail; a password that is sent must be right."
    )
    async def confirm_account(
        self, info: BatchInfo, email: str, token: str, password: str | None = None
    ) -> ConfirmAccount:
        return payload(user=as_own(await registration.confirm(info.context, email, token, password)))

    @mutation_field(PUBLIC, description="Mail a link for a new password. The answer is the same for all addresses.")
    async def request_password_reset(
        self, info: BatchInfo, email: str, redirect_url: str, channel: str | None = None
    ) -> RequestPasswordReset:
        await credentials.request_password_reset(info.context, email, redirect_url)
        return payload()

    @mutation_field(PUBLIC, description="Set a password with the token of the mail, and sign in.")
    async def set_password(self, info: BatchInfo, email: str, password: str, token: str) -> SetPassword:
        return _tokens(await credentials.set_password(info.context, email, password, token))

    @mutation_field(USER, description="Change the caller's password; ends all their sessions.")
    async def password_change(
        self, info: BatchInfo, new_password: str, old_password: str | None = None
    ) -> PasswordChange:
        user_id = user_of(info)
        return payload(user=await credentials.change_password(info.context, user_id, old_password, new_password))

    @mutation_field(USER, description="Mail a link to a new address of the caller.")
    async def request_email_change(
        self, info: BatchInfo, password: str, new_email: str, redirect_url: str, channel: str | None = None
    ) -> RequestEmailChange:
        user_id = user_of(info)
        user = await credentials.request_email_change(info.context, user_id, password, new_email, redirect_url)
        return payload(user=user)

    @mutation_field(USER, description="Take the new address with the token of the mail.")
    async def confirm_email_change(self, info: BatchInfo, token: str, channel: str | None = None) -> ConfirmEmailChange:
        return payload(user=await credentials.confirm_email_change(info.context, user_of(info), token))
