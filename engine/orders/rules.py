"""When an order moves from one status to another, and what may be done with it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

Key = TypeVar("Key")

FULFILLABLE = frozenset({"UNFULFILLED", "PARTIALLY_FULFILLED"})
ENDED = frozenset({"CANCELED", "EXPIRED"})
INACTIVE_FULFILLMENTS = frozenset({"CANCELED", "REFUNDED", "RETURNED", "REPLACED", "REFUNDED_AND_RETURNED"})
"""Fulfilments that no longer stand in the way of cancelling their order."""

STATUS_DISPLAY = {
    "DRAFT": "Draft",
    "UNCONFIRMED": "Unconfirmed",
    "UNFULFILLED": "Unfulfilled",
    "PARTIALLY_FULFILLED": "Partially fulfilled",
    "PARTIALLY_RETURNED": "Partially returned",
    "RETURNED": "Returned",
    "FULFILLED": "Fulfilled",
    "CANCELED": "Canceled",
    "EXPIRED": "Expired",
}


class Sort(StrEnum):
    """Orders of the order list; each ends in the id, so that it is total."""

    NUMBER = "NUMBER"
    CREATED_AT = "CREATED_AT"
    LAST_MODIFIED_AT = "LAST_MODIFIED_AT"
    CUSTOMER = "CUSTOMER"
    STATUS = "STATUS"


@dataclass(frozen=True)
class OrderFilter:
    """All parts must hold; None: not asked for. `channel_ids` also carries the channels a caller is limited to."""

    statuses: tuple[str, ...] | None = None
    ready_for: tuple[str, ...] = ()
    """Names of conditions on money that the caller gives; an order that meets one, or has one of `statuses`, is in."""
    channel_ids: tuple[int, ...] | None = None
    search: str | None = None
    """A number, an e-mail address or a name; part of one will do, except for the number."""
    customer: str | None = None
    user_id: int | None = None
    ids: tuple[object, ...] | None = None
    numbers: tuple[int, ...] | None = None
    checkout_ids: tuple[object, ...] | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    pickup: bool | None = None
    meta: tuple[tuple[str, str | None], ...] = field(default=())
    """Keys that must be there, each with its value or None for any."""


def first_status(*, confirmed: bool) -> str:
    """Of an order as it is placed; `confirmed` when the channel confirms orders by itself."""
    return "UNFULFILLED" if confirmed else "UNCONFIRMED"


def status_by_quantity(current: str, ordered: int, fulfilled: int, returned: int = 0) -> str:
    """The status that shipped and returned units imply. A draft, unconfirmed, cancelled or expired order keeps its
    own until it has shipped something."""
    if fulfilled <= 0 and returned <= 0:
        return current if current in ENDED | {"DRAFT", "UNCONFIRMED"} else "UNFULFILLED"
    if 0 < returned < ordered:
        return "PARTIALLY_RETURNED"
    if returned >= ordered:
        return "RETURNED"
    return "FULFILLED" if fulfilled >= ordered else "PARTIALLY_FULFILLED"


def lacks(order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What keeps a draft from becoming an order: Saleor's error codes, each with its field."""
    found = []
    if not lines:
        found.append(("REQUIRED", "lines"))
    if order["billing_address_id"] is None:
        found.append(("BILLING_ADDRESS_NOT_SET", "order"))
    if any(line["is_shipping_required"] for line in lines):
        if order["shipping_address_id"] is None:
            found.append(("ORDER_NO_SHIPPING_ADDRESS", "order"))
        if order["shipping_method_id"] is None and order["collection_point_id"] is None:
            found.append(("SHIPPING_METHOD_REQUIRED", "shipping"))
    return found


RETURNED = frozenset({"RETURNED", "REFUNDED_AND_RETURNED"})


def status_of(
    current: str,
    lines: Iterable[tuple[int, int]],
    fulfillments: Iterable[tuple[str, int]],
) -> str:
    """The status that an order's lines (quantity, fulfilled) and fulfilments (status, units) imply. Replaced goods
    count for nothing any more, and those that wait for approval were not sent yet."""
    ordered = fulfilled = 0
    for quantity, sent in lines:
        ordered, fulfilled = ordered + quantity, fulfilled + sent
    returned = 0
    for status, units in fulfillments:
        if status in RETURNED:
            returned += units
        elif status == "REPLACED":
            ordered, fulfilled = ordered - units, fulfilled - units
        elif status == "WAITING_FOR_APPROVAL":
            fulfilled -= units
    return status_by_quantity(current, ordered, fulfilled, returned)


def can_fulfill(status: str) -> bool:
    return status in FULFILLABLE


def can_confirm(status: str) -> bool:
    return status == "UNCONFIRMED"


def can_cancel(status: str, fulfillment_statuses: Collection[str]) -> bool:
    return status not in ENDED | {"DRAFT"} and all(found in INACTIVE_FULFILLMENTS for found in fulfillment_statuses)


def can_cancel_fulfillment(status: str) -> bool:
    return status in ("FULFILLED", "WAITING_FOR_APPROVAL")


def beyond_what_is_left(wanted: Mapping[Key, int], left: Mapping[Key, int]) -> list[Key]:
    """Order lines of which more is to be shipped than is left, or which are not lines of the order."""
    return [line for line, quantity in wanted.items() if quantity > left.get(line, 0)]
