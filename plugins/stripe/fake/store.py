"""Where the fake keeps its objects: JSON rows in SQLite, in memory or in a file.

A file lets several processes share one fake, and lets it outlive the process that asked it for money,
which crash tests need.
"""

import json
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Object = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, digest TEXT NOT NULL, started REAL NOT NULL,
    status INTEGER, body TEXT, request_id TEXT NOT NULL
);
"""


class Store:
    """Objects by id and kind. Give `find` field values to match; results come newest first."""

    def __init__(self, path: Path | None = None) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=5)
        if path:
            self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.executescript(_SCHEMA)
        self.close = weakref.finalize(self, self.connection.close)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, also against other processes. Nothing inside may await."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def put(self, item: Object) -> None:
        self.connection.execute(
            "INSERT INTO objects (kind, id, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (item["object"], item["id"], json.dumps(item)),
        )

    def get(self, kind: str, wanted: str) -> Object | None:
        row = self.connection.execute("SELECT body FROM objects WHERE id = ? AND kind = ?", (wanted, kind)).fetchone()
        return json.loads(row[0]) if row else None

    def delete(self, wanted: str) -> None:
        self.connection.execute("DELETE FROM objects WHERE id = ?", (wanted,))

    def find(self, kind: str, **equal: Any) -> list[Object]:
        clauses = "".join(f" AND json_extract(body, '$.{field}') IS ?" for field in equal)
        rows = self.connection.execute(
            f"SELECT body FROM objects WHERE kind = ?{clauses} ORDER BY seq DESC",  # noqa: S608 - our own names
            (kind, *equal.values()),
        )
        return [json.loads(body) for (body,) in rows]
