"""The two payment plugins that talk to nobody keep the contract of those that do."""

import pytest

from engine.sdk.amounts import Amount
from engine.sdk.payments import ConfigRequest, EventType, Flow, InitializeRequest, InvalidPaymentData, ProcessRequest
from engine.sdk.testing.payments import PaymentConformance
from plugins import dummy_payment, manual_payment
from plugins.dummy_payment.provider import DummyProvider
from plugins.manual_payment.provider import ManualProvider

pytestmark = pytest.mark.anyio


def told(kind: str, **extra: object) -> dict[str, object]:
    return {"event": {"type": kind, "includePspReference": True, **extra}}


class TestDummy(PaymentConformance):
    plugin = dummy_payment.plugin
    declined = None
    nonsense = {"event": {"type": "MAKE_ME_RICH"}}

    async def test_it_answers_as_told(self) -> None:
        provider: DummyProvider = self.make()
        for kind in ("CHARGE_SUCCESS", "CHARGE_FAILURE", "CHARGE_REQUEST", "AUTHORIZATION_ACTION_REQUIRED"):
            result = await provider.initialize(self.begin(kind, Flow.CHARGE, told(kind)))
            assert result.type.value == kind
            assert result.psp_reference
        result = await provider.initialize(
            self.begin("nameless", Flow.CHARGE, told("CHARGE_SUCCESS", includePspReference=False))
        )
        assert result.psp_reference is None

    async def test_a_shopper_who_acted_ends_as_told(self) -> None:
        provider: DummyProvider = self.make()
        waiting = await provider.initialize(self.begin("a", Flow.CHARGE, told("CHARGE_ACTION_REQUIRED")))
        done = await provider.process(self.asking("a", Flow.CHARGE, waiting, told("CHARGE_FAILURE")))
        assert (done.type, done.psp_reference) == (EventType.CHARGE_FAILURE, waiting.psp_reference)

    async def test_another_process_goes_on_with_a_payment_from_its_provider_data(self) -> None:
        first, second = self.make(), self.make()
        waiting = await first.initialize(self.begin("b", Flow.CHARGE, told("CHARGE_REQUEST")))
        later = await second.status(self.asking("b", Flow.CHARGE, waiting))
        assert (later.type, later.psp_reference) == (EventType.CHARGE_SUCCESS, waiting.psp_reference)

    async def test_a_payment_that_never_began_has_failed(self) -> None:
        asked = ProcessRequest("transaction-x", "x", None, self.amount, Flow.CHARGE)
        assert (await self.make().status(asked)).type is EventType.CHARGE_FAILURE

    async def test_an_event_that_begins_no_payment_is_refused(self) -> None:
        with pytest.raises(InvalidPaymentData):
            await self.make().initialize(self.begin("r", Flow.CHARGE, told("REFUND_SUCCESS")))

    def test_it_is_for_development_only(self) -> None:
        assert self.plugin.development_only


class TestDecliningDummy(PaymentConformance):
    """Large sums are declined."""

    plugin = dummy_payment.plugin
    config = {"decline_from": 5_000}

    async def test_the_limit_declines(self) -> None:
        provider: DummyProvider = self.make()
        request = InitializeRequest("t", "t", Amount(5_000, "EUR"), Flow.CHARGE, told("CHARGE_SUCCESS"))
        result = await provider.initialize(request)
        assert (result.type, result.message) == (EventType.CHARGE_FAILURE, "Declined, as told")


class TestManual(PaymentConformance):
    plugin = manual_payment.plugin
    config = {"methods": ["invoice", "bank_transfer"], "instructions": {"bank_transfer": "DE02 1203 0000 0000 2020 51"}}
    nonsense = {"method": "gold"}

    async def test_it_only_authorises_whatever_is_asked(self) -> None:
        provider: ManualProvider = self.make()
        result = await provider.initialize(self.begin("c", Flow.CHARGE, None))
        assert result.type is EventType.AUTHORIZATION_SUCCESS

    async def test_the_buyer_chooses_a_method_and_reads_what_to_do(self) -> None:
        provider: ManualProvider = self.make()
        result = await provider.initialize(self.begin("d", Flow.AUTHORIZATION, {"method": "bank_transfer"}))
        assert result.data["instructions"] == "DE02 1203 0000 0000 2020 51"
        config = await provider.gateway_config(ConfigRequest(self.amount))
        assert [method["id"] for method in config["methods"]] == ["invoice", "bank_transfer"]

    async def test_a_method_that_is_not_offered_is_refused(self) -> None:
        with pytest.raises(InvalidPaymentData, match="Cash on delivery is not offered"):
            await self.make().initialize(self.begin("e", Flow.AUTHORIZATION, {"method": "cash_on_delivery"}))
