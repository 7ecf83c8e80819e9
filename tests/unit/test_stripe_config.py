"""Stripe's configuration: keys from the environment, and the fake only where it belongs."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from engine.sdk.amounts import Amount
from engine.sdk.payments import ActionRequest, EventType, Flow, InitializeRequest
from engine.sdk.plugins import PluginEnvironment
from plugins.stripe import plugin
from plugins.stripe.config import StripeConfig, resolve


def environment(tmp_path: Path, *, production: bool = False) -> PluginEnvironment:
    return PluginEnvironment(production=production, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("config", "variables", "production", "mode"),
    [
        ({}, {}, False, "fake"),
        ({}, {"STRIPE_API_KEY": "sk_test_1", "STRIPE_PUBLISHABLE_KEY": "pk_test_1"}, False, "stripe"),
        ({"secret_key": "rk_live_1", "publishable_key": "pk_live_1"}, {}, True, "stripe"),
        ({"mode": "fake"}, {"STRIPE_API_KEY": "sk_test_1"}, False, "fake"),
        ({}, {}, True, None),
        ({"mode": "fake"}, {}, True, None),
        ({"secret_key": "sk_test_1"}, {}, False, None),
        ({"secret_key": "pk_test_1", "publishable_key": "pk_test_1"}, {}, False, None),
    ],
)
def test_the_fake_is_for_development_without_a_key(tmp_path, config, variables, production, mode):
    given = StripeConfig.model_validate(config)
    where = environment(tmp_path, production=production)
    if mode is None:
        with pytest.raises(ValueError, match=r"[Ss]tripe"):
            resolve(given, where, variables)
    else:
        assert resolve(given, where, variables).mode == mode


def test_secrets_do_not_show(tmp_path):
    config = StripeConfig(secret_key=SecretStr("sk_test_1"), publishable_key="pk_test_1")
    assert "sk_test_1" not in repr(resolve(config, environment(tmp_path), {"STRIPE_WEBHOOK_SECRET": "whsec_1"}))


@pytest.mark.anyio
async def test_without_a_key_two_processes_share_the_fake(tmp_path, monkeypatch):
    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    api, worker = [plugin.create(StripeConfig(), environment(tmp_path)) for _ in range(2)]
    amount, data = Amount(2000, "USD"), {"paymentMethodId": "pm_card_visa"}
    paid = await api.initialize(InitializeRequest("tx", "try-1", amount, Flow.CHARGE, data))
    assert (await worker.refund(ActionRequest("tx", "r1", paid.psp_reference, amount))).type is EventType.REFUND_SUCCESS
    assert (tmp_path / "fake-stripe.db").exists()


def test_the_manifest_names_what_storefronts_ask_for():
    assert (plugin.id, plugin.kind) == ("saleor.app.payment.stripe", "payment")
    assert plugin.currencies is not None
    assert {"USD", "JPY", "KWD"} <= plugin.currencies
    assert plugin.development_only is False
