"""Apps on their way in: asked for, made from their manifest, let in or turned away."""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.accounts import checks
from engine.accounts.manifests import Manifest, web_address
from engine.accounts.models import App, AppExtension, AppInstallation, AppToken
from engine.accounts.scope import check_permissions
from engine.accounts.tokens import app_token_hash, new_app_token
from engine.core.context import Ctx, Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table

JOB = "apps.install"
PENDING, FAILED = "PENDING", "FAILED"
MESSAGE_LENGTH = 255
_i, _a, _x = table(AppInstallation), table(App), table(AppExtension)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_ALL = Statement(sa.select(_i).order_by(_i.c.id))
_BY_IDS = Statement(sa.select(_i).where(_i.c.id == sa.any_(_IDS)))
_FOR_CHANGE = Statement(sa.select(_i).where(_i.c.id == sa.bindparam("id")).with_for_update())
_TAKEN = Statement(sa.select(_a.c.id).where(_a.c.identifier == sa.bindparam("identifier", type_=sa.Text)))
_OF_APPS = Statement(sa.select(_x).where(_x.c.app_id == sa.any_(_IDS)).order_by(_x.c.app_id, _x.c.id))


async def pending(ctx: Ctx) -> list[Row]:
    """All installations that are not done, oldest first."""
    return await ctx.fetch(_ALL)


async def by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def extensions_of(ctx: Ctx, app_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(app_ids, await ctx.fetch(_OF_APPS, ids=list(app_ids)), "app_id")


async def ask(tx: WriteCtx, name: str, manifest_url: str, permissions: Sequence[str], activates: bool) -> int:
    """The id of an installation that a job goes about. Raises Refusal with a code of `AppErrorCode`."""
    checked = checks.text(name, "appName")
    if not checked:
        raise Refusal("This field is required.", field="appName", code="REQUIRED")
    address(manifest_url)
    check_permissions(tx, permissions, "permissions")
    _everywhere(tx)
    row = AppInstallation(
        app_name=checked, manifest_url=manifest_url, permissions=sorted(set(permissions)), activates=activates
    )
    tx.add(row)
    await tx.session.flush()
    assert row.id is not None
    tx.enqueue(JOB, installation_id=row.id)
    return row.id


async def again(tx: WriteCtx, installation_id: int, activates: bool) -> None:
    """Try a failed one once more. Raises NotFound, or Refusal INVALID_STATUS."""
    row = await _failed(tx, installation_id)
    check_permissions(tx, row["permissions"], "id", "OUT_OF_SCOPE_APP")
    values = {"status": PENDING, "message": None, "activates": activates, "updated_at": tx.clock.now()}
    await tx.execute(_i.update().where(_i.c.id == installation_id).values(**values))
    tx.enqueue(JOB, installation_id=installation_id)


async def drop(tx: WriteCtx, installation_id: int) -> Row:
    """The failed one that was."""
    row = await _failed(tx, installation_id)
    await tx.execute(_i.delete().where(_i.c.id == installation_id))
    return row


async def make(tx: WriteCtx, installation_id: int, manifest: Manifest) -> tuple[int, str] | None:
    """The app of a pending installation, not active yet, and its token; None when the installation is gone or done.

    What an earlier try left behind goes first. Raises Refusal UNIQUE.
    """
    rows = await tx.fetch(_FOR_CHANGE, id=installation_id)
    if not rows or rows[0]["status"] != PENDING:
        return None
    (row,) = rows
    if row["app_id"] is not None:
        await tx.execute(_a.delete().where(_a.c.id == row["app_id"]))
    if await tx.fetch(_TAKEN, identifier=manifest.identifier):
        raise Refusal("An app with this identifier exists already.", field="identifier", code="UNIQUE")
    app = App(
        name=row["app_name"],
        identifier=manifest.identifier,
        type="THIRDPARTY",
        is_active=False,
        permissions=row["permissions"],
        version=manifest.version,
        author=manifest.author,
        about=manifest.about,
        app_url=manifest.app_url,
        homepage_url=manifest.homepage_url,
        support_url=manifest.support_url,
        data_privacy_url=manifest.data_privacy_url,
        manifest_url=row["manifest_url"],
    )
    tx.add(app)
    await tx.session.flush()
    assert app.id is not None
    token = new_app_token()
    tx.add(AppToken(app_id=app.id, name="Default", token_hash=app_token_hash(token), last_4=token[-4:]))
    for each in manifest.extensions:
        tx.add(
            AppExtension(
                app_id=app.id,
                identifier=each.identifier,
                label=each.label,
                url=each.url,
                mount_name=each.mount_name,
                target_name=each.target_name,
                permissions=list(each.permissions),
                settings=dict(each.settings),
            )
        )
    await tx.execute(_i.update().where(_i.c.id == installation_id).values(app_id=app.id))
    return app.id, token


async def let_in(tx: WriteCtx, installation_id: int, app_id: int) -> None:
    """The app has its token: it may work, if that was asked for."""
    (row,) = await tx.fetch(_FOR_CHANGE, id=installation_id)
    await tx.execute(_a.update().where(_a.c.id == app_id).values(is_active=row["activates"]))
    await tx.execute(_i.delete().where(_i.c.id == installation_id))
    tx.emit("app.installed", "App", app_id)


async def turn_away(tx: WriteCtx, installation_id: int, message: str) -> None:
    rows = await tx.fetch(_FOR_CHANGE, id=installation_id)
    if not rows or rows[0]["status"] != PENDING:
        return
    if rows[0]["app_id"] is not None:
        await tx.execute(_a.delete().where(_a.c.id == rows[0]["app_id"]))
    values = {"status": FAILED, "message": message[:MESSAGE_LENGTH], "updated_at": tx.clock.now()}
    await tx.execute(_i.update().where(_i.c.id == installation_id).values(**values))


def address(manifest_url: str) -> str:
    if not web_address(manifest_url):
        raise Refusal("Enter a valid URL.", field="manifestUrl", code="INVALID_URL_FORMAT")
    return manifest_url


def _everywhere(tx: WriteCtx) -> None:
    if tx.caller.channel_ids is not None:
        raise Refusal("Apps work in every channel; you are limited to some.", code="FORBIDDEN")


async def _failed(tx: WriteCtx, installation_id: int) -> Row:
    rows = await tx.fetch(_FOR_CHANGE, id=installation_id)
    if not rows:
        raise NotFound(f"Couldn't resolve to a node: {to_global('AppInstallation', installation_id)}", field="id")
    _everywhere(tx)
    if rows[0]["status"] != FAILED:
        raise Refusal("Only a failed installation can be changed.", field="id", code="INVALID_STATUS")
    return rows[0]
