"""The Stripe payment provider: payment intents, captured at once or later, through the official SDK."""

import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import anyio
import stripe
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from stripe.params import PaymentIntentConfirmParams, PaymentIntentCreateParams, RefundCreateParams

from engine.sdk.payments import (
    ActionRequest,
    ConfigRequest,
    EventType,
    Flow,
    InitializeRequest,
    InvalidPaymentData,
    PaymentResult,
    ProcessRequest,
    ProviderEvent,
    ProviderFault,
    WebhookMessage,
    WebhookRefused,
)
from plugins.stripe.config import StripeConfig
from plugins.stripe.currencies import UnsupportedAmount, to_stripe
from plugins.stripe.results import REFERENCE, failure_type, intent_result, refund_result, refusal
from plugins.stripe.webhooks import read_event

LISTED_PAGES = 5
LISTED_SECONDS = 25 * 3600
MAX_KEY = 255


class StorefrontData(BaseModel):
    """What a storefront may send. Other members are ignored, as storefronts differ in what they add."""

    model_config = ConfigDict(extra="ignore")

    payment_method_id: str | None = Field(default=None, alias="paymentMethodId", pattern=r"^pm_\w{1,200}$")
    """A PaymentMethod made by Stripe.js: confirm it here. Without it the storefront confirms in the browser."""
    return_url: str | None = Field(default=None, alias="returnUrl", pattern=r"^https?://\S{1,2000}$")


def _parse(data: Any) -> StorefrontData:
    try:
        return StorefrontData.model_validate({} if data is None else data)
    except ValidationError as error:
        names = ", ".join(sorted({str(part) for problem in error.errors() for part in problem["loc"]})) or "data"
        raise InvalidPaymentData(f"Stripe cannot read: {names}") from error


class StripeProvider:
    """Talks through `connect()`, which is called once, at the first request.

    `now` gives Unix seconds. Every method raises `ProviderFault` when no clear answer came in time.
    """

    def __init__(
        self,
        config: StripeConfig,
        connect: Callable[[], stripe.StripeClient],
        *,
        publishable_key: str,
        webhook_secret: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._config, self._connect = config, connect
        self._publishable_key, self._webhook_secret = publishable_key, webhook_secret
        self._now = now
        # In a browser, Stripe's own script would refuse the key of the fake.
        self.offered = config.mode != "fake"
        self._client: stripe.StripeClient | None = None

    async def gateway_config(self, request: ConfigRequest) -> Any:
        """The publishable key, in both spellings that storefronts read."""
        return {"stripePublishableKey": self._publishable_key, "publishableKey": self._publishable_key}

    async def initialize(self, request: InitializeRequest) -> PaymentResult:
        """Make a payment intent; confirm it at once if the storefront sent a `paymentMethodId`."""
        data, kind = _parse(request.data), failure_type(request.flow)
        try:
            params: PaymentIntentCreateParams = {
                "amount": to_stripe(request.amount, self._today()),
                "currency": request.amount.currency.lower(),
                "capture_method": "manual" if request.flow is Flow.AUTHORIZATION else "automatic_async",
                "automatic_payment_methods": {"enabled": True},
                "metadata": {REFERENCE: request.reference},
            }
        except UnsupportedAmount as error:
            return PaymentResult(type=kind, message=str(error))
        return_url = data.return_url or request.return_url
        if data.payment_method_id:
            params |= {"payment_method": data.payment_method_id, "confirm": True}
            if return_url:
                params["return_url"] = return_url
            else:
                params["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
        options = _options("initialize", request.idempotency_key)
        try:
            async with self._call() as client:
                intent = await client.v1.payment_intents.create_async(params, options)
                if intent.last_response and "idempotent-replayed" in intent.last_response.headers:
                    # A replayed answer tells how the payment began, not how it went on.
                    intent = await client.v1.payment_intents.retrieve_async(intent.id)
        except stripe.StripeError as error:
            return refusal(error, kind, None)
        return self._result(intent)

    async def process(self, request: ProcessRequest) -> PaymentResult:
        """Where the payment stands after the shopper acted, or confirm it with another `paymentMethodId`."""
        data = _parse(request.data)
        intent = await self._intent(request)
        if intent is None:
            return PaymentResult(type=failure_type(request.flow), message="Stripe knows no such payment")
        open_again = intent.status in ("requires_payment_method", "requires_confirmation")
        if not data.payment_method_id or not open_again:
            return self._result(intent)
        params: PaymentIntentConfirmParams = {"payment_method": data.payment_method_id}
        if data.return_url:
            params["return_url"] = data.return_url
        else:
            params["use_stripe_sdk"] = True
        options = _options("process", request.idempotency_key)
        try:
            async with self._call() as client:
                intent = await client.v1.payment_intents.confirm_async(intent.id, params, options)
        except stripe.StripeError as error:
            return refusal(error, failure_type(request.flow), intent.id)
        return self._result(intent)

    async def capture(self, request: ActionRequest) -> PaymentResult:
        """Charge a held payment, in full or in part, once; the rest of the hold is released."""

        async def act(client: stripe.StripeClient, intent: str) -> PaymentResult:
            amount = to_stripe(request.amount, self._today())
            captured = await client.v1.payment_intents.capture_async(
                intent, {"amount_to_capture": amount}, _options("capture", request.idempotency_key)
            )
            return self._result(captured)

        return await self._act(request, EventType.CHARGE_FAILURE, act)

    async def refund(self, request: ActionRequest) -> PaymentResult:
        """Pay back part or all; a refund the bank has not settled yet is a REFUND_REQUEST."""

        async def act(client: stripe.StripeClient, intent: str) -> PaymentResult:
            params: RefundCreateParams = {
                "payment_intent": intent,
                "amount": to_stripe(request.amount, self._today()),
                "metadata": {REFERENCE: request.reference}
                | ({"reason": request.reason[:500]} if request.reason else {}),
            }
            refund = await client.v1.refunds.create_async(params, _options("refund", request.idempotency_key))
            return refund_result(refund, self._today())

        return await self._act(request, EventType.REFUND_FAILURE, act)

    async def cancel(self, request: ActionRequest) -> PaymentResult:
        """Release the whole hold, or end a payment that never got one. Already cancelled is a success."""

        async def act(client: stripe.StripeClient, intent: str) -> PaymentResult:
            try:
                options = _options("cancel", request.idempotency_key)
                canceled = await client.v1.payment_intents.cancel_async(intent, {}, options)
            except stripe.InvalidRequestError:
                canceled = await client.v1.payment_intents.retrieve_async(intent)
                if canceled.status != "canceled":
                    raise
            return PaymentResult(type=EventType.CANCEL_SUCCESS, psp_reference=canceled.id, actions=())

        return await self._act(request, EventType.CANCEL_FAILURE, act)

    async def status(self, request: ProcessRequest) -> PaymentResult:
        """Ask Stripe, by its id or, where its answer never reached us, by our reference."""
        intent = await self._intent(request)
        if intent is None:
            return PaymentResult(type=failure_type(request.flow), message="Stripe knows no such payment")
        return self._result(intent)

    async def parse_webhook(self, message: WebhookMessage) -> Sequence[ProviderEvent]:
        if not self._webhook_secret:
            raise WebhookRefused("No signing secret is set for Stripe's webhooks")
        return read_event(message, self._webhook_secret)

    async def _act(
        self,
        request: ActionRequest,
        kind: EventType,
        act: Callable[[stripe.StripeClient, str], Awaitable[PaymentResult]],
    ) -> PaymentResult:
        intent = request.psp_reference
        if not intent:
            return PaymentResult(type=kind, message="The payment has no Stripe id")
        try:
            async with self._call() as client:
                return await act(client, intent)
        except UnsupportedAmount as error:
            return PaymentResult(type=kind, psp_reference=intent, message=str(error))
        except stripe.StripeError as error:
            return refusal(error, kind, intent)

    async def _intent(self, request: ProcessRequest) -> stripe.PaymentIntent | None:
        try:
            async with self._call() as client:
                if request.psp_reference:
                    return await client.v1.payment_intents.retrieve_async(request.psp_reference)
                return await self._find(client, request.reference)
        except stripe.StripeError as error:
            # Also when an id of ours is unknown there: the keys are of another account, the payment may be paid.
            raise ProviderFault(f"Stripe: {error.code or type(error).__name__}") from error

    async def _find(self, client: stripe.StripeClient, reference: str) -> stripe.PaymentIntent | None:
        """Lists are exact but long; search is short but runs behind, so it is asked only for older payments."""
        since = int(self._now()) - LISTED_SECONDS
        page = await client.v1.payment_intents.list_async({"limit": 100, "created": {"gte": since}})
        for _ in range(LISTED_PAGES):
            for intent in page.data:
                if intent.metadata.to_dict().get(REFERENCE) == reference:
                    return intent
            if not page.has_more:
                break
            page = await page.next_page_async()
        quoted = reference.replace("\\", "\\\\").replace("'", "\\'")
        found = await client.v1.payment_intents.search_async({"query": f"metadata['{REFERENCE}']:'{quoted}'"})
        return found.data[0] if found.data else None

    @asynccontextmanager
    async def _call(self) -> AsyncIterator[stripe.StripeClient]:
        if self._client is None:
            self._client = self._connect()
        try:
            with anyio.fail_after(self._config.timeout_seconds):
                yield self._client
        except TimeoutError as error:
            raise ProviderFault("Stripe did not answer in time") from error

    def _result(self, intent: stripe.PaymentIntent) -> PaymentResult:
        return intent_result(intent, self._today(), publishable_key=self._publishable_key)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._now(), UTC).date()


def _options(operation: str, key: str) -> stripe.RequestOptions:
    """Stripe ties a key to one endpoint, so each operation has its own."""
    full = f"{operation}-{key}"
    if len(full) > MAX_KEY:
        full = hashlib.sha256(full.encode()).hexdigest()
    return {"idempotency_key": full}
