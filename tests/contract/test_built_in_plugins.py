"""The built-in plugins keep the contracts they declare, by the suites that outsiders use."""

from pathlib import Path
from typing import Any

import pytest

from engine.sdk.plugins import PluginEnvironment
from engine.sdk.testing import CarrierConformance, PaymentConformance
from plugins import stripe, table_rate


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
