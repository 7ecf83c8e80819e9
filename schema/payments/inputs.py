"""Inputs of payment mutations, and what they are to the engine."""

import decimal
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from engine.core.errors import InvalidId, Refusal
from engine.core.ids import split_global, uuid_pk
from engine.flows.payment_gateways import Owner
from engine.flows.record_by_hand import Kept
from engine.payments.rules import PaymentMethod
from schema.common.inputs import given, set_or
from schema.common.metadata import MetadataInput, as_meta
from schema.common.scalars import PositiveDecimal
from schema.payments.enums import TransactionActionEnum


@strawberry.input
class PaymentGatewayToInitialize:
    id: str
    data: JSON | None = UNSET


@strawberry.input
class MoneyInput:
    currency: str
    amount: PositiveDecimal


@strawberry.input
class CardPaymentMethodDetailsInput:
    name: str
    brand: str | None = UNSET
    first_digits: str | None = UNSET
    last_digits: str | None = UNSET
    exp_month: int | None = UNSET
    exp_year: int | None = UNSET


@strawberry.input
class OtherPaymentMethodDetailsInput:
    name: str


@strawberry.input(description="One of them.")
class PaymentMethodDetailsInput:
    card: CardPaymentMethodDetailsInput | None = UNSET
    other: OtherPaymentMethodDetailsInput | None = UNSET


@strawberry.input
class TransactionCreateInput:
    name: str | None = UNSET
    message: str | None = UNSET
    psp_reference: str | None = UNSET
    available_actions: list[TransactionActionEnum] | None = UNSET
    amount_authorized: MoneyInput | None = UNSET
    amount_charged: MoneyInput | None = UNSET
    amount_refunded: MoneyInput | None = UNSET
    amount_canceled: MoneyInput | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    external_url: str | None = UNSET
    payment_method_details: PaymentMethodDetailsInput | None = UNSET


@strawberry.input
class TransactionUpdateInput(TransactionCreateInput):
    pass


@strawberry.input
class TransactionEventInput:
    psp_reference: str | None = UNSET
    message: str | None = UNSET


def owner_of(global_id: str) -> Owner:
    """The checkout or order of a global id. Raises InvalidId."""
    try:
        kind, _ = split_global(global_id)
    except ValueError as error:
        raise InvalidId(global_id, "Checkout or Order") from error
    if kind == "Checkout":
        return Owner("Checkout", uuid_pk(global_id, kind))
    if kind == "Order":
        return Owner("Order", uuid_pk(global_id, kind))
    raise InvalidId(global_id, "Checkout or Order")


def gateway_data(gateway: PaymentGatewayToInitialize) -> tuple[str, Any]:
    return gateway.id, set_or(gateway.data)


def kept(transaction: TransactionCreateInput | None, event: TransactionEventInput | None) -> Kept:
    """What the inputs say of a payment that is kept by hand."""
    values = {name: value for name, value in given(transaction).items() if value is not None} if transaction else {}
    money = {name: values.get(f"amount_{name}") for name in ("authorized", "charged", "refunded", "canceled")}
    actions = values.get("available_actions")
    return Kept(
        name=values.get("name"),
        message=values.get("message"),
        psp_reference=values.get("psp_reference"),
        external_url=values.get("external_url"),
        actions=None if actions is None else tuple(str(action) for action in actions),
        amounts={name: (amount.amount, amount.currency) for name, amount in money.items() if amount is not None},
        meta=as_meta(values["metadata"]) if "metadata" in values else None,
        private_meta=as_meta(values["private_metadata"]) if "private_metadata" in values else None,
        method=_method(values.get("payment_method_details")),
        event_message=set_or(event.message) if event else None,
        event_reference=set_or(event.psp_reference) if event else None,
    )


def _method(details: PaymentMethodDetailsInput | None) -> PaymentMethod | None:
    """Raises Refusal unless exactly one kind is given."""
    if details is None:
        return None
    card, other = set_or(details.card), set_or(details.other)
    if (card is None) == (other is None):
        raise Refusal("Say either `card` or `other`.", field="paymentMethodDetails", code="INVALID")
    if card is None:
        return PaymentMethod("OTHER", other.name)
    return PaymentMethod("CARD", **given(card))


def decimal_or_none(value: Any) -> decimal.Decimal | None:
    return None if value is None or value is UNSET else decimal.Decimal(value)
