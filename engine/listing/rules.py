"""What a listing may be narrowed and ordered by."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Sort(StrEnum):
    """Orders of a listing; each ends in the product id, so that it is total."""

    NAME = "NAME"
    PRICE = "PRICE"
    MINIMAL_PRICE = "MINIMAL_PRICE"
    PUBLISHED_AT = "PUBLISHED_AT"
    CREATED_AT = "CREATED_AT"
    LAST_MODIFIED_AT = "LAST_MODIFIED_AT"
    RATING = "RATING"
    TYPE = "TYPE"
    COLLECTION = "COLLECTION"
    """The collection's own order; only with `collection_id`."""


@dataclass(frozen=True)
class ListingFilter:
    """All parts must hold. Amounts are minor units of the channel's currency, as entered.

    `value_groups`: for each group at least one of its attribute values (several of one attribute are an "or",
    several attributes an "and").
    """

    channel_id: int
    published_only: bool = True
    """False for staff: also what is unpublished or hidden from listings."""
    product_ids: tuple[int, ...] | None = None
    category_ids: tuple[int, ...] | None = None
    """In one of these categories or below it."""
    collection_ids: tuple[int, ...] | None = None
    collection_id: int | None = None
    """Set inside a collection: allows its own order."""
    product_type_ids: tuple[int, ...] | None = None
    value_groups: tuple[tuple[int, ...], ...] = field(default=())
    price_from: int | None = None
    price_to: int | None = None
    minimal_from: int | None = None
    minimal_to: int | None = None
    in_stock: bool | None = None
    available: bool | None = None
    """For sale now."""
    updated_from: datetime | None = None
    updated_to: datetime | None = None
