"""Products by text, best first. What the search engine cannot judge is asked of the listing, over its results."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from engine.catalog.queries import products_of
from engine.core.context import Ctx
from engine.core.errors import BadRequest
from engine.core.paging import Page, PageArgs, encode_cursor
from engine.listing import queries as listing
from engine.listing.rules import ListingFilter
from engine.search.backend import MAX_RESULTS, SearchBackend, SearchRequest

_SEARCHED_BY = {
    "channel_id", "published_only", "product_ids", "category_ids", "collection_ids", "product_type_ids", "value_groups",
    "price_from", "price_to", "minimal_from", "minimal_to", "in_stock", "available",
}  # fmt: skip
"""The parts of a filter that a search engine is asked to apply; what else is asked is applied to its results."""


async def page(ctx: Ctx, filter: ListingFilter, text: str, args: PageArgs) -> tuple[Page, int]:
    """A page by rank, and the total (up to MAX_RESULTS). Cursors are places in the ranking."""
    if filter == _asked_of_engine(filter) and not args.backward:
        start = _place(args, 0)
        request = SearchRequest(text, filter, ctx.language, limit=max(args.size, 1), offset=start)
        found = await _engine(ctx).search(ctx, request)
        ids, total = list(found.product_ids)[: args.size], found.total
    else:
        best = await hits(ctx, filter, text)
        total = len(best)
        end = min(_place(args, total), total) if args.backward else min(_place(args, 0) + args.size, total)
        start = max(end - args.size, 0) if args.backward else _place(args, 0)
        ids = best[start:end]
    rows = await products_of(ctx, [(id, filter.channel_id) for id in ids])
    kept = [(row, encode_cursor([start + n])) for n, row in enumerate(rows) if row is not None]
    found_page = Page(
        rows=[row for row, _ in kept],
        cursors=[cursor for _, cursor in kept],
        has_next=start + len(ids) < total,
        has_previous=start > 0,
    )
    return found_page, total


async def hits(ctx: Ctx, filter: ListingFilter, text: str) -> list[int]:
    """The ids of all results that pass the whole filter, best first."""
    asked = _asked_of_engine(filter)
    request = SearchRequest(text, asked, ctx.language, limit=MAX_RESULTS)
    ids = list((await _engine(ctx).search(ctx, request)).product_ids)
    if asked == filter or not ids:
        return ids
    wanted = ids if filter.product_ids is None else [id for id in ids if id in set(filter.product_ids)]
    passing = set(await listing.matching(ctx, replace(filter, product_ids=tuple(wanted))))
    return [id for id in ids if id in passing]


async def facets(
    ctx: Ctx, filter: ListingFilter, text: str, attribute_ids: Sequence[int]
) -> Mapping[int, Mapping[int, int]]:
    """For each attribute, how many results carry which of its values."""
    if filter != _asked_of_engine(filter):
        return await listing.facets(
            ctx, replace(filter, product_ids=tuple(await hits(ctx, filter, text))), attribute_ids
        )
    request = SearchRequest(text, filter, ctx.language, limit=1, facets=tuple(attribute_ids))
    return (await _engine(ctx).search(ctx, request)).facets


def _engine(ctx: Ctx) -> SearchBackend:
    from engine.search.service import backend_of

    return backend_of(ctx)


def _asked_of_engine(filter: ListingFilter) -> ListingFilter:
    return ListingFilter(**{f.name: getattr(filter, f.name) for f in fields(filter) if f.name in _SEARCHED_BY})


def _place(args: PageArgs, otherwise: int) -> int:
    """Where in the ranking the page begins, or ends when backward."""
    if args.cursor is None:
        return otherwise
    position = args.cursor[0] if len(args.cursor) == 1 else None
    if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position < MAX_RESULTS:
        raise BadRequest("Received cursor is invalid.")
    return position if args.backward else position + 1
