"""The demo from nothing to the last ticket."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.cli.demo.parts import Part, done, has_own_goods, run_part
from engine.cli.demo.places import places
from engine.core.context import Ctx


async def fill(ctx: Ctx, *, show: bool) -> bool:
    """Make the parts that are missing; False when nothing was, or when the shop has goods of its own."""
    finished = await done(ctx)
    if not finished and await has_own_goods(ctx):
        return False
    missing = [part for part in _parts() if part.name not in finished]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, disable=not show) as progress:
        task = progress.add_task("Demo shop", total=len(missing))
        for part in missing:
            await run_part(ctx, part)
            progress.advance(task)
    return bool(missing)


def _parts() -> list[Part]:
    return [Part("goods", places)]
