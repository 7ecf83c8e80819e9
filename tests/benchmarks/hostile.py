"""How long the loop is held by requests written to hold it: `uv run python -m tests.benchmarks.hostile [--times N]`.

Each request of `tests.hostile` is sent N times to an endpoint that has not seen it, in process and without a database:
28 kB and 100 kB as anybody, 1 MB as a member of staff, who may send more. Printed, slowest first, are the least and the
most milliseconds that the loop's thread worked for one, from its first byte to its answer, and what it was answered.
The least is what the code takes; the most has in it what else the machine and the garbage collector did.
"""

import argparse
import asyncio
import gc
from typing import Any, NamedTuple

import orjson

from engine.core.context import ANONYMOUS
from engine.core.settings import Settings
from schema.execution.limits import Limits
from tests.doorstep import STAFF, Answer, Doorstep
from tests.hostile import zoo

SIZES = ((28_000, False), (100_000, False), (1_000_000, True))
"""Bytes, and whether a member of staff sends them."""


class Timing(NamedTuple):
    name: str
    size: int
    ms: float
    worst_ms: float
    said: str


def run(times: int = 5) -> list[Timing]:
    """Every request of every size, in the order of `tests.hostile.zoo`."""
    gc.collect()
    gc.freeze()
    return asyncio.run(_run(times))


async def _run(times: int) -> list[Timing]:
    timings = []
    for size, staff in SIZES:
        limits = Limits.of(Settings(_env_file=None), staff=staff)
        for name, body in zoo(size, limits):
            answers = [await Doorstep(STAFF if staff else ANONYMOUS).post(body) for _ in range(times)]
            spent = [answer.seconds * 1000 for answer in answers]
            timings.append(Timing(name, size, min(spent), max(spent), _said(answers[0])))
    return timings


def _said(answer: Answer) -> str:
    found: dict[str, Any] = orjson.loads(answer.body)
    errors = found.get("errors")
    return f"{answer.status} {errors[0]['message'][:70] if errors else ''}"


def main() -> None:
    parser = argparse.ArgumentParser(description="How long hostile requests hold the loop.")
    parser.add_argument("--times", type=int, default=5)
    timings = run(parser.parse_args().times)
    print(f"{'least ms':>9} {'most':>8} {'bytes':>8}  request")
    for one in sorted(timings, key=lambda one: -one.ms):
        print(f"{one.ms:9.1f} {one.worst_ms:8.1f} {one.size:8}  {one.name}: {one.said}")


if __name__ == "__main__":
    main()
