import uuid

import strawberry

from engine.checkout import codes, customer, delivery, service
from engine.core.context import Ctx, Row, transact
from engine.core.errors import NotFound, Refusal
from engine.core.ids import split_global
from engine.flows import promo_codes, quote_delivery
from schema.accounts.inputs import AddressInput
from schema.checkout import inputs, payloads
from schema.checkout.inputs import checkout_pk, found_int, found_uuid
from schema.checkout.loading import shown
from schema.common.enums import LanguageCodeEnum
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import PUBLIC, Guard
from schema.execution.info import BatchInfo

SIGNED_IN = Guard(user=True, app=True)


def _answer(info: BatchInfo, row: Row) -> Row:
    return payload(checkout=shown(info.context, row))


@strawberry.type
class CheckoutMutations:
    @mutation_field(PUBLIC, description="Make a cart, empty or not; the signed-in customer's own.")
    async def checkout_create(self, info: BatchInfo, input: inputs.CheckoutCreateInput) -> payloads.CheckoutCreate:
        row = await transact(info.context, service.create_checkout, inputs.new_checkout(input))
        return payload(checkout=shown(info.context, row), created=True)

    @mutation_field(PUBLIC, description="Put units of variants into a cart.")
    async def checkout_lines_add(
        self,
        info: BatchInfo,
        lines: list[inputs.CheckoutLineInput],
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
    ) -> payloads.CheckoutLinesAdd:
        new = inputs.new_lines(lines)
        return _answer(info, await transact(info.context, service.add_lines, checkout_pk(id, checkout_id, token), new))

    @mutation_field(PUBLIC, description="Set the quantities of lines; 0 removes one.")
    async def checkout_lines_update(
        self,
        info: BatchInfo,
        lines: list[inputs.CheckoutLineUpdateInput],
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
    ) -> payloads.CheckoutLinesUpdate:
        changes = inputs.line_changes(lines)
        return _answer(
            info, await transact(info.context, service.update_lines, checkout_pk(id, checkout_id, token), changes)
        )

    @mutation_field(PUBLIC, description="Take lines out of a cart, all or none.")
    async def checkout_lines_delete(
        self,
        info: BatchInfo,
        lines_ids: list[strawberry.ID],
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
    ) -> payloads.CheckoutLinesDelete:
        ids = [found_uuid(line_id, "CheckoutLine", "linesIds") for line_id in lines_ids]
        return _answer(
            info, await transact(info.context, service.delete_lines, checkout_pk(id, checkout_id, token), ids)
        )

    @mutation_field(PUBLIC, description="Take one line out of a cart.", deprecation_reason="Use `checkoutLinesDelete`.")
    async def checkout_line_delete(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
        line_id: strawberry.ID | None = None,
    ) -> payloads.CheckoutLineDelete:
        ids = [found_uuid(line_id or strawberry.ID(""), "CheckoutLine", "lineId")]
        row = await transact(
            info.context, service.delete_lines, checkout_pk(id, checkout_id, token), ids, field="lineId"
        )
        return _answer(info, row)

    @mutation_field(PUBLIC)
    async def checkout_email_update(
        self,
        info: BatchInfo,
        email: str,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
    ) -> payloads.CheckoutEmailUpdate:
        return _answer(
            info, await transact(info.context, customer.set_email, checkout_pk(id, checkout_id, token), email)
        )

    @mutation_field(PUBLIC, description="Say where the goods go; the address is checked by its country's rules.")
    async def checkout_shipping_address_update(
        self,
        info: BatchInfo,
        shipping_address: AddressInput,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
        save_address: bool | None = None,
        validation_rules: inputs.CheckoutAddressValidationRules | None = None,
    ) -> payloads.CheckoutShippingAddressUpdate:
        new = inputs.new_address(shipping_address, validation_rules, save_address)
        return _answer(
            info, await transact(info.context, customer.set_shipping_address, checkout_pk(id, checkout_id, token), new)
        )

    @mutation_field(PUBLIC, description="Say who pays; the address is checked by its country's rules.")
    async def checkout_billing_address_update(
        self,
        info: BatchInfo,
        billing_address: AddressInput,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
        save_address: bool | None = None,
        validation_rules: inputs.CheckoutAddressValidationRules | None = None,
    ) -> payloads.CheckoutBillingAddressUpdate:
        new = inputs.new_address(billing_address, validation_rules, save_address)
        return _answer(
            info, await transact(info.context, customer.set_billing_address, checkout_pk(id, checkout_id, token), new)
        )

    @mutation_field(PUBLIC)
    async def checkout_language_code_update(
        self,
        info: BatchInfo,
        language_code: LanguageCodeEnum,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
    ) -> payloads.CheckoutLanguageCodeUpdate:
        code = str(language_code)
        return _answer(
            info, await transact(info.context, customer.set_language, checkout_pk(id, checkout_id, token), code)
        )

    @mutation_field(PUBLIC)
    async def checkout_customer_note_update(
        self, info: BatchInfo, customer_note: str, id: strawberry.ID | None = None
    ) -> payloads.CheckoutCustomerNoteUpdate:
        return _answer(info, await transact(info.context, customer.set_note, checkout_pk(id), customer_note))

    @mutation_field(SIGNED_IN, description="Make the cart the signed-in customer's.")
    async def checkout_customer_attach(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
    ) -> payloads.CheckoutCustomerAttach:
        return _answer(
            info, await transact(info.context, customer.attach_customer, checkout_pk(id, checkout_id, token))
        )

    @mutation_field(SIGNED_IN, description="Let go of a cart.")
    async def checkout_customer_detach(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
    ) -> payloads.CheckoutCustomerDetach:
        return _answer(
            info, await transact(info.context, customer.detach_customer, checkout_pk(id, checkout_id, token))
        )

    @mutation_field(
        PUBLIC,
        empty={"deliveries": [], "warnings": []},
        description="Ask every carrier what delivery of the cart costs, and keep the answers.",
    )
    async def delivery_options_calculate(self, info: BatchInfo, id: strawberry.ID) -> payloads.DeliveryOptionsCalculate:
        quoted = await quote_delivery.quote_delivery(info.context, checkout_pk(id))
        return payload(deliveries=quoted.deliveries, warnings=list(quoted.warnings))

    @mutation_field(
        PUBLIC,
        description="Choose a quoted delivery, a collection point or a shipping method by id; null clears the choice.",
    )
    async def checkout_delivery_method_update(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
        delivery_method_id: strawberry.ID | None = None,
    ) -> payloads.CheckoutDeliveryMethodUpdate:
        return _answer(info, await _choose(info.context, checkout_pk(id, checkout_id, token), delivery_method_id))

    @mutation_field(
        PUBLIC, description="Choose a shipping method by id.", deprecation_reason="Use `checkoutDeliveryMethodUpdate`."
    )
    async def checkout_shipping_method_update(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
        shipping_method_id: strawberry.ID | None = None,
    ) -> payloads.CheckoutShippingMethodUpdate:
        pk = checkout_pk(id, checkout_id, token)
        return _answer(info, await _choose(info.context, pk, shipping_method_id, "shippingMethodId"))

    @mutation_field(PUBLIC, description="Use the code of a voucher or a gift card.")
    async def checkout_add_promo_code(
        self,
        info: BatchInfo,
        promo_code: str,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
    ) -> payloads.CheckoutAddPromoCode:
        pk = checkout_pk(id, checkout_id, token)
        return _answer(info, await promo_codes.add_promo_code(info.context, pk, promo_code))

    @mutation_field(PUBLIC, description="Stop using a voucher or gift card, named by its code or by its id.")
    async def checkout_remove_promo_code(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        checkout_id: inputs.OldId = None,
        token: inputs.OldToken = None,
        promo_code: str | None = None,
        promo_code_id: strawberry.ID | None = None,
    ) -> payloads.CheckoutRemovePromoCode:
        pk = checkout_pk(id, checkout_id, token)
        return _answer(info, await _remove(info.context, pk, promo_code, promo_code_id))


async def _remove(ctx: Ctx, pk: uuid.UUID, code: str | None, code_id: strawberry.ID | None) -> Row:
    if (code is None) == (code_id is None):
        raise Refusal("Give one of promoCode and promoCodeId.", code="GRAPHQL_ERROR")
    if code is not None:
        return await transact(ctx, codes.remove_code, pk, code)
    assert code_id is not None
    try:
        kind, _ = split_global(code_id)
    except ValueError as error:
        raise Refusal("This is no id.", field="promoCodeId", code="GRAPHQL_ERROR") from error
    if kind == "Voucher":
        return await transact(ctx, codes.remove_voucher, pk, found_int(code_id, kind, "promoCodeId"))
    if kind == "GiftCard":
        return await transact(ctx, codes.remove_card, pk, found_int(code_id, kind, "promoCodeId"))
    raise NotFound("Must receive Voucher or GiftCard id.", field="promoCodeId")


async def _choose(ctx: Ctx, pk: uuid.UUID, method_id: strawberry.ID | None, field: str = "deliveryMethodId") -> Row:
    """By the type that the id names; anything else is not found."""
    if not method_id:
        return await transact(ctx, delivery.clear_delivery, pk)
    try:
        kind, _ = split_global(method_id)
    except ValueError as error:
        raise NotFound("There is no such delivery method.", field=field) from error
    if kind == "CheckoutDelivery":
        return await transact(ctx, delivery.choose_delivery, pk, found_uuid(method_id, kind, field))
    if kind == "Warehouse":
        return await transact(ctx, delivery.choose_collection_point, pk, found_uuid(method_id, kind, field))
    if kind in ("ShippingMethod", "ShippingMethodType"):
        return await quote_delivery.choose_method(ctx, pk, found_int(method_id, kind, field))
    raise NotFound("There is no such delivery method.", field=field)
