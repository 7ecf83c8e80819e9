"""Staff who make the same things at the same time, each on a connection of their own."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from engine.attributes.assign import Choice, Faulty, Given
from engine.catalog import group_service, variant_service
from engine.catalog import queries as catalog
from engine.core.context import Caller, Ctx, WriteCtx, transact
from engine.core.errors import Refusal
from engine.core.paging import PageArgs
from engine.core.statements import Statement
from engine.flows import edit_product, edit_variant
from engine.flows.edit_variant import Draft
from engine.flows.shop import Shop
from tests.catalog_data import COLOR, SHIRTS, SUMMER, TEE, fill
from tests.staffing import number_from_here

pytestmark = pytest.mark.anyio
AT_ONCE = 8
_VALUES = Statement(sa.text("SELECT count(*) FROM attribute_value WHERE name = 'Ochre'"))
_ORDER = Statement(
    sa.text("SELECT product_id, sort_order FROM collection_product WHERE collection_id = 1 ORDER BY sort_order")
)


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await transact(ctx, number_from_here)
    await ctx.release()


def staff(shop: Shop) -> Ctx:
    return shop.ctx(caller=Caller(user_id=None, is_staff=True, permissions=frozenset({"MANAGE_PRODUCTS"})))


async def at_once(shop: Shop, work: Any, *args: Any, times: int = AT_ONCE) -> list[Any]:
    async def one() -> Any:
        ctx = staff(shop)
        try:
            return await transact(ctx, work, *args)
        finally:
            await ctx.release()

    return await asyncio.gather(*(one() for _ in range(times)), return_exceptions=True)


async def test_products_of_one_name_get_slugs_of_their_own(shop: Shop) -> None:
    made = await at_once(shop, edit_product.create, SHIRTS, {"name": "Same Name"}, [])
    assert sorted(row["slug"] for row in made) == sorted(
        ["same-name", *(f"same-name-{number}" for number in range(2, AT_ONCE + 1))]
    )


async def test_a_slug_that_is_asked_for_is_given_once(shop: Shop) -> None:
    made = await at_once(shop, edit_product.create, SHIRTS, {"name": "A", "slug": "only-one"}, [])
    refused = [one for one in made if isinstance(one, Refusal)]
    assert (len(refused), {one.code for one in refused}) == (AT_ONCE - 1, {"UNIQUE"})


async def test_a_choice_is_one_variants_alone_and_its_new_value_is_one(shop: Shop, ctx: Ctx) -> None:
    ochre = Draft({"name": ""}, [Given(COLOR, None, {"choices": [Choice(text="Ochre")]})])
    made = await at_once(shop, edit_variant.create, TEE, ochre)
    won = [one for one in made if not isinstance(one, BaseException)]
    assert len(won) == 1, made
    assert all(isinstance(one, Faulty) and one.code == "DUPLICATED_INPUT_ITEM" for one in made if one not in won)
    assert await ctx.value(_VALUES) == 1
    (page,) = await catalog.variant_pages(ctx, [(TEE, None)], PageArgs(50))
    assert [row["name"] for row in page.rows] == ["TEE-RS", "TEE-BL", "Ochre"]


async def test_without_the_products_lock_a_choice_is_taken_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = asyncio.Barrier(2)

    async def unlocked(tx: WriteCtx, _rank: Any, _statement: Any, **given: Any) -> list[Any]:
        await everybody.wait()
        return [{"id": given["id"], "default_variant_id": 1}]

    monkeypatch.setattr(variant_service, "lock_rows", unlocked)
    (product,) = await at_once(shop, edit_product.create, SHIRTS, {"name": "Broken"}, [], times=1)
    red = Draft({"name": ""}, [Given(COLOR, None, {"choices": [Choice(text="Red")]})])
    assert await at_once(shop, _on(product["id"], red), times=2) == [None, None]


def _on(product_id: int, draft: Draft) -> Any:
    async def work(tx: WriteCtx) -> None:
        id = await variant_service.create_variant(tx, product_id, draft.values, draft.attributes)
        await variant_service.settle(tx, product_id, [id])

    return work


async def test_products_put_into_a_collection_at_once_keep_places_of_their_own(shop: Shop, ctx: Ctx) -> None:
    ids = [1, 2, 3, 4]

    async def put(product_id: int) -> None:
        own = staff(shop)
        await transact(own, group_service.add_products, SUMMER, [product_id])
        await own.release()

    await asyncio.gather(*(put(id) for id in ids * 2))
    rows = await ctx.fetch(_ORDER)
    assert sorted(row["product_id"] for row in rows) == ids
    assert len({row["sort_order"] for row in rows}) == len(ids)
