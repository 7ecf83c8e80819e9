"""Letting an app in by its manifest: read it, make the app with its webhooks, give it its token, and only then let it
work."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson

from engine.accounts import installations
from engine.accounts.manifests import Hook, Manifest, parsed
from engine.core.context import Caller, Ctx, WriteCtx, transact
from engine.core.errors import Refusal, Refusals
from engine.core.outside import OutsideTimeout, outside_call
from engine.core.settings import Settings
from engine.flows.deliver_webhooks import NotSent, call, guard_of
from engine.webhooks import service
from engine.webhooks.events import ANY, EVENTS, SYNC_EVENTS
from engine.webhooks.rules import shop_headers

SECONDS = 10.0
MOST_BYTES = 1_000_000
Check = Callable[[Settings, str, Sequence[str]], frozenset[str]]
"""Gives the events a subscription query names, or raises Refusal."""


async def fetch_manifest(ctx: Ctx, url: str) -> Manifest:
    """Raises Refusal or Refusals with codes of `AppErrorCode`."""
    installations.address(url)
    try:
        async with outside_call(ctx, "the manifest", seconds=SECONDS):
            answer, body = await call("GET", url, {"accept": "application/json"}, b"", guard_of(ctx), most=MOST_BYTES)
    except (NotSent, OutsideTimeout) as error:
        raise _unreachable(f"Can't fetch manifest data: {error}") from error
    if answer.status_code != 200:
        raise _unreachable(f"Can't fetch manifest data: the server answered {answer.status_code}.")
    try:
        return parsed(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise Refusal(
            "Incorrect structure of manifest.", field="manifestUrl", code="INVALID_MANIFEST_FORMAT"
        ) from error


async def install(ctx: Ctx, installation_id: int, check: Check) -> None:
    """Do what was asked for, or note why it could not be done; nothing is raised. A try that was cut short is begun
    anew."""
    (row,) = await installations.by_ids(ctx, [installation_id])
    if row is None or row["status"] != installations.PENDING:
        return
    try:
        manifest = await fetch_manifest(ctx, row["manifest_url"])
        hooks = [_change(ctx.settings, hook, check) for hook in manifest.webhooks]
        made = await transact(ctx, _make, installation_id, manifest, hooks)
        if made is None:
            return
        app_id, token = made
        if manifest.token_target_url is not None:
            await _hand_over(ctx, manifest.token_target_url, token)
    except Refusals as refusals:
        await transact(ctx, installations.turn_away, installation_id, str(refusals))
    except (Refusal, NotSent, OutsideTimeout) as error:
        await transact(ctx, installations.turn_away, installation_id, str(error))
    else:
        await transact(ctx, installations.let_in, installation_id, app_id)


async def _make(
    tx: WriteCtx, installation_id: int, manifest: Manifest, hooks: Sequence[service.WebhookChange]
) -> tuple[int, str] | None:
    made = await installations.make(tx, installation_id, manifest)
    if made is not None:
        app_id = made[0]
        acting = replace(tx, caller=Caller(app_id=app_id))
        for hook in hooks:
            await service.create(acting, app_id, hook, inactive_app=True)
    return made


def _change(settings: Settings, hook: Hook, check: Check) -> service.WebhookChange:
    known = {ANY, *EVENTS, *SYNC_EVENTS}
    unknown = [event for event in hook.events if event not in known]
    if unknown:
        raise Refusal(f"There is no event {unknown[0][:80].upper()}.", field="webhooks", code="INVALID_MANIFEST_FORMAT")
    events = list(hook.events)
    if hook.query:
        named = check(settings, hook.query, events)
        events = events or sorted(named)
    values: dict[str, Any] = {
        "name": hook.name,
        "target_url": hook.target_url,
        "events": events,
        "subscription_query": hook.query,
        "is_active": hook.is_active,
        "custom_headers": hook.custom_headers,
    }
    return service.WebhookChange(values)


async def _hand_over(ctx: Ctx, url: str, token: str) -> None:
    """Raises NotSent when the app does not take its token."""
    headers = {"Content-Type": "application/json", **shop_headers(f"{ctx.base_url.rstrip('/')}/graphql/")}
    async with outside_call(ctx, "the app", seconds=SECONDS):
        answer, _ = await call("POST", url, headers, orjson.dumps({"auth_token": token}), guard_of(ctx))
    if not 200 <= answer.status_code < 300:
        raise NotSent(f"The app refused its token: it answered {answer.status_code}.", again=False)


def _unreachable(message: str) -> Refusal:
    return Refusal(message, field="manifestUrl", code="MANIFEST_URL_CANT_CONNECT")
