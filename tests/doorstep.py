"""The endpoint with no database behind it: whatever it does before it asks for one can be seen without one."""

from dataclasses import dataclass, field
from time import thread_time
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.context import ANONYMOUS, Caller, Ctx
from engine.core.database import Database
from engine.core.errors import BadRequest
from engine.core.settings import Settings
from schema.execution.endpoint import GraphQLEndpoint
from schema.root import schema

STAFF = Caller(user_id=1, email="staff@example.com", is_staff=True, permissions=ALL_PERMISSIONS)
NO_DATABASE = "There is no database."


class _Nowhere(Database):
    URL = "postgresql://nobody@127.0.0.1:1/none"

    @property
    def pool(self) -> Any:
        raise BadRequest(NO_DATABASE)

    def session(self) -> Any:
        raise BadRequest(NO_DATABASE)


@dataclass
class _Shop:
    settings: Settings
    caller: Caller
    database: Database = field(default_factory=lambda: _Nowhere(_Nowhere.URL))

    def ctx(self, **values: Any) -> Ctx:
        return Ctx.background(self.settings, self.database, caller=self.caller, **values)


@dataclass
class Answer:
    status: int
    body: bytes
    seconds: float
    """The time that the thread of the loop worked, from the first byte to the last."""


class Doorstep:
    """One endpoint, as its first caller finds it. `caller` is whom it takes everybody for; `values` are settings."""

    def __init__(self, caller: Caller = ANONYMOUS, **values: Any):
        settings = Settings(_env_file=None, database_url=SecretStr(_Nowhere.URL), **values)
        endpoint = GraphQLEndpoint(schema, settings)
        self.app = Starlette(routes=[Route("/graphql/", endpoint.handle, methods=["POST"])])
        self.app.state.shop = _Shop(settings, caller)

    async def post(self, body: bytes) -> Answer:
        scope = {
            "type": "http", "method": "POST", "path": "/graphql/", "raw_path": b"/graphql/", "query_string": b"",
            "headers": [(b"host", b"shop.test"), (b"content-length", str(len(body)).encode())], "scheme": "http",
            "server": ("shop.test", 80), "client": None, "root_path": "", "http_version": "1.1",
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        began = thread_time()
        await self.app(scope, receive, send)
        seconds = thread_time() - began
        start, *rest = sent
        return Answer(start["status"], b"".join(part.get("body", b"") for part in rest), seconds)
