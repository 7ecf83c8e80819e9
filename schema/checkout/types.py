"""`Checkout`: a cart. Whoever has its id may read it."""

import datetime
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.accounts import queries as accounts
from engine.channels import queries as channels
from engine.checkout.collection import points_of
from engine.checkout.rules import AuthorizeStatus, ChargeStatus, authorize_status, charge_status
from engine.core.context import Row
from engine.core.errors import PermissionDenied
from engine.extensions import service as extensions
from engine.flows import quote_delivery
from engine.gift_cards import queries as gift_cards
from engine.inventory import queries as inventory
from engine.payments import queries as payments
from engine.sdk.plugins import Kind
from engine.tax import queries as tax
from engine.vouchers import queries as vouchers
from schema.accounts.types import Address, User
from schema.channels.types import Channel
from schema.checkout.line_types import (
    CheckoutLine,
    CheckoutLineProblemInsufficientStock,
    CheckoutLineProblemVariantNotAvailable,
    line_row,
)
from schema.checkout.loading import SHARED, Shared, of_checkouts, priced
from schema.checkout.problems import Problems
from schema.common.connections import PageInfo
from schema.common.enums import LanguageCodeEnum
from schema.common.ids import global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, TaxedMoney, money_row, taxed_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.shipping.rows import method_rows
from schema.shipping.types import DeliveryMethod, ShippingMethod

if TYPE_CHECKING:
    from schema.gift_cards.types import GiftCard
    from schema.inventory.types import Warehouse
    from schema.payments.types import TransactionItem
    from schema.vouchers.types import Voucher

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


def _shared(info: BatchInfo, row: Row) -> Shared:
    found: Shared | None = row.get(SHARED)
    return Shared(info.context, [row]) if found is None else found


async def _deliveries(info: BatchInfo, parents: Rows) -> Any:
    wanted = [row["delivery_id"] for row in parents]
    if not any(wanted):
        return wanted
    rows = [row for row in parents if row["delivery_id"] is not None]
    found = await of_checkouts(info.context, rows, Shared.deliveries)
    by_id = {row["id"]: delivery for row, delivery in zip(rows, found, strict=True)}
    return [by_id.get(row["id"]) for row in parents]


async def _problem_rows(info: BatchInfo, parents: Rows, found: list[Problems]) -> Any:
    """Delivery first, then the lines in their order."""
    deliveries = await _deliveries(info, parents)
    answers = []
    for row, problems, delivery in zip(parents, found, deliveries, strict=True):
        shared = _shared(info, row)
        rows = [{"__typename": problems.delivery, "delivery": delivery}] if problems.delivery and delivery else []
        for of_line in problems.lines.values():
            rows += [{**problem, "line": line_row(problem["line"], row, shared)} for problem in of_line]
        answers.append(rows)
    return answers


async def _offered(parents: Rows, info: BatchInfo) -> list[Any]:
    return [await method_rows(info.context, await quote_delivery.offers(info.context, row["id"])) for row in parents]


@strawberry.type(description="A cart. Its id is the credential of whoever holds it.")
class Checkout(ObjectWithMetadata):
    """Rows are made by `schema.checkout.loading.shown` and `with_shared`; a plain row of the table will do too."""

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

    @batch_field(description="What its voucher or an order promotion takes off, as the channel enters prices.")
    async def discount(parents: Rows, info: BatchInfo) -> list[Money | None]:
        found = await priced(info.context, parents)
        return [money_row(sum(off.amount for off in each.off_the_cart), each.currency) for each in found]

    @batch_field(description="The name of the voucher or promotion that takes something off.")
    async def discount_name(parents: Rows, info: BatchInfo) -> list[str | None]:
        found = await priced(info.context, parents)
        return [next((off.name for off in each.off_the_cart), None) for each in found]

    @batch_field(description="The same in the cart's language, as far as it is translated.")
    async def translated_discount_name(parents: Rows, info: BatchInfo) -> list[str | None]:
        found = await priced(info.context, parents)
        return [next((off.translated_name for off in each.off_the_cart), None) for each in found]

    @batch_field(guard=needs("MANAGE_DISCOUNTS"), description="The voucher whose code it carries.")
    async def voucher(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Voucher", strawberry.lazy("schema.vouchers.types")] | None]:
        found = await priced(info.context, parents)
        ids = [each.voucher.voucher_id if each.voucher else None for each in found]
        known = {row["id"]: row for row in await vouchers.by_ids(info.context, [id for id in ids if id]) if row}
        rows: Rows = [
            {**known[id], "code": each.voucher.code} if id in known and each.voucher else None
            for id, each in zip(ids, found, strict=True)
        ]
        return rows

    @batch_field(description="Gift cards that pay for it.")
    async def gift_cards(
        parents: Rows, info: BatchInfo
    ) -> list[list[Annotated["GiftCard", strawberry.lazy("schema.gift_cards.types")]]]:
        found = await priced(info.context, parents)
        ids = [card.gift_card_id for each in found for card in each.gift_cards]
        rows = await gift_cards.by_ids(info.context, ids) if ids else []
        known = {row["id"]: row for row in rows if row is not None}
        return [[known[card.gift_card_id] for card in each.gift_cards if card.gift_card_id in known] for each in found]

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
        return [each["billing_address_id"] for each in await of_checkouts(info.context, parents, Shared.addresses)]

    @batch_field
    async def shipping_address(parents: Rows, info: BatchInfo) -> list[Address | None]:
        return [each["shipping_address_id"] for each in await of_checkouts(info.context, parents, Shared.addresses)]

    @batch_field
    async def lines(parents: Rows, info: BatchInfo) -> list[list[CheckoutLine]]:
        groups = await of_checkouts(info.context, parents, Shared.lines)
        rows: Rows = [
            [line_row(line, row, _shared(info, row)) for line in group]
            for row, group in zip(parents, groups, strict=True)
        ]
        return rows

    @batch_field(description="Units in all lines together.")
    async def quantity(parents: Rows, info: BatchInfo) -> list[int]:
        groups = await of_checkouts(info.context, parents, Shared.lines)
        return [sum(line["quantity"] for line in group) for group in groups]

    @batch_field
    async def is_shipping_required(parents: Rows, info: BatchInfo) -> list[bool]:
        return [each.is_shipping_required for each in await priced(info.context, parents)]

    @batch_field(description="Whether its channel shows prices with tax.")
    async def display_gross_prices(parents: Rows, info: BatchInfo) -> list[bool]:
        ids = {row["channel_id"] for row in parents}
        shown = {id: (await tax.configuration(info.context, id))["display_gross_prices"] for id in ids}
        return [shown[row["channel_id"]] for row in parents]

    @batch_field
    async def subtotal_price(parents: Rows, info: BatchInfo) -> list[TaxedMoney]:
        found = await priced(info.context, parents)
        return [taxed_row(each.subtotal_net, each.subtotal_gross, each.currency) for each in found]

    @batch_field
    async def shipping_price(parents: Rows, info: BatchInfo) -> list[TaxedMoney]:
        found = await priced(info.context, parents)
        return [taxed_row(each.shipping_net, each.shipping_gross, each.currency) for each in found]

    @batch_field(description="What is left to pay with money, after gift cards.")
    async def total_price(parents: Rows, info: BatchInfo) -> list[TaxedMoney]:
        found = await priced(info.context, parents)
        return [taxed_row(each.total_net, each.total_gross, each.currency) for each in found]

    @batch_field(description="What has been charged less the total: below zero while something is left to pay.")
    async def total_balance(parents: Rows, info: BatchInfo) -> list[Money]:
        found = await priced(info.context, parents)
        paid = await of_checkouts(info.context, parents, Shared.paid)
        return [
            money_row(money.charged - each.total_gross, each.currency) for each, money in zip(found, paid, strict=True)
        ]

    @batch_field
    async def authorize_status(parents: Rows, info: BatchInfo) -> list[AuthorizeStatus]:
        found = await priced(info.context, parents)
        paid = await of_checkouts(info.context, parents, Shared.paid)
        return [
            authorize_status(each.total_gross, money.authorizing, money.charging, has_lines=bool(each.lines))
            for each, money in zip(found, paid, strict=True)
        ]

    @batch_field
    async def charge_status(parents: Rows, info: BatchInfo) -> list[ChargeStatus]:
        found = await priced(info.context, parents)
        paid = await of_checkouts(info.context, parents, Shared.paid)
        return [
            charge_status(each.total_gross, money.charging, has_lines=bool(each.lines))
            for each, money in zip(found, paid, strict=True)
        ]

    @batch_field(description="The quoted delivery that was chosen.")
    async def delivery(parents: Rows, info: BatchInfo) -> list[Delivery | None]:
        return await _deliveries(info, parents)

    @batch_field(description="The chosen shipping method, or the warehouse where the goods are picked up.")
    async def delivery_method(parents: Rows, info: BatchInfo) -> list[DeliveryMethod | None]:
        methods = await method_rows(info.context, await _deliveries(info, parents))
        chosen = [row["collection_point_id"] for row in parents if row["collection_point_id"] is not None]
        points = await inventory.warehouses_by_ids(info.context, chosen) if chosen else []
        houses = {point["id"]: {**point, "__typename": "Warehouse"} for point in points if point is not None}
        rows: Rows = [
            houses.get(row["collection_point_id"], method) for row, method in zip(parents, methods, strict=True)
        ]
        return rows

    @batch_field(description="The chosen shipping method.", deprecation_reason="Use `deliveryMethod`.")
    async def shipping_method(parents: Rows, info: BatchInfo) -> list[ShippingMethod | None]:
        rows: Rows = await method_rows(info.context, await _deliveries(info, parents))
        return rows

    @batch_field(description="Shipping methods that carriers offer for the cart as it is.")
    async def shipping_methods(parents: Rows, info: BatchInfo) -> list[list[ShippingMethod]]:
        return await _offered(parents, info)

    @batch_field(description="The same as `shippingMethods`.")
    async def available_shipping_methods(parents: Rows, info: BatchInfo) -> list[list[ShippingMethod]]:
        return await _offered(parents, info)

    @batch_field(description="Warehouses of the channel that would hand out all of its goods.")
    async def available_collection_points(
        parents: Rows, info: BatchInfo
    ) -> list[list[Annotated["Warehouse", strawberry.lazy("schema.inventory.types")]]]:
        found = await priced(info.context, parents)
        points = await points_of(info.context, parents)
        rows: Rows = [own if cart.is_shipping_required else [] for own, cart in zip(points, found, strict=True)]
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

    @batch_field(guard=needs("MANAGE_ORDERS", "HANDLE_PAYMENTS"), description="Its payments, oldest first.")
    async def transactions(
        parents: Rows, info: BatchInfo
    ) -> list[list[Annotated["TransactionItem", strawberry.lazy("schema.payments.types")]] | None]:
        rows: Rows = await payments.transactions_of_checkouts(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(description="What keeps the cart from being bought as it is.")
    async def problems(parents: Rows, info: BatchInfo) -> list[list[CheckoutProblem] | None]:
        found = await of_checkouts(info.context, parents, Shared.problems)
        return await _problem_rows(info, parents, found)


@strawberry.type
class CheckoutCountableEdge:
    node: Checkout
    cursor: str


@strawberry.type
class CheckoutCountableConnection:
    page_info: PageInfo
    edges: list[CheckoutCountableEdge]
    total_count: int | None
