"""The ASGI application: `uvicorn schema.app:create_app --factory`, or `argosy serve`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from engine.core.settings import Settings
from engine.flows.shop import open_shop
from schema.execution.endpoint import GraphQLEndpoint
from schema.health import health_routes
from schema.media import media_routes
from schema.playground import playground_routes
from schema.proxies import TrustedProxies
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

    trusted = chosen.trusted_proxies
    middleware = [Middleware(TrustedProxies, trusted=trusted)] if trusted else []
    return Starlette(routes=routes(chosen), middleware=middleware, lifespan=lifespan)


def routes(settings: Settings) -> list[BaseRoute]:
    endpoint = GraphQLEndpoint(schema, settings)
    methods = ["GET", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
    return [
        Route("/graphql/", endpoint.handle, methods=methods),
        Route("/graphql", endpoint.handle, methods=methods),
        Route("/", home),
        *health_routes(),
        *wellknown_routes(),
        *webhook_routes(),
        *media_routes(),
        *playground_routes(),
    ]


async def home(_request: Request) -> Response:
    return RedirectResponse("/playground")
