"""Invoices: asking for them, keeping those made elsewhere, sending them."""

from enum import StrEnum

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.core.ids import int_pk, uuid_pk
from engine.flows import invoices
from schema.common.errors import MutationError
from schema.common.inputs import set_or
from schema.common.metadata import MetadataInput, as_meta
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.orders.invoice_types import Invoice
from schema.orders.loading import shown
from schema.orders.types import Order

MANAGERS = needs("MANAGE_ORDERS")


@strawberry.enum
class InvoiceErrorCode(StrEnum):
    REQUIRED = "REQUIRED"
    NOT_READY = "NOT_READY"
    URL_NOT_SET = "URL_NOT_SET"
    EMAIL_NOT_SET = "EMAIL_NOT_SET"
    NUMBER_NOT_SET = "NUMBER_NOT_SET"
    NOT_FOUND = "NOT_FOUND"
    INVALID_STATUS = "INVALID_STATUS"
    NO_INVOICE_PLUGIN = "NO_INVOICE_PLUGIN"


@strawberry.type
class InvoiceError(MutationError):
    code: InvoiceErrorCode


@strawberry.input
class InvoiceCreateInput:
    number: str
    url: str
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET


@strawberry.input
class UpdateInvoiceInput:
    number: str | None = UNSET
    url: str | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET


@strawberry.type
class InvoiceRequest:
    order: Order | None
    errors: list[InvoiceError]
    invoice: Invoice | None


@strawberry.type
class InvoiceCreate:
    errors: list[InvoiceError]
    invoice: Invoice | None


@strawberry.type
class InvoiceUpdate:
    errors: list[InvoiceError]
    invoice: Invoice | None


@strawberry.type
class InvoiceDelete:
    errors: list[InvoiceError]
    invoice: Invoice | None


@strawberry.type
class InvoiceRequestDelete:
    errors: list[InvoiceError]
    invoice: Invoice | None


@strawberry.type
class InvoiceSendNotification:
    errors: list[InvoiceError]
    invoice: Invoice | None


@strawberry.type
class InvoiceMutations:
    @mutation_field(MANAGERS, description="Have an invoice made; its number is the next one unless one is given.")
    async def invoice_request(
        self, info: BatchInfo, order_id: strawberry.ID, number: str | None = None
    ) -> InvoiceRequest:
        key = uuid_pk(order_id, "Order")
        order, invoice = await transact(info.context, invoices.request_invoice, key, number)
        return payload(order=shown(info.context, order), invoice=invoice)

    @mutation_field(MANAGERS, description="Keep an invoice that was made elsewhere.")
    async def invoice_create(
        self, info: BatchInfo, order_id: strawberry.ID, input: InvoiceCreateInput
    ) -> InvoiceCreate:
        made = await transact(
            info.context,
            invoices.create_invoice,
            uuid_pk(order_id, "Order"),
            number=input.number,
            url=input.url,
            meta=as_meta(set_or(input.metadata)),
            private_meta=as_meta(set_or(input.private_metadata)),
        )
        return payload(invoice=made)

    @mutation_field(MANAGERS, description="Correct an invoice; it counts as made then.")
    async def invoice_update(self, info: BatchInfo, id: strawberry.ID, input: UpdateInvoiceInput) -> InvoiceUpdate:
        pairs = [set_or(input.metadata), set_or(input.private_metadata)]
        meta, private_meta = (None if given is None else as_meta(given) for given in pairs)
        updated = await transact(
            info.context,
            invoices.update_invoice,
            int_pk(id, "Invoice"),
            number=set_or(input.number),
            url=set_or(input.url),
            meta=meta,
            private_meta=private_meta,
        )
        return payload(invoice=updated)

    @mutation_field(MANAGERS, description="Take an invoice away. Its number is not given out again.")
    async def invoice_delete(self, info: BatchInfo, id: strawberry.ID) -> InvoiceDelete:
        return payload(invoice=await transact(info.context, invoices.delete_invoice, int_pk(id, "Invoice")))

    @mutation_field(MANAGERS, description="The same as `invoiceDelete`: no app has to do it here.")
    async def invoice_request_delete(self, info: BatchInfo, id: strawberry.ID) -> InvoiceRequestDelete:
        return payload(invoice=await transact(info.context, invoices.delete_invoice, int_pk(id, "Invoice")))

    @mutation_field(MANAGERS, description="Mail the customer where the invoice is.")
    async def invoice_send_notification(self, info: BatchInfo, id: strawberry.ID) -> InvoiceSendNotification:
        return payload(invoice=await transact(info.context, invoices.send_invoice, int_pk(id, "Invoice")))
