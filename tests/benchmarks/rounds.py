"""Variants of an answer measured against each other: in short rounds, each variant once in every round."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.processors import DatabaseProcessor, spin

CHUNK_NS = 20_000_000
"""About how much processor a variant takes in one round."""
FIRST = 5
"""Requests at most at the head of a variant's turn that are not measured: they find another variant's data and code in
the processor's caches, which no server that answers one page after another does."""
MOST_PER_ROUND = 40
FEWEST = 3
WARM_UP = 12
"""Requests before anything is measured: more than PostgreSQL plans anew before it settles on a plan."""


@dataclass
class Variant:
    """Something that answers a request. `app` and `database` hold, for each round, milliseconds per request."""

    name: str
    ask: Callable[[], Awaitable[bytes]]
    processor: DatabaseProcessor
    times: int = 1
    size: int = 0
    """Bytes of the answer."""
    app: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    slowdown: list[float] = field(default_factory=list)


async def warm_up(variant: Variant) -> bytes:
    """Its answer; settles how often it is asked in a round."""
    for _ in range(WARM_UP - 1):
        await variant.ask()
    start = time.process_time_ns()
    answer = await variant.ask()
    took = max(time.process_time_ns() - start, 1)
    variant.size = len(answer)
    variant.times = min(max(CHUNK_NS // took, 1), MOST_PER_ROUND)
    return answer


async def run(
    variants: Sequence[Variant], rounds: int, until: float, between: Callable[[int], None] = lambda _: None
) -> None:
    """The order turns from round to round, so that no variant always follows the same one.

    After `until`, by the monotonic clock, there are no more rounds than FEWEST.
    """
    gc.collect()
    gc.freeze()
    spins: list[tuple[Variant, int]] = []
    try:
        for number in range(rounds):
            if number >= FEWEST and time.monotonic() > until:
                break
            between(number)
            turn = number % len(variants)
            before = spin()
            for variant in (*variants[turn:], *variants[:turn]):
                await _measure(variant)
                after = spin()
                spins.append((variant, before + after))
                before = after
    finally:
        gc.unfreeze()
    at_rest = min(taken for _, taken in spins)
    for variant, taken in spins:
        variant.slowdown.append(taken / at_rest)


async def _measure(variant: Variant) -> None:
    for _ in range(min(FIRST, variant.times)):
        await variant.ask()
    served = variant.processor.used()
    start = time.process_time_ns()
    for _ in range(variant.times):
        await variant.ask()
    used = time.process_time_ns() - start
    variant.app.append(used / variant.times / 1e6)
    now = variant.processor.used()
    if served is not None and now is not None:
        variant.database.append((now - served) / variant.times / 1e6)


@dataclass(frozen=True)
class Spread:
    """The middle value of all rounds, and those a quarter of them are below and above."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(middle, low, high)

    def ends(self, digits: int = 3) -> list[float]:
        return [round(self.low, digits), round(self.high, digits)]


def ratio(over: Variant, under: Variant) -> Spread:
    """Of their app times, round by round, each freed of how much others slowed the processor meanwhile."""
    return Spread.of(
        [
            (mine / mine_slowed) / (other / other_slowed)
            for mine, mine_slowed, other, other_slowed in zip(
                over.app, over.slowdown, under.app, under.slowdown, strict=True
            )
        ]
    )
