"""Inputs about orders, and what they are to the engine."""

import uuid

import strawberry
from strawberry import UNSET

from engine.core.context import Caller
from engine.core.errors import InvalidId, Refusal
from engine.core.ids import int_pk, uuid_pk
from engine.flows.find_orders import READY
from engine.flows.fulfill import FromShelf
from engine.orders.rules import OrderFilter, Sort
from schema.common.enums import OrderDirection
from schema.common.filters import DateRangeInput, DateTimeRangeInput, MetadataFilter
from schema.common.inputs import set_or
from schema.common.moments import midnight, utc
from schema.orders.enums import OrderSortField, OrderStatusFilter


@strawberry.input
class OrderFilterInput:
    status: list[OrderStatusFilter] | None = UNSET
    customer: str | None = UNSET
    created: DateRangeInput | None = UNSET
    updated_at: DateTimeRangeInput | None = UNSET
    search: str | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    channels: list[strawberry.ID] | None = UNSET
    is_click_and_collect: bool | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    numbers: list[str] | None = UNSET
    checkout_ids: list[strawberry.ID] | None = UNSET
    checkout_tokens: list[uuid.UUID] | None = UNSET


@strawberry.input
class OrderSortingInput:
    direction: OrderDirection
    field: OrderSortField


@strawberry.input
class OrderFulfillStockInput:
    quantity: int
    warehouse: strawberry.ID


@strawberry.input
class OrderFulfillLineInput:
    order_line_id: strawberry.ID | None = UNSET
    stocks: list[OrderFulfillStockInput]


@strawberry.input
class OrderFulfillInput:
    lines: list[OrderFulfillLineInput]
    notify_customer: bool | None = UNSET
    allow_stock_to_be_exceeded: bool | None = strawberry.field(
        default=UNSET, description="Changes nothing: stock never goes below zero. Correct the count first."
    )
    tracking_number: str | None = strawberry.field(
        default=UNSET, description="When the parcel is on its way already; no carrier is asked then."
    )


@strawberry.input
class FulfillmentUpdateTrackingInput:
    tracking_number: str | None = UNSET
    notify_customer: bool | None = UNSET


@strawberry.input
class FulfillmentCancelInput:
    warehouse_id: strawberry.ID | None = UNSET


@strawberry.input
class OrderNoteInput:
    message: str


def order_sort(sort: OrderSortingInput | None) -> tuple[Sort, bool]:
    """The order and whether it goes down; newest first when nothing is asked."""
    if sort is None:
        return Sort.CREATED_AT, True
    name = "CREATED_AT" if sort.field == OrderSortField.CREATION_DATE else str(sort.field)
    return Sort(name), sort.direction == OrderDirection.DESC


def order_filter(filter: OrderFilterInput | None, search: str | None, caller: Caller) -> OrderFilter:
    """All orders the caller may see that the filter lets through. Raises InvalidId."""
    wanted = filter or OrderFilterInput()
    statuses = set_or(wanted.status)
    channels = _ids(wanted.channels, "Channel")
    if caller.channel_ids is not None:
        channels = tuple(id for id in channels if id in caller.channel_ids) if channels else tuple(caller.channel_ids)
    created, updated = set_or(wanted.created), set_or(wanted.updated_at)
    tokens = [*set_or(wanted.checkout_tokens, []), *(uuid_pk(id, "Checkout") for id in set_or(wanted.checkout_ids, []))]
    by_checkout = any(set_or(value) is not None for value in (wanted.checkout_tokens, wanted.checkout_ids))
    return OrderFilter(
        statuses=None if statuses is None else tuple(str(s) for s in statuses if str(s) not in READY),
        ready_for=tuple(str(s) for s in statuses or () if str(s) in READY),
        channel_ids=channels,
        search=search if search is not None else set_or(wanted.search),
        customer=set_or(wanted.customer),
        ids=None if set_or(wanted.ids) is None else tuple(uuid_pk(id, "Order") for id in set_or(wanted.ids)),
        numbers=_numbers(set_or(wanted.numbers)),
        checkout_ids=tuple(tokens) if by_checkout else None,
        created_from=midnight(set_or(created.gte)) if created else None,
        created_before=midnight(set_or(created.lte), days=1) if created else None,
        updated_from=utc(set_or(updated.gte)) if updated else None,
        updated_to=utc(set_or(updated.lte)) if updated else None,
        pickup=set_or(wanted.is_click_and_collect),
        meta=tuple((item.key, set_or(item.value)) for item in set_or(wanted.metadata, []) or []),
    )


def _ids(ids: list[strawberry.ID] | None, type_name: str) -> tuple[int, ...] | None:
    given = set_or(ids)
    return None if given is None else tuple(int_pk(id, type_name) for id in given)


def _numbers(numbers: list[str] | None) -> tuple[int, ...] | None:
    if numbers is None:
        return None
    return tuple(int(text) for text in numbers if text.isascii() and text.isdecimal() and len(text) < 18)


def shelves(input: OrderFulfillInput) -> list[FromShelf]:
    """Raises Refusal for a line without an id, and for an id that is none."""
    found = []
    for line in input.lines:
        line_id = set_or(line.order_line_id)
        if line_id is None:
            raise Refusal("Say which line.", field="orderLineId", code="REQUIRED")
        for stock in line.stocks:
            found.append(
                FromShelf(
                    _known(line_id, "OrderLine", "orderLineId"),
                    _known(stock.warehouse, "Warehouse", "warehouse"),
                    stock.quantity,
                )
            )
    return found


def _known(global_id: str, type_name: str, field: str) -> uuid.UUID:
    try:
        return uuid_pk(global_id, type_name)
    except InvalidId as error:
        raise Refusal(str(error), field=field, code="NOT_FOUND") from error


def warehouse_of(input: FulfillmentCancelInput | None) -> uuid.UUID | None:
    given = set_or(input.warehouse_id) if input is not None else None
    return None if given is None else _known(given, "Warehouse", "warehouseId")
