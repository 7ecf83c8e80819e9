"""`python -m tests.benchmarks reads`: what the shop's reads cost."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any

import orjson
import uvloop

from tests.benchmarks import profiling, reads, report, workloads
from tests.benchmarks.reads import Plan


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("reads", help="pages of a shop, each beside what it costs written by hand")
    _options(command)
    given = parser.parse_args(arguments)
    plan = _plan(given)
    with report.progress() as progress, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if given.profile:
            print(runner.run(profiling.profile(plan, given.profile, progress)))
            return
        found = runner.run(reads.measure(plan, progress))
    if given.json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        report.tables(found)


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
