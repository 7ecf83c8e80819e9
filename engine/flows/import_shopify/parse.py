"""A Shopify product export as a stream of records: pure reading, no rules about goods.

A record is what lies between two line ends outside quotes (RFC 4180), so one may span many physical lines. What cannot
be read is told with the physical line where it begins, and reading goes on at the line after that one.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from engine.flows.import_shopify.columns import KNOWN, REQUIRED, SPELLED, key

MAX_RECORD = 2**21
"""Characters of one record; a longer one is a quotation mark that is never closed."""
DELIMITERS = ",;\t|"
_UNREADABLE = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
REPLACEMENT = "\ufffd"


class NotAnExport(Exception):
    """The file as a whole is no Shopify product export; the message says why."""


@dataclass(frozen=True)
class Record:
    """`values` by the names of `columns`, stripped, empty ones left out."""

    line: int
    values: dict[str, str]
    damaged: frozenset[str] = frozenset()
    """Columns whose bytes were no text of the file's encoding; each such byte has become U+FFFD."""

    def get(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True)
class Unreadable:
    line: int
    reason: str


@dataclass
class Header:
    """`places` maps a known column to its position; `ignored` are the headings nothing is made of."""

    places: dict[str, int]
    ignored: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    width: int = 0


class Export:
    """An open export. `header` is read at once (raises NotAnExport); iterating gives the records after it.

    The stream stays the caller's, who closes it after the `with` block of this.
    """

    def __init__(self, stream: BinaryIO):
        self._lines = _Lines(stream)
        try:
            self.delimiter, self.header = self._open()
        except BaseException:
            self._lines.detach()
            raise

    def __enter__(self) -> "Export":
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.detach()

    def __iter__(self) -> Iterator[Record | Unreadable]:
        for line, found in self._lines.records(self.delimiter):
            if isinstance(found, str):
                yield Unreadable(line, found)
            elif any(cell.strip() for cell in found):
                yield self._record(line, found)

    def _open(self) -> tuple[str, Header]:
        while first := self._lines.next():
            # Excel writes "sep=;" above the heading.
            if first.strip(" \t\r\n,;|") and not re.fullmatch(r"sep=.\s*", first):
                break
        self._lines.put_back([first] if first else [])
        delimiter = max(DELIMITERS, key=lambda mark: sum(key(cell.strip('" ')) in KNOWN for cell in first.split(mark)))
        for _line, cells in self._lines.records(delimiter):
            if isinstance(cells, str):
                raise NotAnExport(f"This is no Shopify product export: {cells}.")
            return delimiter, _header(cells)
        raise NotAnExport("The file is empty.")

    def _record(self, line: int, cells: list[str]) -> Record | Unreadable:
        surplus = [cell for cell in cells[self.header.width :] if cell.strip()]
        if surplus:
            return Unreadable(line, f"it has {len(cells)} columns where the heading has {self.header.width}")
        values: dict[str, str] = {}
        damaged = set()
        for name, place in self.header.places.items():
            cell = cells[place].strip() if place < len(cells) else ""
            if not cell:
                continue
            if not cell.isascii():
                cell = _UNREADABLE.sub(REPLACEMENT, cell)
                if REPLACEMENT in cell:
                    damaged.add(name)
            if not cell.isprintable():
                cell = _CONTROLS.sub("", cell)
            values[name] = cell
        return Record(line, values, frozenset(damaged))


def _header(cells: list[str]) -> Header:
    header = Header({}, width=len(cells))
    for place, cell in enumerate(cells):
        name = KNOWN.get(key(cell))
        if name is None:
            if cell.strip():
                header.ignored.append(" ".join(_UNREADABLE.sub(REPLACEMENT, cell).split()))
        elif name in header.places:
            header.repeated.append(SPELLED[name])
        else:
            header.places[name] = place
    missing = [SPELLED[name] for name in REQUIRED if name not in header.places]
    if missing:
        raise NotAnExport(f"This is no Shopify product export: it has no column {', '.join(missing)}.")
    return header


class _TooLong(Exception):
    pass


class _Lines:
    """Physical lines, numbered from 1, of which some may be put back."""

    def __init__(self, stream: BinaryIO):
        start = stream.read(2)
        stream.seek(0)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            self._text = io.TextIOWrapper(stream, encoding="utf-16", errors="replace", newline="")
        else:
            self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._waiting: deque[str] = deque()
        self._number = 0
        # Only ever raised: the standard library's own limit is below what a description may hold.
        if csv.field_size_limit() < MAX_RECORD:
            csv.field_size_limit(MAX_RECORD)

    def detach(self) -> None:
        self._text.detach()

    def next(self) -> str:
        """Empty at the end of the file."""
        line = self._waiting.popleft() if self._waiting else self._read()
        self._number += bool(line)
        return line

    def put_back(self, lines: list[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self._number -= len(lines)

    def records(self, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
        """Each record's first line with its cells, or with the reason why it cannot be read."""
        taken: list[str] = []
        while True:
            try:
                for cells in csv.reader(self._feed(taken), delimiter=delimiter, strict=True):
                    start = self._number - len(taken) + 1
                    taken.clear()
                    yield start, cells
                return
            except (csv.Error, _TooLong) as error:
                start = self._number - len(taken) + 1
                # What a stray quotation mark has swallowed is read again, line by line.
                self.put_back(taken[1:])
                taken.clear()
                yield start, _reason(error)

    def _feed(self, taken: list[str]) -> Iterator[str]:
        size = 0
        while line := self.next():
            size = len(line) + (size if taken else 0)
            taken.append(line)
            if size >= MAX_RECORD:
                raise _TooLong
            yield line

    def _read(self) -> str:
        line = self._text.readline(MAX_RECORD)
        if len(line) == MAX_RECORD:
            rest = line
            while rest and not rest.endswith(("\n", "\r")):
                rest = self._text.readline(MAX_RECORD)
        return line


def _reason(error: Exception) -> str:
    if isinstance(error, _TooLong):
        return f"a quotation mark is never closed, or the record is longer than {MAX_RECORD} characters"
    if "end of data" in str(error):
        return "a quotation mark is never closed"
    return "a quotation mark stands inside a quoted field without being doubled"
