"""The ASGI application: `uvicorn schema.app:create_app --factory`, or `argosy serve`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import prometheus_client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from engine.accounts.keys import signing_keys
from engine.core.errors import ConfigurationError
from engine.core.migrate import current, head
from engine.core.settings import Settings
from engine.flows.shop import Shop, open_shop
from schema.execution.endpoint import GraphQLEndpoint
from schema.media import media_routes
from schema.playground import playground_routes
from schema.root import schema
from schema.webhooks import webhook_routes
from schema.wellknown import wellknown_routes


def create_app(settings: Settings | None = None) -> Starlette:
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_shop(chosen) as shop:
            app.state.shop = shop
            yield

    return Starlette(routes=routes(), lifespan=lifespan)


def routes() -> list[BaseRoute]:
    endpoint = GraphQLEndpoint(schema)
    methods = ["GET", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
    return [
        Route("/graphql/", endpoint.handle, methods=methods),
        Route("/graphql", endpoint.handle, methods=methods),
        Route("/healthz", healthz),
        Route("/metrics", metrics),
        Route("/", home),
        *wellknown_routes(),
        *webhook_routes(),
        *media_routes(),
        *playground_routes(),
    ]


async def healthz(request: Request) -> Response:
    """200 only when a query would be answered: the database is at this code's migration, and our keys open."""
    shop: Shop = request.app.state.shop
    try:
        at = await current(shop.database.url)
    except Exception as error:
        return JSONResponse({"status": "unready", "reason": f"database: {type(error).__name__}"}, 503)
    if at != head():
        return JSONResponse({"status": "unready", "reason": f"database is at migration {at}, not {head()}"}, 503)
    ctx = shop.ctx()
    try:
        await signing_keys(ctx)
    except ConfigurationError as error:
        return JSONResponse({"status": "unready", "reason": str(error)}, 503)
    finally:
        await ctx.release()
    return JSONResponse({"status": "ok"})


async def metrics(_request: Request) -> Response:
    return PlainTextResponse(prometheus_client.generate_latest().decode())


async def home(_request: Request) -> Response:
    return RedirectResponse("/playground")
