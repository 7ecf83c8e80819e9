"""Webhooks, their deliveries and the log of what was sent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from engine.accounts.models import App
from engine.core.context import Ctx, Row
from engine.core.outbox import OutboxEvent
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.security import secret_box
from engine.core.settings import Settings
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table
from engine.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookTold

SECRETS = "webhook"
"""What the keys, headers and bodies of webhooks are sealed for."""
GRACE = timedelta(minutes=1)
"""How late a message may be before its job counts as lost."""
LOOKED_BACK = 50
"""Events of one object that may wait to be told at once."""

_w, _d, _at, _app = table(Webhook), table(WebhookDelivery), table(WebhookAttempt), table(App)
_told, _e = table(WebhookTold), table(OutboxEvent)
_shapes = ShapeCache(64)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_ENDPOINT = (_w, _app.c.permissions.label("app_permissions"), _app.c.is_active.label("app_is_active"))

_BY_IDS = Statement(sa.select(_w).where(_w.c.id == sa.any_(_IDS)))
_OF_APPS = Statement(sa.select(_w).where(_w.c.app_id == sa.any_(_IDS)).order_by(_w.c.app_id, _w.c.id))
_LISTENING = Statement(
    sa.select(*_ENDPOINT)
    .join(_app, _app.c.id == _w.c.app_id)
    .where(
        _w.c.is_active.is_(True),
        _app.c.is_active.is_(True),
        _w.c.events != sa.text("'{}'::text[]"),
    )
    .order_by(_w.c.id)
)
_ENDPOINTS = Statement(sa.select(*_ENDPOINT).join(_app, _app.c.id == _w.c.app_id).where(_w.c.id == sa.any_(_IDS)))
_DELIVERIES = Statement(sa.select(_d).where(_d.c.id == sa.any_(_IDS)))
_UNTOLD = Statement(
    sa.text(
        "SELECT e.id, e.kind, e.object_type, e.object_id, e.payload, e.created_at, e.user_id, e.app_id"  # noqa: S608
        " FROM unnest(:types, :object_ids) AS o (type, id) CROSS JOIN LATERAL ("
        f" SELECT * FROM outbox_event WHERE object_type = o.type AND object_id = o.id AND id <= :newest"
        f" ORDER BY id DESC LIMIT {LOOKED_BACK}) AS e"
        " WHERE NOT EXISTS (SELECT FROM webhook_told WHERE event_id = e.id) ORDER BY e.id"
    ).bindparams(
        sa.bindparam("types", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("object_ids", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("newest", type_=sa.BigInteger),
    )
)
_OVERDUE = Statement(
    sa.select(_d.c.webhook_id, _d.c.object_key)
    .where(
        _d.c.status == sa.literal_column("'PENDING'"),
        _d.c.due_at <= sa.bindparam("now", type_=sa.DateTime(timezone=True)),
        sa.or_(_d.c.claimed_until.is_(None), _d.c.claimed_until <= sa.bindparam("now")),
    )
    .distinct()
    .limit(1_000)
)


async def by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def of_apps(ctx: Ctx, app_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(app_ids, await ctx.fetch(_OF_APPS, ids=list(app_ids)), "app_id")


async def endpoints(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    """Webhooks with `app_permissions` and `app_is_active`."""
    return in_order(ids, await ctx.fetch(_ENDPOINTS, ids=list(ids)))


async def listening(ctx: Ctx) -> list[Row]:
    """The endpoints in use; of what each is told is `rules.entitled`'s to say."""
    return await ctx.fetch(_LISTENING)


async def untold(ctx: Ctx, objects: Sequence[tuple[str, str]], newest: int) -> list[Row]:
    """The events of these objects (type and id), up to the id `newest`, that no delivery was made for; oldest first."""
    types, ids = [type for type, _ in objects], [id for _, id in objects]
    return await ctx.fetch(_UNTOLD, types=types, object_ids=ids, newest=newest)


async def overdue(ctx: Ctx) -> list[Row]:
    """`webhook_id` and `object_key` where something should long have been sent, and nobody is at it."""
    return await ctx.fetch(_OVERDUE, now=ctx.clock.now() - GRACE)


async def deliveries_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_DELIVERIES, ids=list(ids)))


async def delivery_pages(
    ctx: Ctx,
    webhook_ids: Sequence[int],
    args: PageArgs,
    *,
    status: str | None = None,
    event: str | None = None,
    descending: bool = True,
) -> list[Page]:
    """A page of the deliveries of each webhook, by when they were made."""
    values = {name: value for name, value in (("status", status), ("event", event)) if value is not None}
    conditions = [_d.c[name] == sa.bindparam(name, type_=sa.Text) for name in values]
    return await _pages(ctx, _d, "webhook_id", webhook_ids, args, descending, conditions, values)


async def attempt_pages(
    ctx: Ctx, delivery_ids: Sequence[int], args: PageArgs, *, descending: bool = True
) -> list[Page]:
    return await _pages(ctx, _at, "delivery_id", delivery_ids, args, descending, [], {})


async def _pages(
    ctx: Ctx,
    rows: sa.Table,
    owner: str,
    owner_ids: Sequence[int],
    args: PageArgs,
    descending: bool,
    conditions: list[sa.ColumnElement[bool]],
    values: dict[str, Any],
) -> list[Page]:
    keyset = Keyset(Key("created_at", rows.c.created_at, descending), Key("id", rows.c.id, descending))

    def build() -> sa.Select[Any]:
        owners = sa.func.unnest(_IDS).table_valued(sa.column("id", sa.BigInteger), name="owners").render_derived()
        own = keyset.apply(sa.select(rows).where(rows.c[owner] == owners.c.id, *conditions), args).lateral("own")
        order = keyset.order(args, [own.c.created_at, own.c.id])
        return sa.select(own).select_from(owners.join(own, sa.true())).order_by(*order)

    shape = (rows.name, keyset.shape(args), tuple(values))
    statement = _shapes.get(shape, build)
    parameters = keyset.parameters(args) | values
    found = grouped(owner_ids, await ctx.fetch(statement, ids=list(dict.fromkeys(owner_ids)), **parameters), owner)
    return [keyset.page(list(each), args) for each in found]


def opened_secret(settings: Settings, row: Row) -> str | None:
    """The HMAC key of a webhook's row."""
    sealed = row["sealed_secret"]
    return None if sealed is None else secret_box(settings, SECRETS).open(sealed).decode()


def opened_headers(settings: Settings, row: Row) -> dict[str, str]:
    """What a webhook's row wants sent along."""
    sealed = row["sealed_headers"]
    headers: dict[str, str] = {} if sealed is None else orjson.loads(secret_box(settings, SECRETS).open(sealed))
    return headers


def opened_body(settings: Settings, row: Row) -> bytes:
    """What a delivery's row sends."""
    return secret_box(settings, SECRETS).open(row["sealed_body"])
