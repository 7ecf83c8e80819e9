"""`POST /graphql/`: bytes and token caps, document cache, execution, orjson, in that order."""

from functools import lru_cache
from time import perf_counter
from typing import Any, TypeAlias

import orjson
import structlog
from graphql import GraphQLError
from starlette.datastructures import URL
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from engine.accounts.tokens import caller_of
from engine.core.context import Ctx
from engine.core.cookies import Cookies
from engine.core.errors import BadRequest
from engine.core.settings import Settings
from engine.flows.shop import Shop
from schema.execution.bodies import Sent, TooLarge, Unreadable, read_body, read_other
from schema.execution.documents import Documents
from schema.execution.errors import Refused, format_error, refusal_body
from schema.execution.executor import execute
from schema.execution.instruments import Instruments
from schema.execution.limits import Limits, check_body

CORS_HEADERS = {
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": (
        "Origin, Content-Type, Accept, Authorization, Authorization-Bearer, Idempotency-Key, Source-Service-Name"
    ),
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-max-age": "600",
    "vary": "Origin",
}


Headers: TypeAlias = dict[bytes, bytes]

log = structlog.get_logger("argosy.api")
_JSON = b"application/json"
_NUL = "The request has a NUL character in it; no text of a shop does."


class GraphQLEndpoint:
    """One per application; `schema` is the Strawberry schema."""

    def __init__(self, schema: Any, settings: Settings):
        self._documents = Documents(schema._schema)
        self._limits = {staff: Limits.of(settings, staff=staff) for staff in (False, True)}
        self._instruments = Instruments(settings)

    async def handle(self, request: Request) -> Response:
        shop: Shop = request.app.state.shop
        headers = headers_of(request)
        cors = cors_headers(headers, shop.settings)
        if request.method != "POST":
            return _no_post(request.method, cors)
        ctx = request_ctx(request, shop)
        try:
            token = bearer_token(headers)
            if token is not None:
                ctx = ctx.acting_as(await caller_of(ctx, token))
                # a body may come slowly, or never; nobody holds a connection while waiting for one
                await ctx.release()
            body, status = await self._answer(request, headers, ctx)
        except ClientDisconnect:
            body, status = refusal_body("The request ended before its body did."), 400
        except Exception:
            log.exception("fault in a request")
            body, status = refusal_body("Internal Server Error", "InternalServerError"), 500
        finally:
            await ctx.release()
        response = Response(orjson.dumps(body), status, {"content-type": "application/json", **cors})
        if ctx.cookies is not None and ctx.cookies.made:
            for cookie in ctx.cookies.made:
                response.headers.append("set-cookie", cookie)
        return response

    async def _answer(self, request: Request, headers: Headers, ctx: Ctx) -> tuple[Any, int]:
        limits = self._limits[ctx.caller.is_staff or ctx.caller.app_id is not None]
        kind = headers.get(b"content-type", _JSON)
        try:
            if not kind.startswith(_JSON):
                return await self._answer_other(request, headers, limits, ctx)
            raw = await read_body(request, limits.body_bytes, headers.get(b"content-length", b""))
            check_body(raw, limits)
            payload = orjson.loads(raw)
        except TooLarge as error:
            return refusal_body(str(error)), 413
        except BadRequest as error:
            return refusal_body(str(error)), 400
        except orjson.JSONDecodeError:
            return refusal_body("The request body is not valid JSON."), 400
        return await self._answer_payload(raw, payload, limits, ctx)

    async def _answer_other(self, request: Request, headers: Headers, limits: Limits, ctx: Ctx) -> tuple[Any, int]:
        """A form or files. Browsers send these for any page without asking us first: the page must be one we know."""
        if not _from_our_page(headers, ctx):
            return refusal_body("This page may not send requests here."), 400
        kind = headers[b"content-type"].decode("latin-1").partition(";")[0].strip().lower()
        sent = Sent(b"", None)
        try:
            sent = await read_other(request, kind, ctx, limits)
            check_body(sent.raw, limits)
            return await self._answer_payload(sent.raw, sent.payload, limits, ctx)
        except Unreadable as error:
            return refusal_body(str(error), error.code), 400
        finally:
            await sent.close()

    async def _answer_payload(self, raw: bytes, payload: Any, limits: Limits, ctx: Ctx) -> tuple[Any, int]:
        if b"\\u0000" in raw:
            return refusal_body(_NUL), 400
        if isinstance(payload, list):
            return await self._answer_batch(payload, limits, ctx)
        if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
            return refusal_body("Must provide a query string."), 400
        variables, operation = payload.get("variables"), payload.get("operationName")
        if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
            return refusal_body('"variables" must be an object and "operationName" a string.'), 400
        return await self._execute(payload["query"], variables or {}, operation or None, limits, ctx)

    async def _answer_batch(self, payloads: list[Any], limits: Limits, ctx: Ctx) -> tuple[Any, int]:
        most = ctx.settings.max_batch
        if not payloads:
            return refusal_body("Must provide a query string."), 400
        if len(payloads) > most:
            return refusal_body(f"The request has {len(payloads)} operations; at most {most} are allowed."), 400
        if any(isinstance(payload, list) for payload in payloads):
            return refusal_body("A list of operations holds no other list."), 400
        answers = [await self._answer_payload(b"", payload, limits, ctx) for payload in payloads]
        return [body for body, _ in answers], max(status for _, status in answers)

    async def _execute(
        self, text: str, variables: dict[str, Any], name: str | None, limits: Limits, ctx: Ctx
    ) -> tuple[Any, int]:
        instruments = self._instruments
        started = perf_counter() if instruments.on else 0.0
        try:
            operation, cost = self._documents.get(text, limits).operation(name, variables)
            result, run = await execute(operation, variables, ctx, instruments.run)
        except Refused as refused:
            instruments.refused()
            body: dict[str, Any] = {"errors": [self._format(error, ctx) for error in refused.errors]}
            if refused.cost is not None:
                body["extensions"] = _costs(refused.cost, limits)
            return body, 400
        body = {"extensions": _costs(cost, limits)}
        if instruments.on:
            body["extensions"].update(instruments.ran(operation, text, result, run, started))
        if result.errors:
            body["errors"] = [self._format(error, ctx) for error in result.errors]
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            return body, 400
        return {"data": result.data, **body}, 200

    @staticmethod
    def _format(error: GraphQLError, ctx: Ctx) -> dict[str, Any]:
        return format_error(error, masked=ctx.settings.production, token_fault=ctx.caller.token_fault)


def _costs(requested: int, limits: Limits) -> dict[str, Any]:
    return {"cost": {"requestedQueryCost": requested, "maximumAvailable": limits.cost}}


def _no_post(method: str, cors: dict[str, str]) -> Response:
    if method == "OPTIONS":
        return Response(status_code=200 if cors else 400, headers={**CORS_HEADERS, **cors})
    if method == "GET":
        return RedirectResponse("/playground")
    headers = {"content-type": "application/json", "allow": "POST, OPTIONS", **cors}
    return Response(orjson.dumps(refusal_body("Use POST.")), 405, headers)


def headers_of(request: Request) -> Headers:
    """By lower-case name; of one sent twice the first."""
    sent: list[tuple[bytes, bytes]] = request.scope["headers"]
    return dict(reversed(sent))


def request_ctx(request: Request, shop: Shop) -> Ctx:
    headers, client = headers_of(request), request.scope.get("client")
    key, cookie = headers.get(b"idempotency-key"), headers.get(b"cookie")
    url = shop.settings.public_url.rstrip("/") if shop.settings.public_url else called_at(request)
    return shop.ctx(
        base_url=url,
        client_address=client[0] if client else None,
        idempotency_key=None if key is None else key.decode("latin-1"),
        cookies=Cookies(None if cookie is None else cookie.decode("latin-1"), secure=url.startswith("https:")),
    )


def called_at(request: Request) -> str:
    """The address the client called us by, `http://shop.example:8000`; Starlette says what a Host header may be."""
    server = request.scope.get("server")
    return _called_at(request.scope["scheme"], headers_of(request).get(b"host"), server and tuple(server))


@lru_cache(maxsize=256)
def _called_at(scheme: str, host: bytes | None, server: tuple[Any, ...] | None) -> str:
    headers = [] if host is None else [(b"host", host)]
    url = URL(scope={"scheme": scheme, "path": "/", "headers": headers, "server": server})
    return f"{url.scheme}://{url.netloc}"


def bearer_token(headers: Headers) -> str | None:
    """The token of `Authorization-Bearer`, else of `Authorization: Bearer` or `JWT`."""
    direct = headers.get(b"authorization-bearer")
    if direct:
        return direct.decode("latin-1").removeprefix("Bearer ").strip()
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "jwt") and token else None


def _from_our_page(headers: Headers, ctx: Ctx) -> bool:
    """Whether no page of another origin made a browser send this; programs send no Origin."""
    origin = headers.get(b"origin")
    return origin is None or origin.decode("latin-1") == ctx.base_url or bool(cors_headers(headers, ctx.settings))


def _on_this_machine(origin: str) -> bool:
    """A dashboard or storefront in development, `http://localhost:9000`."""
    scheme, _, rest = origin.partition("://")
    return scheme in ("http", "https") and rest.partition(":")[0] in ("localhost", "127.0.0.1")


def cors_headers(headers: Headers, settings: Settings) -> dict[str, str]:
    sent = headers.get(b"origin")
    if sent is None:
        return {}
    origin, allowed = sent.decode("latin-1"), settings.allowed_origins
    if origin not in allowed and (settings.production or not ("*" in allowed or _on_this_machine(origin))):
        return {}
    return {"access-control-allow-origin": origin, "access-control-allow-credentials": "true", "vary": "Origin"}
