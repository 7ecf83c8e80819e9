"""Signing in with an account kept elsewhere, by a plugin of kind `sign_in`.

Nothing is kept between start and finish: what must not be changed on the way lies sealed in `state`, which is good for
ten minutes and one use.
"""

import base64
import binascii
import secrets
from datetime import timedelta
from typing import Any

import orjson
import structlog

from engine.accounts import checks, identities, queries, sessions
from engine.accounts.errors import AccountRefusal, InvalidToken
from engine.core import ratelimit
from engine.core.context import Ctx, Row, transact
from engine.core.errors import ConfigurationError
from engine.core.outside import OutsideTimeout, outside_call
from engine.core.security import secret_box
from engine.extensions.service import ConfiguredPlugin, available, instance
from engine.sdk.plugins import Kind
from engine.sdk.sign_in import BeginRequest, FinishRequest, SignIn, SignInFault, SignInRefused

STATE_LASTS = timedelta(minutes=10)
OUTSIDE_SECONDS = 12.0
MAX_STATE = 4_000
MAX_CODE = 4_000
_PURPOSE = "sign-in-state"
log = structlog.get_logger("argosy.accounts")


async def offered(ctx: Ctx) -> list[ConfiguredPlugin]:
    """The ways to sign in that are configured."""
    return await available(ctx, Kind.SIGN_IN, None)


async def begin(ctx: Ctx, plugin_id: str, redirect_uri: str | None) -> str:
    """The address to send the browser to; it comes back to `redirect_uri`. Raises AccountRefusal."""
    uri = checks.redirect(ctx, redirect_uri, "redirectUri")
    known, service = await _service(ctx, plugin_id)
    nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    ends = int((ctx.clock.now() + STATE_LASTS).timestamp())
    state = _seal(ctx, [known, ends, nonce, verifier, uri])
    try:
        async with outside_call(ctx, known, seconds=OUTSIDE_SECONDS):
            return await service.begin(BeginRequest(uri, state, nonce, verifier))
    except (SignInFault, OutsideTimeout) as error:
        raise _unreachable(known, error) from error


async def finish(ctx: Ctx, plugin_id: str, code: str | None, state: str | None) -> sessions.Login:
    """A session for whom the service vouches for. Not inside a transaction. Raises AccountRefusal."""
    if not code or len(code) > MAX_CODE:
        raise AccountRefusal("Missing required field - code", field="code", code="REQUIRED")
    if not state:
        raise AccountRefusal("Missing required field - state", field="state", code="REQUIRED")
    known, service = await _service(ctx, plugin_id)
    began, ends, nonce, verifier, uri = _open(ctx, state)
    now = ctx.clock.now()
    if began != known or now.timestamp() >= ends:
        raise _bad_state()
    if not await ratelimit.hit(ctx, f"sign-in:{nonce}", limit=1, window=STATE_LASTS):
        raise _bad_state()
    try:
        async with outside_call(ctx, known, seconds=OUTSIDE_SECONDS):
            identity = await service.finish(FinishRequest(uri, nonce, verifier, code, now.timestamp()))
    except SignInRefused as error:
        log.warning("sign-in refused", plugin=known, reason=str(error))
        raise AccountRefusal(str(error), field="code", code="INVALID_CREDENTIALS") from error
    except (SignInFault, OutsideTimeout) as error:
        raise _unreachable(known, error) from error
    user_id = await transact(ctx, identities.user_of, identity)
    user = await queries.credentials_by_id(ctx, user_id)
    return await sessions.open_session(ctx, user, owner=known)


async def refresh(ctx: Ctx, plugin_id: str, refresh_token: str | None, csrf_token: str | None) -> sessions.Refreshed:
    """As `sessions.refresh`, for a session that began with that plugin."""
    known, _ = await _service(ctx, plugin_id)
    return await sessions.refresh(ctx, refresh_token, csrf_token, owner=known)


async def verify(ctx: Ctx, plugin_id: str, token: str | None) -> tuple[Row, dict[str, Any]]:
    """As `sessions.verify`, for a token of a session that began with that plugin."""
    known, _ = await _service(ctx, plugin_id)
    if not token:
        raise AccountRefusal("Missing required field - token", field="token", code="REQUIRED")
    user, claims = await sessions.verify(ctx, token)
    if claims.get("owner") != known:
        raise InvalidToken("Invalid token", field="token")
    return user, claims


async def logout_url(ctx: Ctx, plugin_id: str, return_to: str | None) -> str | None:
    """Where the browser ends its session with the service; None if it has no such place."""
    uri = checks.redirect(ctx, return_to, "returnTo") if return_to else None
    known, service = await _service(ctx, plugin_id)
    try:
        async with outside_call(ctx, known, seconds=OUTSIDE_SECONDS):
            return await service.logout_url(uri)
    except (SignInFault, OutsideTimeout) as error:
        raise _unreachable(known, error) from error


async def _service(ctx: Ctx, plugin_id: str) -> tuple[str, SignIn]:
    """The plugin's own id, whatever it was called by, and what works for it."""
    plugin = ctx.plugins.find(Kind.SIGN_IN, plugin_id)
    service = await instance(ctx, Kind.SIGN_IN, plugin_id, None)
    if plugin is None or service is None:
        raise AccountRefusal("There is no such way to sign in.", field="pluginId", code="NOT_FOUND")
    return plugin.id, service


def _seal(ctx: Ctx, values: list[Any]) -> str:
    return base64.urlsafe_b64encode(secret_box(ctx.settings, _PURPOSE).seal(orjson.dumps(values))).decode().rstrip("=")


def _open(ctx: Ctx, state: str) -> list[Any]:
    try:
        if len(state) > MAX_STATE:
            raise ValueError("too long")
        sealed = base64.b64decode(state + "=" * (-len(state) % 4), b"-_", validate=True)
        values: list[Any] = orjson.loads(secret_box(ctx.settings, _PURPOSE).open(sealed))
    except (ValueError, binascii.Error, ConfigurationError) as error:
        raise _bad_state() from error
    return values


def _bad_state() -> AccountRefusal:
    return AccountRefusal("Incorrect, used or expired state.", field="state", code="INVALID")


def _unreachable(plugin_id: str, error: Exception) -> AccountRefusal:
    log.error("sign-in service failed", plugin=plugin_id, reason=str(error))
    return AccountRefusal("The sign-in service cannot be used right now.", field="pluginId", code="INVALID")
