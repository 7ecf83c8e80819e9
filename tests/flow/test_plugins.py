"""Plugins arrive from outside: found by entry point, judged, configured per channel, secrets sealed."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import BaseModel, SecretStr

from engine.channels.models import Channel
from engine.core.context import Caller, Ctx, WriteCtx, transact
from engine.core.errors import Refusal, Refusals
from engine.core.settings import Profile, Settings
from engine.core.statements import Statement
from engine.extensions import service, views
from engine.extensions.errors import UnknownPlugin
from engine.extensions.registry import Registry
from engine.extensions.rules import fields_of
from engine.sdk.plugins import Kind, Plugin

pytestmark = pytest.mark.anyio
OUTSIDER = Path(__file__).parent.parent / "outsider" / "acme-carrier"


class Config(BaseModel):
    account: str
    api_key: SecretStr
    sandbox: bool = True


class Deep(BaseModel):
    keys: list[SecretStr]
    by_country: dict[str, Config] | None = None
    names: list[str] = []


def a_plugin(**values: Any) -> Plugin[Any]:
    described: dict[str, Any] = {
        "id": "test.carrier",
        "name": "Test",
        "kind": Kind.CARRIER,
        "version": "1.0",
        "engine": ">=0.1,<0.2",
        "create": lambda config, environment: SimpleNamespace(config=config),
        "config": Config,
    }
    return Plugin(**{**described, **values})


class Entry(EntryPoint):
    """An entry point whose object is at hand."""

    def load(self) -> Any:
        return eval(self.value, {"a_plugin": a_plugin, "Kind": Kind, "Deep": Deep})


def discovered(settings: Settings, **entries: str) -> Registry:
    return Registry.build(settings, [Entry(name, value, "argosy.plugins") for name, value in entries.items()])


@pytest.fixture
async def shop_ctx(ctx: Ctx) -> Ctx:
    return Ctx(ctx.settings, ctx.database, ctx.reads, plugins=discovered(ctx.settings, test="a_plugin()"))


@pytest.fixture(scope="module")
async def channels(shop: Any) -> list[int]:
    async def make(tx: WriteCtx) -> list[int]:
        made = [Channel(slug=slug, name=slug, currency="EUR", default_country="DE") for slug in ("one", "two")]
        tx.add(*made)
        await tx.session.flush()
        return [channel.id for channel in made if channel.id is not None]

    return await transact(shop.ctx(), make)


def test_the_built_in_plugins_come_the_same_way(settings: Settings) -> None:
    registry = Registry.discover(settings)
    assert {
        "argosy.manual",
        "argosy.table-rate",
        "mirumee.payments.dummy",
        "saleor.app.payment.stripe",
    } <= {plugin.id for plugin in registry.all()}
    assert registry.problems == {}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a_plugin(engine='>=9')", "it is for engine >=9, this is"),
        ("a_plugin(engine='nine')", "no PEP 440 specifier"),
        ("a_plugin(config=dict)", "not a pydantic model"),
        ("42", "is a int, not an engine.sdk.plugins.Plugin"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_a_misfit_is_a_clear_message_and_the_others_load(settings: Settings, value: str, reason: str) -> None:
    registry = discovered(settings, bad=value, good="a_plugin()")
    assert reason in registry.problems["bad"]
    assert [plugin.id for plugin in registry.all()] == ["test.carrier"]


def test_an_id_is_taken_once(settings: Settings) -> None:
    registry = discovered(settings, first="a_plugin()", second="a_plugin(id='other', aliases=('test.carrier',))")
    assert "already taken by plugin 'Test'" in registry.problems["second"]


def test_production_loads_nothing_that_is_for_development(settings: Settings) -> None:
    production = settings.model_copy(update={"profile": Profile.PRODUCTION})
    registry = discovered(production, dummy="a_plugin(development_only=True)")
    assert "development only" in registry.problems["dummy"]
    assert registry.all() == []


async def test_a_plugin_works_only_where_it_is_configured(shop_ctx: Ctx, channels: list[int]) -> None:
    one, two = channels
    values = {"account": "A-1", "api_key": "sk_very_secret"}
    await transact(shop_ctx, service.configure, "test.carrier", channel_id=one, values=values)
    working = await service.instance(shop_ctx, Kind.CARRIER, "test.carrier", one)
    assert (working.config.account, working.config.api_key.get_secret_value()) == ("A-1", "sk_very_secret")
    assert await service.instance(shop_ctx, Kind.CARRIER, "test.carrier", two) is None
    assert await service.instance(shop_ctx, Kind.PAYMENT, "test.carrier", one) is None
    assert [found.plugin.id for found in await service.available(shop_ctx, Kind.CARRIER, one)] == ["test.carrier"]


async def test_a_plugin_that_cannot_work_as_configured_leaves_the_others_working(ctx: Ctx, channels: list[int]) -> None:
    plugins = discovered(
        ctx.settings,
        bad="a_plugin(create=lambda *given: int('no key'))",
        broken="a_plugin(id='broken', create=lambda *given: {}['key'])",
        good="a_plugin(id='good')",
    )
    shop_ctx, one = Ctx(ctx.settings, ctx.database, ctx.reads, plugins=plugins), channels[0]
    for plugin_id in ("test.carrier", "broken", "good"):
        values = {"account": "A", "api_key": "k"}
        await transact(shop_ctx, service.configure, plugin_id, channel_id=one, values=values)
    assert [found.plugin.id for found in await service.available(shop_ctx, Kind.CARRIER, one)] == ["good"]


async def test_secrets_are_sealed_and_stay_when_left_out(shop_ctx: Ctx, channels: list[int]) -> None:
    one, _ = channels
    await transact(
        shop_ctx, service.configure, "test.carrier", channel_id=one, values={"account": "A", "api_key": "sk_1"}
    )
    await transact(shop_ctx, service.configure, "test.carrier", channel_id=one, values={"account": "B"})
    working = await service.instance(shop_ctx, Kind.CARRIER, "test.carrier", one)
    assert (working.config.account, working.config.api_key.get_secret_value()) == ("B", "sk_1")
    stored = await shop_ctx.fetch(Statement(sa.text("SELECT c::text AS row FROM plugin_configuration AS c")))
    assert not [row for row in stored if "sk_1" in row["row"]]


async def test_a_secret_inside_a_list_or_a_model_is_sealed_with_all_around_it(ctx: Ctx, channels: list[int]) -> None:
    registry = discovered(ctx.settings, deep="a_plugin(id='deep', config=Deep)")
    shop_ctx, one = Ctx(ctx.settings, ctx.database, ctx.reads, plugins=registry), channels[0]
    types = {field.name: (field.type, field.secret) for field in fields_of(Deep)}
    assert types == {
        "keys": ("SECRETMULTILINE", True),
        "by_country": ("SECRETMULTILINE", True),
        "names": ("MULTILINE", False),
    }
    typed = {
        "keys": '["sk_deep_1"]',
        "by_country": '{"DE": {"account": "A", "api_key": "sk_deep_2"}}',
        "names": '["plain"]',
    }
    await transact(shop_ctx, views.update, "deep", channel_id=one, typed=typed, active=True)
    working = await service.instance(shop_ctx, Kind.CARRIER, "deep", one)
    assert working.config.keys[0].get_secret_value() == "sk_deep_1"
    assert working.config.by_country["DE"].api_key.get_secret_value() == "sk_deep_2"
    stored = await shop_ctx.fetch(Statement(sa.text("SELECT c::text AS row FROM plugin_configuration AS c")))
    assert not [row for row in stored if "sk_deep" in row["row"]]
    assert "sk_deep" not in str(await views.plugins(shop_ctx))


async def test_staff_of_one_channel_set_plugins_there_alone(ctx: Ctx, channels: list[int]) -> None:
    registry = discovered(ctx.settings, scoped="a_plugin(id='scoped')")
    shop_ctx = Ctx(ctx.settings, ctx.database, ctx.reads, plugins=registry)
    own, other = channels
    values = {"account": "A", "api_key": "k"}
    for place in (None, own, other):
        await transact(shop_ctx, service.configure, "scoped", channel_id=place, values=values)
    limited = shop_ctx.acting_as(Caller(user_id=1, is_staff=True, channel_ids=frozenset({own})))
    for place, code in ((other, "NOT_FOUND"), (None, "REQUIRED")):
        with pytest.raises(Refusal) as refused:
            await transact(limited, views.update, "scoped", channel_id=place, typed={"account": "mine"}, active=None)
        assert (refused.value.field, refused.value.code) == ("channelId", code)
    await transact(limited, views.update, "scoped", channel_id=own, typed={"account": "mine"}, active=None)
    (plugin,) = [row for row in await views.plugins(limited) if row["id"] == "scoped"]
    assert [row["channel_id"] for row in plugin["channel_configurations"]] == [own]
    accounts = [(await service.instance(shop_ctx, Kind.CARRIER, "scoped", id)).config.account for id in channels]
    assert accounts == ["mine", "A"]


async def test_a_row_for_all_channels_holds_where_there_is_no_other(shop_ctx: Ctx, channels: list[int]) -> None:
    one, _ = channels
    everywhere = {"account": "everywhere", "api_key": "k"}
    await transact(shop_ctx, service.configure, "test.carrier", channel_id=None, values=everywhere)
    own = {"account": "own", "api_key": "k"}
    await transact(shop_ctx, service.configure, "test.carrier", channel_id=one, values=own)
    accounts = [(await service.instance(shop_ctx, Kind.CARRIER, "test.carrier", id)).config.account for id in channels]
    assert accounts == ["own", "everywhere"]
    await transact(shop_ctx, service.configure, "test.carrier", channel_id=one, values={}, active=False)
    assert await service.instance(shop_ctx, Kind.CARRIER, "test.carrier", one) is None


async def test_wrong_values_are_refused_field_by_field_without_repeating_them(shop_ctx: Ctx) -> None:
    with pytest.raises(Refusals) as refused:
        await transact(
            shop_ctx, service.configure, "test.carrier", channel_id=None, values={"account": 7, "sandbox": "sk_typo"}
        )
    messages = str(refused.value)
    assert "account:" in messages
    assert "sandbox:" in messages
    assert "sk_typo" not in messages


async def test_an_unknown_plugin_cannot_be_configured(shop_ctx: Ctx) -> None:
    with pytest.raises(UnknownPlugin):
        await transact(shop_ctx, service.configure, "no.such", channel_id=None, values={})


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outsider's package, built and installed by the ordinary tool into a folder of its own."""
    target, source = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("source") / "acme-carrier"
    shutil.copytree(OUTSIDER, source)
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "uv is needed to install a package"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(target), str(source)],
        check=True,
    )
    return target


def as_installed(installed: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run([sys.executable, "-m", *command], env=environment, capture_output=True, text=True)


def test_an_outsider_s_carrier_is_found_once_it_is_installed(installed: Path) -> None:
    listed = json.loads(as_installed(installed, "engine.cli.main", "plugin", "list", "--json").stdout)
    assert {"id": "com.acme.carrier", "kind": "carrier", "version": "1.2.0"}.items() <= next(
        plugin for plugin in listed["plugins"] if plugin["name"] == "Acme Carrier"
    ).items()
    assert listed["problems"] == {}


def test_an_outsider_s_own_tests_pass_with_the_engine_s_suite(installed: Path) -> None:
    done = as_installed(installed, "pytest", "-v", "--rootdir", str(OUTSIDER), str(OUTSIDER / "checks"))
    assert done.returncode == 0, done.stdout
    assert "12 passed, 2 skipped" in done.stdout
