"""The hand-written answers as routes of a bare Starlette application."""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.core.database import Database, HeldReads
from tests.benchmarks.floors.pieces import Floor

EMPTY = "/empty"


def floor_app(database: Database, floors: Mapping[str, Floor]) -> Starlette:
    """A route for each path, and one that answers nothing at all."""
    return Starlette(
        routes=[
            Route(EMPTY, _empty, methods=["POST"]),
            *(Route(path, _route(database, floor), methods=["POST"]) for path, floor in floors.items()),
        ]
    )


def _route(database: Database, floor: Floor) -> Callable[[Request], Awaitable[Response]]:
    async def handle(_request: Request) -> Response:
        reads = HeldReads(database)
        try:
            results = [await reads.fetch(sql, arguments) for sql, arguments in floor.statements]
        finally:
            await reads.release()
        body = orjson.dumps({"data": floor.answer(results)})
        return Response(body, 200, {"content-type": "application/json"})

    return handle


async def _empty(_request: Request) -> Response:
    return Response(b"{}", 200, {"content-type": "application/json"})
