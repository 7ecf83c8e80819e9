"""The built-in plugins keep the contracts they declare, by the suites that outsiders use."""

from pathlib import Path
from typing import Any

import pytest

from engine.sdk.plugins import Kind, PluginEnvironment
from engine.sdk.sign_in import SignIn
from engine.sdk.testing import CarrierConformance, PaymentConformance
from engine.sdk.testing.manifest import PluginConformance
from plugins import openid_connect, stripe, table_rate


class TestTableRate(CarrierConformance):
    plugin = table_rate.plugin


class TestStripe(PaymentConformance):
    plugin = stripe.plugin
    config = {"mode": "fake", "webhook_secret": "whsec_canary"}
    approved = {"paymentMethodId": "pm_card_visa"}
    declined = {"paymentMethodId": "pm_card_chargeDeclined"}
    needs_action = {"paymentMethodId": "pm_card_authenticationRequired"}
    nonsense = {"paymentMethodId": "4242"}
    secrets = ("whsec_canary",)

    @pytest.fixture(autouse=True)
    def _own_account(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self) -> Any:
        config = self.plugin.config.model_validate(dict(self.config))
        return self.plugin.create(config, PluginEnvironment(production=False, data_dir=self.folder))


class TestOpenIdConnect(PluginConformance):
    plugin = openid_connect.plugin
    kind = Kind.SIGN_IN
    config = {"issuer": "https://accounts.example", "client_id": "shop", "client_secret": "canary"}

    def test_it_keeps_the_contract_of_its_kind(self) -> None:
        assert isinstance(self.make(), SignIn)

    def test_no_secret_shows_in_what_it_says_of_itself(self) -> None:
        assert "canary" not in repr(self.plugin.config.model_validate(dict(self.config)))

    def test_production_sends_its_secret_over_https_alone(self) -> None:
        config = self.plugin.config.model_validate({**self.config, "issuer": "http://127.0.0.1:9"})
        with pytest.raises(ValueError, match="https"):
            self.plugin.create(config, PluginEnvironment(production=True, data_dir=Path("unused")))
