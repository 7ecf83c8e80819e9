"""The doctor names each wrong setting and says how to mend it."""

import json
import os
import socket
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from engine.cli.checks.finding import Finding, Level
from engine.cli.doctor import doctor, examine
from engine.extensions.registry import GROUP, Registry
from engine.sdk.plugins import Kind, Plugin

STRIPE = "STRIPE_API_KEY"
LONG = "x" * 40


PLAYTHING = Plugin(
    "plaything", "Plaything", Kind.PAYMENT, "1", ">=0", lambda config, environment: None, development_only=True
)


def install(monkeypatch: pytest.MonkeyPatch, **plugins: str) -> None:
    """Makes these, by entry-point name, all the plugins there are."""
    entries = [EntryPoint(name, value, GROUP) for name, value in plugins.items()]
    monkeypatch.setattr(Registry, "discover", classmethod(lambda cls, settings: cls.build(settings, entries)))


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, Finding]]:
    """Examines a machine whose environment holds just these variables; gives what is not well, by subject."""
    for name in list(os.environ):
        if name.startswith(("ARGOSY_", "DATABASE_", "MEILISEARCH_", "VALKEY_", "STORAGE_", "STRIPE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARGOSY_PORT", "0")
    install(monkeypatch)

    def run(**variables: str) -> dict[str, Finding]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        findings = examine({})
        assert all(finding.mend for finding in findings if finding.level is not Level.OK)
        return {finding.subject: finding for finding in findings if finding.level is not Level.OK}

    return run


def test_nothing_is_wrong_with_no_configuration(visit: Callable[..., dict[str, Finding]]) -> None:
    assert visit() == {}


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("ARGOSY_PORT", "99999", "less than or equal to 65535"),
        ("ARGOSY_PROFILE", "prod", "'development' or 'production'"),
        ("ARGOSY_READ_POOL_SIZE", "many", "valid integer"),
        ("ARGOSY_SECRET_KEY", "short", "token_urlsafe"),
        ("ARGOSY_PUBLIC_URL", "shop.example", "https://api.shop.example"),
        ("ARGOSY_ALLOWED_ORIGINS", "https://shop.example/path", "https://shop.example"),
        ("ARGOSY_ADMIN_EMAIL", "admin", "mail address"),
        ("ARGOSY_ADMIN_PASSWORD", "short", "8 to 128"),
        ("ARGOSY_SMTP_URL", "mail.example", "smtp://"),
        ("STORAGE_URL", "ftp://files", "file:///"),
        (STRIPE, "pk_test_0123456789", "secret key"),
        (STRIPE, "hunter2", "sk_test_"),
        ("MEILISEARCH_URL", "http://127.0.0.1:1", "unset it"),
        ("VALKEY_URL", "valkey://127.0.0.1:1", "unset it"),
        ("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/shop", "is it running"),
        ("DATABASE_URL", "nonsense", "postgresql://user:password@host:5432/name"),
    ],
)
def test_a_wrong_setting_is_named_with_its_mend(
    visit: Callable[..., dict[str, Finding]], name: str, value: str, mend: str
) -> None:
    found = visit(**{name: value})
    assert [(subject, finding.level) for subject, finding in found.items()] == [(name, Level.FAIL)]
    assert mend in found[name].mend
    assert "secret@" not in found[name].text + found[name].mend


def test_a_secret_is_never_shown(visit: Callable[..., dict[str, Finding]]) -> None:
    found = visit(
        ARGOSY_SECRET_KEY="hunter2", STRIPE_API_KEY="hunter2", ARGOSY_ADMIN_PASSWORD="hunter2",
        DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/shop?password=hunter2",
    )  # fmt: skip
    assert set(found) == {"ARGOSY_SECRET_KEY", STRIPE, "ARGOSY_ADMIN_PASSWORD", "DATABASE_URL"}
    assert "hunter2" not in repr(found)


def test_a_slip_of_the_pen_is_pointed_out(visit: Callable[..., dict[str, Finding]]) -> None:
    found = visit(ARGOSY_PROT="8000")
    assert (found["ARGOSY_PROT"].level, found["ARGOSY_PROT"].mend) == (Level.WARN, "Did you mean ARGOSY_PORT?")


def test_production_needs_a_key_an_address_and_named_origins(visit: Callable[..., dict[str, Finding]]) -> None:
    found = visit(ARGOSY_PROFILE="production", ARGOSY_ALLOWED_ORIGINS="*", STRIPE_API_KEY="sk_test_0123456789")
    assert {subject: finding.level for subject, finding in found.items()} == {
        "ARGOSY_SECRET_KEY": Level.FAIL,
        "ARGOSY_ALLOWED_ORIGINS": Level.FAIL,
        "ARGOSY_PUBLIC_URL": Level.FAIL,
        "ARGOSY_ADMIN_EMAIL": Level.WARN,
        STRIPE: Level.WARN,
    }
    assert visit(
        ARGOSY_SECRET_KEY=LONG, ARGOSY_ALLOWED_ORIGINS="https://shop.example", STRIPE_API_KEY="sk_live_0123456789",
        ARGOSY_PUBLIC_URL="https://api.shop.example", ARGOSY_ADMIN_EMAIL="ann@shop.example",
    ) == {}  # fmt: skip


def test_a_plugin_that_does_not_fit_is_named_but_not_one_that_production_leaves_out_on_purpose(
    visit: Callable[..., dict[str, Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, odd="json:loads", plaything=f"{__name__}:PLAYTHING")
    found = visit()
    assert set(found) == {"plugin odd"}
    assert "not an engine.sdk.plugins.Plugin" in found["plugin odd"].text
    found = visit(
        ARGOSY_PROFILE="production", ARGOSY_SECRET_KEY=LONG, ARGOSY_PUBLIC_URL="https://api.shop.example",
        ARGOSY_ADMIN_EMAIL="ann@shop.example",
    )  # fmt: skip
    assert set(found) == {"plugin odd"}


def test_a_taken_port_and_a_file_in_the_folders_place_are_found(
    visit: Callable[..., dict[str, Finding]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = visit(ARGOSY_PORT=str(taken.getsockname()[1]), ARGOSY_DATA_DIR=str(tmp_path / "file"))
    assert {subject: finding.level for subject, finding in found.items()} == {
        "ARGOSY_PORT": Level.FAIL,
        "ARGOSY_DATA_DIR": Level.FAIL,
    }
    assert "--port" in found["ARGOSY_PORT"].mend


def test_an_empty_database_is_told_from_an_old_one(
    visit: Callable[..., dict[str, Finding]], postgres_server: Callable[[str], str]
) -> None:
    found = visit(DATABASE_URL=postgres_server("postgres"))
    assert (found["DATABASE_URL"].level, "argosy migrate" in found["DATABASE_URL"].mend) == (Level.WARN, True)
    found = visit(DATABASE_URL=postgres_server("no_such_database"))
    assert found["DATABASE_URL"].level is Level.FAIL
    assert "no such database" in found["DATABASE_URL"].mend


def test_the_exit_code_and_the_json_say_what_the_table_says(
    visit: Callable[..., dict[str, Finding]], capsys: pytest.CaptureFixture[str]
) -> None:
    visit()
    assert doctor() == 0
    assert "Nothing to mend" in capsys.readouterr().out
    visit(ARGOSY_MAX_DEPTH="deep")
    assert doctor() == 1
    table = capsys.readouterr().out
    assert "ARGOSY_MAX_DEPTH" in table
    assert "1 to mend" in table
    assert doctor(as_json=True) == 1
    wrong = [row for row in json.loads(capsys.readouterr().out) if row["level"] == "fail"]
    assert [row["subject"] for row in wrong] == ["ARGOSY_MAX_DEPTH"]
