"""Saleor's payments as they were before transactions. Documents of older clients name them beside those; orders here
are paid by transactions alone, as in every Saleor shop that has turned to them, so that an order has none of these."""

import datetime
from enum import StrEnum

import strawberry

from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money
from schema.orders.enums import OrderAction


@strawberry.enum
class TransactionKind(StrEnum):
    EXTERNAL = "EXTERNAL"
    AUTH = "AUTH"
    PENDING = "PENDING"
    ACTION_TO_CONFIRM = "ACTION_TO_CONFIRM"
    REFUND = "REFUND"
    REFUND_ONGOING = "REFUND_ONGOING"
    CAPTURE = "CAPTURE"
    VOID = "VOID"
    CONFIRM = "CONFIRM"
    CANCEL = "CANCEL"


@strawberry.type(description="A step of a payment made before transactions.")
class Transaction(Node):
    id: strawberry.ID = global_id("Transaction")
    created: datetime.datetime
    token: str
    kind: TransactionKind
    is_success: bool


@strawberry.type(description="A payment made before transactions; this shop has none.")
class Payment(ObjectWithMetadata, Node):
    id: strawberry.ID = global_id("Payment")
    gateway: str
    is_active: bool
    modified: datetime.datetime
    payment_method_type: str
    actions: list[OrderAction]
    total: Money | None
    captured_amount: Money | None
    transactions: list[Transaction] | None
    available_capture_amount: Money | None
    available_refund_amount: Money | None
