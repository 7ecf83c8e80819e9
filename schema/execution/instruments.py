"""What running documents leaves to look at: counters for Prometheus, a log of slow documents, timings of fields.

Each is a setting of its own (`metrics`, `slow_document_ms`, `trace_fields`); one that is off costs nothing, since the
endpoint then calls nothing of it.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from time import perf_counter
from typing import Any

import structlog
from graphql import ExecutionResult
from prometheus_client import Counter, Histogram

from engine.core.settings import Settings
from schema.execution.plan import Operation, PlanField
from schema.execution.run import Run

REQUESTS = Counter("argosy_graphql_requests", "Operations run, by kind and outcome", ["operation", "outcome"])
REFUSED = Counter("argosy_graphql_refused", "Requests refused before anything was run")
SECONDS = Histogram(
    "argosy_graphql_seconds",
    "Time from the document's look-up to its result",
    ["operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FIELD_SECONDS = Counter("argosy_graphql_field_seconds", "Time in the resolver of a field", ["field"])
FIELD_PARENTS = Counter("argosy_graphql_field_parents", "Objects a field was resolved for", ["field"])

log = structlog.get_logger("argosy.api")


class Timing:
    """One field's share of an operation. `seconds` is wall time, waiting for the database included."""

    __slots__ = ("calls", "parents", "seconds")

    def __init__(self) -> None:
        self.calls = 0
        self.parents = 0
        self.seconds = 0.0


class TracedRun(Run):
    """Notes how long each resolver took, for how many parents."""

    __slots__ = ("timings",)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.timings: dict[str, Timing] = {}

    async def batch(self, field: PlanField, rows: list[Any]) -> Sequence[Any]:
        started = perf_counter()
        values = await super().batch(field, rows)
        self._note(field, len(rows), started)
        return values

    async def root(self, field: PlanField) -> list[Any]:
        started = perf_counter()
        values = await super().root(field)
        self._note(field, 1, started)
        return values

    def _note(self, field: PlanField, parents: int, started: float) -> None:
        timing = self.timings.setdefault(f"{field.parent_type.name}.{field.field_name}", Timing())
        timing.calls += 1
        timing.parents += parents
        timing.seconds += perf_counter() - started

    def as_extension(self) -> list[dict[str, Any]]:
        """Slowest first, for `extensions.fields` of an answer; milliseconds."""
        ordered = sorted(self.timings.items(), key=lambda entry: -entry[1].seconds)
        return [
            {"field": name, "calls": one.calls, "parents": one.parents, "ms": round(one.seconds * 1000, 3)}
            for name, one in ordered
        ]


class Instruments:
    """What the settings switch on, for one application."""

    def __init__(self, settings: Settings):
        self._counts = settings.metrics
        self._production = settings.production
        self._slow_seconds = settings.slow_document_ms / 1000
        self.run: type[Run] = TracedRun if settings.trace_fields else Run
        self.on = self._counts or self._slow_seconds > 0 or settings.trace_fields

    def refused(self) -> None:
        if self._counts:
            REFUSED.inc()

    def ran(
        self, operation: Operation, text: str, result: ExecutionResult, run: Run | None, started: float
    ) -> dict[str, Any]:
        """What the answer's `extensions` say. `run` is None where graphql-core's executor did the work; `started` is
        of `perf_counter`."""
        seconds = perf_counter() - started
        fields = run.as_extension() if isinstance(run, TracedRun) else None
        if self._counts:
            requests, times = _counted(operation.node.operation.value, "errors" if result.errors else "ok")
            requests.inc()
            times.observe(seconds)
            for field in fields or ():
                FIELD_SECONDS.labels(field["field"]).inc(field["ms"] / 1000)
                FIELD_PARENTS.labels(field["field"]).inc(field["parents"])
        if 0 < self._slow_seconds <= seconds:
            log.warning(
                "slow document",
                document=document_hash(text),
                operation=operation.node.name.value[:80] if operation.node.name is not None else None,
                milliseconds=round(seconds * 1000),
                fields=fields and fields[:5],
            )
        return {} if fields is None or self._production else {"fields": fields}


@cache
def _counted(operation: str, outcome: str) -> tuple[Any, Any]:
    return REQUESTS.labels(operation, outcome), SECONDS.labels(operation)


def document_hash(text: str) -> str:
    """What names a document in the log: its text may hold what its sender wrote."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
