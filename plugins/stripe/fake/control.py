"""What has no counterpart in Stripe's API: the 3-D Secure page, and helpers that play the bank.

The helpers need the secret key as a bearer token; the page needs the intent's client secret.
"""

import asyncio
import re
from collections.abc import Callable
from html import escape
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from plugins.stripe.fake import attempts, charges, refunds, webhooks
from plugins.stripe.fake.errors import ApiError, InvalidParameter, Unauthorized
from plugins.stripe.fake.faults import Call, Fault
from plugins.stripe.fake.forms import Params, parse_form
from plugins.stripe.fake.state import FakeStripe
from plugins.stripe.fake.store import Object

RETRY_SECONDS = 1.0
SUCCESS = ("success", "failure")
KINDS: dict[str, Literal["delay", "error", "drop"]] = {"delay": "delay", "error": "error", "drop": "drop"}

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Fake 3-D Secure</title>
<body style="font:16px sans-serif;max-width:30rem;margin:4rem auto">
<h1>Fake 3-D Secure</h1><p>A test page of the fake Stripe: {amount} {currency}, {intent}.</p>
<form method="post"><input type="hidden" name="client_secret" value="{secret}">
<button name="outcome" value="success">Complete authentication</button>
<button name="outcome" value="failure">Fail authentication</button></form></body></html>"""


async def keep_delivering(fake: FakeStripe) -> None:
    """Retry failed webhook deliveries as they fall due, until cancelled."""
    while True:
        await asyncio.sleep(RETRY_SECONDS)
        await webhooks.deliver_due(fake)


async def _challenge(request: Request) -> Response:
    """The page a customer is sent to: GET shows it, POST of `outcome` ends it and leads back to the shop."""
    fake: FakeStripe = request.app.state.fake
    body = (await request.body()).decode(errors="replace") if request.method == "POST" else ""
    try:
        params = Params(parse_form(body or request.url.query))
        intent = fake.load("payment_intent", request.path_params["id"])
        if params.text("client_secret") != intent["client_secret"]:
            raise InvalidParameter("The client_secret does not match.", param="client_secret")
        if request.method == "GET":
            values = {"amount": intent["amount"], "currency": intent["currency"].upper(), "intent": intent["id"]}
            values["secret"] = intent["client_secret"]
            return HTMLResponse(_PAGE.format(**{name: escape(str(value)) for name, value in values.items()}))
        success = params.choice("outcome", SUCCESS) == "success"
        action = (intent["next_action"] or {}).get("redirect_to_url") or {}
        with fake.change():
            intent = attempts.finish_challenge(fake, intent["id"], success=success)
    except ApiError as error:
        return JSONResponse(error.body(), error.status)
    if fake.auto_deliver:
        await webhooks.deliver_due(fake)
    if not (return_url := action.get("return_url")):
        return JSONResponse(intent)
    paid = intent["status"] in ("succeeded", "requires_capture", "processing")
    added = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if paid else "failed",
    }
    parts = urlsplit(return_url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added.items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 303)


def _helper(action: Callable[[FakeStripe, Params, str], Object]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        fake: FakeStripe = request.app.state.fake
        try:
            if request.headers.get("Authorization") != f"Bearer {fake.api_key}":
                raise Unauthorized("The helpers of the fake need its secret key.")
            params = Params(parse_form((await request.body()).decode(errors="replace")))
            with fake.change():
                answer = action(fake, params, request.path_params.get("id", ""))
        except ApiError as error:
            return JSONResponse(error.body(), error.status)
        if fake.auto_deliver:
            await webhooks.deliver_due(fake)
        return JSONResponse(answer)

    return endpoint


def _success(params: Params) -> bool:
    params.allow("outcome")
    return params.choice("outcome", SUCCESS) != "failure"


def _add_fault(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow("kind", "method", "path", "times", "milliseconds", "status", "after_effect", "stored")
    kind = params.choice("kind", KINDS) or "error"
    method, pattern = params.text("method"), params.text("path") or ""
    try:
        matcher = re.compile(pattern)
    except re.error:
        raise InvalidParameter("Invalid regular expression", param="path") from None

    def when(call: Call) -> bool:
        return method in (None, call.method) and matcher.search(call.path) is not None

    fault = Fault(
        KINDS[kind],
        when,
        times=params.integer("times", minimum=1) or 1,
        seconds=(params.integer("milliseconds") or 0) / 1000,
        status=params.integer("status", minimum=400) or 500,
        after_effect=params.boolean("after_effect") or False,
        stored=params.boolean("stored") or False,
    )
    fake.faults.append(fault)
    return {"object": "fake.fault", "kind": fault.kind, "times": fault.times}


def _open_dispute(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow("amount", "reason")
    amount = params.integer("amount", minimum=1)
    return charges.open_dispute(fake, wanted, amount=amount, reason=params.text("reason") or "fraudulent")


def routes() -> list[Route]:
    """`POST /_fake/...`; `outcome` is `success` (the default) or `failure`."""
    helpers: dict[str, Callable[[FakeStripe, Params, str], Object]] = {
        "/_fake/faults": _add_fault,
        "/_fake/charges/{id}/dispute": _open_dispute,
        "/_fake/disputes/{id}/close": lambda fake, params, wanted: charges.close_dispute(
            fake, wanted, won=_success(params)
        ),
        "/_fake/refunds/{id}/settle": lambda fake, params, wanted: refunds.settle(
            fake, wanted, success=_success(params)
        ),
        "/_fake/payment_intents/{id}/settle": lambda fake, params, wanted: attempts.settle_processing(
            fake, wanted, success=_success(params)
        ),
    }
    return [
        Route("/_fake/authenticate/{id}", _challenge, methods=["GET", "POST"]),
        *(Route(path, _helper(action), methods=["POST"]) for path, action in helpers.items()),
    ]
