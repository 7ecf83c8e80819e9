"""Products by text, best first, a page at a time."""

from engine.catalog.queries import products_of
from engine.core.context import Ctx
from engine.core.errors import BadRequest
from engine.core.joins import EVERYTHING, Lookahead
from engine.core.paging import Page, PageArgs, encode_cursor
from engine.listing.rules import ListingFilter
from engine.search.backend import MAX_RESULTS, SearchHits, SearchRequest
from engine.search.service import backend_of


async def page(
    ctx: Ctx, filter: ListingFilter, text: str, args: PageArgs, ahead: Lookahead = EVERYTHING
) -> tuple[Page, int]:
    """A page by rank, and the total (up to MAX_RESULTS). Cursors are places in the ranking."""
    start, size = await _span(ctx, filter, text, args)
    found = await search(ctx, SearchRequest(text, filter, ctx.language, limit=max(size, 1), offset=start))
    ids = list(found.product_ids)[:size]
    rows = await products_of(ctx, [(id, filter.channel_id) for id in ids], ahead)
    # a product may go between being found and being read
    kept = [(row, encode_cursor([start + n])) for n, row in enumerate(rows) if row is not None]
    found_page = Page(
        rows=[row for row, _ in kept],
        cursors=[cursor for _, cursor in kept],
        has_next=start + len(ids) < found.total,
        has_previous=start > 0,
    )
    return found_page, found.total


async def hits(ctx: Ctx, filter: ListingFilter, text: str) -> tuple[int, ...]:
    """The ids of all results, best first."""
    return tuple((await search(ctx, SearchRequest(text, filter, ctx.language, limit=MAX_RESULTS))).product_ids)


async def search(ctx: Ctx, request: SearchRequest) -> SearchHits:
    return await backend_of(ctx).search(ctx, request)


async def _span(ctx: Ctx, filter: ListingFilter, text: str, args: PageArgs) -> tuple[int, int]:
    """Where in the ranking the page begins, and how many it holds."""
    at = None if args.cursor is None else _place(args.cursor)
    if not args.backward:
        return 0 if at is None else at + 1, args.size
    if at is None:
        at = (await search(ctx, SearchRequest(text, filter, ctx.language, limit=1))).total
    start = max(at - args.size, 0)
    return start, at - start


def _place(cursor: tuple[object, ...]) -> int:
    position = cursor[0] if len(cursor) == 1 else None
    if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position < MAX_RESULTS:
        raise BadRequest("Received cursor is invalid.")
    return position
