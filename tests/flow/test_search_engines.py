"""The shop with a search engine outside: a fake Meilisearch, which fails as a real one may."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from engine.cli import reindex
from engine.cli.console import CommandError
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.jobs import run_pending
from engine.core.statements import Statement
from engine.flows import index_search
from engine.flows.shop import Shop
from engine.flows.wiring import WIRING
from engine.listing.rules import ListingFilter
from engine.search import meilisearch, pushes, service
from engine.search.backend import SearchRequest
from engine.search.meilisearch import INDEX, MeilisearchBackend, MeilisearchUnavailable
from engine.search.postgres import PostgresBackend
from engine.search.service import GuardedBackend, backend_of
from tests.fakes.meilisearch import FakeMeilisearch, running
from tests.searchable import US, Goods, empty_shelves, open_shop_floor, put_on_sale, remove, rename

pytestmark = pytest.mark.anyio
WAITING = Statement(sa.text("SELECT count(*) FROM search_push WHERE pushed_at IS NULL"))


@pytest.fixture(scope="module", autouse=True)
async def floor(shop: Shop) -> None:
    ctx = shop.ctx()
    await open_shop_floor(ctx)
    await ctx.release()


@pytest.fixture
def fake() -> Iterator[FakeMeilisearch]:
    with running() as made:
        yield made


@pytest.fixture
async def linked(ctx: Ctx, fake: FakeMeilisearch) -> AsyncIterator[Ctx]:
    """A context of a shop whose MEILISEARCH_URL is the fake's."""
    settings = ctx.settings.model_copy(
        update={"meilisearch_url": fake.url, "meilisearch_api_key": SecretStr("master-key")}
    )
    yield replace(ctx, settings=settings)
    await empty_shelves(ctx)
    await PostgresBackend().reindex(ctx)

    async def forget(tx: WriteCtx) -> None:
        await tx.execute(sa.text("DELETE FROM search_push"))

    await transact(ctx, forget)


async def find(ctx: Ctx, query: str) -> list[int]:
    return list((await backend_of(ctx).search(ctx, SearchRequest(query, ListingFilter(US)))).product_ids)


async def test_without_a_url_postgresql_is_the_engine(ctx: Ctx) -> None:
    assert backend_of(ctx).name == "postgres"


async def test_one_engine_serves_a_whole_process(linked: Ctx) -> None:
    assert backend_of(linked) is backend_of(linked)
    assert backend_of(linked).name == "meilisearch"


async def test_searches_in_meilisearch_and_filters_in_postgresql(linked: Ctx, fake: FakeMeilisearch) -> None:
    kettle, stale = await put_on_sale(linked, Goods("Kettle"), Goods("Kettle"))
    await backend_of(linked).reindex(linked)
    await remove(linked, stale)
    fake.requests.clear()
    assert await find(linked, "kettle") == [kettle]
    assert [(method, path) for method, path, _ in fake.requests] == [("POST", f"/indexes/{INDEX}/search")]
    assert fake.headers[-1]["Authorization"] == "Bearer master-key"


async def test_a_language_nobody_translated_to_is_searched_in_the_shops_own(linked: Ctx, fake: FakeMeilisearch) -> None:
    (kettle,) = await put_on_sale(linked, Goods("Kettle"))
    await backend_of(linked).reindex(linked)
    hits = await backend_of(linked).search(linked, SearchRequest("kettle", ListingFilter(US), "sw"))
    assert list(hits.product_ids) == [kettle]
    asked = fake.sent("POST", "/search")
    assert [body["attributesToSearchOn"][0] for body in asked] == ["name_sw", "name_en"]


async def test_indexing_waits_until_meilisearch_has_done_it(linked: Ctx, fake: FakeMeilisearch) -> None:
    backend = MeilisearchBackend(fake.url)
    await backend.reindex(linked)
    kettle, spoon = await put_on_sale(linked, Goods("Kettle", names={"de": "Kessel"}), Goods("Spoon"))
    await backend.index(linked, [kettle, spoon])
    assert set(fake.indexes[INDEX].documents) == {kettle, spoon}
    assert "name_de" in fake.indexes[INDEX].settings["searchableAttributes"]
    await remove(linked, spoon)
    await backend.index(linked, [kettle, spoon])
    assert set(fake.indexes[INDEX].documents) == {kettle}


async def test_reindexing_swaps_and_leaves_no_other_index(linked: Ctx, fake: FakeMeilisearch) -> None:
    backend = MeilisearchBackend(fake.url)
    (kettle,) = await put_on_sale(linked, Goods("Kettle"))
    await backend.reindex(linked)
    during: list[int] = []
    fake.on_task = lambda kind: during.append(len(fake.indexes[INDEX].documents))
    assert await backend.reindex(linked) == 1
    assert during == [1] * len(during)
    assert set(fake.indexes) == {INDEX}
    assert set(fake.indexes[INDEX].documents) == {kettle}
    assert fake.indexes[INDEX].settings["typoTolerance"]["enabled"] is True


async def test_a_task_that_fails_is_a_failure(linked: Ctx, fake: FakeMeilisearch) -> None:
    backend = MeilisearchBackend(fake.url)
    await backend.reindex(linked)
    (kettle,) = await put_on_sale(linked, Goods("Kettle"))
    fake.failing.add("documentAdditionOrUpdate")
    with pytest.raises(MeilisearchUnavailable, match="no space left"):
        await backend.index(linked, [kettle])


@pytest.mark.parametrize("fault", ["down", "garbled", "gone", "hangs"])
async def test_search_answers_from_postgresql_while_meilisearch_does_not(
    linked: Ctx, fake: FakeMeilisearch, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kettle,) = await put_on_sale(linked, Goods("Kettle"))
    backend = backend_of(linked)
    await backend.reindex(linked)
    counted = service._failovers._value.get()
    monkeypatch.setattr(meilisearch, "SEARCH_SECONDS", 0.2)
    fake.requests.clear()
    if fault == "gone":
        fake.indexes.clear()
    else:
        setattr(fake, fault, 2.0 if fault == "hangs" else True)
    started = time.monotonic()
    assert await find(linked, "kettle") == [kettle]
    # at rest it is not asked
    assert await find(linked, "kettle") == [kettle]
    assert time.monotonic() - started < 1.5
    assert len(fake.requests) == 1
    assert service._failovers._value.get() == counted + 2


async def test_what_changed_while_meilisearch_was_down_is_told_once_it_is_back(
    linked: Ctx, fake: FakeMeilisearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "REST_SECONDS", 0.0)
    kettle, spoon = await put_on_sale(linked, Goods("Kettle"), Goods("Spoon"))
    await backend_of(linked).reindex(linked)
    fake.down = True
    await rename(linked, kettle, "Samovar")
    await remove(linked, spoon)
    await backend_of(linked).index(linked, [kettle, spoon])
    assert await find(linked, "samovar") == [kettle]
    with pytest.raises(MeilisearchUnavailable):
        await index_search.push(linked, {})
    assert await linked.value(WAITING) == 2

    fake.down = False
    await index_search.push(linked, {})
    assert await linked.value(WAITING) == 0
    assert {key: body["name_en"] for key, body in fake.indexes[INDEX].documents.items()} == {kettle: ["Samovar"]}


async def test_an_engine_without_an_index_gets_a_whole_one(linked: Ctx, fake: FakeMeilisearch) -> None:
    kettle, spoon = await put_on_sale(linked, Goods("Kettle"), Goods("Spoon"))
    await backend_of(linked).index(linked, [spoon])
    assert set(fake.indexes[INDEX].documents) == {kettle, spoon}
    assert await find(linked, "spoon") == [spoon]


async def test_what_changes_while_it_is_told_is_told_again(linked: Ctx) -> None:
    (kettle,) = await put_on_sale(linked, Goods("Kettle"))
    await pushes.mark(linked, [kettle])
    claimed = await pushes.claim(linked)
    assert claimed is not None
    assert list(claimed.product_ids) == [kettle]
    assert await pushes.claim(linked) is None
    await pushes.mark(linked, [kettle])
    await pushes.settle(linked, claimed)
    again = await pushes.claim(linked)
    assert again is not None
    await pushes.settle(linked, again)
    assert await pushes.claim(linked) is None


async def test_a_claim_that_was_taken_over_settles_nothing(linked: Ctx, monkeypatch: pytest.MonkeyPatch) -> None:
    await pushes.mark(linked, [1])
    monkeypatch.setattr(pushes, "LEASE", pushes.LEASE * 0)
    slow = await pushes.claim(linked)
    quick = await pushes.claim(linked)
    assert slow is not None
    assert quick is not None
    await pushes.settle(linked, quick)
    assert await linked.value(WAITING) == 0
    await pushes.settle(linked, slow)
    assert await linked.value(WAITING) == 1


async def test_what_changed_during_a_rebuild_is_told_to_the_new_index(linked: Ctx) -> None:
    await pushes.mark(linked, [1])
    since = await pushes.start_of_rebuild(linked)
    claimed = await pushes.claim(linked)
    assert claimed is not None
    await pushes.settle(linked, claimed)
    await pushes.after_rebuild(linked, since)
    assert await linked.value(WAITING) == 1


async def test_many_jobs_at_once_tell_each_product_once(linked: Ctx, fake: FakeMeilisearch, shop: Shop) -> None:
    ids = await put_on_sale(linked, *(Goods("Kettle") for _ in range(6)))
    backend = backend_of(linked)
    assert isinstance(backend, GuardedBackend)
    await backend.reindex(linked)
    await pushes.mark(linked, ids)
    fake.requests.clear()
    contexts = [shop.ctx() for _ in range(4)]
    told = await asyncio.gather(*(backend.push(own) for own in contexts))
    assert sorted(told) == [0, 0, 0, 6]
    assert [sorted(body["id"] for body in bodies) for bodies in fake.sent("POST", "/documents")] == [ids]


async def test_events_reach_the_index_by_jobs(ctx: Ctx) -> None:
    kettle, lid, cup = await put_on_sale(ctx, Goods("Kettle", values=(1,)), Goods("Lid", category=2), Goods("Cup"))

    async def happen(tx: WriteCtx) -> None:
        tx.emit("product.created", "Product", kettle)
        tx.emit("product_variant.updated", "ProductVariant", 999, product_id=cup)

    await transact(ctx, happen)
    await run_pending(ctx, WIRING)
    assert [await find(ctx, word) for word in ("kettle", "cup", "lid")] == [[kettle], [cup], []]

    async def change(tx: WriteCtx) -> None:
        await tx.execute(sa.text("UPDATE category SET name = 'Brewing' WHERE id = 1"))
        await tx.execute(sa.text("UPDATE attribute_value SET name = 'Scarlet' WHERE id = 1"))
        tx.emit("category.updated", "Category", 1)
        tx.emit("attribute_value.updated", "AttributeValue", 1)

    await transact(ctx, change)
    await run_pending(ctx, WIRING)
    assert [await find(ctx, word) for word in ("brewing", "scarlet")] == [[lid], [kettle]]

    await remove(ctx, kettle, lid, cup)

    async def deleted(tx: WriteCtx) -> None:
        for product_id in (kettle, lid, cup):
            tx.emit("product.deleted", "Product", product_id)

    await transact(ctx, deleted)
    await run_pending(ctx, WIRING)
    assert await ctx.value(Statement(sa.text("SELECT count(*) FROM search_text"))) == 0
    assert await ctx.value(Statement(sa.text("SELECT count(*) FROM search_word"))) == 0


async def test_many_products_are_shared_out_among_jobs(ctx: Ctx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_search, "AT_ONCE", 2)
    ids = await put_on_sale(ctx, *(Goods("Kettle", category=2) for _ in range(5)))
    await index_search.index(ctx, {"events": [_event("Category", 1)]})
    assert await find(ctx, "kettle") == []
    await run_pending(ctx, WIRING)
    assert await find(ctx, "kettle") == ids
    await remove(ctx, *ids)
    await PostgresBackend().index(ctx, ids)


@pytest.mark.parametrize("object_type", ["Product", "ProductVariant", "Category", "Collection", "Attribute"])
async def test_an_event_of_what_no_product_shows_changes_nothing(ctx: Ctx, object_type: str) -> None:
    await index_search.index(ctx, {"events": [_event(object_type, 987_654)]})
    await index_search.index(ctx, {"events": [{**_event(object_type, 987_654), "payload": {"product_ids": []}}]})
    assert await ctx.value(Statement(sa.text("SELECT count(*) FROM search_text"))) == 0


def _event(object_type: str, object_id: int) -> dict[str, object]:
    return {"kind": "x", "object_type": object_type, "object_id": str(object_id), "payload": {}}


async def test_the_command_rebuilds_both_indexes_and_says_which_one_it_could_not(
    linked: Ctx, fake: FakeMeilisearch
) -> None:
    (kettle,) = await put_on_sale(linked, Goods("Kettle"))
    assert await reindex.rebuild(linked.settings) == ("meilisearch", 1)
    assert set(fake.indexes[INDEX].documents) == {kettle}
    assert await find(linked, "kettle") == [kettle]
    fake.down = True
    with pytest.raises(CommandError, match=r"PostgreSQL's index is done, Meilisearch's is not: .*down"):
        await reindex.rebuild(linked.settings)
