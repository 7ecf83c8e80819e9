"""The Transactions API: paying, and looking after payments."""

import datetime
import uuid

import strawberry
from strawberry.scalars import JSON

from engine.core.context import Row
from engine.core.errors import Refusal
from engine.core.ids import int_pk, uuid_pk
from engine.flows import record_by_hand
from engine.flows.initialize_transaction import Answer, Start, initialize_transaction
from engine.flows.payment_gateways import GatewayConfig, gateway_configs
from engine.flows.process_transaction import process_transaction
from engine.flows.record_by_hand import HandReport
from engine.flows.transaction_actions import request_action
from schema.common.metadata import MetadataInput, as_meta
from schema.common.moments import utc
from schema.common.scalars import PositiveDecimal
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import PUBLIC, needs
from schema.execution.info import BatchInfo
from schema.payments.enums import TransactionActionEnum, TransactionEventTypeEnum, TransactionFlowStrategyEnum
from schema.payments.errors import (
    PaymentGatewayInitializeError,
    TransactionCreateError,
    TransactionEventReportError,
    TransactionInitializeError,
    TransactionProcessError,
    TransactionRequestActionError,
    TransactionUpdateError,
)
from schema.payments.inputs import (
    PaymentGatewayToInitialize,
    TransactionCreateInput,
    TransactionEventInput,
    TransactionUpdateInput,
    gateway_data,
    kept,
    owner_of,
)
from schema.payments.types import PaymentGatewayConfig, TransactionEvent, TransactionItem

HANDLERS = needs("HANDLE_PAYMENTS")
MOVERS = needs("HANDLE_PAYMENTS", "MANAGE_ORDERS")


@strawberry.type
class PaymentGatewayInitialize:
    gateway_configs: list[PaymentGatewayConfig] | None
    errors: list[PaymentGatewayInitializeError]


@strawberry.type
class TransactionInitialize:
    transaction: TransactionItem | None
    transaction_event: TransactionEvent | None
    data: JSON | None
    errors: list[TransactionInitializeError]


@strawberry.type
class TransactionProcess:
    transaction: TransactionItem | None
    transaction_event: TransactionEvent | None
    data: JSON | None
    errors: list[TransactionProcessError]


@strawberry.type
class TransactionRequestAction:
    transaction: TransactionItem | None
    errors: list[TransactionRequestActionError]


@strawberry.type
class TransactionCreate:
    transaction: TransactionItem | None
    errors: list[TransactionCreateError]


@strawberry.type
class TransactionUpdate:
    transaction: TransactionItem | None
    errors: list[TransactionUpdateError]


@strawberry.type
class TransactionEventReport:
    already_processed: bool | None
    transaction: TransactionItem | None
    transaction_event: TransactionEvent | None
    errors: list[TransactionEventReportError]


@strawberry.type
class PaymentsMutations:
    @mutation_field(PUBLIC, description="What a storefront needs to show payment providers, for a checkout or order.")
    async def payment_gateway_initialize(
        self,
        info: BatchInfo,
        id: strawberry.ID,
        amount: PositiveDecimal | None = None,
        payment_gateways: list[PaymentGatewayToInitialize] | None = None,
    ) -> PaymentGatewayInitialize:
        wanted = None if payment_gateways is None else [gateway_data(gateway) for gateway in payment_gateways]
        found = await gateway_configs(info.context, owner_of(id), wanted, amount=amount)
        return payload(gateway_configs=[_config_row(config) for config in found])

    @mutation_field(PUBLIC, description="Begin to pay a checkout or order. Its prices and stock are held first.")
    async def transaction_initialize(
        self,
        info: BatchInfo,
        id: strawberry.ID,
        payment_gateway: PaymentGatewayToInitialize,
        amount: PositiveDecimal | None = None,
        action: TransactionFlowStrategyEnum | None = None,
        idempotency_key: str | None = None,
        customer_ip_address: str | None = None,
    ) -> TransactionInitialize:
        gateway, data = gateway_data(payment_gateway)
        start = Start(
            owner_of(id),
            gateway,
            data,
            amount=amount,
            action=action and str(action),
            idempotency_key=idempotency_key,
            customer_address=customer_ip_address,
        )
        return _answered(await initialize_transaction(info.context, start))

    @mutation_field(PUBLIC, description="Go on with a payment that waited for its shopper.")
    async def transaction_process(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        token: uuid.UUID | None = None,
        data: JSON | None = None,
    ) -> TransactionProcess:
        return _answered(await process_transaction(info.context, _key(id, token), data))

    @mutation_field(MOVERS, description="Charge what is authorised, refund what is charged, or cancel the rest.")
    async def transaction_request_action(
        self,
        info: BatchInfo,
        action_type: TransactionActionEnum,
        id: strawberry.ID | None = None,
        token: uuid.UUID | None = None,
        amount: PositiveDecimal | None = None,
        refund_reason: str | None = None,
        refund_reason_reference: strawberry.ID | None = None,
        reason: str | None = None,
    ) -> TransactionRequestAction:
        said = refund_reason or reason or ""
        page = int_pk(refund_reason_reference, "Page") if refund_reason_reference else None
        row = await request_action(
            info.context, _key(id, token), str(action_type), amount=amount, reason=said, reason_page_id=page
        )
        return payload(transaction=row)

    @mutation_field(HANDLERS, description="Record a payment that was taken elsewhere, for a checkout or order.")
    async def transaction_create(
        self,
        info: BatchInfo,
        id: strawberry.ID,
        transaction: TransactionCreateInput,
        transaction_event: TransactionEventInput | None = None,
    ) -> TransactionCreate:
        row = await record_by_hand.create(info.context, owner_of(id), kept(transaction, transaction_event))
        return payload(transaction=row)

    @mutation_field(HANDLERS, description="Correct what is recorded about a payment.")
    async def transaction_update(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        token: uuid.UUID | None = None,
        transaction: TransactionUpdateInput | None = None,
        transaction_event: TransactionEventInput | None = None,
    ) -> TransactionUpdate:
        said = kept(transaction, transaction_event)
        return payload(transaction=await record_by_hand.update(info.context, _key(id, token), said))

    @mutation_field(HANDLERS, description="Report what happened to a payment, such as a bank transfer that has come.")
    async def transaction_event_report(
        self,
        info: BatchInfo,
        type: TransactionEventTypeEnum,
        id: strawberry.ID | None = None,
        token: uuid.UUID | None = None,
        psp_reference: str | None = None,
        amount: PositiveDecimal | None = None,
        time: datetime.datetime | None = None,
        external_url: str | None = None,
        message: str | None = None,
        available_actions: list[TransactionActionEnum] | None = None,
        transaction_metadata: list[MetadataInput] | None = None,
    ) -> TransactionEventReport:
        report = HandReport(
            type=str(type),
            amount=amount,
            psp_reference=psp_reference,
            message=message or "",
            external_url=external_url or "",
            actions=None if available_actions is None else tuple(str(action) for action in available_actions),
            at=utc(time),
            meta=as_meta(transaction_metadata),
        )
        recorded, already = await record_by_hand.report(info.context, _key(id, token), report)
        return payload(already_processed=already, transaction=recorded.transaction, transaction_event=recorded.event)


def _key(id: str | None, token: uuid.UUID | None) -> uuid.UUID:
    """Of a transaction, by either of its names. Raises InvalidId, Refusal."""
    if id is not None:
        return uuid_pk(id, "TransactionItem")
    if token is None:
        raise Refusal("At least one of arguments is required: 'id', 'token'.", field="id", code="GRAPHQL_ERROR")
    return token


def _answered(answer: Answer) -> Row:
    return payload(transaction=answer.transaction, transaction_event=answer.event, data=answer.data)


def _config_row(config: GatewayConfig) -> Row:
    faults = []
    if config.fault is not None:
        faults.append({"field": "id", "message": config.fault, "code": config.code})
    return {"id": config.id, "data": config.data, "errors": faults}
