"""A pytest plugin for graphql-core's own tests: makes our executor the default one and writes down what happened.

Loaded by name in a process that has this folder on its path; there `tests` means graphql-core's.
"""

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from graphql import Executor

EXECUTOR = "CONFORMANCE_EXECUTOR"
REPORT = "CONFORMANCE_REPORT"


class Recorder:
    """Outcomes by test id, and how many operations ran where."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}
        self.operations = 0
        self.delegated = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # a failure in set-up or tear-down outweighs the test's own outcome
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = "failed"

    def pytest_sessionfinish(self) -> None:
        report = {"outcomes": self.outcomes, "operations": self.operations, "delegated": self.delegated}
        Path(os.environ[REPORT]).write_text(json.dumps(report))


def pytest_configure(config: pytest.Config) -> None:
    recorder = Recorder()
    config.pluginmanager.register(recorder)
    chosen = os.environ[EXECUTOR]
    if chosen == "ours":
        from schema.execution.executor import BreadthFirstExecutor

        _make_default(BreadthFirstExecutor, recorder)
    elif chosen == "strawberry":
        from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

        _make_default(StrawberryGraphQLCoreExecutionContext, recorder)


def _make_default(ours: type[Executor[Any]], recorder: Recorder) -> None:
    """Where no `executor_class` is given, `execute` and `subscribe` look these two names up."""

    class Counted(ours):  # type: ignore[misc, valid-type]
        def execute_operation(self, *args: Any, **kwargs: Any) -> Any:
            recorder.operations += 1
            return super().execute_operation(*args, **kwargs)

    stock = Executor.execute_operation

    def delegated(self: Executor[Any], *args: Any, **kwargs: Any) -> Any:
        recorder.delegated += isinstance(self, Counted)
        return stock(self, *args, **kwargs)

    Executor.execute_operation = delegated  # type: ignore[method-assign]
    module = import_module("graphql.execution.execute")
    module.IncrementalExecutor = Counted  # type: ignore[attr-defined]
    module.ExecutorThrowingOnIncremental = Counted  # type: ignore[attr-defined]
