from datetime import UTC, datetime, timedelta

import pytest

from engine.attributes import queries as attributes
from engine.catalog import assigned, groups, pictures, queries, translations
from engine.core.clock import FixedClock
from engine.core.context import Caller, Ctx, transact
from engine.core.errors import BadRequest
from engine.core.paging import page_args
from engine.flows import browse, offers
from engine.flows.shop import Shop
from engine.listing.rules import Sort
from tests.catalog_data import (
    BOOKS,
    CLOSED,
    CLOTHES,
    COLOR,
    DRAFT,
    EU,
    HIDDEN,
    LONG_AGO,
    NOVEL,
    POLO,
    READING,
    RED,
    SUMMER,
    TEE,
    TOPS,
    US,
    fill,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await ctx.release()


@pytest.fixture
def staff(ctx: Ctx) -> Ctx:
    return ctx.acting_as(Caller(user_id=1, is_staff=True, permissions=frozenset({"MANAGE_PRODUCTS"})))


def ids(rows: list[dict[str, int] | None]) -> list[int | None]:
    return [row and row["id"] for row in rows]


async def test_shoppers_see_what_is_published_in_the_channel_and_staff_see_all(ctx: Ctx, staff: Ctx) -> None:
    asked = [DRAFT, TEE, POLO, 99]
    for channel, seen in ((US, [None, TEE, POLO, None]), (EU, [None, TEE, None, None]), (CLOSED, [None] * 4)):
        assert ids(await queries.visible_products(ctx, asked, channel)) == seen
    assert ids(await queries.visible_products(ctx, asked, None)) == [None] * 4
    for any_channel in (US, CLOSED, None):
        assert ids(await queries.visible_products(staff, asked, any_channel)) == [DRAFT, TEE, POLO, None]


async def test_staff_of_other_things_see_what_shoppers_see(ctx: Ctx) -> None:
    other = ctx.acting_as(Caller(user_id=1, is_staff=True, permissions=frozenset({"MANAGE_ORDERS"})))
    assert ids(await queries.visible_products(other, [DRAFT, TEE], US)) == [None, TEE]


async def test_a_product_is_seen_from_its_moment_on(shop: Shop) -> None:
    for moment, seen in ((LONG_AGO - timedelta(seconds=1), None), (LONG_AGO, TEE)):
        ctx = shop.ctx(clock=FixedClock(moment))
        assert ids(await queries.visible_products(ctx, [TEE], US)) == [seen]
        await ctx.release()


async def test_keys_of_several_channels_are_answered_in_order(ctx: Ctx) -> None:
    keys = [(TEE, EU), (NOVEL, None), (TEE, US), (99, US), (TEE, EU)]
    rows = await queries.products_of(ctx, keys)
    assert [row and (row["id"], row["channel_id"]) for row in rows] == [*keys[:3], None, keys[4]]


async def test_variants_of_a_product_follow_its_channel(ctx: Ctx) -> None:
    keys = [(TEE, EU), (TEE, US), (TEE, None), (DRAFT, EU)]
    pages = await queries.variant_pages(ctx, keys, page_args("variants", first=5))
    assert [ids(page.rows) for page in pages] == [[1], [1, 2], [1, 2], []]
    assert {row["channel_id"] for row in pages[1].rows} == {US}
    assert await queries.variant_counts(ctx, keys) == [1, 2, 2, 0]
    (last,) = await queries.variant_pages(ctx, [(TEE, US)], page_args("variants", last=1))
    assert ids(last.rows) == [2]
    (before,) = await queries.variant_pages(ctx, [(TEE, US)], page_args("variants", last=1, before=last.cursors[0]))
    assert (ids(before.rows), before.has_previous) == ([1], False)


async def test_a_variant_is_seen_where_it_has_a_price(ctx: Ctx, staff: Ctx) -> None:
    assert ids(await queries.visible_variants(ctx, [1, 2, 5], EU)) == [1, None, None]
    assert ids(await queries.visible_variants(staff, [1, 2, 5], EU)) == [1, None, None]
    assert ids(await queries.visible_variants(staff, [1, 2, 5], None)) == [1, 2, 5]
    assert await queries.visible_variant_by_sku(ctx, "DRAFT", US) is None
    assert (await queries.visible_variant_by_sku(staff, "DRAFT", US))["id"] == 5


async def test_pictures_come_in_their_order(ctx: Ctx) -> None:
    assert [ids(rows) for rows in await pictures.of_products(ctx, [POLO, TEE, NOVEL])] == [[3], [2, 1], []]
    assert ids(await pictures.first_images(ctx, [TEE, NOVEL, TEE, POLO])) == [2, None, 2, 3]


async def test_prices_and_stock_of_mixed_channels(ctx: Ctx) -> None:
    keys = [(TEE, EU), (TEE, None), (NOVEL, US), (TEE, US), (DRAFT, EU)]
    found = await offers.price_ranges(ctx, keys)
    assert [price and (price.currency, price.start, price.display_gross) for price in found] == [
        ("EUR", (1_000, 1_190), True), None, ("USD", (800, 800), False), ("USD", (1_000, 1_000), False), None,
    ]  # fmt: skip
    assert await offers.buyable(ctx, [(TEE, US), (POLO, US), (NOVEL, EU), (DRAFT, US), (TEE, None)]) == [
        True, False, True, False, None,
    ]  # fmt: skip
    assert await offers.quantities(ctx, [(1, US), (2, US), (4, EU), (1, None)], most=3) == [3, 0, 3, None]


async def test_what_is_for_sale_later_is_not_yet(shop: Shop) -> None:
    ctx = shop.ctx(clock=FixedClock(LONG_AGO - timedelta(seconds=1)))
    assert await queries.for_sale(ctx, [(TEE, US), (DRAFT, US)]) == [False, False]
    assert await queries.for_sale_since(ctx, [(TEE, US), (DRAFT, US), (TEE, None)]) == [LONG_AGO, None, None]
    await ctx.release()


async def test_the_tree_is_walked_both_ways(ctx: Ctx) -> None:
    assert [ids(rows) for rows in await groups.ancestors(ctx, [TOPS, CLOTHES, TOPS])] == [[CLOTHES], [], [CLOTHES]]
    pages = await groups.child_pages(ctx, [READING, CLOTHES], page_args("children", first=1))
    assert [ids(page.rows) for page in pages] == [[], [TOPS]]
    assert await groups.child_counts(ctx, [CLOTHES, TOPS]) == [1, 0]
    assert ids(await groups.categories(ctx, [TOPS, None, 99])) == [TOPS, None, None]


async def test_collections_are_seen_where_they_are_published(ctx: Ctx, staff: Ctx) -> None:
    assert ids(await groups.visible_collections(ctx, [HIDDEN, SUMMER], US)) == [None, SUMMER]
    assert ids(await groups.visible_collections(ctx, [SUMMER], EU)) == [None]
    assert ids(await groups.visible_collections(staff, [HIDDEN, SUMMER], None)) == [HIDDEN, SUMMER]
    of = [(TEE, US), (NOVEL, US), (TEE, EU)]
    assert [ids(rows) for rows in await groups.collections_of(ctx, of)] == [[SUMMER], [], []]
    assert [ids(rows) for rows in await groups.collections_of(staff, of)] == [[SUMMER], [HIDDEN], [SUMMER]]


async def test_selections_keep_the_order_of_the_type_and_empty_ones(ctx: Ctx) -> None:
    products = await queries.products_of(ctx, [(TEE, US), (POLO, US)])
    tee, polo = await assigned.of_products(ctx, products)
    assert [(one["attribute"]["slug"], ids(one["values"])) for one in tee] == [
        ("organic", [6]), ("care", [7]), ("related", [8])
    ]  # fmt: skip
    assert [ids(one["values"]) for one in polo] == [[], [], []]
    assert {one["channel_id"] for one in tee} == {US}


async def test_attributes_hidden_from_the_storefront_are_for_staff(ctx: Ctx, staff: Ctx) -> None:
    for asking, seen in ((ctx, ["pages"]), (staff, ["pages", "secret"])):
        (of_type,) = await assigned.attributes_of_types(asking, [BOOKS], "PRODUCT")
        assert [row["slug"] for row in of_type] == seen
        (novel,) = await assigned.of_products(asking, await queries.products_of(asking, [(NOVEL, US)]))
        assert [one["attribute"]["slug"] for one in novel] == seen


async def test_translations_are_found_for_those_that_have_them(ctx: Ctx) -> None:
    tee, polo = await translations.of_products(ctx, [TEE, POLO], "de")
    assert (tee["id"], tee["name"], tee["description"]) == (TEE, "T-Hemd", None)
    assert polo is None
    (red,) = await attributes.value_translations(ctx, [RED], "de")
    assert red["name"] == "Rot"
    assert await attributes.translations(ctx, [COLOR], "fr") == [None]


async def test_staff_browse_everywhere(ctx: Ctx, staff: Ctx) -> None:
    args = page_args("products", first=10)
    everything = await browse.products(staff, browse.Request(args, counted=True))
    assert everything["total_count"] == 4
    with pytest.raises(BadRequest, match="needs a channel"):
        await browse.products(staff, browse.Request(args, order=browse.Order(Sort.PRICE)))
    with pytest.raises(BadRequest, match="needs a channel"):
        await browse.products(staff, browse.Request(args, browse.Wish(price=browse.Between(browse.Decimal(1)))))
    with pytest.raises(BadRequest, match="default channel"):
        await browse.products(ctx, browse.Request(args))


async def test_a_moment_without_products_is_an_empty_page(shop: Shop) -> None:
    ctx = shop.ctx(clock=FixedClock(datetime(2020, 1, 1, tzinfo=UTC)))
    found = await browse.products(ctx, browse.Request(page_args("products", first=3), channel="us", counted=True))
    assert (found["edges"], found["total_count"]) == ([], 0)
    await ctx.release()
