"""What an import has to say about single rows: refused ones and warnings, streamed into a CSV file."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

HEADINGS = ("line", "verdict", "handle", "sku", "reason")
REFUSED, WARNING = "refused", "warning"
SHOWN = 20


class Report:
    """Made at `path` with its first entry, so that an import without any leaves no file.

    Where `path` cannot be written it goes into the working folder. With `always`, for a path that was asked for, it is
    made at once, there or not at all (OSError).
    """

    def __init__(self, path: Path, *, always: bool = False):
        self.path = path
        self.refused = 0
        self.warnings = 0
        self.shown: list[str] = []
        """The first refusals, as lines for a person."""
        self._file: IO[str] | None = None
        self._asked_for = always
        if always or path.exists():
            self._open()

    def __enter__(self) -> "Report":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def written(self) -> bool:
        return self._file is not None

    def refuse(self, lines: Sequence[int], reason: str, *, handle: str = "", sku: str = "") -> None:
        """One entry for each line (the physical one where the row begins)."""
        self.refused += len(lines)
        for line in lines:
            if len(self.shown) < SHOWN:
                self.shown.append(f"line {line}{f' ({handle})' if handle else ''}: {reason}")
            self._write(line, REFUSED, handle, sku, reason)

    def warn(self, line: int, reason: str, *, handle: str = "", sku: str = "") -> None:
        self.warnings += 1
        self._write(line, WARNING, handle, sku, reason)

    def _write(self, line: int, verdict: str, *cells: str) -> None:
        file = self._file or self._open()
        csv.writer(file).writerow((line, verdict, *map(_harmless, cells)))

    def _open(self) -> IO[str]:
        try:
            self._file = self.path.open("w", encoding="utf-8", newline="")
        except OSError:
            if self._asked_for:
                raise
            self.path = Path(self.path.name)
            self._file = self.path.open("w", encoding="utf-8", newline="")
        csv.writer(self._file).writerow(HEADINGS)
        return self._file


def _harmless(cell: str) -> str:
    """A spreadsheet would run a cell that begins like a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
