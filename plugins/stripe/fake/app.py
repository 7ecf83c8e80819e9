"""The ASGI app: authentication, idempotency, faults and the table of endpoints."""

import asyncio
import time
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from plugins.stripe.fake import charges, control, intents, refunds, webhooks
from plugins.stripe.fake.errors import ApiError, InvalidParameter, NotFound, ServerError, Unauthorized
from plugins.stripe.fake.faults import Call, Dropped, Fault
from plugins.stripe.fake.forms import Params, parse_form
from plugins.stripe.fake.idempotency import claim, keep, release
from plugins.stripe.fake.lists import expand, listing, search_intents
from plugins.stripe.fake.state import API_KEY, API_VERSION, BASE_URL, PUBLISHABLE_KEY, Deliver, FakeStripe
from plugins.stripe.fake.store import Object

T = TypeVar("T")
Handler = Callable[[FakeStripe, Params, str], Object]

MAX_BODY = 100_000
BROWSER_HANDLERS: tuple[Handler, ...] = (intents.retrieve, intents.confirm)
"""What a publishable key may call, given the intent's client secret."""


class DroppedResponse(Response):
    """Begins an answer and breaks the connection, so that the client never reads one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        raise Dropped("the fake dropped the connection")


def _api(handler: Handler) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        fake: FakeStripe = request.app.state.fake
        request_id = f"req_{fake.token(14)}"
        headers = {"Request-Id": request_id, "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION)}
        try:
            call = await _read(request)
            if call.idempotency_key is not None:
                headers["Idempotency-Key"] = call.idempotency_key
            public = _authenticate(fake, request, call, handler)
            fake.calls.append(call)
            # A client that gives up does not stop what it asked for, as with the real one.
            work = _background(fake, _answer(fake, request, call, handler, headers, public))
            return await asyncio.shield(work)
        except ApiError as error:
            return JSONResponse(error.body(), error.status, headers)
        finally:
            if fake.auto_deliver and request.method != "GET":
                _background(fake, webhooks.deliver_due(fake))

    return endpoint


async def _answer(
    fake: FakeStripe, request: Request, call: Call, handler: Handler, headers: dict[str, str], public: bool
) -> Response:
    request_id = headers["Request-Id"]
    if (stored := claim(fake, call, request_id)) is not None:
        headers |= {"Idempotent-Replayed": "true", "Original-Request": stored.request_id}
        return JSONResponse(stored.body, stored.status, headers)
    fault = fake.take_fault(call)
    if fault is not None and fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
    elif fault is not None and not fault.after_effect:
        return _fail(fake, call, fault, headers)
    status, body = _perform(fake, call, handler, request.path_params.get("id", ""), request_id, public)
    if fault is not None and fault.after_effect:
        return _broken(fault, headers)
    return JSONResponse(body, status, headers)


def _perform(
    fake: FakeStripe, call: Call, handler: Handler, wanted: str, request_id: str, public: bool
) -> tuple[int, Object]:
    """Run a handler in one transaction with the keeping of its answer, and return that answer."""
    params = Params(call.params)
    try:
        with fake.change(request_id, call.idempotency_key):
            try:
                body = handler(fake, params, wanted)
                body = intents.public_view(body) if public else body
                body = expand(fake, body, params.strings("expand") or [])
            except ApiError as error:
                if not error.keeps:
                    raise
                keep(fake, call, error.status, error.body())
                return error.status, error.body()
            keep(fake, call, 200, body)
            return 200, body
    except ApiError as error:
        if error.stored:
            keep(fake, call, error.status, error.body())
        else:
            release(fake, call)
        return error.status, error.body()


def _fail(fake: FakeStripe, call: Call, fault: Fault, headers: dict[str, str]) -> Response:
    if fault.stored:
        keep(fake, call, fault.status, ServerError("An unknown error occurred").body())
    else:
        release(fake, call)
    return _broken(fault, headers)


def _broken(fault: Fault, headers: dict[str, str]) -> Response:
    if fault.kind == "drop":
        return DroppedResponse()
    return JSONResponse(ServerError("An unknown error occurred").body(), fault.status, headers)


async def _read(request: Request) -> Call:
    text = request.url.query
    key = None
    if request.method == "POST":
        key = request.headers.get("Idempotency-Key")
        body = await request.body()
        if len(body) > MAX_BODY:
            raise InvalidParameter("Invalid request: the body is too large")
        form = request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        if body and not form:
            message = "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
            raise InvalidParameter(message)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise InvalidParameter("Invalid request: the body is not UTF-8") from None
    return Call(request.method, request.url.path, parse_form(text), key)


def _authenticate(fake: FakeStripe, request: Request, call: Call, handler: Handler) -> bool:
    """Whether the caller holds only the publishable key. Raises 401 in Stripe's words."""
    given = _given_key(request)
    if not given:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise Unauthorized(message)
    if given == fake.api_key:
        return False
    if given != fake.publishable_key:
        raise Unauthorized(f"Invalid API Key provided: {given[:8]}{'*' * 8}{given[-4:]}")
    if handler not in BROWSER_HANDLERS:
        message = "This API call cannot be made with a publishable API key. Please use a secret API key."
        raise Unauthorized(message, code="secret_key_required")
    intent = fake.store.get("payment_intent", request.path_params["id"])
    if intent is not None and call.params.get("client_secret") != intent["client_secret"]:
        message = "The client_secret provided does not match any associated PaymentIntent on this account."
        raise InvalidParameter(message, code="payment_intent_invalid_parameter", param="client_secret")
    return True


def _given_key(request: Request) -> str:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme.lower() == "basic":
        with suppress(Base64Error, UnicodeDecodeError):
            return b64decode(given, validate=True).decode().partition(":")[0]
    return ""


def _background(fake: FakeStripe, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(work)
    fake.tasks.add(task)
    task.add_done_callback(fake.tasks.discard)
    return task


async def _unknown(request: Request, error: Exception) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    return JSONResponse(NotFound(message).body(), 404)


def _routes() -> list[Route]:
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/v1/payment_intents", intents.create),
        ("GET", "/v1/payment_intents", listing("payment_intent", "/v1/payment_intents", "customer")),
        ("GET", "/v1/payment_intents/search", search_intents),
        ("GET", "/v1/payment_intents/{id}", intents.retrieve),
        ("POST", "/v1/payment_intents/{id}", intents.update),
        ("POST", "/v1/payment_intents/{id}/confirm", intents.confirm),
        ("POST", "/v1/payment_intents/{id}/capture", intents.capture),
        ("POST", "/v1/payment_intents/{id}/cancel", intents.cancel),
        ("GET", "/v1/payment_methods/{id}", charges.retrieve("payment_method")),
        ("GET", "/v1/charges", listing("charge", "/v1/charges", "payment_intent")),
        ("GET", "/v1/charges/{id}", charges.retrieve("charge")),
        ("POST", "/v1/refunds", refunds.create),
        ("GET", "/v1/refunds", listing("refund", "/v1/refunds", "charge", "payment_intent")),
        ("GET", "/v1/refunds/{id}", charges.retrieve("refund")),
        ("POST", "/v1/refunds/{id}", refunds.update),
        ("GET", "/v1/disputes", listing("dispute", "/v1/disputes", "charge", "payment_intent")),
        ("GET", "/v1/disputes/{id}", charges.retrieve("dispute")),
        (
            "GET",
            "/v1/balance_transactions",
            listing("balance_transaction", "/v1/balance_transactions", "source", "type", "currency"),
        ),
        ("GET", "/v1/balance_transactions/{id}", charges.retrieve("balance_transaction")),
        ("GET", "/v1/events", listing("event", "/v1/events", "type")),
        ("GET", "/v1/events/{id}", charges.retrieve("event")),
        ("POST", "/v1/webhook_endpoints", webhooks.create_endpoint),
        ("GET", "/v1/webhook_endpoints", listing("webhook_endpoint", "/v1/webhook_endpoints")),
        ("GET", "/v1/webhook_endpoints/{id}", webhooks.retrieve_endpoint),
        ("POST", "/v1/webhook_endpoints/{id}", webhooks.update_endpoint),
        ("DELETE", "/v1/webhook_endpoints/{id}", webhooks.delete_endpoint),
    ]
    return [Route(path, _api(handler), methods=[method]) for method, path, handler in table]


def create_fake_stripe(
    *,
    api_key: str = API_KEY,
    publishable_key: str = PUBLISHABLE_KEY,
    path: Path | None = None,
    clock: Callable[[], float] = time.time,
    base_url: str = BASE_URL,
    deliver: Deliver | None = None,
    auto_deliver: bool = False,
) -> Starlette:
    """A fake Stripe account of its own as an ASGI app; `app.state.fake` is its `FakeStripe`.

    `auto_deliver` posts webhooks as they arise, and again after failures while the app's lifespan runs;
    otherwise they wait for `deliver_due`. `deliver` replaces the HTTP client that posts them.
    """
    fake = FakeStripe(
        api_key=api_key,
        publishable_key=publishable_key,
        path=path,
        clock=clock,
        base_url=base_url,
        deliver=deliver,
        auto_deliver=auto_deliver,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if fake.auto_deliver:
            _background(fake, control.keep_delivering(fake))
        yield
        for task in list(fake.tasks):
            task.cancel()
        await asyncio.gather(*fake.tasks, return_exceptions=True)

    app = Starlette(
        routes=[*_routes(), *control.routes()],
        exception_handlers={404: _unknown, 405: _unknown, HTTPException: _unknown},
        lifespan=lifespan,
    )
    app.state.fake = fake
    return app
