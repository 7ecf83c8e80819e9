"""What the engine relies on in a payment provider."""

import asyncio
import json
import time
from typing import Any, ClassVar

import pytest

from engine.sdk.amounts import Amount
from engine.sdk.payments import (
    ActionRequest,
    ConfigRequest,
    EventType,
    Flow,
    InitializeRequest,
    InvalidPaymentData,
    PaymentProvider,
    PaymentResult,
    ProcessRequest,
    WebhookMessage,
    WebhookProvider,
    WebhookRefused,
)
from engine.sdk.plugins import Capability, Kind
from engine.sdk.testing.manifest import PluginConformance

SUCCESSES = {
    Flow.AUTHORIZATION: EventType.AUTHORIZATION_SUCCESS,
    Flow.CHARGE: EventType.CHARGE_SUCCESS,
}


class PaymentConformance(PluginConformance):
    """Give the data a storefront would send: `approved`, and where the provider knows such, the others."""

    kind = Kind.PAYMENT
    amount: ClassVar[Amount] = Amount(4_990, "EUR")
    approved: ClassVar[Any] = None
    declined: ClassVar[Any] = None
    """Data of a payment that is refused; None: the provider never declines."""
    needs_action: ClassVar[Any] = None
    """Data of a payment that waits for the shopper; None: it never does."""
    nonsense: ClassVar[Any] = None
    """Data it cannot read; None: it reads none."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """Configured secrets, which no storefront may ever see."""

    def provider(self) -> PaymentProvider:
        made = self.make()
        assert isinstance(made, PaymentProvider)
        return made

    def flows(self) -> list[Flow]:
        named = {Flow.AUTHORIZATION: Capability.AUTHORIZE, Flow.CHARGE: Capability.CHARGE}
        return [flow for flow, capability in named.items() if self.has(capability)]

    def begin(self, key: str, flow: Flow, data: Any) -> InitializeRequest:
        return InitializeRequest(
            f"transaction-{key}", key, self.amount, flow, data, return_url="https://shop.example/r"
        )

    def action(self, key: str, paid: PaymentResult, amount: Amount | None = None) -> ActionRequest:
        return ActionRequest(
            f"transaction-{key}", f"action-{key}", paid.psp_reference, amount or self.amount,
            provider_data=paid.provider_data,
        )  # fmt: skip

    async def settled(self, provider: PaymentProvider, key: str, flow: Flow) -> PaymentResult:
        """An approved payment, asked again while the provider says it is still at work."""
        result = await provider.initialize(self.begin(key, flow, self.approved))
        for _ in range(20):
            if not result.type.value.endswith("_REQUEST"):
                break
            await asyncio.sleep(0.02)
            result = await provider.status(self.asking(key, flow, result))
        return result

    def asking(self, key: str, flow: Flow, last: PaymentResult, data: Any = None) -> ProcessRequest:
        return ProcessRequest(
            f"transaction-{key}", f"process-{key}", last.psp_reference, self.amount, flow, data, last.provider_data
        )

    def test_it_keeps_the_protocols_its_capabilities_name(self) -> None:
        assert self.flows(), "declare payment.authorize, payment.charge or both"
        assert isinstance(self.provider(), WebhookProvider) or not self.has(Capability.WEBHOOK)

    @pytest.mark.anyio
    async def test_what_storefronts_are_told_is_json_without_secrets(self) -> None:
        text = json.dumps(await self.provider().gateway_config(ConfigRequest(self.amount)))
        assert not [secret for secret in self.secrets if secret in text]

    @pytest.mark.anyio
    async def test_an_approved_payment_succeeds_in_each_flow_it_offers(self) -> None:
        provider = self.provider()
        for flow in self.flows():
            result = await self.settled(provider, f"approved-{flow}", flow)
            assert result.type is SUCCESSES[flow]
            assert result.psp_reference
            assert result.amount in (None, self.amount)

    @pytest.mark.anyio
    async def test_the_same_key_is_the_same_payment_asked_again_or_at_once(self) -> None:
        provider, flow = self.provider(), self.flows()[0]
        request = self.begin("same", flow, self.approved)
        first = await provider.initialize(request)
        again = await asyncio.gather(*(provider.initialize(request) for _ in range(4)))
        assert {result.psp_reference for result in (first, *again)} == {first.psp_reference}

    @pytest.mark.anyio
    async def test_two_keys_are_two_payments(self) -> None:
        provider, flow = self.provider(), self.flows()[0]
        first = await provider.initialize(self.begin("one", flow, self.approved))
        second = await provider.initialize(self.begin("two", flow, self.approved))
        assert first.psp_reference != second.psp_reference

    @pytest.mark.anyio
    async def test_a_decline_is_an_answer_with_a_reason_not_an_exception(self) -> None:
        if self.declined is None:
            pytest.skip("it never declines")
        for flow in self.flows():
            result = await self.provider().initialize(self.begin(f"declined-{flow}", flow, self.declined))
            assert result.type.value == f"{flow}_FAILURE"
            assert result.message

    @pytest.mark.anyio
    async def test_data_it_cannot_read_is_refused(self) -> None:
        if self.nonsense is None:
            pytest.skip("it reads no data")
        with pytest.raises(InvalidPaymentData):
            await self.provider().initialize(self.begin("nonsense", self.flows()[0], self.nonsense))

    @pytest.mark.anyio
    async def test_a_payment_that_waits_for_the_shopper_says_how_to_go_on(self) -> None:
        if self.needs_action is None:
            pytest.skip("it never waits for the shopper")
        assert self.has(Capability.CONTINUE)
        provider, flow = self.provider(), self.flows()[0]
        result = await provider.initialize(self.begin("action", flow, self.needs_action))
        assert result.type.value == f"{flow}_ACTION_REQUIRED"
        assert result.data
        later = await provider.process(self.asking("action", flow, result))
        assert later.psp_reference == result.psp_reference

    @pytest.mark.anyio
    async def test_where_a_payment_stands_can_be_asked(self) -> None:
        provider, flow = self.provider(), self.flows()[0]
        paid = await self.settled(provider, "status", flow)
        asked = await provider.status(self.asking("status", flow, paid))
        assert (asked.type, asked.psp_reference) == (paid.type, paid.psp_reference)

    @pytest.mark.anyio
    async def test_what_was_authorised_is_captured_once_and_never_more_than_held(self) -> None:
        if not self.has(Capability.CAPTURE):
            pytest.skip("it does not capture")
        provider = self.provider()
        held = await self.settled(provider, "capture", Flow.AUTHORIZATION)
        more = Amount(self.amount.minor + 1, self.amount.currency)
        assert (await provider.capture(self.action("too-much", held, more))).type is EventType.CHARGE_FAILURE
        request = self.action("capture", held)
        first, again = await provider.capture(request), await provider.capture(request)
        assert first.type in (EventType.CHARGE_SUCCESS, EventType.CHARGE_REQUEST)
        assert (again.type, again.psp_reference) == (first.type, first.psp_reference)

    @pytest.mark.anyio
    async def test_what_was_authorised_can_be_let_go(self) -> None:
        if not self.has(Capability.CANCEL):
            pytest.skip("it does not cancel")
        provider = self.provider()
        held = await self.settled(provider, "cancel", Flow.AUTHORIZATION)
        request = self.action("cancel", held)
        results = [await provider.cancel(request) for _ in range(2)]
        assert {result.type for result in results} <= {EventType.CANCEL_SUCCESS, EventType.CANCEL_REQUEST}

    @pytest.mark.anyio
    async def test_a_refund_happens_once_and_never_beyond_what_was_charged(self) -> None:
        if not self.has(Capability.REFUND):
            pytest.skip("it does not refund")
        provider = self.provider()
        paid = await self.settled(provider, "refund", Flow.CHARGE)
        half = Amount(self.amount.minor // 2, self.amount.currency)
        request = self.action("refund", paid, half)
        first, again = await provider.refund(request), await provider.refund(request)
        assert first.type in (EventType.REFUND_SUCCESS, EventType.REFUND_REQUEST)
        assert first.psp_reference == again.psp_reference
        assert (await provider.refund(self.action("refund-all", paid))).type is EventType.REFUND_FAILURE

    @pytest.mark.anyio
    async def test_a_forged_webhook_is_refused(self) -> None:
        made = self.provider()
        if not isinstance(made, WebhookProvider):
            pytest.skip("it has no webhooks")
        for headers in ({}, {"stripe-signature": "t=1,v1=00", "signature": "x", "webhook-signature": "v1,x"}):
            with pytest.raises(WebhookRefused):
                await made.parse_webhook(WebhookMessage(b'{"id": "evt_forged"}', headers, time.time()))
