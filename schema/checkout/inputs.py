"""Inputs of cart mutations, and what the engine makes of them."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from engine.checkout.customer import NewAddress
from engine.checkout.service import LineChange, NewCheckout, NewLine, PriceOverride
from engine.core.errors import InvalidId, NotFound, Refusal
from engine.core.ids import int_pk, uuid_pk
from schema.accounts.inputs import AddressInput, address_data, address_meta
from schema.common.enums import LanguageCodeEnum
from schema.common.metadata import MetadataInput, as_meta
from schema.common.scalars import PositiveDecimal


@strawberry.input
class CheckoutLineInput:
    variant_id: strawberry.ID
    quantity: int
    price: PositiveDecimal | None = strawberry.field(
        default=UNSET, description="A price of their own, for callers with HANDLE_CHECKOUTS."
    )
    price_override_reason: str | None = UNSET
    force_new_line: bool | None = strawberry.field(
        default=False, description="Make another line even if one has this variant already."
    )
    metadata: list[MetadataInput] | None = UNSET


@strawberry.input
class CheckoutLineUpdateInput:
    line_id: strawberry.ID | None = UNSET
    variant_id: strawberry.ID | None = UNSET
    quantity: int | None = strawberry.field(default=UNSET, description="The new quantity; 0 removes the line.")
    price: PositiveDecimal | None = strawberry.field(
        default=UNSET, description="A price of their own, for callers with HANDLE_CHECKOUTS."
    )
    price_override_reason: str | None = UNSET
    metadata: list[MetadataInput] | None = UNSET


@strawberry.input
class CheckoutAddressValidationRules:
    check_required_fields: bool | None = strawberry.field(
        default=True, description="Ask for what the country requires. What is missing is asked for before payment."
    )
    check_fields_format: bool | None = strawberry.field(
        default=True, description="Compare postal code, areas and phone with what the country knows."
    )
    enable_fields_normalization: bool | None = strawberry.field(
        default=True,
        description="No address is rewritten, whatever this says: only the phone number is written in E.164.",
    )


@strawberry.input
class CheckoutValidationRules:
    shipping_address: CheckoutAddressValidationRules | None = UNSET
    billing_address: CheckoutAddressValidationRules | None = UNSET


@strawberry.input
class CheckoutCreateInput:
    channel: str | None = UNSET
    lines: list[CheckoutLineInput]
    email: str | None = UNSET
    save_shipping_address: bool | None = False
    shipping_address: AddressInput | None = UNSET
    save_billing_address: bool | None = False
    billing_address: AddressInput | None = UNSET
    language_code: LanguageCodeEnum | None = UNSET
    validation_rules: CheckoutValidationRules | None = UNSET
    metadata: list[MetadataInput] | None = UNSET


# Not marked as deprecated: introspection would hide them from the generators of clients that send them.
OldId = Annotated[strawberry.ID | None, strawberry.argument(description="The same as `id`, which is to be preferred.")]
OldToken = Annotated[uuid.UUID | None, strawberry.argument(description="What `Checkout.token` says; prefer `id`.")]


def checkout_pk(
    id: strawberry.ID | None, old_id: strawberry.ID | None = None, token: uuid.UUID | None = None
) -> uuid.UUID:
    """Of what names the checkout; clients of other ages send one of the three.

    Raises NotFound for what is no checkout's id, Refusal when there is none or more than one.
    """
    given = [(field, value) for field, value in (("id", id), ("checkoutId", old_id), ("token", token)) if value]
    if not given:
        raise Refusal("The id of a checkout is needed.", field="id", code="REQUIRED")
    if len(given) > 1:
        raise Refusal("Give one of id, checkoutId and token.", field="id", code="GRAPHQL_ERROR")
    ((field, value),) = given
    return value if isinstance(value, uuid.UUID) else found_uuid(value, "Checkout", field)


def found_uuid(id: strawberry.ID, type_name: str, field: str) -> uuid.UUID:
    try:
        return uuid_pk(id, type_name)
    except InvalidId as error:
        raise NotFound(str(error), field=field) from error


def found_int(id: strawberry.ID, type_name: str, field: str) -> int:
    try:
        return int_pk(id, type_name)
    except InvalidId as error:
        raise NotFound(str(error), field=field) from error


def new_lines(inputs: Sequence[CheckoutLineInput]) -> list[NewLine]:
    return [
        NewLine(
            variant_id=found_int(line.variant_id, "ProductVariant", "variantId"),
            quantity=line.quantity,
            force_new_line=bool(line.force_new_line),
            price=_override(line.price, line.price_override_reason),
            meta=as_meta(line.metadata or None),
        )
        for line in inputs
    ]


def line_changes(inputs: Sequence[CheckoutLineUpdateInput]) -> list[LineChange]:
    return [
        LineChange(
            line_id=found_uuid(line.line_id, "CheckoutLine", "lineId") if line.line_id else None,
            variant_id=found_int(line.variant_id, "ProductVariant", "variantId") if line.variant_id else None,
            quantity=line.quantity if line.quantity is not UNSET else None,
            price=_override(line.price, line.price_override_reason),
            meta=as_meta(line.metadata or None),
        )
        for line in inputs
    ]


def _override(price: Any, reason: Any) -> PriceOverride | None:
    if price is UNSET or price is None:
        if reason:
            raise Refusal(
                "A reason goes with a price.",
                field="priceOverrideReason",
                code="PRICE_OVERRIDE_REASON_WITHOUT_OVERRIDE",
            )
        return None
    return PriceOverride(Decimal(price), reason or None)


def new_address(address: AddressInput, rules: CheckoutAddressValidationRules | None, save: bool | None) -> NewAddress:
    rules = rules or None
    return NewAddress(
        address_data(address),
        check_required=rules is None or rules.check_required_fields is not False,
        check_format=rules is None or rules.check_fields_format is not False,
        skip_validation=bool(address.skip_validation),
        save=bool(save),
        meta=address_meta(address),
    )


def new_checkout(input: CheckoutCreateInput) -> NewCheckout:
    rules = input.validation_rules or None
    shipping, billing = input.shipping_address or None, input.billing_address or None
    return NewCheckout(
        channel_slug=input.channel or None,
        lines=new_lines(input.lines),
        email=input.email or None,
        language_code=str(input.language_code) if input.language_code else None,
        shipping_address=new_address(shipping, (rules and rules.shipping_address) or None, input.save_shipping_address)
        if shipping
        else None,
        billing_address=new_address(billing, (rules and rules.billing_address) or None, input.save_billing_address)
        if billing
        else None,
        meta=as_meta(input.metadata or None),
    )
