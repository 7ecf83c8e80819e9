"""Making and changing webhooks. What they are told is in `deliveries`."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine.accounts.models import App
from engine.accounts.rules import out_of_scope, plain_text
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import PermissionDenied
from engine.core.security import secret_box
from engine.core.statements import Statement
from engine.core.tables import table
from engine.webhooks import rules
from engine.webhooks.errors import NoSuchApp, NoSuchWebhook, WebhookRefusal
from engine.webhooks.models import Webhook
from engine.webhooks.queries import SECRETS

TEXT_LENGTH = 255
_w, _app = table(Webhook), table(App)
_APP = Statement(
    sa.select(_app.c.id, _app.c.is_active, _app.c.permissions).where(_app.c.id == sa.bindparam("id")).with_for_update()
)
_FOR_CHANGE = Statement(sa.select(_w).where(_w.c.id == sa.bindparam("id")).with_for_update())
ALLOWED_LOCAL = "Enter a valid URL: one on the public internet."


@dataclass(frozen=True)
class WebhookChange:
    """`values` has only what was given: name, identifier, target_url, is_active, events (lower case), secret_key (null
    or empty: none), subscription_query, custom_headers (a mapping, or null)."""

    values: Mapping[str, Any] = field(default_factory=dict)


async def create(ctx: Ctx, app_id: int | None, change: WebhookChange, *, inactive_app: bool = False) -> int:
    """The id of a webhook of an app; without one, of the calling app. Raises WebhookRefusal. `inactive_app`: one that
    is not active may have it too."""
    try:
        return await transact(ctx, _create, app_id, change, inactive_app)
    except IntegrityError as error:
        raise _taken() from error


async def update(ctx: Ctx, webhook_id: int, change: WebhookChange) -> None:
    try:
        await transact(ctx, _update, webhook_id, change)
    except IntegrityError as error:
        raise _taken() from error


async def delete(tx: WriteCtx, webhook_id: int) -> Row:
    """The row that was; what it was not told yet is not sent any more."""
    row = await for_change(tx, webhook_id)
    await tx.execute(_w.delete().where(_w.c.id == webhook_id))
    return row


async def for_change(tx: WriteCtx, webhook_id: int) -> Row:
    """The locked webhook, if the caller may manage its app. Raises NoSuchWebhook."""
    rows = await tx.fetch(_FOR_CHANGE, id=webhook_id)
    if not rows or (tx.caller.app_id is not None and not _manages(tx) and rows[0]["app_id"] != tx.caller.app_id):
        raise NoSuchWebhook(webhook_id)
    await _app_of(tx, rows[0]["app_id"])
    return rows[0]


async def _create(tx: WriteCtx, app_id: int | None, change: WebhookChange, inactive_app: bool) -> int:
    if app_id is None and tx.caller.app_id is None:
        raise WebhookRefusal("Missing token or app", field="app", code="INVALID")
    app = await _app_of(tx, app_id if app_id is not None and _manages(tx) else tx.caller.app_id)
    if not (app["is_active"] or inactive_app):
        raise NoSuchApp
    values = _checked(tx, change)
    if not values.get("target_url"):
        raise WebhookRefusal("This field is required.", field="targetUrl", code="REQUIRED")
    webhook = Webhook(app_id=app["id"], **values)
    tx.add(webhook)
    await tx.session.flush()
    assert webhook.id is not None
    return webhook.id


async def _update(tx: WriteCtx, webhook_id: int, change: WebhookChange) -> None:
    await for_change(tx, webhook_id)
    values = {**_checked(tx, change), "updated_at": tx.clock.now()}
    await tx.execute(_w.update().where(_w.c.id == webhook_id).values(**values))


def _manages(tx: WriteCtx) -> bool:
    return tx.caller.has("MANAGE_APPS")


async def _app_of(tx: WriteCtx, app_id: int | None) -> Row:
    """The app, if the caller holds all that it does: its webhooks would otherwise tell them the rest."""
    rows = await tx.fetch(_APP, id=app_id)
    if not rows:
        raise NoSuchApp
    if app_id == tx.caller.app_id:
        return rows[0]
    if not _manages(tx):
        raise PermissionDenied(("MANAGE_APPS",))
    if out_of_scope(tx.caller.permissions, rows[0]["permissions"]) or tx.caller.channel_ids is not None:
        raise WebhookRefusal("You can't manage this app.", field="app", code="INVALID")
    return rows[0]


def _checked(tx: WriteCtx, change: WebhookChange) -> dict[str, Any]:
    """The columns a change sets. Raises WebhookRefusal."""
    given, values = change.values, dict[str, Any]()
    for name in ("name", "identifier"):
        if name in given:
            values[name] = _text(given[name], name)
    if "name" in values:
        values["name"] = values["name"] or ""
    if given.get("target_url") is not None:
        values["target_url"] = _target(tx, given["target_url"])
    if given.get("is_active") is not None:
        values["is_active"] = given["is_active"]
    if given.get("events") is not None:
        values["events"] = sorted(set(given["events"]))
    if "subscription_query" in given:
        values["subscription_query"] = given["subscription_query"] or None
    box = secret_box(tx.settings, SECRETS)
    if "secret_key" in given:
        secret = _text(given["secret_key"], "secretKey")
        values["sealed_secret"] = box.seal(secret.encode()) if secret else None
    if "custom_headers" in given:
        headers = _headers(given["custom_headers"])
        values["sealed_headers"] = box.seal(orjson.dumps(headers)) if headers else None
    return values


def _text(value: str | None, field: str) -> str | None:
    trimmed = (value or "").strip()
    if len(trimmed) > TEXT_LENGTH or not plain_text(trimmed):
        raise WebhookRefusal(f"This field has at most {TEXT_LENGTH} plain characters.", field=field, code="INVALID")
    return trimmed or None


def _target(tx: WriteCtx, url: str) -> str:
    trimmed = url.strip()
    fault = rules.target_fault(trimmed)
    if fault is None and not tx.settings.webhooks_to_local_addresses and _is_local(urlsplit(trimmed).hostname or ""):
        fault = ALLOWED_LOCAL
    if fault is not None:
        raise WebhookRefusal(fault, field="targetUrl", code="INVALID")
    return trimmed


def _is_local(host: str) -> bool:
    """Of a host that is an address, or this machine; a name is judged when it is called."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _headers(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        raise WebhookRefusal("Invalid JSON format.", field="customHeaders", code="INVALID_CUSTOM_HEADERS")
    fault = rules.bad_header(given)
    if fault is not None:
        raise WebhookRefusal(fault, field="customHeaders", code="INVALID_CUSTOM_HEADERS")
    return given


def _taken() -> WebhookRefusal:
    return WebhookRefusal("A webhook of this app has this identifier.", field="identifier", code="UNIQUE")


def told_to(webhooks: Sequence[Row], event: str) -> list[Row]:
    """Those of the endpoints that are told of an event."""
    return [row for row in webhooks if rules.entitled(row["events"], row["app_permissions"], event)]
