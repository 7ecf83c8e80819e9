"""How a listing uses the search engine, whichever that is: here one that ranks as the test says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.core.context import Caller, Ctx, transact
from engine.core.errors import BadRequest
from engine.core.paging import page_args
from engine.flows import browse, facets, find
from engine.flows.shop import Shop
from engine.listing import queries as listing
from engine.listing.rules import ListingFilter, Sort
from engine.search.backend import SearchHits, SearchRequest
from engine.search.service import backend_of
from tests.api import Api
from tests.catalog_data import BLUE, BOOKS, CLOTHES, COLOR, DRAFT, NOVEL, POLO, RED, SUMMER, TEE, US, fill

pytestmark = pytest.mark.anyio


@dataclass
class Ranking:
    """Finds what it was given, in that order, as far as the listing lets it pass."""

    ranked: Sequence[int]
    asked: list[SearchRequest] = field(default_factory=list)
    name: str = "ranking"

    async def search(self, ctx: Ctx, request: SearchRequest) -> SearchHits:
        self.asked.append(request)
        passing = set(await listing.matching(ctx, request.filter))
        found = [id for id in self.ranked if id in passing]
        counted = {attribute: {RED: len(found)} for attribute in request.facets}
        return SearchHits(found[request.offset : request.offset + request.limit], len(found), counted)


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await ctx.release()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Ranking:
    made = Ranking([POLO, NOVEL, TEE, DRAFT, 99])
    monkeypatch.setattr(find, "search", made.search)
    return made


def request(
    order: browse.Order | None = None, wish: browse.Wish | None = None, search: str = "x", **place: Any
) -> browse.Request:
    args = page_args("products", **(place or {"first": 10}))
    return browse.Request(args, wish or browse.Wish(), order or browse.Order(), "us", search, counted=True)


def ids(connection: Any) -> list[int]:
    return [edge["node"]["id"] for edge in connection["edges"]]


async def test_results_come_by_rank_in_pages(ctx: Ctx, engine: Ranking) -> None:
    first = await browse.products(ctx, request(first=2))
    assert ids(first) == [POLO, NOVEL]
    assert first["total_count"] == 3
    assert first["page_info"]["has_next_page"] is True
    assert first["page_info"]["has_previous_page"] is False
    rest = await browse.products(ctx, request(first=2, after=first["page_info"]["end_cursor"]))
    assert ids(rest) == [TEE]
    assert (rest["page_info"]["has_next_page"], rest["page_info"]["has_previous_page"]) == (False, True)
    assert [(asked.limit, asked.offset) for asked in engine.asked] == [(2, 0), (2, 2)]
    assert engine.asked[0].filter == ListingFilter(US)


async def test_results_are_paged_from_the_end(ctx: Ctx, engine: Ranking) -> None:
    last = await browse.products(ctx, request(last=2))
    assert ids(last) == [NOVEL, TEE]
    before = await browse.products(ctx, request(last=2, before=last["page_info"]["start_cursor"]))
    assert ids(before) == [POLO]
    assert (before["page_info"]["has_next_page"], before["page_info"]["has_previous_page"]) == (True, False)


async def test_another_order_sorts_the_results(ctx: Ctx, engine: Ranking) -> None:
    engine.ranked = [TEE, POLO]
    for order, expected in (
        (browse.Order(Sort.NAME), [POLO, TEE]), (browse.Order(Sort.MINIMAL_PRICE, descending=True), [POLO, TEE]),
        (browse.Order(Sort.RATING, descending=True), [TEE, POLO]), (browse.Order(by_rank=True), [TEE, POLO]),
    ):  # fmt: skip
        assert ids(await browse.products(ctx, request(order))) == expected


async def test_the_engine_is_asked_with_the_whole_filter(ctx: Ctx, engine: Ranking) -> None:
    wish = browse.Wish({"product_type_ids": (BOOKS,)}, any_of=(browse.Wish({"in_stock": True}),))
    found = await browse.products(ctx, request(wish=wish))
    assert (ids(found), found["total_count"]) == ([NOVEL], 1)
    either = (ListingFilter(US, in_stock=True),)
    assert engine.asked[-1].filter == ListingFilter(US, product_type_ids=(BOOKS,), any_of=either)


async def test_search_inside_a_category_or_collection(ctx: Ctx, engine: Ranking) -> None:
    (clothes,) = await browse.products_in_categories(ctx, [CLOTHES], request())
    assert ids(clothes) == [POLO, TEE]
    engine.ranked = [TEE, NOVEL, POLO]
    (summer,) = await browse.products_in_collections(ctx, [(SUMMER, US)], request())
    assert ids(summer) == [TEE, POLO]
    (sorted_,) = await browse.products_in_collections(ctx, [(SUMMER, US)], request(browse.Order(Sort.COLLECTION)))
    assert ids(sorted_) == [POLO, TEE]


async def test_facets_are_counted_over_all_results(ctx: Ctx, engine: Ranking) -> None:
    simple = await browse.products(ctx, request(first=1))
    (color,) = await facets.rows(ctx, simple, ["color"])
    assert [(one["value"]["id"], one["count"]) for one in color["values"]] == [(RED, 3)]
    assert engine.asked[-1].facets == (COLOR,)
    sorted_ = await browse.products(ctx, request(browse.Order(Sort.NAME), first=1))
    (color,) = await facets.rows(ctx, sorted_, ["color"])
    assert [(one["value"]["id"], one["count"]) for one in color["values"]] == [(RED, 2), (BLUE, 1)]


async def test_no_results_are_an_empty_page(ctx: Ctx, engine: Ranking) -> None:
    engine.ranked = []
    for order in (browse.Order(), browse.Order(Sort.NAME)):
        found = await browse.products(ctx, request(order))
        assert (found["edges"], found["total_count"]) == ([], 0)


@pytest.mark.parametrize("cursor", ["WyJhIl0=", "Wy0xXQ==", "WzEwMDBd", "W3RydWVd", "WzEsMl0="])
async def test_a_cursor_that_is_no_place_in_a_ranking_is_refused(ctx: Ctx, engine: Ranking, cursor: str) -> None:
    with pytest.raises(BadRequest, match="cursor"):
        await browse.products(ctx, request(first=1, after=cursor))


async def test_a_storefront_searches_by_argument_or_filter(api: Api, ctx: Ctx) -> None:
    await backend_of(ctx).index(ctx, [TEE, POLO, NOVEL, DRAFT])
    query = """query($search: String, $filter: ProductFilterInput, $sort: ProductOrder) {
      products(first: 5, channel: "us", search: $search, filter: $filter, sortBy: $sort) {
        totalCount edges { cursor node { name } }
        facets(attributes: ["color"]) { values { count value { slug } } } } }"""
    rank = {"field": "RANK", "direction": "DESC"}
    for variables in ({"search": "tops"}, {"filter": {"search": " tops "}}, {"search": "tops", "sort": rank}):
        found = (await api.run(query, **variables))["products"]
        assert sorted(edge["node"]["name"] for edge in found["edges"]) == ["Polo", "Tee"]
        assert found["totalCount"] == 2
        assert {one["value"]["slug"]: one["count"] for one in found["facets"][0]["values"]} == {"red": 2, "blue": 1}
    narrowed = await api.run(query, search="tops", filter={"slugs": ["tee"]})
    assert [edge["node"]["name"] for edge in narrowed["products"]["edges"]] == ["Tee"]
    assert (await api.run(query, search="draft"))["products"]["edges"] == []
    assert (await api.run(query, search="   "))["products"]["totalCount"] == 3


async def test_staff_search_everywhere(ctx: Ctx, engine: Ranking) -> None:
    staff = ctx.acting_as(Caller(user_id=1, is_staff=True, permissions=frozenset({"MANAGE_PRODUCTS"})))
    asked = browse.Request(page_args("products", first=5), search="x")
    found = await browse.products(staff, asked)
    assert ids(found) == [POLO, NOVEL, TEE, DRAFT]
    assert found["edges"][0]["node"]["channel_id"] is None
