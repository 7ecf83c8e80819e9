"""The search engine of this shop."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from prometheus_client import Counter

from engine.core.context import Ctx
from engine.search import pushes
from engine.search.backend import Progress, SearchBackend, SearchHits, SearchRequest
from engine.search.meilisearch import MeilisearchBackend, MeilisearchUnavailable
from engine.search.postgres import PostgresBackend

REST_SECONDS = 5.0
"""How long an engine that failed is left alone before a search tries it again."""

log = structlog.get_logger("argosy.search")
_failovers = Counter("argosy_search_failovers", "Searches that PostgreSQL answered because Meilisearch did not.")


def backend_of(ctx: Ctx) -> SearchBackend:
    """Meilisearch, with PostgreSQL behind it, when its URL is set; else PostgreSQL alone."""
    url, key = ctx.settings.meilisearch_url, ctx.settings.meilisearch_api_key
    if not url:
        return PostgresBackend()
    name = f"search.backend {url}"
    found: SearchBackend | None = ctx.database.kept.get(name)
    if found is None:
        outside = MeilisearchBackend(url.rstrip("/"), key.get_secret_value() if key else None)
        found = ctx.database.kept[name] = GuardedBackend(outside, PostgresBackend())
    return found


class GuardedBackend:
    """An engine outside, and PostgreSQL, which has the same index always and answers while the other does not."""

    def __init__(self, outside: MeilisearchBackend, inside: PostgresBackend):
        self.name = outside.name
        self._outside = outside
        self._inside = inside
        self._rests_until = 0.0
        self._looking = asyncio.Lock()

    async def search(self, ctx: Ctx, request: SearchRequest) -> SearchHits:
        if not self._resting():
            try:
                return await self._outside.search(ctx, request)
            except MeilisearchUnavailable as error:
                self._rest(error)
        _failovers.inc()
        return await self._inside.search(ctx, request)

    async def index(self, ctx: Ctx, product_ids: Sequence[int]) -> None:
        """Done when PostgreSQL has it. What the engine outside could not be told waits for `push`."""
        await pushes.mark(ctx, product_ids)
        await self._inside.index(ctx, product_ids)
        if not self._resting():
            try:
                await self.push(ctx)
            except MeilisearchUnavailable as error:
                self._rest(error)

    async def push(self, ctx: Ctx) -> int:
        """Tell the engine outside all that waits; returns how many products. An engine without an index gets a
        whole one. Raises MeilisearchUnavailable."""
        async with self._looking:
            if not await self._outside.exists(ctx):
                await self._rebuild(ctx, None)
        told = 0
        while (claimed := await pushes.claim(ctx)) is not None:
            try:
                await self._outside.index(ctx, claimed.product_ids)
            except BaseException:
                await pushes.release(ctx, claimed)
                raise
            await pushes.settle(ctx, claimed)
            told += len(claimed.product_ids)
        return told

    async def reindex(self, ctx: Ctx, progress: Progress | None = None) -> int:
        """Raises MeilisearchUnavailable, with PostgreSQL's index done."""
        await self._inside.reindex(ctx, progress)
        done = await self._rebuild(ctx, progress)
        await self.push(ctx)
        return done

    async def _rebuild(self, ctx: Ctx, progress: Progress | None) -> int:
        since = await pushes.start_of_rebuild(ctx)
        done = await self._outside.reindex(ctx, progress)
        await pushes.after_rebuild(ctx, since)
        return done

    def _resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, error: MeilisearchUnavailable) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS
        log.warning("search engine failed", engine=self.name, error=str(error))
