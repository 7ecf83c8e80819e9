"""What only the PostgreSQL engine promises; what every engine does is in tests/contract/test_search_backends.py."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import sqlalchemy as sa

from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.database import asyncpg_dsn
from engine.core.statements import Statement
from engine.flows.shop import Shop
from engine.listing.rules import ListingFilter
from engine.search import postgres, ranking
from engine.search.backend import SearchHits, SearchRequest
from engine.search.postgres import PostgresBackend
from tests.searchable import US, Goods, empty_shelves, open_shop_floor, put_on_sale, remove

pytestmark = pytest.mark.anyio
BACKEND = PostgresBackend()
WORDS = Statement(sa.text("SELECT word, documents FROM search_word ORDER BY word"))
TRUE_WORDS = Statement(
    sa.text(
        "SELECT word, count(*) AS documents FROM search_text, unnest(tsvector_to_array(words)) AS word"
        " WHERE length(word) >= 4 AND word !~ '[0-9]' GROUP BY word ORDER BY word"
    )
)
WAITING = Statement(
    sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
)
DOCUMENTS = Statement(sa.text("SELECT product_id, language FROM search_text ORDER BY product_id, language"))


@pytest.fixture(scope="module", autouse=True)
async def floor(shop: Shop) -> None:
    ctx = shop.ctx()
    await open_shop_floor(ctx)
    await ctx.release()


@pytest.fixture(autouse=True)
async def clean(ctx: Ctx) -> AsyncIterator[None]:
    yield
    await empty_shelves(ctx)
    await BACKEND.reindex(ctx)


async def sell(ctx: Ctx, *goods: Goods) -> list[int]:
    ids = await put_on_sale(ctx, *goods)
    await BACKEND.index(ctx, ids)
    return ids


async def search(ctx: Ctx, query: str, **values: int) -> SearchHits:
    return await BACKEND.search(ctx, SearchRequest(query, ListingFilter(US), **values))


async def find(ctx: Ctx, query: str) -> list[int]:
    return list((await search(ctx, query)).product_ids)


async def words(ctx: Ctx) -> dict[str, int]:
    return {row["word"]: row["documents"] for row in await ctx.fetch(WORDS)}


async def check_words(ctx: Ctx) -> None:
    assert await words(ctx) == {row["word"]: row["documents"] for row in await ctx.fetch(TRUE_WORDS)}


def misspellings(word: str) -> set[str]:
    """All deletions, swaps of neighbours, and replacements and insertions of a few letters."""
    places = range(len(word))
    return {
        *(word[:i] + word[i + 1 :] for i in places),
        *(word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in places[:-1]),
        *(word[:i] + letter + word[i + 1 :] for i in places for letter in "eqz"),
        *(word[:i] + letter + word[i:] for i in (*places, len(word)) for letter in "eqz"),
    } - {word}


@pytest.mark.parametrize("word", ["shirt", "lamps", "teapot", "kitchen", "bookcase"])
async def test_every_single_edit_and_swap_of_a_word_of_five_to_eight_letters_finds_it(ctx: Ctx, word: str) -> None:
    (wanted,) = await sell(ctx, Goods(word))
    for typed in sorted(misspellings(word)):
        if len(typed) >= 5:
            assert await find(ctx, f"{typed} ") == [wanted], typed


async def test_two_edits_from_nine_letters_and_no_more(ctx: Ctx) -> None:
    (wanted,) = await sell(ctx, Goods("chocolate"))
    for typed in ("chcoloate ", "hcocolaet ", "shocolade ", "xchocolatex ", "hocolat3 ", "ocolate ", "chocolatexx "):
        assert await find(ctx, typed) == ([] if "3" in typed or typed == "ocolate " else [wanted]), typed
    assert await find(ctx, "shokolade ") == []


async def test_a_misspelt_singular_finds_the_plural(ctx: Ctx) -> None:
    (wanted,) = await sell(ctx, Goods("Three shirts"))
    assert await find(ctx, "shrit ") == [wanted]


async def test_words_are_found_half_typed_and_in_another_form(ctx: Ctx) -> None:
    (wanted,) = await sell(ctx, Goods("Running shoes", text="Cushioned soles."))
    for query in ("r", "runn", "runnin", "running", "runs ", "shoe ", "cushio", "cushions"):
        assert await find(ctx, query) == [wanted], query
    assert await find(ctx, "runn ") == []


async def test_common_words_count_only_when_nothing_else_is_asked_for(ctx: Ctx) -> None:
    band, cup = await sell(ctx, Goods("The Who"), Goods("Mug for him"))
    assert await find(ctx, "the mug ") == [cup]
    assert await find(ctx, "the who ") == [band]


async def test_the_best_weight_of_a_word_ranks_first(ctx: Ctx) -> None:
    described, shelved, numbered, named = await sell(
        ctx,
        Goods("Lid", text="Fits our teapots"),
        Goods("Strainer", category=2),
        Goods("Saucer", sku="TEAPOTS"),
        Goods("Two teapots"),
    )
    assert await find(ctx, "teapots") == [named, numbered, shelved, described]


async def test_a_later_page_carries_on_and_equal_results_keep_their_order(ctx: Ctx) -> None:
    ids = await sell(ctx, *(Goods("Spoon") for _ in range(7)))
    pages = [await search(ctx, "spoon", limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [list(page.product_ids) for page in pages] == [ids[:3], ids[3:6], ids[6:], []]
    assert [page.total for page in pages] == [7, 7, 7, 7]


async def test_of_too_many_matches_the_newest_are_ranked(ctx: Ctx, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await sell(ctx, *(Goods("Spoon") for _ in range(6)), Goods("Soup", text="With a spoon"), Goods("Spoom"))
    monkeypatch.setattr(ranking, "MAX_RANKED", 4)
    monkeypatch.setattr(ranking, "MAX_NEWEST", 3)
    monkeypatch.setattr(ranking, "_statements", ranking.ShapeCache())
    assert await find(ctx, "spoon ") == [ids[4], ids[5], ids[6]]
    # few have what was typed, too many what may have been meant
    assert (await find(ctx, "spoom "))[0] == ids[7]


async def test_results_stop_at_the_maximum(ctx: Ctx, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await sell(ctx, *(Goods("Spoon") for _ in range(5)))
    monkeypatch.setattr(ranking, "MAX_RESULTS", 4)
    monkeypatch.setattr(ranking, "_statements", ranking.ShapeCache())
    hits = await search(ctx, "spoon")
    assert (list(hits.product_ids), hits.total) == (ids[:4], 4)


async def test_word_counts_follow_change_and_deletion(ctx: Ctx) -> None:
    first, second = await sell(ctx, Goods("Teapot", text="Teapot with lid"), Goods("Teapot 2000"))
    assert await words(ctx) == {"teapot": 2, "with": 1}
    await remove(ctx, second)
    await BACKEND.index(ctx, [first, second, second])
    assert await words(ctx) == {"teapot": 1, "with": 1}
    await remove(ctx, first)
    await BACKEND.index(ctx, [first])
    assert await words(ctx) == {}
    assert await ctx.fetch(DOCUMENTS) == []


async def test_word_counts_stay_true_when_many_index_at_once(ctx: Ctx, shop: Shop) -> None:
    ids = await put_on_sale(ctx, *(Goods(f"Copper kettle number {'abcdefgh'[n]}bbbb") for n in range(8)))

    async def index(order: list[int]) -> None:
        own = shop.ctx()
        await BACKEND.index(own, order)
        await own.release()

    await asyncio.gather(*(index(some) for _ in range(3) for some in (ids, ids[::-1], ids[2:5], [ids[0]])))
    await check_words(ctx)
    assert (await words(ctx))["kettle"] == 8

    await remove(ctx, *ids[:4])
    await asyncio.gather(*(index(some) for _ in range(3) for some in (ids, ids[:2])))
    await check_words(ctx)
    assert (await words(ctx))["kettle"] == 4


async def test_without_taking_turns_the_counts_would_go_wrong(
    ctx: Ctx, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wanted,) = await put_on_sale(ctx, Goods("Copper kettle"))
    monkeypatch.setattr(postgres, "_LOCK", Statement(sa.text("SELECT :ids").bindparams(postgres._IDS)))
    contexts = [shop.ctx(), shop.ctx()]
    writers: list[asyncio.Task[None]] = []

    async def hold_both_up(tx: WriteCtx) -> None:
        await tx.execute(sa.text("INSERT INTO search_word VALUES ('copper', 0)"))
        writers.extend(asyncio.create_task(BACKEND.index(own, [wanted])) for own in contexts)
        while await ctx.value(WAITING) < 2:
            await asyncio.sleep(0.01)

    await transact(ctx, hold_both_up)
    await asyncio.gather(*writers)
    assert (await words(ctx))["kettle"] == 2


async def test_reindexing_heals_what_is_wrong_and_tells_how_far_it_is(
    ctx: Ctx, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await sell(ctx, *(Goods(f"Kettle {letter * 5}") for letter in "abcde"))
    await remove(ctx, ids[0])

    async def spoil(tx: WriteCtx) -> None:
        await tx.execute(sa.text("UPDATE search_word SET documents = 77"))
        await tx.execute(sa.text("INSERT INTO search_word VALUES ('phantom', 1)"))
        await tx.execute(sa.text("DELETE FROM search_text WHERE product_id = :id").bindparams(id=ids[1]))

    await transact(ctx, spoil)
    monkeypatch.setattr(postgres, "BATCH", 3)
    told: list[tuple[int, int]] = []
    assert await BACKEND.reindex(ctx, lambda done, total: told.append((done, total))) == 4
    assert told == [(3, 4), (4, 4)]
    await check_words(ctx)
    assert [row["product_id"] for row in await ctx.fetch(DOCUMENTS)] == ids[1:]
    assert await find(ctx, "kettle") == ids[1:]


async def test_a_product_has_a_document_for_each_language_of_any_of_its_parts(ctx: Ctx) -> None:
    first, second = await sell(ctx, Goods("Mug", names={"de": "Becher"}), Goods("Jug", texts={"pt-br": "Jarra"}))
    assert [tuple(row) for row in await ctx.fetch(DOCUMENTS)] == [
        (first, "de"), (first, "en"), (second, "en"), (second, "pt-br"),
    ]  # fmt: skip


async def test_a_text_larger_than_a_vector_holds_is_indexed_up_to_there(ctx: Ctx) -> None:
    text = " ".join(f"word{number}" for number in range(400_000))
    (wanted,) = await sell(ctx, Goods("Novel", text=text))
    assert await find(ctx, "word1 ") == [wanted]
    assert await find(ctx, "word399999 ") == []


STOCKED = """
INSERT INTO product (product_type_id, name, name_key, slug)
SELECT 1, 'filler', 'filler', 'filler-' || i FROM generate_series(1, 5000) AS i;
INSERT INTO product_listing (channel_id, product_id, is_published, published_at, name_key, product_type_id,
  minimal_amount, created_at, updated_at)
SELECT 1, id, true, now(), name_key, 1, 1, now(), now() FROM product WHERE name = 'filler';
INSERT INTO search_document SELECT id, 'en', to_tsvector('simple', 'filler' || id) FROM product WHERE name = 'filler';
INSERT INTO search_text SELECT product_id, language, words FROM search_document;
INSERT INTO search_word SELECT translate(i::text, '0123456789', 'abcdefghij') || 'filler', 1
FROM generate_series(1, 30000) AS i;
"""


async def test_words_and_their_misspellings_are_found_by_an_index(ctx: Ctx) -> None:
    plans: list[str] = []

    class Explaining(Ctx):
        async def fetch(self, statement: Statement, **parameters: object) -> list[Row]:
            lines = await connection.fetch(f"EXPLAIN {statement.sql}", *statement.arguments(parameters))
            plans.append("\n".join(line[0] for line in lines))
            return await super().fetch(statement, **parameters)

    connection = await asyncpg.connect(asyncpg_dsn(ctx.database.url))
    try:
        await connection.execute(STOCKED)
        await connection.execute("VACUUM ANALYZE product_listing, search_document, search_text, search_word")
        (kettle,) = await sell(ctx, Goods("Kettle"))
        explaining = Explaining(ctx.settings, ctx.database, ctx.reads)
        hits = await BACKEND.search(explaining, SearchRequest("ketlte ", ListingFilter(US)))
    finally:
        await connection.close()
    assert list(hits.product_ids) == [kettle]
    for index in ("ix_search_word_trigrams", "ix_search_document_words", "ix_search_text_words"):
        assert any(f"Bitmap Index Scan on {index}" in plan for plan in plans), index


async def test_a_query_of_many_unknown_words_is_answered_without_correcting_them_all(ctx: Ctx) -> None:
    await sell(ctx, Goods("Alpha bravo charlie delta echoes foxtrot"))
    assert len(await find(ctx, "alpah brvao chralie detla ")) == 1
    assert await find(ctx, "alpah brvao chralie detla ehcoes ") == []
