"""Runs graphql-core's execution tests, unmodified, with an executor of choice as its default one."""

import json
import os
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from tests.conformance import conformance_plugin as plugin
from tests.conformance.source import uv

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
SECONDS = 10
"""For one test; graphql-core allows 100."""
NEEDED = frozenset({"pytest-describe", "pytest-timeout"})
"""Of graphql-core's development environment, what its execution tests need and ours has not."""


@dataclass(frozen=True)
class Run:
    """`operations` counts those given to the executor, `delegated` those it handed on to the stock one."""

    outcomes: dict[str, str]
    operations: int
    delegated: int
    output: str

    @property
    def passed(self) -> set[str]:
        return {test for test, outcome in self.outcomes.items() if outcome == "passed"}

    @property
    def failed(self) -> set[str]:
        return {test for test, outcome in self.outcomes.items() if outcome == "failed"}


def run(root: Path, executor: str, arguments: Sequence[str] = (), *, show: bool = False) -> Run:
    """`root` is the unpacked distribution. `executor`: ours, stock, or strawberry (the class ours inherits from)."""
    report = root / f"{executor}.json"
    report.unlink(missing_ok=True)
    extra = [part for requirement in _needed(root) for part in ("--with", requirement)]
    # layers what is needed over our environment for this one process; ours stays as it is
    command = [uv(), "run", "--project", str(PROJECT), "--no-sync", *extra, "python", "-m", "pytest"]
    command += ["-p", plugin.__name__.rpartition(".")[2], "-p", "no:cacheprovider", "-q"]
    command += ["-o", "addopts=", "-o", f"timeout={SECONDS}", *(arguments or ["--tb=no"])]
    if not any(one.startswith("tests/") for one in arguments):
        command.append("tests/execution")
    environment = {
        **os.environ,
        plugin.EXECUTOR: executor,
        plugin.REPORT: str(report),
        "PYTHONPATH": str(HERE),
    }
    done = subprocess.run(command, cwd=root, env=environment, capture_output=not show, text=True)
    output = f"{done.stdout}{done.stderr}" if not show else ""
    if not report.exists():
        raise RuntimeError(f"the tests could not be run\n{output}")
    return Run(**json.loads(report.read_text()), output=output)


def _needed(root: Path) -> list[str]:
    groups = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]
    return [text for text in groups["test"] if Requirement(text).name in NEEDED]
