"""`Checkout`: a cart. Whoever has its id may read it."""

import datetime
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.accounts import queries as accounts
from engine.channels import queries as channels
from engine.checkout import queries
from engine.checkout.rules import AuthorizeStatus, ChargeStatus, authorize_status, charge_status
from engine.core.context import Row
from engine.core.errors import PermissionDenied
from engine.extensions import service as extensions
from engine.flows import quote_delivery
from engine.inventory import queries as inventory
from engine.payments import queries as payments
from engine.sdk.plugins import Kind
from schema.accounts.types import Address, User
from schema.channels.types import Channel
from schema.checkout.line_types import (
    CheckoutLine,
    CheckoutLineProblemInsufficientStock,
    CheckoutLineProblemVariantNotAvailable,
)
from schema.checkout.loading import PRICES, priced_checkouts
from schema.checkout.problems import delivery_problems, line_problems
from schema.common.connections import PageInfo
from schema.common.enums import LanguageCodeEnum
from schema.common.ids import global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, TaxedMoney, money_row, taxed_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo
from schema.shipping.rows import method_rows
from schema.shipping.types import DeliveryMethod, ShippingMethod

if TYPE_CHECKING:
    from schema.inventory.types import Warehouse

CheckoutAuthorizeStatusEnum = strawberry.enum(AuthorizeStatus, name="CheckoutAuthorizeStatusEnum")
CheckoutChargeStatusEnum = strawberry.enum(ChargeStatus, name="CheckoutChargeStatusEnum")
USER_READERS = ("MANAGE_USERS", "MANAGE_CHECKOUTS", "HANDLE_PAYMENTS")


@strawberry.type(description="A way of delivery quoted for a cart.")
class Delivery:
    """The row is one of `checkout_delivery`."""

    id: strawberry.ID = global_id("CheckoutDelivery")

    @batch_field
    async def shipping_method(parents: Rows, info: BatchInfo) -> list[ShippingMethod | None]:
        rows: Rows = await method_rows(info.context, parents)
        return rows


@strawberry.type(description="The cart changed since its delivery was quoted: calculate delivery options again.")
class CheckoutProblemDeliveryMethodStale:
    delivery: Delivery


@strawberry.type(description="The chosen delivery is no longer offered: choose another.")
class CheckoutProblemDeliveryMethodInvalid:
    delivery: Delivery


CheckoutProblem = Annotated[
    CheckoutProblemDeliveryMethodStale
    | CheckoutProblemDeliveryMethodInvalid
    | CheckoutLineProblemInsufficientStock
    | CheckoutLineProblemVariantNotAvailable,
    strawberry.union("CheckoutProblem"),
]


@strawberry.type
class GatewayConfigLine:
    field: str
    value: str | None


@strawberry.type(description="A payment provider that can be used for a cart.")
class PaymentGateway:
    id: strawberry.ID
    name: str
    currencies: list[str]
    config: list[GatewayConfigLine]


@strawberry.type(description="A gift card used on a cart.")
class GiftCard:
    id: strawberry.ID = global_id("GiftCard")
    display_code: str
    current_balance: Money


async def _offered(parents: Rows, info: BatchInfo) -> list[Any]:
    return [await method_rows(info.context, await quote_delivery.offers(info.context, row["id"])) for row in parents]


@strawberry.type(description="A cart. Its id is the credential of whoever holds it.")
class Checkout(ObjectWithMetadata):
    """Rows are made by `schema.checkout.loading.with_prices`."""

    id: strawberry.ID = global_id("Checkout")
    email: str | None
    language_code: LanguageCodeEnum
    note: str
    voucher_code: str | None

    @row_field
    def token(row: Row) -> uuid.UUID:
        return row["id"]

    @row_field
    def created(row: Row) -> datetime.datetime:
        return row["created_at"]

    @row_field
    def updated_at(row: Row) -> datetime.datetime:
        return row["updated_at"]

    @row_field
    def customer_note(row: Row) -> str:
        return row["note"]

    @row_field(description="Until when its stock is claimed and its prices are fixed for a payment that has begun.")
    def stock_reservation_expires(row: Row) -> datetime.datetime | None:
        return row["held_until"]

    @row_field(description="What vouchers take off.")
    def discount(row: Row) -> Money | None:
        return money_row(0, row["currency"])

    @row_field
    def discount_name(row: Row) -> str | None:
        return None

    @row_field
    def translated_discount_name(row: Row) -> str | None:
        return None

    @row_field
    def gift_cards(row: Row) -> list[GiftCard]:
        return []

    @batch_field
    async def channel(parents: Rows, info: BatchInfo) -> list[Channel]:
        rows: Rows = await channels.by_ids(info.context, [row["channel_id"] for row in parents])
        return rows

    @batch_field(description="The customer whose cart it is; for them and for staff.")
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
    async def lines(parents: Rows, info: BatchInfo) -> list[list[CheckoutLine]]:
        groups = await queries.lines_of(info.context, [row["id"] for row in parents])
        rows: Rows = [
            [{**line, "currency": row["currency"], PRICES: row.get(PRICES)} for line in group]
            for row, group in zip(parents, groups, strict=True)
        ]
        return rows

    @batch_field(description="Units in all lines together.")
    async def quantity(parents: Rows, info: BatchInfo) -> list[int]:
        groups = await queries.lines_of(info.context, [row["id"] for row in parents])
        return [sum(line["quantity"] for line in group) for group in groups]

    @batch_field
    async def is_shipping_required(parents: Rows, info: BatchInfo) -> list[bool]:
        return [each.is_shipping_required for each in await priced_checkouts(info.context, parents)]

    @batch_field
    async def subtotal_price(parents: Rows, info: BatchInfo) -> list[TaxedMoney]:
        found = await priced_checkouts(info.context, parents)
        return [taxed_row(each.subtotal_net, each.subtotal_gross, each.currency) for each in found]

    @batch_field
    async def shipping_price(parents: Rows, info: BatchInfo) -> list[TaxedMoney]:
        found = await priced_checkouts(info.context, parents)
        return [taxed_row(each.shipping_net, each.shipping_gross, each.currency) for each in found]

    @batch_field
    async def total_price(parents: Rows, info: BatchInfo) -> list[TaxedMoney]:
        found = await priced_checkouts(info.context, parents)
        return [taxed_row(each.total_net, each.total_gross, each.currency) for each in found]

    @batch_field(description="What has been charged less the total: below zero while something is left to pay.")
    async def total_balance(parents: Rows, info: BatchInfo) -> list[Money]:
        found = await priced_checkouts(info.context, parents)
        paid = await payments.totals_for_checkouts(info.context, [row["id"] for row in parents])
        return [
            money_row(money.charged - each.total_gross, each.currency) for each, money in zip(found, paid, strict=True)
        ]

    @batch_field
    async def authorize_status(parents: Rows, info: BatchInfo) -> list[AuthorizeStatus]:
        found = await priced_checkouts(info.context, parents)
        paid = await payments.totals_for_checkouts(info.context, [row["id"] for row in parents])
        return [
            authorize_status(each.total_gross, money.authorized, money.charged, has_lines=bool(each.lines))
            for each, money in zip(found, paid, strict=True)
        ]

    @batch_field
    async def charge_status(parents: Rows, info: BatchInfo) -> list[ChargeStatus]:
        found = await priced_checkouts(info.context, parents)
        paid = await payments.totals_for_checkouts(info.context, [row["id"] for row in parents])
        return [
            charge_status(each.total_gross, money.charged, has_lines=bool(each.lines))
            for each, money in zip(found, paid, strict=True)
        ]

    @batch_field(description="The quoted delivery that was chosen.")
    async def delivery(parents: Rows, info: BatchInfo) -> list[Delivery | None]:
        return await queries.deliveries_by_ids(info.context, [row["delivery_id"] for row in parents])

    @batch_field(description="The chosen shipping method, or the warehouse where the goods are picked up.")
    async def delivery_method(parents: Rows, info: BatchInfo) -> list[DeliveryMethod | None]:
        deliveries = await queries.deliveries_by_ids(info.context, [row["delivery_id"] for row in parents])
        methods = await method_rows(info.context, deliveries)
        points = await inventory.warehouses_by_ids(info.context, [row["collection_point_id"] for row in parents])
        rows: Rows = [
            method if point is None else {**point, "__typename": "Warehouse"}
            for method, point in zip(methods, points, strict=True)
        ]
        return rows

    @batch_field(description="Shipping methods that carriers offer for the cart as it is.")
    async def shipping_methods(parents: Rows, info: BatchInfo) -> list[list[ShippingMethod]]:
        return await _offered(parents, info)

    @batch_field(description="The same as `shippingMethods`.")
    async def available_shipping_methods(parents: Rows, info: BatchInfo) -> list[list[ShippingMethod]]:
        return await _offered(parents, info)

    @batch_field(description="Warehouses of the channel where the goods could be picked up.")
    async def available_collection_points(
        parents: Rows, info: BatchInfo
    ) -> list[list[Annotated["Warehouse", strawberry.lazy("schema.inventory.types")]]]:
        rows: Rows = await inventory.collection_points(info.context, [row["channel_id"] for row in parents])
        return rows

    @batch_field
    async def available_payment_gateways(parents: Rows, info: BatchInfo) -> list[list[PaymentGateway]]:
        found: dict[int, Rows] = {}
        for row in parents:
            if row["channel_id"] not in found:
                found[row["channel_id"]] = await extensions.available(info.context, Kind.PAYMENT, row["channel_id"])
        rows: Rows = [
            [
                {"id": each.plugin.id, "name": each.plugin.name, "currencies": [row["currency"]], "config": []}
                for each in found[row["channel_id"]]
                if each.plugin.currencies is None or row["currency"] in each.plugin.currencies
            ]
            for row in parents
        ]
        return rows

    @batch_field(description="What keeps the cart from being bought as it is.")
    async def problems(parents: Rows, info: BatchInfo) -> list[list[CheckoutProblem] | None]:
        groups = await queries.lines_of(info.context, [row["id"] for row in parents])
        lines: Rows = [
            {**line, "currency": row["currency"], PRICES: row.get(PRICES)}
            for row, group in zip(parents, groups, strict=True)
            for line in group
        ]
        found: dict[uuid.UUID, Rows] = {row["id"]: [] for row in parents}
        for line, problems in zip(lines, await line_problems(info.context, lines), strict=True):
            found[line["checkout_id"]] += problems
        delivery = await delivery_problems(info.context, parents)
        return [[*mine, *found[row["id"]]] for row, mine in zip(parents, delivery, strict=True)]


@strawberry.type
class CheckoutCountableEdge:
    node: Checkout
    cursor: str


@strawberry.type
class CheckoutCountableConnection:
    page_info: PageInfo
    edges: list[CheckoutCountableEdge]
    total_count: int | None
