"""`argosy worker`: the background jobs."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Literal

from engine.cli.console import load_settings
from engine.cli.database import open_database
from engine.cli.logs import configure_logs
from engine.cli.supervisor import STOP_SIGNALS, await_supervisor
from engine.core.settings import Settings


def worker(*, data_dir: Path | None = None, log_level: Literal["debug", "info", "warning", "error"] = "info") -> None:
    """Run the background jobs alone, on the database of DATABASE_URL or of the data folder.

    SIGTERM lets the job under way finish; a second one does not wait for it.

    Parameters
    ----------
    data_dir
        Folder of the embedded database, media and keys (ARGOSY_DATA_DIR).
    log_level
        What to tell of what goes on.
    """
    await_supervisor(_load)
    settings = load_settings(data_dir=data_dir)
    configure_logs(settings, log_level)
    with open_database(settings) as reachable:
        asyncio.run(_work(reachable))


def _load() -> None:
    import schema.wiring  # noqa: F401


async def _work(settings: Settings) -> None:
    from engine.core.jobs import run_worker
    from engine.flows.shop import open_shop
    from schema.wiring import WIRING

    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(128 + signal.SIGTERM)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal)
    async with open_shop(settings) as shop:
        ctx = shop.ctx()
        try:
            await run_worker(ctx, WIRING, stop)
        finally:
            await ctx.release()
