"""Measures every workload on every size of shop, each answer beside those of other ways to make it."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from starlette.types import ASGIApp

from engine.flows.shop import Shop
from schema.app import create_app
from tests.benchmarks import latency
from tests.benchmarks.calls import Call, send
from tests.benchmarks.data import Progress
from tests.benchmarks.databases import open_database, open_server, settings_of
from tests.benchmarks.floors import best, best_single, same
from tests.benchmarks.floors.app import EMPTY, floor_app
from tests.benchmarks.floors.pieces import Floor
from tests.benchmarks.processors import DatabaseProcessor
from tests.benchmarks.recording import Ran, recording
from tests.benchmarks.rounds import Spread, Variant, ratio, run, warm_up
from tests.benchmarks.stock import stock_app
from tests.benchmarks.workloads import Asked, Desk, Workload, open_desk

OURS, SAME, BEST, STOCK, NOTHING = "ours", "floor", "best floor", "stock", "empty"
CONNECTIONS = (1, 16)
_BEST: dict[str, Callable[[Asked], Floor]] = {
    "listing": lambda _: best.listing(),
    "search": lambda _: best.search(),
    "category": lambda _: best.category(),
    "detail": best_single.detail,
    "orders": best_single.orders,
}


@dataclass(frozen=True)
class Plan:
    """`seconds` of load for each latency, 0 for none. `server_url` None: a server of our own.

    `minutes` is how long it may all take: where the machine is slow there are fewer rounds.
    """

    sizes: Sequence[int]
    workloads: Sequence[Workload]
    rounds: int
    seconds: float
    minutes: float = 9
    server_url: str | None = None
    keep: bool = False


@dataclass(frozen=True)
class Place:
    """A shop of one size, open in this process."""

    products: int
    url: str
    app: ASGIApp
    stock: ASGIApp
    shop: Shop
    desk: Desk


async def measure(plan: Plan, progress: Progress) -> dict[str, Any]:
    """By workload and size (as text): the figures of `_figures`, and those of the load."""
    found: dict[str, Any] = {workload.name: {} for workload in plan.workloads}
    end = time.monotonic() + plan.minutes * 60 - _load_seconds(plan)
    async with open_databases(plan, progress) as (urls, data_dir):
        async with AsyncExitStack() as stack:
            places = [
                await stack.enter_async_context(open_place(products, url, data_dir)) for products, url in urls.items()
            ]
            for number, workload in enumerate(plan.workloads):
                now = time.monotonic()
                until = now + (end - now) / (len(plan.workloads) - number)
                for products, figures in (await _interleaved(workload, places, plan.rounds, until, progress)).items():
                    found[workload.name][str(products)] = figures
            desks = {place.products: place.desk for place in places}
        if plan.seconds:
            for products, url in urls.items():
                progress(f"{products:,} products: latency")
                async with latency.serve(url, data_dir) as served:
                    for workload in plan.workloads:
                        progress(f"{workload.name}, {products:,} products: latency")
                        call = desks[products].call(workload)
                        found[workload.name][str(products)] |= await _loaded(served, call, plan.seconds)
    return found


def _load_seconds(plan: Plan) -> float:
    """What the load takes, with the start of a process for each size."""
    if not plan.seconds:
        return 0
    each = len(CONNECTIONS) * (plan.seconds + 0.5)
    return len(plan.sizes) * (20 + len(plan.workloads) * each)


@asynccontextmanager
async def open_databases(plan: Plan, progress: Progress) -> AsyncIterator[tuple[dict[int, str], Path]]:
    """The URL of each size's database, and a folder for what a shop keeps."""
    async with AsyncExitStack() as stack:
        data_dir = Path(stack.enter_context(TemporaryDirectory(prefix="argosy-bench-")))
        server = await stack.enter_async_context(open_server(plan.server_url))
        urls = {
            products: await stack.enter_async_context(
                open_database(server, products, keep=plan.keep, progress=progress)
            )
            for products in plan.sizes
        }
        yield urls, data_dir


@asynccontextmanager
async def open_place(products: int, url: str, data_dir: Path) -> AsyncIterator[Place]:
    app = create_app(settings_of(url, data_dir))
    async with app.router.lifespan_context(app):
        shop: Shop = app.state.shop
        yield Place(products, url, app, stock_app(shop), shop, await open_desk(shop, products))


async def _interleaved(
    workload: Workload, places: Sequence[Place], rounds: int, until: float, progress: Progress
) -> dict[int, dict[str, Any]]:
    """Sizes take their turns in the same rounds too."""
    variants: dict[int, dict[str, Variant]] = {}
    seen: dict[int, list[Ran]] = {}
    for place in places:
        progress(f"{workload.name}, {place.products:,} products: warming up")
        variants[place.products], seen[place.products] = await _variants(workload, place)
    await run(
        [variant for own in variants.values() for variant in own.values()],
        rounds,
        until,
        lambda number: progress(f"{workload.name}: round {number + 1} of {rounds}"),
    )
    return {products: _figures(own, seen[products]) for products, own in variants.items()}


async def _variants(workload: Workload, place: Place) -> tuple[dict[str, Variant], list[Ran]]:
    """The ways to answer, all warm, and the statements of ours. Raises AssertionError where they answer differently."""
    call = place.desk.call(workload)
    ours = Variant(OURS, _asking(place.app, call), await DatabaseProcessor.find(place.url))
    answer = orjson.loads(await warm_up(ours))["data"]
    with recording() as seen:
        await ours.ask()
    floors = floor_app(
        place.shop.database,
        {"/same": same.of(workload, seen), "/best": _BEST[workload.name](place.desk.asked)},
    )
    found = {OURS: ours}
    for name, app, path in ((SAME, floors, "/same"), (BEST, floors, "/best"), (STOCK, place.stock, call.path)):
        one = Variant(name, _asking(app, Call(path, call.body, call.token)), ours.processor)
        if orjson.loads(await warm_up(one))["data"] != answer:
            raise AssertionError(f"{workload.name}, {place.products:,} products: {name} answers something else")
        found[name] = one
    nothing = found[NOTHING] = Variant(NOTHING, _asking(floors, Call(EMPTY, call.body, call.token)), ours.processor)
    await warm_up(nothing)
    # by now all connections that this workload needs are open
    processor = await DatabaseProcessor.find(place.url)
    for one in found.values():
        one.processor = processor
    return found, seen


def _asking(app: ASGIApp, call: Call) -> Callable[[], Any]:
    scope = call.scope()
    return lambda: send(app, call, scope)


def _figures(variants: dict[str, Variant], seen: Sequence[Ran]) -> dict[str, Any]:
    """Milliseconds of processor per request, middle of all rounds; ratios of app time; `spread`: the quartiles."""
    ours = variants[OURS]
    spreads = {
        "app_ms": Spread.of(ours.app),
        "db_ms": Spread.of(ours.database) if ours.database else None,
        "ratio_to_floor": ratio(ours, variants[SAME]),
        "best_floor": ratio(ours, variants[BEST]),
        "stock_ratio": ratio(variants[STOCK], ours),
    }
    figures: dict[str, Any] = {name: None if one is None else round(one.middle, 3) for name, one in spreads.items()}
    figures["statements"] = len(seen)
    figures["spread"] = {name: None if one is None else one.ends() for name, one in spreads.items()}
    figures["bytes"] = ours.size
    figures["rounds"] = len(ours.app)
    figures["contention"] = round(Spread.of(ours.slowdown).middle, 2)
    for name, variant in variants.items():
        if variant is not ours:
            figures[f"{name.replace(' ', '_')}_ms"] = round(Spread.of(variant.app).middle, 3)
            if variant.database and name != NOTHING:
                figures[f"{name.replace(' ', '_')}_db_ms"] = round(Spread.of(variant.database).middle, 3)
    return figures


async def _loaded(served: latency.Served, call: Call, seconds: float) -> dict[str, Any]:
    """By how many connections ask at once; and what memory the process then holds, other workloads before it too."""
    found: dict[str, Any] = {
        f"latency_{connections}": await latency.load(served.port, call, connections, seconds)
        for connections in CONNECTIONS
    }
    return {**found, "memory_mb": served.memory()}
