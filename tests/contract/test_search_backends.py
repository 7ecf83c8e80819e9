"""What every search engine promises. The Meilisearch half runs wherever MEILISEARCH_URL answers."""

import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from engine.core.context import Ctx, Row
from engine.flows.shop import Shop
from engine.listing.rules import ListingFilter
from engine.search.backend import SearchBackend, SearchHits, SearchRequest
from engine.search.meilisearch import MeilisearchBackend
from engine.search.postgres import PostgresBackend
from tests.searchable import (
    BLUE,
    COLOUR,
    EU,
    GREEN,
    HIDDEN,
    RED,
    SECRET,
    US,
    Goods,
    empty_shelves,
    open_shop_floor,
    put_on_sale,
    remove,
    rename,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def floor(shop: Shop) -> None:
    ctx = shop.ctx()
    await open_shop_floor(ctx)
    await ctx.release()


@dataclass
class Counter:
    """Where one sells and searches."""

    ctx: Ctx
    backend: SearchBackend

    async def sell(self, *goods: Goods) -> list[int]:
        ids = await put_on_sale(self.ctx, *goods)
        await self.backend.index(self.ctx, ids)
        return ids

    async def hits(self, query: str, filter: ListingFilter | None = None, **values: object) -> SearchHits:
        filter = filter or ListingFilter(US)
        return await self.backend.search(self.ctx, SearchRequest(query, filter, **values))  # type: ignore[arg-type]

    async def find(self, query: str, language: str = "en", **filter: object) -> list[int]:
        wanted = ListingFilter(**{"channel_id": US, **filter})  # type: ignore[arg-type]
        return list((await self.hits(query, wanted, language=language)).product_ids)


@pytest.fixture(params=["postgres", "meilisearch"])
async def counter(request: pytest.FixtureRequest, ctx: Ctx) -> AsyncIterator[Counter]:
    backend = PostgresBackend() if request.param == "postgres" else meilisearch()
    await backend.reindex(ctx)
    yield Counter(ctx, backend)
    await empty_shelves(ctx)
    await backend.reindex(ctx)
    if isinstance(backend, MeilisearchBackend):
        await backend.drop(ctx)


def meilisearch() -> SearchBackend:
    url = os.environ.get("MEILISEARCH_URL")
    if not url:
        pytest.skip("MEILISEARCH_URL is not set")
    try:
        httpx2.get(f"{url}/health", timeout=2).raise_for_status()
    except httpx2.HTTPError as error:
        pytest.skip(f"MEILISEARCH_URL does not answer: {error!r}")
    return MeilisearchBackend(url, os.environ.get("MEILISEARCH_API_KEY"), f"argosy_test_{secrets.token_hex(4)}")


async def test_finds_by_everything_a_product_says(counter: Counter) -> None:
    (kettle,) = await counter.sell(
        Goods("Copper kettle", text="Whistles when ready.", sku="KT-100", values=(RED,), category=2)
    )
    for query in ("kettle", "KETTLE", "CÖPPER", "whistles", "KT-100", "kt100", "crimson", "teapots", "kitchenware"):
        assert await counter.find(query) == [kettle], query
    assert await counter.find("saucepan") == []


async def test_every_word_must_be_there(counter: Counter) -> None:
    red, _blue = await counter.sell(Goods("Copper kettle", values=(RED,)), Goods("Steel kettle", values=(BLUE,)))
    assert await counter.find("kettle crimson") == [red]
    assert await counter.find("kettle crimson azure") == []


async def test_the_name_counts_most_and_the_description_least(counter: Counter) -> None:
    told, shelved, valued, named = await counter.sell(
        Goods("Lid", text="An emerald among teapots."),
        Goods("Strainer", category=2),
        Goods("Saucer", values=(GREEN,)),
        Goods("Emerald teapots"),
    )
    assert await counter.find("teapots") == [named, shelved, told]
    assert await counter.find("emerald") == [named, valued, told]


async def test_the_last_word_may_be_half_typed(counter: Counter) -> None:
    (kettle,) = await counter.sell(Goods("Copper kettle"))
    assert await counter.find("copper ket") == [kettle]
    assert await counter.find("cop kettle ") == []


@pytest.mark.parametrize("typed", ["kttle ", "ketle ", "ketttle ", "kettke ", "ketlte ", "porcelian ", "pocrelian "])
async def test_forgives_a_typing_error_from_five_letters_and_two_from_nine(counter: Counter, typed: str) -> None:
    wanted = await counter.sell(Goods("Kettle" if typed.startswith("k") else "Porcelain"))
    await counter.sell(Goods("Saucer"))
    assert await counter.find(typed) == wanted


async def test_forgives_no_error_in_a_short_word_and_none_in_a_number(counter: Counter) -> None:
    await counter.sell(Goods("Mugs 12345"))
    assert await counter.find("mgus ") == []
    assert await counter.find("12346 ") == []


async def test_what_was_typed_ranks_above_what_may_have_been_meant(counter: Counter) -> None:
    near, exact = await counter.sell(Goods("Lamps"), Goods("Tray", text="For clamps and lambs."))
    assert await counter.find("lambs ") == [exact, near]


async def test_finds_chinese_japanese_and_korean_inside_longer_runs(counter: Counter) -> None:
    japanese, chinese, korean = await counter.sell(
        Goods("有機緑茶ティーバッグ"),
        Goods("无线蓝牙耳机"),
        Goods("면접이불세트"),
    )
    assert await counter.find("緑茶", "ja") == [japanese]
    assert await counter.find("耳机", "zh-hans") == [chinese]
    assert await counter.find("이불", "ko") == [korean]
    assert await counter.find("茶緑", "ja") == []


async def test_looks_in_the_language_asked_for_and_in_the_shops_own(counter: Counter) -> None:
    kettle, spoon = await counter.sell(
        Goods("Kettle", names={"de": "Wasserkessel"}, texts={"de": "Kocht schnell"}), Goods("Spoon")
    )
    assert await counter.find("wasserkessel", "de") == [kettle]
    assert await counter.find("schnell", "de") == [kettle]
    assert await counter.find("spoon", "de") == [spoon]
    assert await counter.find("kettle", "de") == [kettle]
    assert await counter.find("wasserkessel", "en") == []
    assert await counter.find("wasserkessel", "sw") == []


async def test_only_what_is_published_in_the_channel_is_found(counter: Counter) -> None:
    everywhere, american, hidden, unsold = await counter.sell(
        Goods("Kettle"), Goods("Kettle", channels=(US,)), Goods("Kettle", published=False), Goods("Kettle", channels=())
    )
    assert await counter.find("kettle") == [everywhere, american]
    assert await counter.find("kettle", channel_id=EU) == [everywhere]
    assert await counter.find("kettle", published_only=False) == [everywhere, american, hidden]
    assert await counter.find("kettle", channel_id=None, published_only=False) == [
        everywhere, american, hidden, unsold,
    ]  # fmt: skip


async def test_attributes_hidden_from_the_storefront_find_nothing(counter: Counter) -> None:
    await counter.sell(Goods("Kettle", values=(HIDDEN,)))
    assert await counter.find("acmecorp") == []


async def test_filters_narrow_the_results(counter: Counter) -> None:
    red, blue, both = await counter.sell(
        Goods("Kettle", values=(RED,), category=1, price=100),
        Goods("Kettle", values=(BLUE,), category=2, price=200),
        Goods("Kettle", values=(RED, BLUE), price=300),
    )
    assert await counter.find("kettle", value_groups=((RED, GREEN),)) == [red, both]
    assert await counter.find("kettle", value_groups=((RED,), (BLUE,))) == [both]
    assert await counter.find("kettle", value_groups=((),)) == []
    assert await counter.find("kettle", category_ids=(1,)) == [red, blue]
    assert await counter.find("kettle", category_ids=(2,)) == [blue]
    assert await counter.find("kettle", minimal_from=150, minimal_to=250) == [blue]
    assert await counter.find("kettle", product_ids=(red, both)) == [red, both]
    assert await counter.find("kettle", product_type_ids=(7,)) == []


async def test_counts_facets_over_all_results_whatever_the_page(counter: Counter) -> None:
    await counter.sell(
        Goods("Kettle", values=(RED, HIDDEN)),
        Goods("Kettle", values=(RED, BLUE)),
        Goods("Kettle", values=(GREEN,), published=False),
        Goods("Spoon", values=(GREEN,)),
    )
    hits = await counter.hits("kettle", facets=(COLOUR, SECRET), limit=1)
    assert hits.total == 2
    assert hits.facets == {COLOUR: {RED: 2, BLUE: 1}, SECRET: {HIDDEN: 1}}
    assert (await counter.hits("kettle", facets=(COLOUR,), offset=9)).facets == {COLOUR: {RED: 2, BLUE: 1}}
    assert (await counter.hits("kettle")).facets == {}


async def test_pages_through_equal_results_in_a_steady_order(counter: Counter) -> None:
    ids = await counter.sell(*(Goods("Kettle") for _ in range(5)))
    pages = [await counter.hits("kettle", limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [list(page.product_ids) for page in pages] == [ids[:2], ids[2:4], ids[4:], []]
    assert [page.total for page in pages] == [5, 5, 5, 5]


@pytest.mark.parametrize("query", ["", "   ", "?!", "''", '"', "-", "\x00", "*:*", "((", "& | !", "<->", "\\"])
async def test_a_query_without_words_finds_nothing(counter: Counter, query: str) -> None:
    await counter.sell(Goods("Kettle"))
    assert await counter.hits(query) == SearchHits([], 0)


@pytest.mark.parametrize(
    "query",
    ["kettle' | 'spoon", "kettle:* | spoon", '"kettle" spoon', "kettle & !spoon", "kettle -spoon", "kettle <-> spoon",
     "channels = 1 kettle spoon", "kettle \\ spoon"],
)  # fmt: skip
async def test_nothing_in_a_query_is_an_operator(counter: Counter, query: str) -> None:
    await counter.sell(Goods("Kettle"), Goods("Spoon"))
    assert await counter.find(query) == []


async def test_a_very_long_query_is_answered(counter: Counter) -> None:
    (kettle,) = await counter.sell(Goods("Kettle"))
    assert await counter.find("kettle " * 10_000) == [kettle]
    assert await counter.find("x" * 100_000) == []


async def test_a_changed_product_is_found_by_its_new_words_only(counter: Counter) -> None:
    (changed,) = await counter.sell(Goods("Kettle"))
    await rename(counter.ctx, changed, "Samovar")
    await counter.backend.index(counter.ctx, [changed])
    assert await counter.find("samovar") == [changed]
    assert await counter.find("kettle") == []


async def test_a_deleted_product_leaves_the_index(counter: Counter) -> None:
    gone, kept = await counter.sell(Goods("Kettle"), Goods("Kettle"))
    await remove(counter.ctx, gone)
    assert await counter.find("kettle") == [kept]
    await counter.backend.index(counter.ctx, [gone, kept, gone, 987_654])
    assert await counter.find("kettle") == [kept]


async def test_reindexing_finds_what_was_never_indexed_and_never_finds_nothing(counter: Counter) -> None:
    (known,) = await counter.sell(Goods("Kettle"))
    (unknown,) = await put_on_sale(counter.ctx, Goods("Kettle"))
    seen: list[Row] = []

    def look(done: int, total: int) -> None:
        seen.append((done, total))

    assert await counter.find("kettle") == [known]
    assert await counter.backend.reindex(counter.ctx, look) == 2
    assert seen == [(2, 2)]
    assert await counter.find("kettle") == [known, unknown]
