"""A request to an ASGI application in this process, without a client's cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

HOST = b"shop.test"


@dataclass(frozen=True)
class Call:
    """A POST of a JSON body; `token` is an access token."""

    path: str
    body: bytes
    token: str | None = None

    @classmethod
    def of(cls, path: str, document: str, variables: Mapping[str, Any], token: str | None = None) -> "Call":
        return cls(path, orjson.dumps({"query": document, "variables": variables}), token)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """As a storefront's server sends them."""
        found = [
            (b"host", HOST),
            (b"accept", b"application/json"),
            (b"accept-encoding", b"gzip, deflate"),
            (b"user-agent", b"benchmark"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(self.body)).encode()),
        ]
        if self.token is not None:
            found.append((b"authorization", b"Bearer " + self.token.encode()))
        return found

    def scope(self) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": self.headers(),
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }


async def send(app: ASGIApp, call: Call, scope: Mapping[str, Any]) -> bytes:
    """The answer's body; `scope` is `call.scope()`, made once. Raises AssertionError for any status but 200."""
    status = 0
    parts: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": call.body, "more_body": False}

    async def answer(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app({**scope}, receive, answer)
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    if status != 200:
        raise AssertionError(f"{call.path} answered {status}: {body[:500]!r}")
    return body
