"""A fake Meilisearch: an HTTP server that keeps what it is told and finds words in it, roughly.

Like the real one it answers a change before it is done: a task is done when it has been asked about twice. It knows
no typing errors and no ranking; what those do is for the contract suite and a real server.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Index:
    created_at: str
    settings: dict[str, Any] = field(default_factory=lambda: {"searchableAttributes": ["*"]})
    documents: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass
class FakeMeilisearch:
    """`requests` holds (method, path, body) of all that came; `hangs` seconds before any answer; `down`: 503."""

    url: str = ""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    indexes: dict[str, Index] = field(default_factory=dict)
    down: bool = False
    hangs: float = 0.0
    garbled: bool = False
    failing: set[str] = field(default_factory=set)
    """Types of tasks that fail."""
    on_task: Callable[[str], None] | None = None
    """Called with the type of a task right before it is done."""
    _tasks: list[dict[str, Any]] = field(default_factory=list)
    _work: list[Callable[[], None]] = field(default_factory=list)

    def sent(self, method: str, ending: str) -> list[Any]:
        """Bodies of the requests to paths that end so, in order."""
        return [body for verb, path, body in self.requests if verb == method and path.endswith(ending)]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        match (method, *path.strip("/").split("/")):
            case ("POST", "indexes"):
                return self._task("indexCreation", body["uid"], lambda: self._create(body["uid"]))
            case ("GET", "indexes"):
                return 200, {"results": [{"uid": u, "createdAt": i.created_at} for u, i in self.indexes.items()]}
            case ("POST", "swap-indexes"):
                (one, other) = body[0]["indexes"]
                return self._task("indexSwap", None, lambda: self._swap(one, other))
            case ("GET", "tasks", number):
                return 200, self._progress(int(number))
            case ("POST", "indexes", uid, "documents"):
                return self._task("documentAdditionOrUpdate", uid, lambda: self._add(uid, body))
            case (_, "indexes", uid, *_) if uid not in self.indexes:
                return 404, {"message": f"Index `{uid}` not found.", "code": "index_not_found"}
            case ("GET", "indexes", uid):
                return 200, {"uid": uid}
            case ("DELETE", "indexes", uid):
                return self._task("indexDeletion", uid, lambda: self.indexes.pop(uid))
            case ("PATCH", "indexes", uid, "settings"):
                return self._task("settingsUpdate", uid, lambda: self.indexes[uid].settings.update(body))
            case ("GET", "indexes", uid, "settings", "searchable-attributes"):
                return 200, self.indexes[uid].settings["searchableAttributes"]
            case ("POST", "indexes", uid, "documents", "delete"):
                return self._task("documentDeletion", uid, lambda: self._delete(uid, body["filter"]))
            case ("POST", "indexes", uid, "search"):
                return self._search(self.indexes[uid], body)
        return 404, {"message": "no such route", "code": "not_found"}

    def _task(self, kind: str, uid: str | None, work: Callable[[], Any]) -> tuple[int, Any]:
        number = len(self._tasks)
        info = {"type": kind, "indexUid": uid, "status": "enqueued", "enqueuedAt": "2026-01-01T00:00:00.000Z"}
        self._tasks.append({"uid": number, **info})
        self._work.append(work)
        return 202, {"taskUid": number, **info}

    def _progress(self, number: int) -> dict[str, Any]:
        task = self._tasks[number]
        if task["status"] == "enqueued":
            task["status"] = "processing"
        elif task["status"] == "processing":
            if self.on_task is not None:
                self.on_task(task["type"])
            if task["type"] in self.failing:
                task |= {"status": "failed", "error": {"message": "no space left", "code": "no_space_left_on_device"}}
            else:
                self._work[number]()
                task["status"] = "succeeded"
        return task

    def _create(self, uid: str) -> None:
        self.indexes[uid] = Index(datetime.now(UTC).isoformat().replace("+00:00", "123Z"))

    def _swap(self, one: str, other: str) -> None:
        self.indexes[one], self.indexes[other] = self.indexes[other], self.indexes[one]

    def _add(self, uid: str, bodies: list[dict[str, Any]]) -> None:
        if uid not in self.indexes:
            self._create(uid)
        self.indexes[uid].documents |= {body["id"]: body for body in bodies}

    def _delete(self, uid: str, condition: str) -> None:
        documents = self.indexes[uid].documents
        for key in [key for key, document in documents.items() if _holds(document, condition)]:
            del documents[key]

    def _search(self, index: Index, body: dict[str, Any]) -> tuple[int, Any]:
        fields = body["attributesToSearchOn"]
        if not set(fields) <= set(index.settings["searchableAttributes"]):
            code = "invalid_search_attributes_to_search_on"
            return 400, {"message": "an attribute is not searchable", "code": code}
        words = body["q"].lower().split()
        found = []
        for key, document in sorted(index.documents.items()):
            said = " ".join(text for name in fields for text in document.get(name, ())).lower()
            fits = all(re.search(rf"\b{re.escape(word)}", said) for word in words)
            if fits and all(_holds(document, condition) for condition in body["filter"]):
                found.append({"id": key})
        return 200, {"hits": found[: body["limit"]]}


def _holds(document: dict[str, Any], condition: str) -> bool:
    """Of Meilisearch's filters: `name = 1` and `name IN [1, 2]`."""
    read = re.fullmatch(r"(\w+) (?:= (\d+)|IN \[((?:\d+(?:, \d+)*)?)\])", condition)
    assert read is not None, condition
    wanted = {int(number) for number in re.findall(r"\d+", read[2] or read[3] or "")}
    value = document.get(read[1], [])
    return bool(wanted & set(value if isinstance(value, list) else [value]))


@contextmanager
def running() -> Iterator[FakeMeilisearch]:
    fake = FakeMeilisearch()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            path = urlsplit(self.path).path
            body = json.loads(raw) if raw and raw != b"null" else None
            fake.requests.append((self.command, path, body))
            fake.headers.append(dict(self.headers))
            time.sleep(fake.hangs)
            status, answer = (503, {"message": "down"}) if fake.down else fake.answer(self.command, path, body)
            payload = b"{" if fake.garbled else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that gave up waiting."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
