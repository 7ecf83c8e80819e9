"""The RS256 keys that sign tokens: made on first need, sealed in the database, the same for all processes."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from joserfc.jwk import RSAKey

from engine.accounts.models import SigningKey
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.security import secret_box
from engine.core.statements import Statement
from engine.core.tables import table

BITS = 2048
KEPT_FOR = timedelta(minutes=5)
"""A key retired by one process is forgotten by the others within this time."""
READ_AGAIN_AFTER = timedelta(seconds=5)
"""Opening the keys is dear, and anybody can name one that is unknown."""
_PURPOSE = "signing-key"
_KEPT = "accounts.signing_keys"

_t = table(SigningKey)
_ACTIVE = Statement(sa.select(_t).where(_t.c.retired_at.is_(None)).order_by(_t.c.created_at.desc(), _t.c.kid))
_ONE_AT_A_TIME = Statement(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("argosy.signing_key"))))


@dataclass(frozen=True)
class Keys:
    """`by_id` verifies; `current` also signs."""

    current: RSAKey
    by_id: dict[str, RSAKey]
    read_at: datetime


async def signing_keys(ctx: Ctx) -> Keys:
    kept = known_keys(ctx)
    return kept if kept is not None else await load_keys(ctx)


def known_keys(ctx: Ctx) -> Keys | None:
    """The keys this process has read lately."""
    kept: Keys | None = ctx.database.kept.get(_KEPT)
    return kept if kept is not None and kept.read_at > ctx.clock.now() - KEPT_FOR else None


async def key_named(ctx: Ctx, kid: str) -> RSAKey | None:
    """One of ours that verifies; another process may have made it a moment ago."""
    keys = await signing_keys(ctx)
    if kid not in keys.by_id and keys.read_at <= ctx.clock.now() - READ_AGAIN_AFTER:
        keys = await load_keys(ctx)
    return keys.by_id.get(kid)


async def load_keys(ctx: Ctx) -> Keys:
    """Read the keys, making the shop's first one if there is none."""
    rows = await ctx.fetch(_ACTIVE)
    if not rows:
        rows = await transact(ctx, _ensure_key, await asyncio.to_thread(_generate))
    box = secret_box(ctx.settings, _PURPOSE)
    keys = [RSAKey.import_key(orjson.loads(box.open(row["sealed_private_key"]))) for row in rows]
    loaded = Keys(keys[0], {str(key.kid): key for key in keys}, ctx.clock.now())
    # inside a transaction the key may yet be rolled back
    if not isinstance(ctx, WriteCtx):
        ctx.database.kept[_KEPT] = loaded
    return loaded


async def public_jwks(ctx: Ctx) -> dict[str, Any]:
    """The JSON Web Key Set (RFC 7517) that verifies our tokens."""
    keys = await signing_keys(ctx)
    return {"keys": [key.as_dict(private=False) for key in keys.by_id.values()]}


def _generate() -> RSAKey:
    return RSAKey.generate_key(BITS, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)


async def _ensure_key(tx: WriteCtx, fresh: RSAKey) -> list[Row]:
    await tx.fetch(_ONE_AT_A_TIME)
    rows = await tx.fetch(_ACTIVE)
    if rows:
        return rows
    sealed = secret_box(tx.settings, _PURPOSE).seal(orjson.dumps(fresh.as_dict(private=True)))
    await tx.execute(
        _t.insert().values(kid=fresh.kid, sealed_private_key=sealed, public_jwk=fresh.as_dict(private=False))
    )
    return await tx.fetch(_ACTIVE)
