"""The demo shop, and the least a shop must have."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from engine.accounts.models import User
from engine.accounts.passwords import verify_password
from engine.cli.console import CommandError
from engine.cli.demo import reading, sales, shop
from engine.cli.seed import ensure_admin, ensure_shop, seed_demo
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.settings import Settings
from engine.core.statements import Statement
from engine.core.tables import metadata, sa
from tests.api import ADMIN_EMAIL, ADMIN_PASSWORD

pytestmark = pytest.mark.anyio

_COUNTS = Statement(
    sa.text(
        "SELECT (SELECT count(*) FROM channel) AS channels, (SELECT count(*) FROM warehouse) AS warehouses,"
        " (SELECT count(*) FROM product) AS products, (SELECT count(*) FROM account_user) AS users"
    )
)
_EVERY_COUNT = Statement(
    sa.select(
        *(sa.select(sa.func.count()).select_from(t).scalar_subquery().label(t.name) for t in metadata.sorted_tables)
    )
)
_HASH = Statement(sa.text("SELECT password_hash FROM account_user WHERE email = :email"))


async def test_a_bare_shop_is_made_once(settings: Settings, ctx: Ctx) -> None:
    await ensure_shop(settings)
    await ensure_shop(settings)
    counts = await ctx.first(_COUNTS)
    assert counts is not None
    assert dict(counts) == {"channels": 1, "warehouses": 1, "products": 0, "users": 0}


async def test_the_admin_gets_the_password_of_the_settings_once(settings: Settings, ctx: Ctx) -> None:
    assert await ensure_admin(settings) == (ADMIN_EMAIL, None)
    other = settings.model_copy(update={"admin_password": SecretStr("another-long-password")})
    assert await ensure_admin(other) == (ADMIN_EMAIL, None)
    matches, _ = await verify_password(ADMIN_PASSWORD, await ctx.value(_HASH, email=ADMIN_EMAIL))
    assert matches


async def test_without_one_a_password_is_made_up_and_told_once(settings: Settings, ctx: Ctx) -> None:
    silent = settings.model_copy(update={"admin_password": None, "admin_email": "Second@Example.com"})
    email, password = await ensure_admin(silent)
    assert email == "second@example.com"
    matches, _ = await verify_password(password or "", await ctx.value(_HASH, email=email))
    assert matches
    assert await ensure_admin(silent) == (email, None)


async def test_a_weak_password_and_a_taken_address_are_refused(settings: Settings, ctx: Ctx) -> None:
    async def customer(tx: WriteCtx) -> None:
        tx.add(User(email="shopper@example.com", token_key="k"))

    await transact(ctx, customer)
    with pytest.raises(CommandError, match="in use by somebody without full rights"):
        await ensure_admin(settings.model_copy(update={"admin_email": "shopper@example.com"}))
    with pytest.raises(CommandError, match="is no e-mail address"):
        await ensure_admin(settings.model_copy(update={"admin_email": "admin"}))
    weak = {"admin_email": "third@example.com", "admin_password": SecretStr("password")}
    with pytest.raises(CommandError, match="ARGOSY_ADMIN_PASSWORD is refused: This password is too common"):
        await ensure_admin(settings.model_copy(update=weak))


async def test_an_admin_who_changed_address_is_not_doubled(settings: Settings, ctx: Ctx) -> None:
    async def move(tx: WriteCtx) -> None:
        moved = "UPDATE account_user SET email = 'boss@example.com' WHERE email = :email"
        await tx.execute(sa.text(moved), {"email": ADMIN_EMAIL})

    await transact(ctx, move)
    plain = Settings(_env_file=None, database_url=settings.database_url, data_dir=settings.data_dir)
    assert await ensure_admin(plain) == ("boss@example.com", None)
    asked = plain.model_copy(update={"admin_email": "new@example.com"})
    assert (await ensure_admin(asked))[0] == "new@example.com"


async def test_the_demo_comes_once(demo_ctx: Ctx, seeded_settings: Settings) -> None:
    before = await counts(demo_ctx)
    assert await seed_demo(seeded_settings) is False
    assert await counts(demo_ctx) == before


async def test_a_seed_that_was_killed_goes_on_where_it_stopped(
    settings: Settings, seeded_settings: Settings, ctx: Ctx, demo_ctx: Ctx, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    async def die(*_: object, **__: object) -> None:
        raise Killed

    async def die_at_the_sixth(tx: WriteCtx, key: str) -> None:
        await (die() if sales.keys().index(key) == 5 else sales.sell(tx, key))

    # on a bare shop, with the pictures that the other seed has drawn
    settings = settings.model_copy(update={"data_dir": seeded_settings.data_dir})
    with monkeypatch.context() as patched:
        patched.setattr(reading, "menus", die)
        with pytest.raises(Killed):
            await seed_demo(settings)
    assert (await counts(ctx))["product"] == 0
    with monkeypatch.context() as patched:
        patched.setattr(shop, "sell", die_at_the_sixth)
        with pytest.raises(Killed):
            await seed_demo(settings)
    assert (await counts(ctx))["sales_order"] == 5
    assert await seed_demo(settings) is True
    assert await seed_demo(settings) is False
    # what stands in a bare shop too
    apart = {"account_user", "address", "outbox_event", "plugin_configuration"}
    apart |= {"warehouse", "warehouse_channel", "warehouse_zone"}
    seeded_twice = await counts(ctx)
    assert {name: n for name, n in seeded_twice.items() if name not in apart} == {
        name: n for name, n in (await counts(demo_ctx)).items() if name not in apart
    }


async def test_a_shop_with_goods_of_its_own_is_left_alone(settings: Settings, ctx: Ctx) -> None:
    async def forget(tx: WriteCtx) -> None:
        await tx.execute(sa.text("DELETE FROM outbox_event WHERE object_type = 'DemoPart'"))

    await transact(ctx, forget)
    before = await counts(ctx)
    assert await seed_demo(settings) is False
    assert await counts(ctx) == before


def test_the_command_says_what_a_database_without_tables_needs(
    postgres_server: Callable[[str], str], tmp_path: Path
) -> None:
    environment = {**os.environ, "DATABASE_URL": postgres_server("postgres"), "ARGOSY_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli.main", "seed"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "run `argosy migrate` first" in done.stderr
    assert "Traceback" not in done.stderr


async def counts(ctx: Ctx) -> dict[str, int]:
    """Rows of every table of the shop."""
    found: dict[str, int] = dict(await ctx.first(_EVERY_COUNT) or {})
    return found
