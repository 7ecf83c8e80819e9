"""`Order`: a sale. Whoever has its id may read it; its history and payments are for staff."""

import datetime
import decimal
from typing import TYPE_CHECKING

import strawberry

from engine.accounts import queries as accounts
from engine.channels import queries as channels
from engine.core.context import Caller, Row
from engine.core.errors import PermissionDenied
from engine.core.ids import to_global
from engine.core.money import RATE_SCALE
from engine.flows import find_orders, order_delivery
from engine.gift_cards import queries as gift_cards
from engine.inventory import queries as inventory
from engine.invoices import queries as invoices
from engine.orders import discounts, queries, rules
from engine.payments import queries as payments
from engine.refunds import queries as refunds
from engine.shipping import queries as shipping
from engine.vouchers import queries as vouchers
from schema.accounts.types import Address, User
from schema.channels.types import Channel
from schema.common.connections import PageInfo
from schema.common.enums import LanguageCodeEnum
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, TaxedMoney, money_row, taxed_row
from schema.common.weight import Weight, weight_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.gift_cards.types import GiftCard
from schema.orders.discount_types import OrderDiscount
from schema.orders.enums import (
    OrderOriginEnum,
    OrderStatus,
)
from schema.orders.event_types import OrderEvent
from schema.orders.invoice_types import Invoice
from schema.orders.line_types import LINE, READERS, Fulfillment, OrderLine
from schema.orders.loading import paid_for
from schema.orders.money_fields import OrderMoney
from schema.orders.refund_types import OrderGrantedRefund
from schema.payments.legacy_types import Payment
from schema.payments.types import TransactionItem
from schema.shipping.types import DeliveryMethod, ShippingMethod
from schema.vouchers.types import Voucher

if TYPE_CHECKING:
    pass

USER_READERS = ("MANAGE_ORDERS", "MANAGE_USERS")
PAYMENT_READERS = needs("MANAGE_ORDERS", "HANDLE_PAYMENTS")


def _within_channels(caller: Caller, parents: Rows, values: Rows) -> Rows:
    """`values`, with a denial for each order of a channel that the member of staff is kept out of."""
    channels = caller.channel_ids
    return [
        value if channels is None or row["channel_id"] in channels else PermissionDenied(("MANAGE_ORDERS",))
        for row, value in zip(parents, values, strict=True)
    ]


def _own_or_managed(caller: Caller, parents: Rows, values: Rows) -> Rows:
    """`values` for the order's customer and for staff of its channel; a denial for everybody else."""
    if caller.has("MANAGE_ORDERS"):
        return _within_channels(caller, parents, values)
    return [
        value
        if row["user_id"] is not None and row["user_id"] == caller.user_id
        else PermissionDenied(("MANAGE_ORDERS", "OWNER"))
        for row, value in zip(parents, values, strict=True)
    ]


async def _methods(parents: Rows, info: BatchInfo) -> Rows:
    """`ShippingMethod` rows of the methods the orders were placed with, at the price that was paid."""
    found = await shipping.methods_by_ids(info.context, [row["shipping_method_id"] for row in parents])
    rows: Rows = [
        method
        and {
            **method,
            "name": row["shipping_method_name"],
            "amount": row["shipping_gross"] if row["display_gross_prices"] else row["shipping_net"],
            "currency": row["currency"],
            "message": "",
            "__typename": "ShippingMethod",
        }
        for row, method in zip(parents, found, strict=True)
    ]
    return rows


@strawberry.type(description="A sale. Its id is the credential of whoever holds it.")
class Order(OrderMoney, ObjectWithMetadata, Node):
    """Rows are those of `sales_order`; made by `schema.orders.loading` they share one read of the money."""

    id: strawberry.ID = global_id("Order")
    status: OrderStatus
    origin: OrderOriginEnum
    customer_note: str
    voucher_code: str | None
    display_gross_prices: bool

    @row_field
    def number(row: Row) -> str:
        return str(row["number"])

    @row_field
    def created(row: Row) -> datetime.datetime:
        return row["created_at"]

    @row_field
    def updated_at(row: Row) -> datetime.datetime:
        return row["updated_at"]

    @row_field
    def external_reference(row: Row) -> str | None:
        return row["external_reference"]

    @row_field
    def redirect_url(row: Row) -> str | None:
        return row["redirect_url"]

    @row_field(description="The id as a token, as storefronts used to name an order.")
    def token(row: Row) -> str:
        return str(row["id"])

    @row_field(description="The order whose goods this one replaces.")
    def original(row: Row) -> strawberry.ID | None:
        return strawberry.ID(to_global("Order", row["original_id"])) if row["original_id"] else None

    @row_field
    def language_code(row: Row) -> str:
        return row["language_code"]

    @row_field
    def checkout_token(row: Row) -> str | None:
        return str(row["checkout_id"]) if row["checkout_id"] else None

    @row_field
    def status_display(row: Row) -> str:
        return rules.STATUS_DISPLAY[row["status"]]

    @row_field
    def user_email(row: Row) -> str | None:
        return row["user_email"] or None

    @row_field
    def language_code_enum(row: Row) -> LanguageCodeEnum:
        return row["language_code"]

    @row_field
    def checkout_id(row: Row) -> strawberry.ID | None:
        return strawberry.ID(to_global("Checkout", row["checkout_id"])) if row["checkout_id"] else None

    @row_field
    def total(row: Row) -> TaxedMoney:
        return taxed_row(row["total_net"], row["total_gross"], row["currency"])

    @row_field
    def undiscounted_total(row: Row) -> TaxedMoney:
        return taxed_row(row["undiscounted_total_net"], row["undiscounted_total_gross"], row["currency"])

    @row_field
    def subtotal(row: Row) -> TaxedMoney:
        return taxed_row(row["subtotal_net"], row["subtotal_gross"], row["currency"])

    @row_field
    def shipping_price(row: Row) -> TaxedMoney:
        return taxed_row(row["shipping_net"], row["shipping_gross"], row["currency"])

    @row_field(description="Tax on delivery as a part of one: 0.19 for 19 %.")
    def shipping_tax_rate(row: Row) -> decimal.Decimal | None:
        return decimal.Decimal(row["shipping_tax_rate"]) / RATE_SCALE

    @row_field
    def shipping_method_name(row: Row) -> str | None:
        return row["shipping_method_name"] or None

    @batch_field(description="The voucher it was placed with, while there is one.")
    async def voucher(parents: Rows, info: BatchInfo) -> list[Voucher | None]:
        ids = [row["voucher_id"] for row in parents if row["voucher_id"] is not None]
        found = {row["id"]: row for row in await vouchers.by_ids(info.context, ids) if row is not None}
        rows: Rows = [
            {**found[row["voucher_id"]], "code": row["voucher_code"]} if row["voucher_id"] in found else None
            for row in parents
        ]
        return rows

    @batch_field(description="Reductions of the whole order and of its delivery.")
    async def discounts(parents: Rows, info: BatchInfo) -> list[list[OrderDiscount]]:
        return await discounts.of_orders(info.context, [row["id"] for row in parents])

    @batch_field(description="Gift cards that paid for it.")
    async def gift_cards(parents: Rows, info: BatchInfo) -> list[list[GiftCard]]:
        groups = await discounts.gift_cards_of(info.context, [row["id"] for row in parents])
        ids = [id for group in groups for id in group]
        found = dict(zip(ids, await gift_cards.by_ids(info.context, ids) if ids else [], strict=True))
        rows: Rows = [[found[id] for id in group if found[id] is not None] for group in groups]
        return rows

    @batch_field
    async def channel(parents: Rows, info: BatchInfo) -> list[Channel]:
        rows: Rows = await channels.by_ids(info.context, [row["channel_id"] for row in parents])
        return rows

    @batch_field(description="The customer; for them and for staff.")
    async def user(parents: Rows, info: BatchInfo) -> list[User | None]:
        caller = info.context.caller
        users = await accounts.users_by_ids(info.context, [row["user_id"] for row in parents])
        allowed = caller.has(*USER_READERS)
        rows: Rows = [
            user
            if user is None or allowed or user["id"] == caller.user_id
            else PermissionDenied((*USER_READERS, "OWNER"))
            for user in users
        ]
        return rows

    @batch_field
    async def billing_address(parents: Rows, info: BatchInfo) -> list[Address | None]:
        return await accounts.addresses_by_ids(info.context, [row["billing_address_id"] for row in parents])

    @batch_field
    async def shipping_address(parents: Rows, info: BatchInfo) -> list[Address | None]:
        return await accounts.addresses_by_ids(info.context, [row["shipping_address_id"] for row in parents])

    @batch_field
    async def lines(parents: Rows, info: BatchInfo) -> list[list[OrderLine]]:
        rows: Rows = await queries.lines_of(info.context, [row["id"] for row in parents], LINE.of_many(info))
        return rows

    @batch_field
    async def is_shipping_required(parents: Rows, info: BatchInfo) -> list[bool]:
        groups = await queries.lines_of(info.context, [row["id"] for row in parents])
        return [any(line["is_shipping_required"] for line in group) for group in groups]

    @batch_field(description="Of all units together.")
    async def weight(parents: Rows, info: BatchInfo) -> list[Weight]:
        groups = await queries.lines_of(info.context, [row["id"] for row in parents])
        return [weight_row(sum(line["weight_grams"] * line["quantity"] for line in group)) for group in groups]

    @batch_field
    async def fulfillments(parents: Rows, info: BatchInfo) -> list[list[Fulfillment]]:
        rows: Rows = await queries.fulfillments_of(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(description="The shipping method, or the warehouse where the goods are picked up.")
    async def delivery_method(parents: Rows, info: BatchInfo) -> list[DeliveryMethod | None]:
        methods = await _methods(parents, info)
        points = await inventory.warehouses_by_ids(info.context, [row["collection_point_id"] for row in parents])
        rows: Rows = [
            method if point is None else {**point, "__typename": "Warehouse"}
            for method, point in zip(methods, points, strict=True)
        ]
        return rows

    @batch_field
    async def shipping_method(parents: Rows, info: BatchInfo) -> list[ShippingMethod | None]:
        rows: Rows = await _methods(parents, info)
        return rows

    @batch_field
    async def collection_point_name(parents: Rows, info: BatchInfo) -> list[str | None]:
        points = await inventory.warehouses_by_ids(info.context, [row["collection_point_id"] for row in parents])
        return [point and point["name"] for point in points]

    @batch_field(guard=PAYMENT_READERS, description="Those before transactions; an order here has none, see those.")
    async def payments(parents: Rows, info: BatchInfo) -> list[list[Payment]]:
        return [[] for _ in parents]

    @batch_field(guard=PAYMENT_READERS)
    async def transactions(parents: Rows, info: BatchInfo) -> list[list[TransactionItem]]:
        found = await payments.transactions_of_orders(info.context, [row["id"] for row in parents])
        return _within_channels(info.context.caller, parents, found)

    @batch_field(guard=READERS, description="What staff have agreed to give back.")
    async def granted_refunds(parents: Rows, info: BatchInfo) -> list[list[OrderGrantedRefund]]:
        found = await refunds.of_orders(info.context, [row["id"] for row in parents])
        return _within_channels(info.context.caller, parents, found)

    @batch_field(guard=READERS, description="All that was granted, whatever became of it.")
    async def total_granted_refund(parents: Rows, info: BatchInfo) -> list[Money]:
        found = await refunds.totals_of_orders(info.context, [row["id"] for row in parents])
        return [money_row(amount, row["currency"]) for row, amount in zip(parents, found, strict=True)]

    @batch_field(guard=READERS, description="What was granted and is neither paid back nor on its way.")
    async def total_remaining_grant(parents: Rows, info: BatchInfo) -> list[Money]:
        granted = await refunds.totals_of_orders(info.context, [row["id"] for row in parents])
        found = await paid_for(info.context, parents)
        return [
            money_row(max(0, amount - paid.refunded - paid.refund_pending), row["currency"])
            for row, amount, paid in zip(parents, granted, found, strict=True)
        ]

    @batch_field(guard=READERS, description="Its history, oldest first.")
    async def events(parents: Rows, info: BatchInfo) -> list[list[OrderEvent]]:
        groups = await queries.events_of(info.context, [row["id"] for row in parents])
        told = [
            [{**event, "currency": row["currency"], "number": row["number"]} for event in group]
            for row, group in zip(parents, groups, strict=True)
        ]
        return _within_channels(info.context.caller, parents, told)

    @batch_field(description="Its invoices; for the customer and for staff.")
    async def invoices(parents: Rows, info: BatchInfo) -> list[list[Invoice]]:
        found = await invoices.of_orders(info.context, [row["id"] for row in parents])
        return _own_or_managed(info.context.caller, parents, found)

    @batch_field(description="False for a draft that still lacks something to become an order.")
    async def can_finalize(parents: Rows, info: BatchInfo) -> list[bool]:
        drafts = [row["id"] for row in parents if row["status"] == "DRAFT"]
        found = dict(zip(drafts, await queries.lines_of(info.context, drafts), strict=True)) if drafts else {}
        return [row["id"] not in found or not rules.lacks(row, found[row["id"]]) for row in parents]

    @batch_field(description="Ways of delivery that the merchant's own tables offer for it now.")
    async def shipping_methods(parents: Rows, info: BatchInfo) -> list[list[ShippingMethod]]:
        return await order_delivery.methods_for(info.context, parents)


@strawberry.type
class OrderCountableEdge:
    node: Order
    cursor: str


@strawberry.type
class OrderCountableConnection:
    """The row has either `total_count`, or the filter and conditions that are `wanted`, to count with."""

    page_info: PageInfo
    edges: list[OrderCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [
            await find_orders.count(info.context, *row["wanted"]) if "wanted" in row else row["total_count"]
            for row in parents
        ]
