"""`argosy reindex`: the search index built anew."""

import asyncio
import sys
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from engine.cli.console import CommandError, load_settings, stdout
from engine.cli.database import open_database
from engine.core.settings import Settings
from engine.flows.shop import open_shop
from engine.search.meilisearch import MeilisearchUnavailable
from engine.search.service import backend_of


def reindex(*, data_dir: Path | None = None) -> None:
    """Build the search index anew from the catalogue. Shoppers can search all the while.

    The index follows every change by itself; this is for after a restore, a change of search engine, or a doubt.
    With MEILISEARCH_URL set it builds both PostgreSQL's index and Meilisearch's.

    Parameters
    ----------
    data_dir
        Folder of the embedded database (ARGOSY_DATA_DIR).
    """
    with open_database(load_settings(data_dir=data_dir)) as settings:
        engine, products = asyncio.run(rebuild(settings))
    stdout().print(f"The search index ({engine}) has {products} products.")


async def rebuild(settings: Settings) -> tuple[str, int]:
    columns = (TextColumn("Products"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_shop(settings) as shop:
        ctx = shop.ctx()
        backend = backend_of(ctx)
        with Progress(*columns, disable=not sys.stdout.isatty()) as bar:
            passes: list[TaskID] = []

            def progress(done: int, total: int) -> None:
                # a second engine counts from the start again
                if not passes or done < bar.tasks[-1].completed:
                    passes.append(bar.add_task("", total=total))
                bar.update(passes[-1], completed=done, total=total)

            try:
                return backend.name, await backend.reindex(ctx, progress)
            except MeilisearchUnavailable as error:
                raise CommandError(
                    f"PostgreSQL's index is done, Meilisearch's is not: {error}. Search answers from PostgreSQL; run"
                    " this again once Meilisearch answers at MEILISEARCH_URL."
                ) from error
            finally:
                await ctx.release()
