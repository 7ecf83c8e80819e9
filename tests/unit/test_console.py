"""What is wrong around a command is said in one message; a fault of ours stays an exception."""

import errno

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from engine.cli.console import CommandError, explain, load_settings
from engine.core.errors import ConfigurationError


def wrapped(cause: Exception) -> Exception:
    try:
        raise DBAPIError("INSERT", {}, cause) from cause
    except DBAPIError as error:
        return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CommandError("mend this"), "mend this"),
        (ConfigurationError("set that"), "set that"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (asyncpg.DiskFullError("could not extend file"), "disk is full"),
        (wrapped(asyncpg.DiskFullError("could not extend file")), "disk is full"),
        (wrapped(asyncpg.AdminShutdownError("terminating connection")), "went away"),
        (asyncpg.ConnectionDoesNotExistError("connection was closed"), "went away"),
    ],
)
def test_outside_trouble_has_a_message(error: Exception, words: str) -> None:
    assert words in (explain(error) or "")


@pytest.mark.parametrize("error", [KeyError("x"), OSError(errno.EIO, "x"), asyncpg.UndefinedTableError("x")])
def test_a_fault_of_ours_has_none(error: Exception) -> None:
    assert explain(error) is None


def test_wrong_settings_end_the_command_and_are_all_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARGOSY_MAX_DEPTH", "deep")
    monkeypatch.setenv("ARGOSY_SECRET_KEY", "hunter2")
    with pytest.raises(SystemExit) as caught:
        load_settings(port=70_000)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "ARGOSY_MAX_DEPTH is 'deep'" in said
    assert "ARGOSY_PORT is '70000'" in said
    assert "hunter2" not in said
