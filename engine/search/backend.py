"""The contract of a search engine. The engine chooses one by settings: Meilisearch when its URL is set, else PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.core.context import Ctx
from engine.listing.rules import ListingFilter

MAX_RESULTS = 1_000
"""How many of the best results can be paged through."""


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
    """Product ids, best first. `total` counts all results up to MAX_RESULTS.

    `facets`: attribute id → value id → how many of all results carry it.
    """

    product_ids: Sequence[int]
    total: int
    facets: Mapping[int, Mapping[int, int]] = field(default_factory=dict)


class SearchBackend(Protocol):
    name: str

    async def search(self, ctx: Ctx, request: SearchRequest) -> SearchHits: ...

    async def index(self, ctx: Ctx, product_ids: Sequence[int]) -> None:
        """Bring these products up to date; one that is gone leaves the index."""
        ...

    async def reindex(self, ctx: Ctx, progress: Any = None) -> int:
        """Build the index anew, without a moment in which search finds nothing; returns how many products it has.

        `progress(done, total)` is called now and then.
        """
        ...
