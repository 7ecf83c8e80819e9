"""What watches a process from outside: `/healthz` for who sends it requests, `/metrics` for Prometheus."""

import asyncio
import hmac

import prometheus_client
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from engine.accounts.keys import signing_keys
from engine.core.context import Ctx
from engine.core.errors import ConfigurationError
from engine.core.migrate import head, revision
from engine.core.settings import Settings
from engine.flows.shop import Shop

READY_SECONDS = 3.0
"""A database that takes longer for a few bytes answers nobody in time."""
RELEASE_SECONDS = 1.0


def health_routes() -> list[Route]:
    return [Route("/healthz", Readiness().answer), Route("/metrics", metrics)]


class Readiness:
    def __init__(self) -> None:
        self._newest = head()

    async def answer(self, request: Request) -> Response:
        """200 only when a query would be answered: the database is at this code's migration, and our keys open."""
        shop: Shop = request.app.state.shop
        try:
            async with asyncio.timeout(READY_SECONDS):
                reason = await self._asked(shop.ctx())
        except Exception as error:
            reason = f"database: {type(error).__name__}"
        if reason is not None:
            return JSONResponse({"status": "unready", "reason": reason}, 503)
        return JSONResponse({"status": "ok"})

    async def _asked(self, ctx: Ctx) -> str | None:
        """On a connection of the pool that serves queries, so that watching costs none of its own."""
        try:
            at = await revision(ctx)
            if at != self._newest:
                return f"database is at migration {at}, not {self._newest}"
            await signing_keys(ctx)
        except ConfigurationError as error:
            return str(error)
        finally:
            async with asyncio.timeout(RELEASE_SECONDS):  # a connection that hangs is left to the pool
                await ctx.release()
        return None


async def metrics(request: Request) -> Response:
    """Open in development; in production there is nothing here unless a token is set, and then only with it."""
    shop: Shop = request.app.state.shop
    if not _may_read(shop.settings, request.headers.get("authorization", "")):
        if shop.settings.metrics_token is None:
            return PlainTextResponse("Not Found", 404)
        return PlainTextResponse("Unauthorized", 401, {"www-authenticate": "Bearer"})
    body = prometheus_client.generate_latest()
    return Response(body, media_type=prometheus_client.CONTENT_TYPE_LATEST)


def _may_read(settings: Settings, authorization: str) -> bool:
    if settings.metrics_token is None:
        return not settings.production
    scheme, _, token = authorization.partition(" ")
    wanted = settings.metrics_token.get_secret_value()
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), wanted.encode())
