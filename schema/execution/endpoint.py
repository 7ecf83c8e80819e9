"""`POST /graphql/`: bytes and token caps, document cache, execution, orjson, in that order."""

import re
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from engine.accounts.tokens import caller_of
from engine.core.context import Ctx
from engine.core.settings import Settings
from engine.flows.shop import Shop
from schema.execution.documents import Documents, Refused
from schema.execution.errors import format_error, refusal_body
from schema.execution.executor import execute
from schema.execution.limits import Limits

CORS_HEADERS = {
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": (
        "Origin, Content-Type, Accept, Authorization, Authorization-Bearer, Idempotency-Key, Source-Service-Name"
    ),
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-max-age": "600",
    "vary": "Origin",
}


log = structlog.get_logger("argosy.api")
_NUL = "The request has a NUL character in it; no text of a shop does."
_NUL_IN_GRAPHQL = re.compile(r"\\u(0000|\{0+\})")


class TooLarge(Exception):
    """The body is longer than this caller may send."""


class GraphQLEndpoint:
    """One per application; `schema` is the Strawberry schema."""

    def __init__(self, schema: Any):
        self._schema = schema._schema
        self._documents = Documents(self._schema)

    async def handle(self, request: Request) -> Response:
        shop: Shop = request.app.state.shop
        cors = cors_headers(request, shop.settings)
        if request.method == "OPTIONS":
            return Response(status_code=200 if cors else 400, headers={**CORS_HEADERS, **cors})
        if request.method == "GET":
            return RedirectResponse("/playground")
        if request.method != "POST":
            return json_response(refusal_body("Use POST."), 405, {"allow": "POST, OPTIONS", **cors})
        ctx = request_ctx(request, shop)
        try:
            ctx = ctx.acting_as(await caller_of(ctx, bearer_token(request)))
            # a body may come slowly, or never; nobody holds a connection while waiting for one
            await ctx.release()
            body, status = await self._answer(request, ctx)
        except ClientDisconnect:
            body, status = refusal_body("The request ended before its body did."), 400
        except Exception:
            log.exception("fault in a request")
            body, status = refusal_body("Internal Server Error", "InternalServerError"), 500
        finally:
            await ctx.release()
        return json_response(body, status, cors)

    async def _answer(self, request: Request, ctx: Ctx) -> tuple[Any, int]:
        limits = Limits.of(ctx.settings, staff=ctx.caller.is_staff or ctx.caller.app_id is not None)
        try:
            raw = await read_body(request, limits.body_bytes)
            payload = orjson.loads(raw)
        except TooLarge:
            return refusal_body(f"The request is larger than {limits.body_bytes} bytes."), 413
        except orjson.JSONDecodeError:
            return refusal_body("The request body is not valid JSON."), 400
        if b"\\u0000" in raw:
            return refusal_body(_NUL), 400
        if isinstance(payload, list):
            return refusal_body("Batching is not supported; send one operation per request."), 400
        if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
            return refusal_body('The request needs a "query".'), 400
        if _NUL_IN_GRAPHQL.search(payload["query"]):
            return refusal_body(_NUL), 400
        variables, operation = payload.get("variables"), payload.get("operationName")
        if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
            return refusal_body('"variables" must be an object and "operationName" a string.'), 400
        return await self._execute(payload["query"], variables, operation or None, limits, ctx)

    async def _execute(
        self, text: str, variables: dict[str, Any] | None, name: str | None, limits: Limits, ctx: Ctx
    ) -> tuple[Any, int]:
        try:
            document = self._documents.get(text, limits)
            result = await execute(document.operation(name), variables or {}, ctx)
        except Refused as refused:
            return {"errors": [self._format(error, ctx) for error in refused.errors]}, 400
        body: dict[str, Any] = {}
        if result.errors:
            body["errors"] = [self._format(error, ctx) for error in result.errors]
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            return body, 400
        return {"data": result.data, **body}, 200

    @staticmethod
    def _format(error: GraphQLError, ctx: Ctx) -> dict[str, Any]:
        return format_error(error, masked=ctx.settings.production, token_fault=ctx.caller.token_fault)


def request_ctx(request: Request, shop: Shop) -> Ctx:
    base_url = shop.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return shop.ctx(
        base_url=base_url.rstrip("/"),
        client_address=request.client.host if request.client else None,
        idempotency_key=request.headers.get("idempotency-key"),
    )


def bearer_token(request: Request) -> str | None:
    """The token of `Authorization-Bearer`, else of `Authorization: Bearer` or `JWT`."""
    direct = request.headers.get("authorization-bearer")
    if direct:
        return direct.removeprefix("Bearer ").strip()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "jwt") and token else None


async def read_body(request: Request, limit: int) -> bytes:
    """Raises TooLarge as soon as more than `limit` bytes have come, whatever Content-Length claims."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def cors_headers(request: Request, settings: Settings) -> dict[str, str]:
    origin = request.headers.get("origin")
    allowed = settings.allowed_origins
    if origin is None or not (origin in allowed or ("*" in allowed and not settings.production)):
        return {}
    return {"access-control-allow-origin": origin, "access-control-allow-credentials": "true", "vary": "Origin"}


def json_response(body: Any, status: int, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status, {"content-type": "application/json", **headers})
