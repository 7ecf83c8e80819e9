"""Where the application's time goes in one workload."""

import cProfile
import io
import pstats
import time
from dataclasses import replace

from tests.benchmarks.calls import send
from tests.benchmarks.data import Progress
from tests.benchmarks.reads import Plan, open_databases, open_place
from tests.benchmarks.workloads import ALL

REQUESTS = 300
SHOWN = 45


async def profile(plan: Plan, name: str, progress: Progress) -> str:
    """Of the smallest shop asked for: functions by their own time."""
    smallest = replace(plan, sizes=[min(plan.sizes)])
    async with open_databases(smallest, progress) as (urls, data_dir):
        ((products, url),) = urls.items()
        async with open_place(products, url, data_dir) as place:
            call = place.desk.call(ALL[name])
            scope = call.scope()
            for _ in range(REQUESTS // 10):
                await send(place.app, call, scope)
            progress(f"{name}: {REQUESTS} requests under the profiler")
            # processor time: waiting for the database is no work of the application
            profiler = cProfile.Profile(time.process_time)
            profiler.enable()
            for _ in range(REQUESTS):
                await send(place.app, call, scope)
            profiler.disable()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(SHOWN)
    return text.getvalue()
