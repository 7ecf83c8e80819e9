"""The import as a whole: read, put rows together, write in batches, tell what was refused."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.errors import Busy, Refusal
from engine.core.locking import hold_name
from engine.flows.import_shopify import places
from engine.flows.import_shopify.apply import LOCK, Outcome, apply
from engine.flows.import_shopify.drafts import Draft, Note
from engine.flows.import_shopify.parse import Export, NotAnExport, Unreadable
from engine.flows.import_shopify.places import ImportFailed, Place
from engine.flows.import_shopify.report import Report
from engine.flows.import_shopify.rules import handle_of, product
from engine.flows.import_shopify.spool import MAX_ROWS, Spool

BATCH = 200
BATCH_ROWS = 1_000
Progress = Callable[[str, int, int], None]
"""Called with a phase (`Reading` in bytes, `Importing` in products), how much is done, and of how much."""
_RETRIED_ONE_BY_ONE = ("22", "23", "54")
"""Classes of SQLSTATE that lie in the data: data exception, integrity violation, program limit."""


@dataclass
class Summary:
    """Products by what became of them; `rows` and `rows_refused` count rows of the file."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    rows: int = 0
    rows_refused: int = 0
    warnings: int = 0
    ignored: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    report: Path | None = None


class _DryRun(Exception):
    def __init__(self, outcome: Outcome):
        self.outcome = outcome


async def import_shopify(
    ctx: Ctx,
    file: Path,
    *,
    channel: str,
    warehouse: str | None = None,
    report: Path | None = None,
    dry_run: bool = False,
    progress: Progress = lambda phase, done, total: None,
) -> Summary:
    """Load a Shopify product export into a channel; the same file again changes nothing.

    Refused rows and warnings go to `report` (unset: `<name>.report.csv` beside the file, made only if there are any).
    Each batch is a transaction: an import that was killed is finished by the next one. Raises ImportFailed.
    """
    summary = Summary()
    if report is not None and _one_file(report, file):
        raise ImportFailed("The report would overwrite the file that is to be imported.")
    try:
        with (
            file.open("rb") as stream,
            Export(stream) as export,
            Report(report or file.with_name(f"{file.stem}.report.csv"), always=report is not None) as told,
            Spool() as spool,
        ):
            size = os.fstat(stream.fileno()).st_size
            place = await places.find(ctx, channel, warehouse, frozenset(export.header.places))
            summary.ignored = tuple(export.header.ignored)
            for heading in export.header.repeated:
                told.warn(1, f"the column {heading} is there more than once; the first was used")
            async with hold_name(ctx, LOCK) as alone:
                if not alone:
                    raise ImportFailed("Another import is running on this shop: try again when it is done.")
                await _read(export, spool, told, summary, lambda: progress("Reading", stream.tell(), size))
                await _import(ctx, place, spool, told, summary, dry_run, progress)
            summary.rows_refused, summary.warnings, summary.shown = told.refused, told.warnings, tuple(told.shown)
            summary.report = told.path if told.written else None
    except NotAnExport as error:
        raise ImportFailed(f"{file}: {error}") from error
    except FileNotFoundError as error:
        raise ImportFailed(f"There is no file {error.filename}.") from error
    except (IsADirectoryError, PermissionError) as error:
        raise ImportFailed(f"{error.filename} cannot be used: {error.strerror}.") from error
    return summary


async def _read(export: Export, spool: Spool, told: Report, summary: Summary, progress: Callable[[], None]) -> None:
    for record in export:
        summary.rows += 1
        if summary.rows % 500 == 0:
            progress()
            await asyncio.sleep(0)
        if isinstance(record, Unreadable):
            told.refuse([record.line], record.reason)
            continue
        handle = handle_of(record)
        if handle is None:
            reason = f"{record.get('handle')[:40]!r} is no Handle" if record.get("handle") else "Handle is empty"
            told.refuse([record.line], reason, sku=record.get("sku"))
        else:
            spool.add(handle, record)
    progress()


async def _import(
    ctx: Ctx, place: Place, spool: Spool, told: Report, summary: Summary, dry_run: bool, progress: Progress
) -> None:
    done = 0
    for drafts, read in _batches(place, spool, told, summary):
        if drafts:
            outcome = await _batch(ctx, place, drafts, dry_run)
            summary.created += outcome.created
            summary.updated += outcome.updated
            summary.unchanged += outcome.unchanged
            summary.refused += outcome.refused
            for handle, note in outcome.notes:
                _tell(told, handle, note)
        done += read
        progress("Importing", done, spool.products)


def _batches(place: Place, spool: Spool, told: Report, summary: Summary) -> Iterator[tuple[list[Draft], int]]:
    """Products, and how many handles were read for them; a batch holds at most BATCH of either."""
    drafts: list[Draft] = []
    read = rows = 0
    for handle, records, beyond in spool.grouped():
        read += 1
        draft, notes = product(handle, records, place.currency, spool.claim_sku)
        for note in notes:
            _tell(told, handle, note)
        if beyond:
            told.refuse(beyond, f"more than {MAX_ROWS} rows have this Handle", handle=handle)
        if draft is None:
            summary.refused += 1
        else:
            drafts.append(draft)
            rows += len(draft.variants)
        if read >= BATCH or rows >= BATCH_ROWS:
            yield drafts, read
            drafts, read, rows = [], 0, 0
    yield drafts, read


async def _batch(ctx: Ctx, place: Place, drafts: list[Draft], dry_run: bool) -> Outcome:
    """What the database refuses as a batch is tried product by product, so that a bad one loses no other."""
    try:
        return await _once(ctx, place, drafts, dry_run)
    except Exception as error:
        reason = _blame(error)
        if reason is None:
            raise
        if len(drafts) == 1:
            (draft,) = drafts
            return Outcome(refused=1, notes=[(draft.handle, Note(draft.lines, reason, True))])
    total = Outcome()
    for draft in drafts:
        one = await _batch(ctx, place, [draft], dry_run)
        total.created += one.created
        total.updated += one.updated
        total.unchanged += one.unchanged
        total.refused += one.refused
        total.notes += one.notes
    return total


async def _once(ctx: Ctx, place: Place, drafts: list[Draft], dry_run: bool) -> Outcome:
    try:
        return await transact(ctx, _work, place, drafts, dry_run)
    except _DryRun as done:
        return done.outcome


async def _work(tx: WriteCtx, place: Place, drafts: list[Draft], dry_run: bool) -> Outcome:
    outcome = await apply(tx, place, drafts)
    if dry_run:
        raise _DryRun(outcome)
    return outcome


def _one_file(left: Path, right: Path) -> bool:
    return left.resolve() == right.resolve()


def _blame(error: Exception) -> str | None:
    """Why a product cannot be had, for an error that lies in its data or in what others do; None for any other."""
    if isinstance(error, Busy | Refusal | LookupError):
        return str(error)
    cause = getattr(error, "orig", error)
    state = str(getattr(cause, "sqlstate", None) or "")
    return f"the database refused it: {cause}" if state.startswith(_RETRIED_ONE_BY_ONE) else None


def _tell(told: Report, handle: str, note: Note) -> None:
    if note.refused:
        told.refuse(note.lines, note.reason, handle=handle, sku=note.sku)
    else:
        for line in note.lines:
            told.warn(line, note.reason, handle=handle, sku=note.sku)
