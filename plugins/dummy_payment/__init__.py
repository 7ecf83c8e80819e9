"""A pretended payment provider for trying a shop out: it answers whatever the storefront tells it to."""

from engine.sdk.plugins import Capability, Kind, Plugin
from plugins.dummy_payment.provider import DummyConfig, DummyProvider

plugin: Plugin[DummyProvider] = Plugin(
    id="mirumee.payments.dummy",
    name="Dummy payment",
    kind=Kind.PAYMENT,
    version="0.1.0",
    engine=">=0.1,<0.2",
    create=lambda config, _environment: DummyProvider(config),
    capabilities=frozenset(
        {
            Capability.AUTHORIZE,
            Capability.CHARGE,
            Capability.CAPTURE,
            Capability.PARTIAL_CAPTURE,
            Capability.CANCEL,
            Capability.REFUND,
            Capability.CONTINUE,
        }
    ),
    config=DummyConfig,
    aliases=("saleor.io.dummy-payment-app",),
    description="Pretends to take money, for development only.",
    development_only=True,
)
