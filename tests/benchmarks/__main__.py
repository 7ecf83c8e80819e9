"""`python -m tests.benchmarks reads`: what the shop's reads cost."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
import uvloop

from tests.benchmarks import profiling, reads, report, workloads
from tests.benchmarks.reads import Plan

T = TypeVar("T")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("reads", help="pages of a shop, each beside what it costs written by hand")
    _options(command)
    given = parser.parse_args(arguments)
    plan = _plan(given)
    # standard output is for the answer alone, whatever the shop has to say meanwhile
    with (
        contextlib.redirect_stdout(sys.stderr),
        report.progress() as progress,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        if given.profile:
            profiled = runner.run(_stoppable(profiling.profile(plan, given.profile, progress)))
        else:
            found = runner.run(_stoppable(reads.measure(plan, progress)))
    if given.profile:
        sys.stdout.write(profiled)
    elif given.json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        report.tables(found)


async def _stoppable(work: Awaitable[T]) -> T:
    """SIGTERM ends it as Ctrl-C does: the server and the databases that it made go too."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        raise SystemExit(143) from None
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _options(command: argparse.ArgumentParser) -> None:
    add: Callable[..., Any] = command.add_argument
    add("--json", action="store_true", help="print one JSON object and nothing else")
    add("--sizes", default="1000,100000", metavar="N,N", help="products of the shops (default: %(default)s)")
    add("--workloads", default=",".join(workloads.ALL), metavar="NAME,NAME", help="which pages (default: %(default)s)")
    add("--rounds", type=int, default=60, metavar="N", help="rounds of each page (default: %(default)s)")
    add("--seconds", type=float, default=2.0, help="of load for each latency; 0: none (default: %(default)s)")
    add("--minutes", type=float, default=9.0, help="it may all take; fewer rounds then (default: %(default)s)")
    add("--quick", action="store_true", help="a tenth of the rounds and of the load")
    add("--profile", choices=list(workloads.ALL), metavar="NAME", help="profile one page instead of measuring")
    add("--database", metavar="URL", default=os.environ.get("DATABASE_URL") or None,
        help="a PostgreSQL server to make databases on (default: DATABASE_URL, else one of our own)")  # fmt: skip
    add("--keep-database", action="store_true", help="leave the databases there, and use those left there before")


def _plan(given: argparse.Namespace) -> Plan:
    sizes = [int(part.replace("_", "")) for part in given.sizes.split(",")]
    names = given.workloads.split(",")
    if unknown := set(names) - set(workloads.ALL):
        raise SystemExit(f"No such workload: {', '.join(sorted(unknown))}. There are: {', '.join(workloads.ALL)}.")
    if too_small := [size for size in sizes if size < workloads.LISTED + 1]:
        raise SystemExit(f"A shop has at least {workloads.LISTED + 1} products, not {too_small[0]}.")
    if given.keep_database and given.database is None:
        raise SystemExit("--keep-database needs a server that stays: --database or DATABASE_URL.")
    part = 0.1 if given.quick else 1.0
    return Plan(
        sizes=sizes,
        workloads=[workloads.ALL[name] for name in names],
        rounds=max(round(given.rounds * part), 3),
        seconds=given.seconds * part,
        minutes=given.minutes,
        server_url=given.database,
        keep=given.keep_database,
    )


if __name__ == "__main__":
    main()
