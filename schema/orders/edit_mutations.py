"""Correcting orders, and moving their money without naming a payment."""

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.core.errors import Refusal
from engine.core.ids import int_pk, uuid_pk
from engine.flows import edit_order, order_money
from engine.flows.edit_order import Edit, NewAddress
from engine.orders import queries
from schema.accounts.inputs import AddressInput, address_data, address_meta
from schema.common.enums import LanguageCodeEnum
from schema.common.inputs import set_or
from schema.common.metadata import MetadataInput, as_meta
from schema.common.scalars import PositiveDecimal
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.orders.errors import OrderError, OrderNoteUpdateError
from schema.orders.event_types import OrderEvent
from schema.orders.inputs import OrderNoteInput
from schema.orders.loading import shown
from schema.orders.types import Order

MANAGERS = needs("MANAGE_ORDERS")


@strawberry.input
class OrderUpdateInput:
    billing_address: AddressInput | None = UNSET
    shipping_address: AddressInput | None = UNSET
    user_email: str | None = UNSET
    external_reference: str | None = UNSET
    language_code: LanguageCodeEnum | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET


@strawberry.type
class OrderUpdate:
    order: Order | None
    errors: list[OrderError]


@strawberry.type
class OrderCapture:
    order: Order | None
    errors: list[OrderError]


@strawberry.type
class OrderRefund:
    order: Order | None
    errors: list[OrderError]


@strawberry.type
class OrderVoid:
    order: Order | None
    errors: list[OrderError]


@strawberry.type
class OrderNoteUpdate:
    order: Order | None
    event: OrderEvent | None
    errors: list[OrderNoteUpdateError]


def new_address(input: AddressInput | None) -> NewAddress | None:
    if not input:
        return None
    return NewAddress(address_data(input), bool(input.skip_validation), address_meta(input))


def edit_of(input: OrderUpdateInput) -> Edit:
    language, meta, private_meta = set_or(input.language_code), set_or(input.metadata), set_or(input.private_metadata)
    return Edit(
        billing=new_address(set_or(input.billing_address)),
        shipping=new_address(set_or(input.shipping_address)),
        user_email=set_or(input.user_email),
        external_reference=set_or(input.external_reference),
        language_code=None if language is None else str(language),
        meta=None if meta is None else as_meta(meta),
        private_meta=None if private_meta is None else as_meta(private_meta),
    )


@strawberry.type
class EditMutations:
    @mutation_field(MANAGERS, description="Correct an order; a draft has its own mutation.")
    async def order_update(
        self,
        info: BatchInfo,
        input: OrderUpdateInput,
        id: strawberry.ID | None = None,
        external_reference: str | None = None,
    ) -> OrderUpdate:
        if id is not None:
            key = uuid_pk(id, "Order")
        elif external_reference is not None:
            key = await queries.id_by_reference(info.context, external_reference)
        else:
            raise Refusal("Say which order.", field="id", code="GRAPHQL_ERROR")
        return payload(
            order=shown(info.context, await transact(info.context, edit_order.update_order, key, edit_of(input)))
        )

    @mutation_field(MANAGERS, description="Charge so much of what a payment of the order has authorised.")
    async def order_capture(self, info: BatchInfo, id: strawberry.ID, amount: PositiveDecimal) -> OrderCapture:
        order = await order_money.capture(info.context, uuid_pk(id, "Order"), amount)
        return payload(order=shown(info.context, order))

    @mutation_field(MANAGERS, description="Pay so much back from a payment of the order.")
    async def order_refund(self, info: BatchInfo, id: strawberry.ID, amount: PositiveDecimal) -> OrderRefund:
        order = await order_money.refund(info.context, uuid_pk(id, "Order"), amount)
        return payload(order=shown(info.context, order))

    @mutation_field(MANAGERS, description="Let go of all that payments of the order have authorised.")
    async def order_void(self, info: BatchInfo, id: strawberry.ID) -> OrderVoid:
        return payload(order=shown(info.context, await order_money.void(info.context, uuid_pk(id, "Order"))))

    @mutation_field(MANAGERS, description="Correct a note; the history keeps both.")
    async def order_note_update(self, info: BatchInfo, note: strawberry.ID, input: OrderNoteInput) -> OrderNoteUpdate:
        key = int_pk(note, "OrderEvent")
        order, event = await transact(info.context, edit_order.correct_note, key, input.message)
        return payload(order=shown(info.context, order), event=event)
