"""`argosy import`: products from a file."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from engine.cli.console import CommandError, load_settings, stdout
from engine.cli.database import open_database
from engine.core.settings import Settings
from engine.flows.import_shopify import ImportFailed, Summary, import_shopify
from engine.flows.shop import open_shop

ROWS_REFUSED = 3
"""Exit code of an import that left rows out; everything else of the file is in the shop."""

app = App(name="import", help="Load products from a file.")


@app.command
def shopify(
    file: Path,
    *,
    channel: Annotated[str, Parameter(help="Slug of the channel to sell in.")],
    warehouse: str | None = None,
    report: Path | None = None,
    dry_run: bool = False,
    data_dir: Path | None = None,
) -> None:
    """Load a product export of Shopify (CSV).

    The same file again changes nothing; a changed file updates what changed. Exit codes: 0 all rows are in, 3 some
    were refused (they are in the report, the others are in), 1 nothing more could be imported, 2 wrong settings.

    Parameters
    ----------
    file
        The export.
    warehouse
        Slug of the warehouse whose stock the quantities are; unset: the channel's first.
    report
        Where to write refused rows and warnings; unset: <name>.report.csv beside the file, if there are any.
    dry_run
        Go through everything and report, but change nothing.
    data_dir
        Folder of the embedded database (ARGOSY_DATA_DIR).
    """
    with open_database(load_settings(data_dir=data_dir)) as settings:
        summary = asyncio.run(_run(settings, file, channel, warehouse, report, dry_run))
    _show(summary, file, channel, dry_run)
    if summary.rows_refused:
        sys.exit(ROWS_REFUSED)


async def _run(
    settings: Settings, file: Path, channel: str, warehouse: str | None, report: Path | None, dry_run: bool
) -> Summary:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    async with open_shop(settings) as shop:
        ctx = shop.ctx()
        with Progress(*columns, disable=not sys.stdout.isatty()) as bar:
            phases: dict[str, TaskID] = {}

            def progress(phase: str, done: int, total: int) -> None:
                if phase not in phases:
                    phases[phase] = bar.add_task(phase, total=total)
                bar.update(phases[phase], completed=done, total=total)

            try:
                return await import_shopify(
                    ctx, file, channel=channel, warehouse=warehouse, report=report, dry_run=dry_run, progress=progress
                )
            except ImportFailed as failed:
                raise CommandError(str(failed)) from failed
            finally:
                await ctx.release()


def _show(summary: Summary, file: Path, channel: str, dry_run: bool) -> None:
    out = stdout()
    out.print(f"{'Dry run, nothing was changed: ' if dry_run else ''}{escape(file.name)} into {escape(channel)}")
    out.print(
        f"  products: {summary.created} created, {summary.updated} updated, {summary.unchanged} unchanged,"
        f" {summary.refused} refused"
    )
    out.print(f"  rows: {summary.rows} read, {summary.rows_refused} refused, {summary.warnings} warnings")
    if summary.ignored:
        shown = ", ".join(summary.ignored[:5])
        more = f" and {len(summary.ignored) - 5} more" if len(summary.ignored) > 5 else ""
        out.print(escape(f"  columns not imported: {shown}{more}"))
    for line in summary.shown:
        out.print(f"  [red]refused[/] {escape(line)}")
    if summary.rows_refused > len(summary.shown):
        out.print(f"  … and {summary.rows_refused - len(summary.shown)} more in the report")
    if summary.report is not None and (summary.rows_refused or summary.warnings):
        out.print(escape(f"  report: {summary.report}"))
