"""What a listing may be narrowed and ordered by."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

BY_SLUG = 0
"""As the `channel_id` of a filter: the channel whose slug `page` or `pages` is given."""


class Sort(StrEnum):
    """Orders of a listing; each ends in the product id, so that it is total."""

    NAME = "NAME"
    PRICE = "PRICE"
    MINIMAL_PRICE = "MINIMAL_PRICE"
    PUBLISHED = "PUBLISHED"
    PUBLISHED_AT = "PUBLISHED_AT"
    CREATED_AT = "CREATED_AT"
    LAST_MODIFIED_AT = "LAST_MODIFIED_AT"
    RATING = "RATING"
    TYPE = "TYPE"
    COLLECTION = "COLLECTION"
    """The collection's own order; only with `collection_id`."""
    ATTRIBUTE = "ATTRIBUTE"
    """By the values of the attribute that `page` is given."""


@dataclass(frozen=True)
class StockRange:
    """Holds for a product with a variant whose units on hand, summed over the warehouses, lie in the range."""

    warehouse_ids: tuple[uuid.UUID, ...] | None = None
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True)
class ReferenceCriterion:
    """Values that point at any one of these."""

    page_ids: tuple[int, ...] = ()
    product_ids: tuple[int, ...] = ()
    variant_ids: tuple[int, ...] = ()
    category_ids: tuple[int, ...] = ()
    collection_ids: tuple[int, ...] = ()
    page_slugs: tuple[str, ...] = ()
    product_slugs: tuple[str, ...] = ()
    variant_skus: tuple[str, ...] = ()
    category_slugs: tuple[str, ...] = ()
    collection_slugs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ValueCriterion:
    """Which values of an attribute (None: of any) count; all parts that are not None must hold."""

    attribute_slug: str | None = None
    slugs: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    numbers: tuple[float, ...] | None = None
    number_from: float | None = None
    number_to: float | None = None
    boolean: bool | None = None
    date_from: date | None = None
    date_to: date | None = None
    moment_from: datetime | None = None
    moment_to: datetime | None = None
    reference: ReferenceCriterion | None = None


@dataclass(frozen=True)
class ListingFilter:
    """All parts that are not None must hold. Amounts are minor units of the channel's currency, as entered.

    `value_groups`: for each group at least one of its attribute values (several of one attribute are an "or", several
    attributes an "and"). `all_of` and `any_of` nest: of those the channel and `published_only` do not count.
    """

    channel_id: int | None
    """None, for staff only: all products, whether sold anywhere or not."""
    published_only: bool = True
    """False for staff: also what is unpublished or hidden from listings."""
    product_ids: tuple[int, ...] | None = None
    slugs: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    category_ids: tuple[int, ...] | None = None
    """In one of these categories or below it."""
    own_category_ids: tuple[int, ...] | None = None
    """In one of these categories itself."""
    has_category: bool | None = None
    collection_ids: tuple[int, ...] | None = None
    collection_id: int | None = None
    """Set inside a collection: allows its own order."""
    product_type_ids: tuple[int, ...] | None = None
    gift_card: bool | None = None
    value_groups: tuple[tuple[int, ...] | ValueCriterion, ...] = field(default=())
    """Ids of values, or what values meet that are too many to be named."""
    price_from: int | None = None
    price_to: int | None = None
    minimal_from: int | None = None
    minimal_to: int | None = None
    in_stock: bool | None = None
    stocks: StockRange | None = None
    available: bool | None = None
    """For sale now."""
    available_by: datetime | None = None
    """For sale at that moment."""
    is_published: bool | None = None
    published_by: datetime | None = None
    """With a publication date no later than that."""
    visible: bool | None = None
    """Shown in listings."""
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    metadata: tuple[tuple[str, str | None], ...] | None = None
    """Pairs that must all be there; None as a value asks for the key alone."""
    all_of: tuple["ListingFilter", ...] = ()
    any_of: tuple["ListingFilter", ...] = ()

    @cached_property
    def asked(self) -> tuple[tuple[str, Any], ...]:
        """The conditions that are not None, by name; those of `BESIDE` are asked for themselves."""
        return tuple([(name, value) for name, value in vars(self).items() if value is not None and name not in BESIDE])


BESIDE = frozenset({"channel_id", "published_only", "collection_id", "value_groups", "all_of", "any_of"})
"""Fields of a `ListingFilter` that are more than a condition each."""
