"""The rows of an export on disk, so that rows of one handle come together wherever they stand in the file.

A temporary SQLite file, deleted when closed: it keeps memory the same for any size of input, and costs about as
much disk as the input itself.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from engine.flows.import_shopify.parse import Record

MAX_ROWS = 5_000
"""Rows of one handle; the ones after are left out and told of."""
_WAITING = 1_000


class Spool:
    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="argosy-import-")
        self._base = sqlite3.connect(Path(self._folder.name) / "rows.sqlite", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "PRAGMA cache_size = -16000",
            "CREATE TABLE product (id INTEGER PRIMARY KEY, handle TEXT UNIQUE)",
            "CREATE TABLE entry (product INTEGER, line INTEGER, data BLOB, PRIMARY KEY (product, line)) WITHOUT ROWID",
            "CREATE TABLE sku (sku TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID",
            "BEGIN",
        ):
            self._base.execute(statement)
        self._last: tuple[str, int] = ("", 0)
        self._waiting: list[tuple[int, int, bytes]] = []
        self.products = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()
        self._folder.cleanup()

    def add(self, handle: str, record: Record) -> None:
        if handle != self._last[0]:
            self._last = (handle, self._product(handle))
        self._waiting.append((self._last[1], record.line, orjson.dumps([record.values, sorted(record.damaged)])))
        if len(self._waiting) >= _WAITING:
            self._flush()

    def grouped(self) -> Iterator[tuple[str, list[Record], list[int]]]:
        """Handle, rows in the file's order, and the lines of those beyond MAX_ROWS; products by their first row."""
        self._flush()
        self._base.execute("COMMIT")
        for product, handle in self._base.execute("SELECT id, handle FROM product ORDER BY id"):
            rows = self._base.execute("SELECT line, data FROM entry WHERE product = ? ORDER BY line", (product,))
            kept: list[Record] = []
            beyond: list[int] = []
            for line, data in rows:
                if len(kept) < MAX_ROWS:
                    values, damaged = orjson.loads(data)
                    kept.append(Record(line, values, frozenset(damaged)))
                else:
                    beyond.append(line)
            yield handle, kept, beyond

    def claim_sku(self, sku: str, line: int) -> int | None:
        """The line that has the SKU already, or None: it is this one's from now on."""
        found = self._base.execute("SELECT line FROM sku WHERE sku = ?", (sku,)).fetchone()
        if found is None:
            self._base.execute("INSERT INTO sku VALUES (?, ?)", (sku, line))
            return None
        return int(found[0])

    def _product(self, handle: str) -> int:
        found = self._base.execute("SELECT id FROM product WHERE handle = ?", (handle,)).fetchone()
        if found is not None:
            return int(found[0])
        self.products += 1
        return int(self._base.execute("INSERT INTO product (handle) VALUES (?)", (handle,)).lastrowid or 0)

    def _flush(self) -> None:
        self._base.executemany("INSERT INTO entry VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()
