"""The contract of a search engine: Meilisearch when its URL is set, else PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from engine.core.context import Ctx
from engine.listing.rules import ListingFilter

MAX_RESULTS = 1_000
"""How many of the best results there are to page through; what else matches is no result."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with how many products are done, of how many."""


@dataclass(frozen=True)
class SearchRequest:
    """`filter.channel_id` says where; `facets` names attributes (ids) whose values are to be counted."""

    query: str
    filter: ListingFilter
    language: str = "en"
    limit: int = 20
    offset: int = 0
    facets: tuple[int, ...] = ()


@dataclass(frozen=True)
class SearchHits:
    """Product ids, best first, equally good ones by id. `total` counts all results, MAX_RESULTS at most.

    `facets`: attribute id → value id → how many of all results carry it. A query without a letter or digit
    finds nothing.
    """

    product_ids: Sequence[int]
    total: int
    facets: Mapping[int, Mapping[int, int]] = field(default_factory=dict)


class SearchBackend(Protocol):
    name: str

    async def search(self, ctx: Ctx, request: SearchRequest) -> SearchHits:
        """Every word of the query must be in a product; what has the words themselves comes before what has words
        they may be misspellings of. Looks in the request's language and in the shop's own."""
        ...

    async def index(self, ctx: Ctx, product_ids: Sequence[int]) -> None:
        """Bring these products up to date; one that is gone leaves the index."""
        ...

    async def reindex(self, ctx: Ctx, progress: Progress | None = None) -> int:
        """Build the index anew, without a moment in which search finds nothing; returns how many products it has."""
        ...
