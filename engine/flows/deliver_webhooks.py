"""Sending what apps are told: claim the oldest message of an endpoint and object, call, record; then the next.

The address comes from outside: it is resolved here, refused unless all it resolves to may be called, and connected to
by the very address that was judged. Redirects are not followed.
"""

import ipaddress
import socket
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import httpx2
import orjson
import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from engine.accounts.keys import signing_keys
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import ConfigurationError
from engine.core.outside import OutsideTimeout, outside_call
from engine.flows.fetch_media import PUBLIC_ONLY, Guard
from engine.webhooks import deliveries, queries, rules
from engine.webhooks.deliveries import EXCERPT, JOB, Outcome
from engine.webhooks.rules import DeliveryStatus

SWEEP_JOB = "webhooks.sweep"
FORGET_JOB = "webhooks.forget"
SECONDS = 10.0
CONNECT_SECONDS = 5.0
READ_BYTES = 64_000
"""Of an answer; what comes after is not waited for."""
AT_ONCE = 50
"""Messages one job sends before it lets others have their turn."""
ANYWHERE = Guard(permits=lambda _address: True)
_HIDDEN = "***"
log = structlog.get_logger("argosy.webhooks")


class NotSent(Exception):
    """Nothing was sent. `again`: the fault may pass."""

    def __init__(self, message: str, *, again: bool):
        super().__init__(message)
        self.again = again


async def deliver(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Handler of `webhooks.deliver`: `webhook_id` and `object_key`."""
    webhook_id, object_key = payload["webhook_id"], payload["object_key"]
    for _ in range(AT_ONCE):
        delivery = await transact(ctx, deliveries.claim, webhook_id, object_key)
        if delivery is None:
            return
        (endpoint,) = await queries.endpoints(ctx, [webhook_id])
        if endpoint is None:
            return
        outcome = await send(ctx, endpoint, delivery)
        await transact(ctx, deliveries.record, delivery, outcome)
    await transact(ctx, _go_on, webhook_id, object_key)


async def _go_on(tx: WriteCtx, webhook_id: int, object_key: str) -> None:
    tx.enqueue(JOB, webhook_id=webhook_id, object_key=object_key)


async def sweep(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """The job of every minute: go on where a worker died or a job was lost."""
    for row in await queries.overdue(ctx):
        await transact(ctx, _go_on, row["webhook_id"], row["object_key"])


async def send(ctx: Ctx, endpoint: Row, delivery: Row) -> Outcome:
    """One try. Raises nothing: what went wrong is in the outcome."""
    started = perf_counter()
    told: Mapping[str, str] = {}
    try:
        if not (endpoint["is_active"] and endpoint["app_is_active"]):
            raise NotSent("The webhook or its app is not active.", again=False)
        body = queries.opened_body(ctx.settings, delivery)
        custom = queries.opened_headers(ctx.settings, endpoint)
        own = await _headers(ctx, endpoint, delivery, body)
        told = {**dict.fromkeys(custom, _HIDDEN), **own}
        async with outside_call(ctx, "the webhook", seconds=SECONDS):
            answer, text = await _post(endpoint["target_url"], {**custom, **own}, body, guard_of(ctx))
    except NotSent as refused:
        return _outcome(started, told, None, again=refused.again, response=str(refused))
    except (OutsideTimeout, ConfigurationError) as error:
        return _outcome(started, told, None, again=True, response=str(error))
    headers = orjson.dumps(dict(answer.headers)).decode()
    return _outcome(started, told, answer.status_code, response=text, response_headers=headers)


def _outcome(
    started: float, told: Mapping[str, str], status_code: int | None, *, again: bool = True, **answer: str
) -> Outcome:
    status, may_repeat = rules.verdict(status_code)
    return Outcome(
        status=status,
        again=again and may_repeat and status is not DeliveryStatus.SUCCESS,
        duration_ms=int((perf_counter() - started) * 1_000),
        request_headers=orjson.dumps(dict(told)).decode(),
        status_code=status_code,
        **answer,
    )


async def _headers(ctx: Ctx, endpoint: Row, delivery: Row, body: bytes) -> dict[str, str]:
    secret = queries.opened_secret(ctx.settings, endpoint)
    if secret is not None:
        signature = rules.hex_signature(secret, body)
    else:
        key = (await signing_keys(ctx)).current
        private: Any = key.get_op_key("sign")

        def sign(data: bytes) -> bytes:
            signed: bytes = private.sign(data, padding.PKCS1v15(), hashes.SHA256())
            return signed

        signature = rules.jws_signature(str(key.kid), sign, body)
    return {
        "Content-Type": "application/json",
        **rules.saleor_headers(delivery["event"], f"{ctx.base_url.rstrip('/')}/graphql/", signature),
        **rules.standard_headers(secret, delivery["message_id"], ctx.clock.now(), body),
    }


async def _post(url: str, headers: Mapping[str, str], body: bytes, guard: Guard) -> tuple[httpx2.Response, str]:
    """The answer and the beginning of its text. Raises NotSent."""
    response, read = await call("POST", url, headers, body, guard)
    return response, read[: 4 * EXCERPT].decode(errors="replace").replace("\0", "")[:EXCERPT]


def guard_of(ctx: Ctx) -> Guard:
    """Which addresses of apps may be called."""
    return ANYWHERE if ctx.settings.webhooks_to_local_addresses else PUBLIC_ONLY


async def call(
    method: str, url: str, headers: Mapping[str, str], body: bytes, guard: Guard, *, most: int = READ_BYTES
) -> tuple[httpx2.Response, bytes]:
    """The answer and its first `most` bytes, or a little more. Raises NotSent."""
    timeout = httpx2.Timeout(SECONDS, connect=CONNECT_SECONDS)
    async with httpx2.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client:
        try:
            target = httpx2.URL(url)
            request = client.build_request(
                method,
                target.copy_with(host=await _address(target, guard)),
                content=body,
                headers={**headers, "host": target.netloc.decode("ascii"), "user-agent": "argosy"},
                # TLS asks for, and checks, the certificate of the name
                extensions={"sni_hostname": target.raw_host.decode("ascii")},
            )
            response = await client.send(request, stream=True)
            try:
                return response, await _beginning(response, most)
            finally:
                await response.aclose()
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError, ValueError) as error:
            raise NotSent(f"This address cannot be called: {error}", again=False) from error
        except (httpx2.HTTPError, OSError) as error:
            raise NotSent(f"{type(error).__name__}: {error}", again=True) from error


async def _address(url: httpx2.URL, guard: Guard) -> str:
    """The one to connect to. Raises NotSent where one of those a name has may not be called."""
    try:
        found = await guard.resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
    except socket.gaierror as error:
        raise NotSent(f"{url.host} cannot be resolved: {error}", again=True) from error
    if not found:
        raise NotSent(f"There is no host {url.host}.", again=True)
    if not all(guard.permits(ipaddress.ip_address(address.partition("%")[0])) for address in found):
        raise NotSent(f"{url.host} is not on the public internet.", again=False)
    return found[0]


async def _beginning(response: httpx2.Response, most: int) -> bytes:
    read = bytearray()
    async for chunk in response.aiter_bytes():
        read += chunk
        if len(read) >= most:
            break
    return bytes(read)
