"""Stripe: the payment provider, and a fake of its API for tests and keyless development."""

from engine.sdk.payments import PaymentProvider
from engine.sdk.plugins import Capability, Kind, Plugin, PluginEnvironment
from plugins.stripe.config import StripeConfig
from plugins.stripe.currencies import supported_currencies


def _create(config: StripeConfig, environment: PluginEnvironment) -> PaymentProvider:
    # The SDK takes a second or more to import; commands that only list plugins need not wait for it.
    from plugins.stripe.connection import create_provider

    return create_provider(config, environment)


plugin: Plugin[PaymentProvider] = Plugin(
    id="saleor.app.payment.stripe",
    name="Stripe",
    kind=Kind.PAYMENT,
    version="0.1.0",
    engine=">=0.1,<0.2",
    create=_create,
    capabilities=frozenset(
        {
            Capability.AUTHORIZE,
            Capability.CHARGE,
            Capability.CAPTURE,
            Capability.PARTIAL_CAPTURE,
            Capability.CANCEL,
            Capability.REFUND,
            Capability.CONTINUE,
            Capability.WEBHOOK,
        }
    ),
    config=StripeConfig,
    aliases=("stripe",),
    description="Cards and wallets through Stripe payment intents, with 3-D Secure.",
    currencies=supported_currencies(),
)
