"""What a run says to a person: on the terminal while it lasts, and as tables at the end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.data import Progress

WIDTH = 200
"""Of the tables where they go into a file, as Markdown."""


@contextmanager
def progress() -> Iterator[Progress]:
    """One line on stderr that changes; nothing where that is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("") as status:
        yield status.update


def tables(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    console = Console()
    look: dict[str, Any] = {}
    if not console.is_terminal:
        console.width, look = WIDTH, {"box": box.MARKDOWN}
    cost, speed = Table(**look), Table(**look)
    for table, names in (
        (cost, ("app ms", "db ms", "statements", "× floor", "× best floor", "stock ×")),
        (speed, ("p50 ms, 1", "p99 ms, 1", "p50 ms, 16", "p99 ms, 16", "requests/s, 16", "memory MB")),
    ):
        table.add_column("workload", no_wrap=True)
        for name in ("products", *names):
            table.add_column(name, justify="right")
    for workload, sizes in found.items():
        for products, figures in sizes.items():
            first = (workload, f"{int(products):,}")
            ratios = (_spread(figures, name) for name in ("ratio_to_floor", "best_floor", "stock_ratio"))
            cost.add_row(
                *first, _spread(figures, "app_ms"), _spread(figures, "db_ms"), str(figures["statements"]), *ratios
            )
            if "latency_1" in figures:
                speed.add_row(*first, *_speeds(figures))
    console.print("Processor time per request, each figure with the quartiles of all rounds:")
    console.print(cost)
    if speed.row_count:
        console.print("Over HTTP, one process, asked over 1 and over 16 connections:")
        console.print(speed)
    every = [figures for sizes in found.values() for figures in sizes.values()]
    slowed, empty = [one["contention"] for one in every], [one["empty_ms"] for one in every]
    console.print(f"An empty route took {min(empty):.3f} to {max(empty):.3f} ms; it is in all figures.")
    console.print(f"While the rounds ran, the processor was {min(slowed)} to {max(slowed)} times slower than at rest.")


def _spread(figures: Mapping[str, Any], name: str) -> str:
    if figures[name] is None:
        return "?"
    low, high = figures["spread"][name]
    return f"{figures[name]:.2f} {low:.2f}-{high:.2f}"


def _speeds(figures: Mapping[str, Any]) -> list[str]:
    alone, together, memory = figures["latency_1"], figures["latency_16"], figures["memory_mb"]
    return [
        *(f"{one[name]:.1f}" for one in (alone, together) for name in ("p50_ms", "p99_ms")),
        str(together["per_second"]),
        "?" if memory is None else str(memory["now"]),
    ]
