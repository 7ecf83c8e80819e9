"""A client of the API for tests: one call per operation, over HTTP, in process."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from pydantic import SecretStr

from engine.core.settings import Settings

ADMIN_EMAIL = "admin@example.com"
ADMIN_PASSWORD = "correct-horse-battery"  # a test's own
BASE_URL = "http://shop.test"


def test_settings(url: str, data_dir: Path, **values: Any) -> Settings:
    """Small pools, no environment: what a test runs with."""
    return Settings(
        _env_file=None,
        database_url=SecretStr(url),
        data_dir=data_dir,
        admin_email=ADMIN_EMAIL,
        admin_password=SecretStr(ADMIN_PASSWORD),
        read_pool_size=4,
        write_pool_size=4,
        **values,
    )


test_settings.__test__ = False  # type: ignore[attr-defined]


class Api:
    """`token` is sent with every call once set; `as_user` gives another client of the same server."""

    def __init__(self, http: httpx2.AsyncClient, token: str | None = None):
        self.http = http
        self.token = token

    async def send(self, query: str, /, **variables: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.http.post("/graphql/", json={"query": query, "variables": variables}, headers=headers)

    async def run(self, query: str, /, **variables: Any) -> Any:
        """`data` of an operation that must have no top-level errors."""
        response = await self.send(query, **variables)
        body = response.json()
        assert "errors" not in body, body["errors"]
        assert response.status_code == 200
        return body["data"]

    async def signed_out(self) -> bool:
        """Whether the token it has is no good any more."""
        body = (await self.send("{ me { id } }")).json()
        return body["data"]["me"] is None and body["errors"][0]["extensions"]["code"] == "InvalidTokenError"

    async def errors(self, query: str, /, **variables: Any) -> list[Any]:
        """The top-level errors of an operation that must have some."""
        errors: list[Any] = (await self.send(query, **variables)).json()["errors"]
        return errors

    async def log_in(self, email: str, password: str) -> "Api":
        data = await self.run(
            "mutation($email: String!, $password: String!) {"
            " tokenCreate(email: $email, password: $password) { token errors { field code message } } }",
            email=email,
            password=password,
        )
        assert data["tokenCreate"]["errors"] == []
        return Api(self.http, data["tokenCreate"]["token"])

    async def as_admin(self) -> "Api":
        return await self.log_in(ADMIN_EMAIL, ADMIN_PASSWORD)


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncIterator[Api]:
    from schema.app import create_app  # the whole schema, which most tests never need

    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as http:
            yield Api(http)


@dataclass(frozen=True)
class LiveServer:
    """A demo shop served on loopback. `url` has no slash at its end."""

    url: str
    admin_email: str = ADMIN_EMAIL
    admin_password: str = ADMIN_PASSWORD


@contextmanager
def serve(settings: Settings) -> Iterator[LiveServer]:
    """The application in a thread of its own, for clients that are not async."""
    from schema.app import create_app

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield LiveServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
