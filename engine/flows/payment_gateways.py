"""Which payment providers can be asked about a checkout or order, and what a storefront needs to show them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from engine.checkout import queries as checkouts
from engine.checkout.errors import CheckoutNotFound
from engine.checkout.pricing import price
from engine.core.context import Ctx
from engine.core.money import MoneyError, to_minor
from engine.core.outside import OutsideTimeout, outside_call
from engine.extensions.service import available, instance
from engine.orders import queries as orders
from engine.orders.errors import UnknownOrder
from engine.payments import queries
from engine.payments.errors import AmountRefused, GatewayUnavailable
from engine.sdk.amounts import Amount
from engine.sdk.payments import ConfigRequest, InvalidPaymentData, PaymentProvider, ProviderFault
from engine.sdk.plugins import Capability, Kind, Plugin

_ACTIONS = {"CHARGE": Capability.CAPTURE, "REFUND": Capability.REFUND, "CANCEL": Capability.CANCEL}


@dataclass(frozen=True)
class Owner:
    """What is paid for."""

    kind: Literal["Checkout", "Order"]
    id: uuid.UUID


@dataclass(frozen=True)
class Payable:
    """An owner as a payment sees it."""

    owner: Owner
    channel_id: int
    currency: str
    email: str | None
    billing_address_id: int | None


@dataclass(frozen=True)
class Gateway:
    """A payment plugin at work in one channel."""

    plugin: Plugin[PaymentProvider]
    provider: PaymentProvider

    def has(self, capability: Capability) -> bool:
        return capability in self.plugin.capabilities

    def takes(self, currency: str) -> bool:
        return self.plugin.currencies is None or currency in self.plugin.currencies

    @property
    def actions(self) -> frozenset[str]:
        return frozenset(action for action, capability in _ACTIONS.items() if self.has(capability))


@dataclass(frozen=True)
class GatewayConfig:
    """`fault` says why there is no `data`."""

    id: str
    data: Any = None
    fault: str | None = None
    code: str = "INVALID"


async def payable(ctx: Ctx, owner: Owner) -> Payable:
    """Raises CheckoutNotFound, UnknownOrder."""
    if owner.kind == "Checkout":
        (row,) = await checkouts.by_ids(ctx, [owner.id])
        if row is None:
            raise CheckoutNotFound
        return Payable(owner, row["channel_id"], row["currency"], row["email"], row["billing_address_id"])
    (row,) = await orders.by_ids(ctx, [owner.id])
    if row is None:
        raise UnknownOrder
    return Payable(owner, row["channel_id"], row["currency"], row["user_email"], row["billing_address_id"])


async def gateway_of(ctx: Ctx, plugin_id: str, channel_id: int) -> Gateway | None:
    """None: unknown, inactive or not configured for the channel."""
    plugin = ctx.plugins.find(Kind.PAYMENT, plugin_id)
    if plugin is None:
        return None
    provider = await instance(ctx, Kind.PAYMENT, plugin.id, channel_id)
    return None if provider is None else Gateway(plugin, provider)


async def gateway_for(ctx: Ctx, plugin_id: str, target: Payable) -> Gateway:
    """Raises GatewayUnavailable."""
    gateway = await gateway_of(ctx, plugin_id, target.channel_id)
    if gateway is None or not gateway.takes(target.currency):
        raise GatewayUnavailable(plugin_id)
    return gateway


async def gateway_configs(
    ctx: Ctx, owner: Owner, wanted: Sequence[tuple[str, Any]] | None = None, *, amount: Decimal | None = None
) -> list[GatewayConfig]:
    """What a storefront needs before it shows each gateway. `wanted`: ids, each with data of the storefront's; None:
    all that the channel offers. `amount` is major units; None: what is left to pay.

    Raises CheckoutNotFound, UnknownOrder, AmountRefused.
    """
    target = await payable(ctx, owner)
    if wanted is None:
        offered = await available(ctx, Kind.PAYMENT, target.channel_id)
        wanted = [(found.plugin.id, None) for found in offered]
    minor = max(0, await _left(ctx, target)) if amount is None else minor_units(amount, target.currency)
    request = Amount(minor, target.currency)
    return [await _config(ctx, plugin_id, target, ConfigRequest(request, data)) for plugin_id, data in wanted]


async def _config(ctx: Ctx, plugin_id: str, target: Payable, request: ConfigRequest) -> GatewayConfig:
    try:
        gateway = await gateway_for(ctx, plugin_id, target)
        async with outside_call(ctx, plugin_id):
            return GatewayConfig(plugin_id, await gateway.provider.gateway_config(request))
    except GatewayUnavailable as unavailable:
        return GatewayConfig(plugin_id, fault=unavailable.message, code=unavailable.code)
    except InvalidPaymentData as refusal:
        return GatewayConfig(plugin_id, fault=str(refusal))
    except (ProviderFault, OutsideTimeout):
        return GatewayConfig(plugin_id, fault="The payment provider cannot be reached.")


async def _left(ctx: Ctx, target: Payable) -> int:
    """Minor units still to pay, as far as can be told without locks."""
    owner = target.owner
    if owner.kind == "Checkout":
        (priced,) = await price(ctx, [owner.id])
        (paid,) = await queries.totals_for_checkouts(ctx, [owner.id])
        return (priced.total_gross if priced is not None else 0) - paid.processed
    (order,) = await orders.by_ids(ctx, [owner.id])
    (paid,) = await queries.totals_for_orders(ctx, [owner.id])
    return (order["total_gross"] if order is not None else 0) - paid.processed


def minor_units(amount: Decimal, currency: str) -> int:
    """Raises AmountRefused."""
    try:
        return to_minor(amount, currency)
    except MoneyError as error:
        raise AmountRefused(f"Not an amount of {currency}: {error}.") from error
