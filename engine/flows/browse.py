"""What a shopper looks through: products filtered, ordered and searched, alone or inside categories and collections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from engine.catalog.rules import sees_all
from engine.channels import queries as channels
from engine.core.context import Ctx, Row
from engine.core.errors import BadRequest
from engine.core.money import MAX_AMOUNT, exponent
from engine.core.paging import Page, PageArgs
from engine.flows import find
from engine.listing import queries as listing
from engine.listing.rules import ListingFilter, Sort, ValueCriterion
from engine.listing.values import value_groups


@dataclass(frozen=True)
class Place:
    """Where somebody looks. Without channel (staff only): everywhere, and nothing has a price."""

    channel_id: int | None
    currency: str | None


@dataclass(frozen=True)
class Between:
    """Amounts in major units, both ends included; None is open."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Wish:
    """What a client asks of products before amounts and attribute values are looked up.

    `parts` are fields of `ListingFilter` as they are.
    """

    parts: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[ValueCriterion, ...] = ()
    price: Between | None = None
    minimal: Between | None = None
    all_of: tuple["Wish", ...] = ()
    any_of: tuple["Wish", ...] = ()


@dataclass(frozen=True)
class Order:
    """`sort` None: by rank in a search, by the collection's own order inside one, else by name."""

    sort: Sort | None = None
    descending: bool = False
    by_rank: bool = False
    attribute_id: int | None = None


@dataclass(frozen=True)
class Request:
    """One listing as a client asks for it. `counted`: the total is wanted too."""

    args: PageArgs
    wish: Wish = field(default_factory=Wish)
    order: Order = field(default_factory=Order)
    channel: str | None = None
    search: str | None = None
    counted: bool = False


async def products(ctx: Ctx, request: Request) -> Row:
    """The row of a connection of products; `total_count` is None unless it was wanted."""
    at = await place(ctx, request.channel)
    if at is None:
        return _nothing()
    return await _one(ctx, await _filter(ctx, at, request.wish), request)


async def products_in_categories(ctx: Ctx, category_ids: Sequence[int], request: Request) -> list[Row]:
    """A connection for each category and what lies below it, in as many statements as for one."""
    at = await place(ctx, request.channel)
    if at is None:
        return [_nothing() for _ in category_ids]
    return await _inside(ctx, at, request, "category", category_ids)


async def products_in_collections(
    ctx: Ctx, collections: Sequence[tuple[int, int | None]], request: Request
) -> list[Row]:
    """A connection for each `(collection id, channel id)`, in as many statements as there are channels."""
    found: dict[tuple[int, int | None], Row] = {}
    for channel_id in dict.fromkeys(channel_id for _, channel_id in collections):
        ids = [id for id, own in collections if own == channel_id]
        (channel,) = await channels.by_ids(ctx, [channel_id]) if channel_id is not None else [None]
        at = Place(channel_id, channel and channel["currency"])
        rows = await _inside(ctx, at, request, "collection", ids)
        found.update({(id, channel_id): row for id, row in zip(ids, rows, strict=True)})
    return [found[key] for key in collections]


async def attribute_ids(ctx: Ctx, channel: str | None, wish: Wish) -> list[int]:
    """The attributes that the products of a wish have."""
    at = await place(ctx, channel)
    return [] if at is None else await listing.attribute_ids(ctx, await _filter(ctx, at, wish))


async def place(ctx: Ctx, slug: str | None) -> Place | None:
    """The channel with that slug; None where nothing is sold to the caller.

    Without a slug staff look everywhere, and shoppers in the only active channel; BadRequest if there are more.
    """
    if slug is not None:
        row = await channels.by_slug(ctx, slug)
    elif sees_all(ctx.caller):
        return Place(None, None)
    else:
        active = [row for row in await channels.all_channels(ctx) if row["is_active"]]
        if len(active) != 1:
            raise BadRequest("A default channel does not exist. Pass the `channel` argument.")
        row = active[0]
    if row is None or not (row["is_active"] or sees_all(ctx.caller)):
        return None
    return Place(row["id"], row["currency"])


async def _filter(ctx: Ctx, at: Place, wish: Wish) -> ListingFilter:
    return ListingFilter(
        channel_id=at.channel_id,
        published_only=not sees_all(ctx.caller),
        value_groups=await value_groups(ctx, wish.values),
        all_of=tuple([await _filter(ctx, at, nested) for nested in wish.all_of]),
        any_of=tuple([await _filter(ctx, at, nested) for nested in wish.any_of]),
        **wish.parts,
        **_bounds("price", wish.price, at),
        **_bounds("minimal", wish.minimal, at),
    )


async def _one(ctx: Ctx, filter: ListingFilter, request: Request) -> Row:
    order, text = request.order, request.search
    if text is not None and order.sort is None:
        page, total = await find.page(ctx, filter, text, request.args)
        return page.as_connection(total_count=total, filter=filter, search=text)
    if text is not None:
        filter = replace(filter, product_ids=await find.hits(ctx, filter, text))
    sort = order.sort or Sort.NAME
    _check(sort, order, filter, inside=None)
    found = await listing.page(ctx, filter, sort, order.descending, request.args, attribute_id=order.attribute_id)
    count = await listing.count(ctx, filter) if request.counted else None
    return found.as_connection(total_count=count, filter=filter, search=None)


async def _inside(ctx: Ctx, at: Place, request: Request, kind: listing.Scope, ids: Sequence[int]) -> list[Row]:
    filter, order = await _filter(ctx, at, request.wish), request.order
    filters = [_narrowed(filter, kind, id) for id in ids]
    if request.search is not None:
        return [await _one(ctx, own, request) for own in filters]
    sort = order.sort or (Sort.COLLECTION if kind == "collection" else Sort.NAME)
    _check(sort, order, filter, inside=kind)
    found = await listing.pages(
        ctx, filter, sort, order.descending, request.args, kind, ids, attribute_id=order.attribute_id
    )
    counts: Sequence[int | None] = [None] * len(filters)
    if request.counted:
        counts = await listing.counts(ctx, filter, kind, ids)
    return [
        one.as_connection(total_count=total, filter=own, search=None)
        for one, total, own in zip(found, counts, filters, strict=True)
    ]


def _nothing() -> Row:
    """The connection of a channel in which nothing is sold."""
    return Page([], [], has_next=False, has_previous=False).as_connection(total_count=0, filter=None, search=None)


def _narrowed(filter: ListingFilter, kind: listing.Scope, id: int) -> ListingFilter:
    if kind == "collection":
        return replace(filter, collection_id=id)
    if filter.category_ids is None:
        return replace(filter, category_ids=(id,))
    return replace(filter, all_of=(*filter.all_of, ListingFilter(filter.channel_id, category_ids=(id,))))


def _check(sort: Sort, order: Order, filter: ListingFilter, inside: str | None) -> None:
    if order.by_rank:
        raise BadRequest("Sorting by RANK is available only when using a search filter or search argument.")
    if sort is Sort.COLLECTION and inside != "collection" and filter.collection_id is None:
        raise BadRequest("Sorting by COLLECTION is available only for the products of a collection.")
    if sort in (Sort.PRICE, Sort.MINIMAL_PRICE) and filter.channel_id is None:
        raise BadRequest(f"Sorting by {sort} needs a channel. Pass the `channel` argument.")


def _bounds(name: str, wanted: Between | None, at: Place) -> dict[str, Any]:
    if wanted is None or wanted == Between():
        return {}
    if at.currency is None:
        raise BadRequest("Filtering by price needs a channel. Pass the `channel` argument.")
    unit = Decimal(10) ** exponent(at.currency)
    found = {}
    if wanted.low is not None:
        found[f"{name}_from"] = _minor((wanted.low * unit).to_integral_value(ROUND_CEILING))
    if wanted.high is not None:
        found[f"{name}_to"] = _minor((wanted.high * unit).to_integral_value(ROUND_FLOOR))
    return found


def _minor(amount: Decimal) -> int:
    return max(min(int(amount), MAX_AMOUNT), -1)
