"""Apps and their tokens. A token is told once, when it is made."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine.accounts import checks
from engine.accounts.models import App, AppToken
from engine.accounts.rules import out_of_scope
from engine.accounts.scope import check_permissions
from engine.accounts.tokens import app_token_hash, new_app_token
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table

_a, _t = table(App), table(AppToken)
_FOR_CHANGE = Statement(sa.select(_a).where(_a.c.id == sa.bindparam("id")).with_for_update())
_TOKEN = Statement(sa.select(_t.c.id, _t.c.app_id, _t.c.name, _t.c.last_4).where(_t.c.id == sa.bindparam("id")))


@dataclass(frozen=True)
class AppChange:
    """None leaves a thing as it is."""

    name: str | None = None
    identifier: str | None = None
    permissions: Sequence[str] | None = None


@dataclass(frozen=True)
class MadeToken:
    app_id: int
    token: str
    """The only time it is in clear."""
    row: Row


async def create_app(ctx: Ctx, change: AppChange) -> MadeToken:
    """An active app with its first token. Raises Refusal with a code of `AppErrorCode`."""
    try:
        return await transact(ctx, _create, change)
    except IntegrityError as error:
        raise _taken() from error


async def update_app(ctx: Ctx, app_id: int, change: AppChange) -> None:
    try:
        await transact(ctx, _update, app_id, change)
    except IntegrityError as error:
        raise _taken() from error


async def set_active(tx: WriteCtx, app_id: int, active: bool) -> None:
    await _in_scope(tx, app_id, "id")
    await tx.execute(_a.update().where(_a.c.id == app_id).values(is_active=active, updated_at=tx.clock.now()))
    tx.emit("app.status_changed", "App", app_id)


async def delete_app(tx: WriteCtx, app_id: int) -> Row:
    """The row that was; its tokens end with it."""
    app = await _in_scope(tx, app_id, "id")
    await tx.execute(_a.delete().where(_a.c.id == app_id))
    tx.emit("app.deleted", "App", app_id, row=packed(app))
    return app


async def create_token(tx: WriteCtx, app_id: int, name: str | None) -> MadeToken:
    await _in_scope(tx, app_id, "app")
    return await _add_token(tx, app_id, checks.text(name, "name"))


async def delete_token(tx: WriteCtx, token_id: int) -> Row:
    """The row that was."""
    rows = await tx.fetch(_TOKEN, id=token_id)
    if not rows:
        raise NotFound(f"Couldn't resolve to a node: {to_global('AppToken', token_id)}", field="id")
    await _in_scope(tx, rows[0]["app_id"], "id")
    await tx.execute(_t.delete().where(_t.c.id == token_id))
    return rows[0]


async def _create(tx: WriteCtx, change: AppChange) -> MadeToken:
    permissions = change.permissions or ()
    check_permissions(tx, permissions, "permissions")
    if tx.caller.channel_ids is not None:
        raise Refusal("Apps work in every channel; you are limited to some.", code="FORBIDDEN")
    app = App(name=_name(change.name), identifier=_identifier(change), permissions=sorted(set(permissions)))
    tx.add(app)
    await tx.session.flush()
    assert app.id is not None
    tx.emit("app.installed", "App", app.id)
    return await _add_token(tx, app.id, "Default")


async def _update(tx: WriteCtx, app_id: int, change: AppChange) -> None:
    await _in_scope(tx, app_id, "id")
    values: dict[str, object] = {"updated_at": tx.clock.now()}
    if change.name is not None:
        values["name"] = _name(change.name)
    if change.identifier is not None:
        values["identifier"] = _identifier(change)
    if change.permissions is not None:
        check_permissions(tx, change.permissions, "permissions")
        values["permissions"] = sorted(set(change.permissions))
    await tx.execute(_a.update().where(_a.c.id == app_id).values(**values))
    tx.emit("app.updated", "App", app_id)


async def _add_token(tx: WriteCtx, app_id: int, name: str) -> MadeToken:
    token = new_app_token()
    stored = AppToken(app_id=app_id, name=name, token_hash=app_token_hash(token), last_4=token[-4:])
    tx.add(stored)
    await tx.session.flush()
    return MadeToken(app_id, token, {"id": stored.id, "app_id": app_id, "name": name, "last_4": stored.last_4})


async def _in_scope(tx: WriteCtx, app_id: int, field: str) -> Row:
    """The locked app, if the caller holds all that it does: its token would otherwise lend them the rest."""
    rows = await tx.fetch(_FOR_CHANGE, id=app_id)
    if not rows:
        raise NotFound(f"Couldn't resolve to a node: {to_global('App', app_id)}", field=field)
    missing = out_of_scope(tx.caller.permissions, rows[0]["permissions"])
    # an app works in every channel
    if missing or tx.caller.channel_ids is not None:
        raise Refusal("You can't manage this app.", field=field, code="OUT_OF_SCOPE_APP", permissions=missing)
    return rows[0]


def _name(name: str | None) -> str:
    checked = checks.text(name, "name")
    if not checked:
        raise Refusal("This field is required.", field="name", code="REQUIRED")
    return checked


def _identifier(change: AppChange) -> str | None:
    return checks.text(change.identifier, "identifier") or None


def _taken() -> Refusal:
    return Refusal("An app with this identifier exists already.", field="identifier", code="UNIQUE")
