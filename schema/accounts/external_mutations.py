"""Signing in with an account kept elsewhere."""

from typing import Any

import strawberry

from engine.accounts.sessions import Login
from engine.core.context import Row
from engine.flows import sign_in
from schema.accounts.access import as_own
from schema.accounts.errors import AccountError
from schema.accounts.types import User
from schema.common.scalars import JSONString
from schema.execution.fields import Rows, mutation_field, payload
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo


@strawberry.type(description="A way to sign in with an account kept elsewhere; `id` is its plugin's.")
class ExternalAuthentication:
    id: str
    name: str | None


@strawberry.type
class ExternalAuthenticationUrl:
    authentication_data: JSONString | None
    errors: list[AccountError]


@strawberry.type
class ExternalObtainAccessTokens:
    token: str | None
    refresh_token: str | None
    csrf_token: str | None
    user: User | None
    errors: list[AccountError]


@strawberry.type
class ExternalRefresh:
    token: str | None
    refresh_token: str | None
    csrf_token: str | None
    user: User | None
    errors: list[AccountError]


@strawberry.type
class ExternalVerify:
    user: User | None
    is_valid: bool
    verify_data: JSONString | None
    errors: list[AccountError]


@strawberry.type
class ExternalLogout:
    logout_data: JSONString | None
    errors: list[AccountError]


async def available_external_authentications(info: BatchInfo) -> Rows:
    """Rows of `ExternalAuthentication`, for `Shop`."""
    offered = await sign_in.offered(info.context)
    return [{"id": one.plugin.id, "name": one.plugin.name} for one in offered]


def _text(input: Any, *names: str) -> str | None:
    """The first of these that the input, any JSON, has as text."""
    given: Row = input if isinstance(input, dict) else {}
    return next((given[name] for name in names if isinstance(given.get(name), str)), None)


def _tokens(login: Login) -> Any:
    issued = login.issued
    return payload(
        token=issued.token, refresh_token=issued.refresh_token, csrf_token=issued.csrf_token, user=as_own(login.user)
    )


@strawberry.type
class ExternalMutations:
    @mutation_field(PUBLIC, description="Where to send the browser to sign in elsewhere. Input: `redirectUri`.")
    async def external_authentication_url(
        self, info: BatchInfo, plugin_id: str, input: JSONString
    ) -> ExternalAuthenticationUrl:
        url = await sign_in.begin(info.context, plugin_id, _text(input, "redirectUri"))
        return payload(authentication_data={"authorizationUrl": url})

    @mutation_field(PUBLIC, description="Sign in with what the browser came back with. Input: `code` and `state`.")
    async def external_obtain_access_tokens(
        self, info: BatchInfo, plugin_id: str, input: JSONString
    ) -> ExternalObtainAccessTokens:
        login = await sign_in.finish(info.context, plugin_id, _text(input, "code"), _text(input, "state"))
        return _tokens(login)

    @mutation_field(PUBLIC, description="A new token for a session that goes on. Input: `refreshToken`.")
    async def external_refresh(self, info: BatchInfo, plugin_id: str, input: JSONString) -> ExternalRefresh:
        refreshed = await sign_in.refresh(
            info.context, plugin_id, _text(input, "refreshToken"), _text(input, "csrfToken")
        )
        return payload(
            token=refreshed.token,
            refresh_token=refreshed.refresh_token,
            csrf_token=refreshed.csrf_token,
            user=as_own(refreshed.user),
        )

    @mutation_field(
        PUBLIC, empty={"is_valid": False}, description="Whether a token still opens the door. Input: `token`."
    )
    async def external_verify(self, info: BatchInfo, plugin_id: str, input: JSONString) -> ExternalVerify:
        user, claims = await sign_in.verify(info.context, plugin_id, _text(input, "token"))
        return payload(user=as_own(user), is_valid=True, verify_data=claims)

    @mutation_field(
        PUBLIC,
        description="Where the browser ends its session elsewhere. Input: `returnTo`, if it comes back.",
    )
    async def external_logout(self, info: BatchInfo, plugin_id: str, input: JSONString) -> ExternalLogout:
        url = await sign_in.logout_url(info.context, plugin_id, _text(input, "returnTo", "redirectUri"))
        return payload(logout_data={} if url is None else {"logoutUrl": url})
