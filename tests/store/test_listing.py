import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.catalog.models import ProductChannel
from engine.core.clock import FixedClock
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.errors import BadRequest
from engine.core.locking import LockOrderError, Rank, enter
from engine.core.paging import Page, page_args
from engine.core.tables import table
from engine.flows.shop import Shop
from engine.inventory.models import Stock
from engine.listing import queries
from engine.listing.models import ProductListing
from engine.listing.rules import ListingFilter, ReferenceCriterion, Sort, StockRange, ValueCriterion
from engine.listing.service import refresh
from engine.listing.values import value_groups
from engine.pricing.models import VariantPrice
from tests.catalog_data import (
    BLUE,
    BOOKS,
    CLOTHES,
    DRAFT,
    EU,
    HIDDEN,
    LARGE,
    MAIN,
    NOVEL,
    PAGES,
    POLO,
    READING,
    RED,
    SHIRTS,
    SIZE,
    SMALL,
    SUMMER,
    TEE,
    TOPS,
    US,
    fill,
)

pytestmark = pytest.mark.anyio
LISTING = table(ProductListing)
IN_US = ListingFilter(US)
STAFF = ListingFilter(US, published_only=False)


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await ctx.release()


async def ids(ctx: Ctx, filter: ListingFilter, sort: Sort = Sort.NAME, descending: bool = False) -> list[int]:
    page = await queries.page(ctx, filter, sort, descending, page_args("products", first=100))
    found = [row["id"] for row in page.rows]
    assert await queries.count(ctx, filter) == len(found)
    assert sorted(await queries.matching(ctx, filter)) == sorted(found)
    return found


async def listed(ctx: Ctx, product_id: int, channel_id: int = US) -> Any:
    async def read(tx: WriteCtx) -> Any:
        rows = await tx.execute(
            sa.select(LISTING).where(LISTING.c.product_id == product_id, LISTING.c.channel_id == channel_id)
        )
        return rows.mappings().first()

    return await transact(ctx, read)


async def test_a_row_mirrors_price_stock_values_categories_and_collections(ctx: Ctx) -> None:
    row = await listed(ctx, TEE)
    assert (row["price_amount"], row["minimal_amount"]) == (1_500, 1_000)
    assert row["in_stock"] is True
    assert row["category_ids"] == [CLOTHES, TOPS]
    assert row["collection_ids"] == [SUMMER]
    assert row["value_ids"] == [RED, BLUE, SMALL, LARGE, 6, 7, 8]
    assert (await listed(ctx, POLO))["in_stock"] is False
    novel = await listed(ctx, NOVEL)
    assert novel["in_stock"] is True, "a variant whose stock is not tracked"
    assert novel["collection_ids"] == [], "its collection is not published"


async def test_shoppers_get_what_is_published_and_priced(ctx: Ctx) -> None:
    assert await ids(ctx, IN_US) == [NOVEL, POLO, TEE]
    assert await ids(ctx, ListingFilter(EU)) == [NOVEL, TEE]
    assert await ids(ctx, STAFF) == [DRAFT, NOVEL, POLO, TEE]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.NAME, [NOVEL, POLO, TEE]),
        (Sort.PRICE, [NOVEL, TEE, POLO]),
        (Sort.MINIMAL_PRICE, [NOVEL, TEE, POLO]),
        (Sort.CREATED_AT, [TEE, POLO, NOVEL]),
        (Sort.LAST_MODIFIED_AT, [NOVEL, POLO, TEE]),
        (Sort.RATING, [NOVEL, POLO, TEE]),
        (Sort.TYPE, [NOVEL, TEE, POLO]),
        (Sort.PUBLISHED, [TEE, POLO, NOVEL]),
        (Sort.PUBLISHED_AT, [TEE, POLO, NOVEL]),
    ],
)
async def test_every_order_is_total_both_ways_and_in_pages(ctx: Ctx, sort: Sort, expected: list[int]) -> None:
    assert await ids(ctx, IN_US, sort) == expected
    assert await ids(ctx, IN_US, sort, descending=True) == expected[::-1]
    everything = await ids(ctx, ListingFilter(None, published_only=False), sort)
    for filter, wanted in ((IN_US, expected), (ListingFilter(None, published_only=False), everything)):
        assert [page async for page in pages(ctx, filter, sort)] == [[id] for id in wanted]
        assert [page async for page in pages(ctx, filter, sort, backward=True)] == [[id] for id in wanted[::-1]]


async def pages(ctx: Ctx, filter: ListingFilter, sort: Sort, *, backward: bool = False) -> AsyncIterator[list[int]]:
    cursor = None
    while True:
        args = (
            page_args("products", last=1, before=cursor) if backward else page_args("products", first=1, after=cursor)
        )
        page: Page = await queries.page(ctx, filter, sort, False, args)
        yield [row["id"] for row in page.rows]
        if not (page.has_previous if backward else page.has_next):
            return
        cursor = page.cursors[0]


async def test_a_collection_has_its_own_order(ctx: Ctx) -> None:
    inside = replace(IN_US, collection_id=SUMMER)
    assert await ids(ctx, inside, Sort.COLLECTION) == [POLO, TEE]
    assert await ids(ctx, inside, Sort.COLLECTION, descending=True) == [TEE, POLO]
    assert await ids(ctx, inside, Sort.MINIMAL_PRICE) == [TEE, POLO]


@pytest.mark.parametrize("filter", [IN_US, STAFF, ListingFilter(None, published_only=False)])
async def test_several_categories_or_collections_have_their_pages_at_once(ctx: Ctx, filter: ListingFilter) -> None:
    async def inside(scope: queries.Scope, ids: list[int], sort: Sort, **place: Any) -> list[list[int]]:
        found = await queries.pages(ctx, filter, sort, False, page_args("products", **place), scope, ids)
        return [[row["id"] for row in page.rows] for page in found]

    assert await inside("category", [TOPS, READING, CLOTHES], Sort.NAME, first=5) == [
        [POLO, TEE], [NOVEL], [POLO, TEE]
    ]  # fmt: skip
    assert await inside("category", [CLOTHES], Sort.NAME, last=1) == [[TEE]]
    assert await inside("collection", [SUMMER, HIDDEN], Sort.COLLECTION, first=1) == [[POLO], [NOVEL]]
    assert await queries.counts(ctx, filter, "category", [TOPS, READING, 99]) == [2, 1, 0]
    assert await queries.counts(ctx, filter, "collection", [SUMMER, HIDDEN, 99]) == [2, 1, 0]
    in_stock = replace(filter, in_stock=True, collection_ids=(SUMMER,), slugs=("tee", "polo"))
    assert await queries.counts(ctx, in_stock, "collection", [SUMMER, HIDDEN]) == [1, 0]


async def test_products_are_ordered_by_an_attribute_and_those_without_it_come_last(ctx: Ctx) -> None:
    for attribute, expected in ((SIZE, [TEE, POLO, NOVEL]), (PAGES, [NOVEL, TEE, POLO])):
        page = await queries.page(
            ctx, IN_US, Sort.ATTRIBUTE, False, page_args("products", first=1), attribute_id=attribute
        )
        following = await queries.page(
            ctx, IN_US, Sort.ATTRIBUTE, False, page_args("products", first=5, after=page.cursors[0]),
            attribute_id=attribute,
        )  # fmt: skip
        assert [row["id"] for row in [*page.rows, *following.rows]] == expected


async def test_a_cursor_of_another_order_is_refused(ctx: Ctx) -> None:
    page = await queries.page(ctx, IN_US, Sort.NAME, False, page_args("products", first=1))
    with pytest.raises(BadRequest):
        await queries.page(ctx, IN_US, Sort.RATING, False, page_args("products", first=1, after=page.cursors[0]))


LATER = datetime(2024, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"product_ids": (TEE, DRAFT)}, [TEE]),
        ({"slugs": ("tee", "none")}, [TEE]),
        ({"names": ("Polo",)}, [POLO]),
        ({"category_ids": (CLOTHES,)}, [POLO, TEE]),
        ({"own_category_ids": (CLOTHES,)}, []),
        ({"own_category_ids": (TOPS,)}, [POLO, TEE]),
        ({"has_category": True}, [NOVEL, POLO, TEE]),
        ({"has_category": False}, []),
        ({"collection_ids": (SUMMER,)}, [POLO, TEE]),
        ({"collection_ids": (HIDDEN,)}, []),
        ({"product_type_ids": (BOOKS,)}, [NOVEL]),
        ({"gift_card": True}, []),
        ({"gift_card": False}, [NOVEL, POLO, TEE]),
        ({"value_groups": ((RED,),)}, [POLO, TEE]),
        ({"value_groups": ((RED,), (SMALL, LARGE))}, [TEE]),
        ({"value_groups": ((),)}, []),
        ({"price_from": 1_500}, [POLO, TEE]),
        ({"price_to": 1_500}, [NOVEL, TEE]),
        ({"minimal_from": 801, "minimal_to": 1_000}, [TEE]),
        ({"in_stock": True}, [NOVEL, TEE]),
        ({"in_stock": False}, [POLO]),
        ({"stocks": StockRange(at_least=5)}, [TEE]),
        ({"stocks": StockRange(warehouse_ids=(MAIN,), at_most=0)}, [POLO, TEE]),
        ({"stocks": StockRange(warehouse_ids=())}, []),
        ({"available": True}, [NOVEL, POLO, TEE]),
        ({"available": False}, []),
        ({"available_by": datetime(2023, 1, 1, tzinfo=UTC)}, []),
        ({"is_published": True}, [NOVEL, POLO, TEE]),
        ({"published_by": datetime(2025, 1, 1, tzinfo=UTC)}, [NOVEL, POLO, TEE]),
        ({"visible": False}, []),
        ({"updated_from": LATER}, [POLO, TEE]),
        ({"updated_to": LATER}, [NOVEL, POLO]),
        ({"metadata": (("fabric", "cotton"),)}, []),
        ({"metadata": (("fabric", None),)}, []),
    ],
)
async def test_every_part_of_a_filter_narrows(ctx: Ctx, parts: dict[str, Any], expected: list[int]) -> None:
    assert await ids(ctx, replace(IN_US, **parts)) == expected


async def test_staff_filter_by_what_shoppers_do_not_see(ctx: Ctx) -> None:
    assert await ids(ctx, replace(STAFF, is_published=False)) == [DRAFT]
    assert await ids(ctx, replace(STAFF, collection_ids=(HIDDEN,))) == [NOVEL]
    nowhere = ListingFilter(None, published_only=False)
    assert await ids(ctx, replace(nowhere, value_groups=((BLUE,),))) == [TEE]
    assert await ids(ctx, replace(nowhere, category_ids=(CLOTHES,), in_stock=True)) == [TEE]


async def test_conditions_nest(ctx: Ctx) -> None:
    def part(**values: Any) -> ListingFilter:
        return ListingFilter(US, **values)

    either = replace(IN_US, any_of=(part(product_type_ids=(BOOKS,)), part(in_stock=False)))
    assert await ids(ctx, either) == [NOVEL, POLO]
    both = replace(
        IN_US,
        all_of=(part(product_type_ids=(SHIRTS,)), part(any_of=(part(minimal_to=1_000), part(value_groups=((7,),))))),
    )
    assert await ids(ctx, both) == [TEE]
    assert await ids(ctx, replace(IN_US, any_of=(part(), part(in_stock=True)))) == [NOVEL, POLO, TEE]


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        (ValueCriterion("color", slugs=("red", "blue")), (RED, BLUE)),
        (ValueCriterion("size", slugs=("red",)), ()),
        (ValueCriterion(names=("Red",)), (RED,)),
        (ValueCriterion("pages", number_from=300, number_to=320), (5,)),
        (ValueCriterion("pages", numbers=(1.0, 320.0)), (5,)),
        (ValueCriterion("pages", number_to=319.9), ()),
        (ValueCriterion("organic", boolean=True), (6,)),
        (ValueCriterion("organic", boolean=False), ()),
        (ValueCriterion("care"), (7,)),
        (ValueCriterion("related", reference=ReferenceCriterion(product_slugs=("polo",))), (8,)),
        (ValueCriterion("related", reference=ReferenceCriterion(product_ids=(POLO, TEE), page_ids=(1,))), (8,)),
        (ValueCriterion("related", reference=ReferenceCriterion(collection_slugs=("polo",))), ()),
        (ValueCriterion("care", date_from=LATER.date()), ()),
        (ValueCriterion("care", moment_to=LATER), ()),
    ],
)
async def test_a_wish_names_values(ctx: Ctx, criterion: ValueCriterion, expected: tuple[int, ...]) -> None:
    assert await value_groups(ctx, [criterion]) == (expected,)


async def test_facets_count_products_by_value(ctx: Ctx) -> None:
    async def counted(filter: ListingFilter, slugs: list[str] | None) -> dict[int, int]:
        return {row["id"]: row["products"] for row in await queries.facets(ctx, filter, slugs, hidden=False)}

    assert await counted(IN_US, ["color", "size", "care"]) == {RED: 2, BLUE: 1, SMALL: 1, LARGE: 1}
    assert await counted(IN_US, None) == {RED: 2, BLUE: 1, SMALL: 1, LARGE: 1, 6: 1}
    assert await counted(replace(IN_US, in_stock=False), ["color"]) == {RED: 1}


async def test_what_is_published_later_appears_then(shop: Shop) -> None:
    soon = datetime(2024, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    early, then = shop.ctx(clock=FixedClock(soon)), shop.ctx(clock=FixedClock(soon + timedelta(seconds=1)))
    assert await ids(early, IN_US) == []
    assert await ids(then, IN_US) == [NOVEL, POLO, TEE]
    await early.release()
    await then.release()


async def test_rows_go_with_the_channel_and_follow_each_change(ctx: Ctx) -> None:
    async def change(tx: WriteCtx) -> None:
        await tx.execute(
            sa.delete(ProductChannel).where(sa.column("product_id") == NOVEL, sa.column("channel_id") == EU)
        )
        await tx.execute(sa.update(VariantPrice).where(sa.column("variant_id") == 4).values(amount=700))
        await tx.execute(sa.update(Stock).where(sa.column("variant_id") == 3).values(on_hand=9))
        await refresh(tx, [NOVEL, POLO])

    before = await listed(ctx, TEE)
    await transact(ctx, change)
    assert await listed(ctx, NOVEL, EU) is None
    assert (await listed(ctx, NOVEL))["minimal_amount"] == 700
    assert (await listed(ctx, POLO))["in_stock"] is True
    assert await listed(ctx, TEE) == before

    async def back(tx: WriteCtx) -> None:
        tx.add(ProductChannel(product_id=NOVEL, channel_id=EU, is_published=True))
        await tx.execute(sa.update(VariantPrice).where(sa.column("variant_id") == 4).values(amount=800))
        await tx.execute(sa.update(Stock).where(sa.column("variant_id") == 3).values(on_hand=0))
        await refresh(tx, [POLO, NOVEL, NOVEL])

    await transact(ctx, back)
    assert (await listed(ctx, NOVEL, EU))["published_at"] == datetime(2024, 1, NOVEL, tzinfo=UTC)


async def test_two_changes_at_once_leave_a_true_row(shop: Shop) -> None:
    """The second refresh waits for the first, then reads what it committed."""
    first_holds, second_waits = asyncio.Event(), asyncio.Event()

    async def reprice(tx: WriteCtx) -> None:
        await tx.execute(sa.update(VariantPrice).where(sa.column("variant_id") == 3).values(amount=2_900))
        await refresh(tx, [POLO])
        first_holds.set()
        await asyncio.wait_for(second_waits.wait(), 5)
        await asyncio.sleep(0.2)

    async def restock(tx: WriteCtx) -> None:
        await tx.execute(sa.update(Stock).where(sa.column("variant_id") == 3).values(on_hand=4))
        await asyncio.wait_for(first_holds.wait(), 5)
        second_waits.set()
        await refresh(tx, [POLO])

    one, two = shop.ctx(), shop.ctx()
    await asyncio.gather(transact(one, reprice), transact(two, restock))
    row = await listed(one, POLO)
    assert (row["minimal_amount"], row["in_stock"]) == (2_900, True)
    await one.release()
    await two.release()


async def test_a_refresh_comes_last_in_its_transaction(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> None:
        await refresh(tx, [TEE])
        with pytest.raises(LockOrderError):
            enter(tx, Rank.STOCK)

    await transact(ctx, work)


async def test_nothing_to_refresh_takes_no_lock(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> None:
        await refresh(tx, [])
        enter(tx, Rank.STOCK)

    await transact(ctx, work)
