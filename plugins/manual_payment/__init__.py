"""Payment outside the shop: on invoice, by bank transfer, in cash on delivery. Staff record when it has come."""

from engine.sdk.plugins import Capability, Kind, Plugin
from plugins.manual_payment.provider import ManualConfig, ManualProvider

plugin: Plugin[ManualProvider] = Plugin(
    id="argosy.manual",
    name="Manual payment",
    kind=Kind.PAYMENT,
    version="0.1.0",
    engine=">=0.1,<0.2",
    create=lambda config, _environment: ManualProvider(config),
    capabilities=frozenset(
        {Capability.AUTHORIZE, Capability.CAPTURE, Capability.PARTIAL_CAPTURE, Capability.CANCEL, Capability.OFFLINE}
    ),
    config=ManualConfig,
    aliases=("manual",),
    description="Invoice, bank transfer or cash on delivery: the shop trusts the buyer, staff record the payment.",
)
