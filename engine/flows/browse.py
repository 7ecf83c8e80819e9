"""What a shopper looks through: products filtered, ordered and searched, alone or inside categories and collections."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any, TypeVar

from engine.catalog.rules import sees_all
from engine.channels import queries as channels
from engine.core.context import Ctx, Row
from engine.core.errors import BadRequest
from engine.core.joins import EVERYTHING, Lookahead
from engine.core.money import MAX_AMOUNT, exponent
from engine.core.paging import Page, PageArgs
from engine.flows import find
from engine.listing import queries as listing
from engine.listing.rules import BY_SLUG, ListingFilter, Sort, ValueCriterion
from engine.listing.values import value_groups

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where somebody looks. Without channel (staff only): everywhere, and nothing has a price.

    With BY_SLUG as its id only the slug is known: the page's own statement looks the channel up.
    """

    channel_id: int | None
    currency: str | None
    slug: str | None = None


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

    @property
    def in_money(self) -> bool:
        """Whether amounts are asked for, which the channel's currency gives their meaning."""
        return bool(self.price or self.minimal) or any(wish.in_money for wish in (*self.all_of, *self.any_of))


@dataclass(frozen=True)
class Order:
    """`sort` None: by rank in a search, by the collection's own order inside one, else by name."""

    sort: Sort | None = None
    descending: bool = False
    by_rank: bool = False
    attribute_id: int | None = None


@dataclass(frozen=True)
class Request:
    """One listing as a client asks for it. `counted`: the total is wanted too; `ahead`: what is read with the rows."""

    args: PageArgs
    wish: Wish = field(default_factory=Wish)
    order: Order = field(default_factory=Order)
    channel: str | None = None
    search: str | None = None
    counted: bool = False
    ahead: Lookahead = EVERYTHING


ANYTHING = Wish()


async def products(ctx: Ctx, request: Request) -> Row:
    """The row of a connection of products; `total_count` is None unless it was wanted."""

    async def read(at: Place) -> Row | None:
        return await _one(ctx, at, await _filter(ctx, at, request.wish), request)

    return await _placed(ctx, request, read) or _nothing()


async def products_in_categories(ctx: Ctx, category_ids: Sequence[int], request: Request) -> list[Row]:
    """A connection for each category and what lies below it, in as many statements as for one."""

    async def read(at: Place) -> list[Row] | None:
        return await _inside(ctx, at, request, "category", category_ids)

    return await _placed(ctx, request, read) or [_nothing() for _ in category_ids]


async def products_in_collections(
    ctx: Ctx, collections: Sequence[tuple[int, int | None]], request: Request
) -> list[Row]:
    """A connection for each `(collection id, channel id)`, in as many statements as there are channels."""
    found: dict[tuple[int, int | None], Row] = {}
    for channel_id in dict.fromkeys(channel_id for _, channel_id in collections):
        ids = [id for id, own in collections if own == channel_id]
        (channel,) = await channels.by_ids(ctx, [channel_id]) if channel_id and request.wish.in_money else [None]
        at = Place(channel_id, channel and channel["currency"])
        rows = await _inside(ctx, at, request, "collection", ids)
        found.update({(id, channel_id): row for id, row in zip(ids, rows or (), strict=True)})
    return [found[key] for key in collections]


async def attribute_ids(ctx: Ctx, channel: str | None, wish: Wish) -> list[int]:
    """The attributes that the products of a wish have."""
    at = await place(ctx, channel)
    if at is None:
        return []
    return [row["id"] for row in await listing.attributes(ctx, await _filter(ctx, at, wish))]


async def place(ctx: Ctx, slug: str | None) -> Place | None:
    """The channel with that slug; None where nothing is sold to the caller.

    Without a slug staff look everywhere, and shoppers in the only active channel; BadRequest if there are more.
    """
    if slug is None:
        return await default_place(ctx)
    row = await channels.by_slug(ctx, slug)
    if row is None or not (row["is_active"] or sees_all(ctx.caller)):
        return None
    return Place(row["id"], row["currency"])


async def default_place(ctx: Ctx) -> Place:
    if sees_all(ctx.caller):
        return Place(None, None)
    active = [row for row in await channels.all_channels(ctx) if row["is_active"]]
    if len(active) != 1:
        raise BadRequest("A default channel does not exist. Pass the `channel` argument.")
    return Place(active[0]["id"], active[0]["currency"])


async def _placed(ctx: Ctx, request: Request, read: Callable[[Place], Awaitable[T | None]]) -> T | None:
    """What `read` finds in the request's channel; None where nothing is sold to the caller, whatever else is wrong."""
    if request.channel is None or request.search is not None or request.wish.in_money:
        at = await place(ctx, request.channel)
        return None if at is None else await read(at)
    try:
        return await read(Place(BY_SLUG, None, request.channel))
    except BadRequest:
        if await place(ctx, request.channel) is None:
            return None
        raise


async def _found_in(ctx: Ctx, at: Place, pages: Sequence[Page]) -> int | None:
    """The id of the channel that pages were read in; None where nothing is sold to the caller. Empty pages tell
    nothing of it."""
    for page in pages:
        if page.rows:
            found: int = page.rows[0]["channel_id"]
            return found
    named = await place(ctx, at.slug)
    return None if named is None else named.channel_id


@lru_cache(maxsize=256)
def _all_of(channel_id: int | None, published_only: bool) -> ListingFilter:
    """What most listings are of, with what is known of it kept."""
    return ListingFilter(channel_id, published_only)


async def _filter(ctx: Ctx, at: Place, wish: Wish) -> ListingFilter:
    if wish is ANYTHING:
        return _all_of(at.channel_id, not sees_all(ctx.caller))
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


async def _one(ctx: Ctx, at: Place, filter: ListingFilter, request: Request) -> Row | None:
    order, text = request.order, request.search
    if text is not None and order.sort is None:
        page, total = await find.page(ctx, filter, text, request.args, request.ahead)
        return page.as_connection(total_count=total, filter=filter, search=text)
    if text is not None:
        filter = replace(filter, product_ids=await find.hits(ctx, filter, text))
    sort = order.sort or Sort.NAME
    _check(sort, order, filter, inside=None)
    found = await listing.page(
        ctx,
        filter,
        sort,
        order.descending,
        request.args,
        attribute_id=order.attribute_id,
        channel=at.slug,
        ahead=request.ahead,
    )
    if at.slug is not None:
        channel_id = await _found_in(ctx, at, [found])
        if channel_id is None:
            return None
        filter = _within(filter, channel_id)
    count = await listing.count(ctx, filter) if request.counted else None
    return found.as_connection(total_count=count, filter=filter, search=None)


async def _inside(ctx: Ctx, at: Place, request: Request, kind: listing.Scope, ids: Sequence[int]) -> list[Row] | None:
    filter, order = await _filter(ctx, at, request.wish), request.order
    if request.search is not None:
        return [await _one(ctx, at, _narrowed(filter, kind, id), request) for id in ids]
    sort = order.sort or (Sort.COLLECTION if kind == "collection" else Sort.NAME)
    _check(sort, order, filter, inside=kind)
    found = await listing.pages(
        ctx,
        filter,
        sort,
        order.descending,
        request.args,
        kind,
        ids,
        attribute_id=order.attribute_id,
        channel=at.slug,
        ahead=request.ahead,
    )
    if at.slug is not None:
        channel_id = await _found_in(ctx, at, found)
        if channel_id is None:
            return None
        filter = _within(filter, channel_id)
    counts: Sequence[int | None] = [None] * len(ids)
    if request.counted:
        counts = await listing.counts(ctx, filter, kind, ids)
    return [
        one.as_connection(total_count=total, filter=_narrowed(filter, kind, id), search=None)
        for one, total, id in zip(found, counts, ids, strict=True)
    ]


def _within(filter: ListingFilter, channel_id: int) -> ListingFilter:
    if filter is _all_of(filter.channel_id, filter.published_only):
        return _all_of(channel_id, filter.published_only)
    return replace(filter, channel_id=channel_id)


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
