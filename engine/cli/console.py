"""What every command shares: its terminal, its settings, and how it says that something is wrong."""

import errno
import sys
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.markup import escape

from engine.core.embedded import EmbeddedError
from engine.core.errors import ConfigurationError
from engine.core.settings import Settings

WRONG_SETTINGS = 2
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_DISK_FULL = "53100"
_GONE = ("08", "57P")
"""Classes of SQLSTATE: connection failures, and a server that is shut down."""


class CommandError(Exception):
    """Ends a command with exit code 1; the message says what is wrong and what to do about it."""


def stdout() -> Console:
    return Console(highlight=False, soft_wrap=True)


def stderr() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: str, code: int = 1) -> NoReturn:
    stderr().print(f"[bold red]Error:[/] {escape(message)}")
    sys.exit(code)


def load_settings(**given: Any) -> Settings:
    """Settings from the environment, with what the command line gave on top. Ends the command, naming
    each wrong one, when they do not fit."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        lines = "\n".join(f"  {problem}" for problem in setting_problems(error))
        fail(f"these settings are wrong:\n{lines}\n`argosy doctor` checks the rest.", WRONG_SETTINGS)


def setting_problems(error: ValidationError) -> list[str]:
    """One line for each setting that does not fit: its variable, what was given, what is allowed."""
    return [
        f"{variable} is {shown}: {allowed}"
        for variable, shown, allowed in (describe(problem) for problem in error.errors())
    ]


def describe(problem: Any) -> tuple[str, str, str]:
    """Variable name, given value as it may be shown, and what is allowed, of one pydantic error."""
    name = wrong_field(problem)
    field = Settings.model_fields.get(name)
    if field is None:
        return name, "wrong", str(problem["msg"])
    shown = "set to something unusable" if is_secret(field) else f"{str(problem['input'])[:80]!r}"
    return variable_of(name), shown, str(problem["msg"]).removeprefix("Value error, ")


def wrong_field(problem: Any) -> str:
    """Name of the settings field an error of pydantic is about, which may name it by its alias."""
    where = str(problem["loc"][0]) if problem["loc"] else ""
    for name, field in Settings.model_fields.items():
        if where in (name, field.validation_alias):
            return name
    return where


def variable_of(name: str) -> str:
    """The environment variable behind a settings field."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"ARGOSY_{name.upper()}"


def is_secret(field: FieldInfo) -> bool:
    return "Secret" in str(field.annotation)


def explain(error: BaseException) -> str | None:
    """The message for an error that lies outside the code, None for a fault of ours."""
    if isinstance(error, CommandError | EmbeddedError | ConfigurationError):
        return str(error)
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    for link in chain:
        if getattr(link, "sqlstate", None) == _DISK_FULL or getattr(link, "errno", None) in _NO_SPACE:
            return "The disk is full: free some space and start again."
        if str(getattr(link, "sqlstate", None) or "").startswith(_GONE):
            return f"The database went away ({link}): start again once it is back."
    return None
