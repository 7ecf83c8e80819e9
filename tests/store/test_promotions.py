"""Catalogue promotions on the prices of a small shop: TEE (1: 10.00 before 20.00, 2: 15.00), POLO (3: 30.00) and NOVEL
(4: 8.00) in US; TEE (1: 11.90) and NOVEL (4: 9.52) in EU."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from engine.catalog.models import CollectionProduct, Product, ProductVariant
from engine.core.clock import FixedClock
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.jobs import run_pending
from engine.core.statements import Statement
from engine.core.tables import table
from engine.flows import promote
from engine.flows.shop import Shop
from engine.flows.wiring import WIRING
from engine.listing.service import refresh
from engine.pricing import queries
from engine.pricing.history import prior_prices, prior_ranges
from engine.pricing.models import VariantPrice
from engine.pricing.service import Price, set_prices
from tests.catalog_data import CLOTHES, EU, LONG_AGO, NOVEL, POLO, SUMMER, TEE, TOPS, US, fill
from tests.promoting import choosing, off, promotion

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 6, 1, tzinfo=LONG_AGO.tzinfo)
DAY = timedelta(days=1)


@pytest.fixture
async def ctx(shop: Shop) -> AsyncIterator[Ctx]:
    made = shop.ctx(clock=FixedClock(NOW))
    await transact(made, _empty)
    await transact(made, fill)
    yield made
    await made.release()


async def _empty(tx: WriteCtx) -> None:
    await tx.execute(
        sa.text("TRUNCATE promotion, channel, product, product_type, category, collection, attribute, warehouse,"
                " tax_rate CASCADE")
    )  # fmt: skip


async def amounts(ctx: Ctx, channel: int = US) -> list[int | None]:
    """What variants 1 to 4 cost."""
    return [price.amount if price else None for price in await queries.priced_variants(ctx, [1, 2, 3, 4], channel)]


async def minimal(ctx: Ctx, product_id: int, channel: int = US) -> int:
    found: int = await ctx.value(
        Statement(sa.text("SELECT minimal_amount FROM product_listing WHERE product_id = :id AND channel_id = :channel")
                  .bindparams(sa.bindparam("id", type_=sa.BigInteger), sa.bindparam("channel", type_=sa.BigInteger))),
        id=product_id, channel=channel,
    )  # fmt: skip
    return found


def at(shop: Shop, moment: datetime) -> Ctx:
    return shop.ctx(clock=FixedClock(moment))


async def test_a_percentage_is_off_what_it_chooses_where_it_holds(ctx: Ctx) -> None:
    await promotion(ctx, [off("33.333", choosing(product=[TEE]), [US])])
    assert await amounts(ctx) == [667, 1_000, 3_000, 800]
    assert await amounts(ctx, EU) == [1_190, None, None, 952]
    tee, _ = await queries.price_ranges(ctx, [TEE, POLO], US)
    assert tee is not None
    assert (tee.low, tee.high, tee.undiscounted_low, tee.undiscounted_high) == (667, 1_000, 1_500, 2_000)


async def test_the_best_of_all_rules_wins_and_nothing_falls_below_zero(ctx: Ctx) -> None:
    await promotion(ctx, [off("10", choosing(product=[TEE, NOVEL]), [US]), off("9", choosing(variant=[4]), [US])])
    await promotion(ctx, [off("1.2", choosing(category=[CLOTHES]), [US], fixed=True)])
    best = await promotion(ctx, [off("10", choosing(variant=[4]), [US], fixed=True)])
    one, two, three, four = await queries.priced_variants(ctx, [1, 2, 3, 4], US)
    assert one is not None
    assert (one.amount, one.reduction, one.undiscounted_amount) == (880, 120, 2_000)
    assert two is not None
    assert (two.amount, two.reduction) == (1_350, 150)
    assert three is not None
    assert three.amount == 2_880
    assert four is not None
    assert (four.amount, four.reduction) == (0, 800)
    rules = Statement(sa.text("SELECT id, promotion_id FROM promotion_rule"))
    assert {row["id"]: row["promotion_id"] for row in await ctx.fetch(rules)}[four.rule_id] == best


async def test_it_begins_and_ends_by_the_clock_with_no_job_run(ctx: Ctx, shop: Shop) -> None:
    await promotion(ctx, [off("50", choosing(product=[NOVEL]), [US, EU])], NOW + DAY, NOW + 2 * DAY)
    instant = timedelta(microseconds=1)
    for moment, price in (
        (NOW, 800), (NOW + DAY - instant, 800), (NOW + DAY, 400), (NOW + 2 * DAY - instant, 400), (NOW + 2 * DAY, 800)
    ):  # fmt: skip
        then = at(shop, moment)
        assert (await amounts(then))[3] == price
        (found,) = await queries.price_ranges(then, [NOVEL], US)
        assert found is not None
        assert found.low == price
        await then.release()


async def test_a_category_chooses_what_is_below_it_and_lets_go_of_what_leaves(ctx: Ctx) -> None:
    await promotion(ctx, [off("10", choosing(category=[CLOTHES]), [US])])
    assert await amounts(ctx) == [900, 1_350, 2_700, 800]

    async def move(tx: WriteCtx) -> None:
        products, members = table(Product), table(CollectionProduct)
        await tx.execute(sa.update(products).where(products.c.id == POLO).values(category_id=None))
        await tx.execute(sa.update(products).where(products.c.id == NOVEL).values(category_id=TOPS))
        await tx.execute(sa.delete(members).where(members.c.product_id == POLO))
        tx.add(ProductVariant(id=9, product_id=NOVEL, sku="NEW"))
        await tx.session.flush()
        tx.add(VariantPrice(variant_id=9, channel_id=US, currency="USD", amount=500))
        await tx.session.flush()
        await refresh(tx, [POLO, NOVEL])

    await transact(ctx, move)
    assert await amounts(ctx) == [900, 1_350, 3_000, 720]
    (new,) = await queries.priced_variants(ctx, [9], US)
    assert new is not None
    assert new.amount == 450


async def test_all_terms_of_one_alternative_must_choose_a_variant(ctx: Ctx) -> None:
    both = {"AND": [choosing(collection=[SUMMER]), choosing(variant=[2, 4])]}
    await promotion(ctx, [off("10", {"OR": [both, choosing(product=[NOVEL])]}, [US])])
    assert await amounts(ctx) == [1_000, 1_350, 3_000, 720]


async def test_a_changed_and_a_deleted_rule_are_followed_at_once(ctx: Ctx) -> None:
    id = await promotion(ctx, [off("10", choosing(product=[TEE]), [US])])
    rule_id = (await ctx.fetch(Statement(sa.text("SELECT id FROM promotion_rule"))))[0]["id"]
    assert await minimal(ctx, TEE) == 900
    await transact(ctx, promote.update_rule, rule_id, {"catalogue_predicate": choosing(product=[NOVEL])})
    assert await amounts(ctx) == [1_000, 1_500, 3_000, 720]
    assert (await minimal(ctx, TEE), await minimal(ctx, NOVEL)) == (1_000, 720)
    await transact(ctx, promote.update_rule, rule_id, {}, add=(frozenset({EU}), frozenset()),
                   remove=(frozenset({US}), frozenset()))  # fmt: skip
    assert (await minimal(ctx, NOVEL), await minimal(ctx, NOVEL, EU)) == (800, 857)
    await transact(ctx, promote.delete, [id])
    assert await amounts(ctx, EU) == [1_190, None, None, 952]
    assert await minimal(ctx, NOVEL, EU) == 952


async def test_the_listing_is_ordered_anew_when_it_begins_and_ends(ctx: Ctx, shop: Shop) -> None:
    await promotion(ctx, [off("50", choosing(product=[NOVEL]), [US])], NOW + DAY, NOW + 2 * DAY)
    told = Statement(sa.text("SELECT kind FROM outbox_event WHERE kind LIKE 'promotion.%' ORDER BY id"))
    for moment, amount, kinds in (
        (NOW, 800, ["created"]), (NOW + 1.1 * DAY, 400, ["created", "started"]),
        (NOW + 3 * DAY, 800, ["created", "started", "ended"]),
    ):  # fmt: skip
        then = at(shop, moment)
        await promote.turns(then, {})
        await run_pending(then, WIRING)
        assert await minimal(then, NOVEL) == amount
        assert [row["kind"].removeprefix("promotion.") for row in await then.fetch(told)][-len(kinds) :] == kinds
        await then.release()


async def test_the_prior_price_is_the_lowest_of_the_thirty_days_before(ctx: Ctx, shop: Shop) -> None:
    async def set_price(moment: datetime, amount: int) -> None:
        then = at(shop, moment)

        async def work(tx: WriteCtx) -> None:
            await set_prices(tx, 4, [Price(US, Decimal(amount))])
            await refresh(tx, [NOVEL])

        await transact(then, work)
        await then.release()

    await set_price(NOW + 10 * DAY, 5)
    await set_price(NOW + 12 * DAY, 9)
    start = NOW + 50 * DAY
    await promotion(ctx, [off("50", choosing(product=[NOVEL]), [US])], start, start + 90 * DAY)
    await set_price(NOW + 30 * DAY, 7)
    await set_price(NOW + 40 * DAY, 10)
    for days, prior in ((49, None), (50, 700), (80, 700), (139, 700), (140, None)):
        then = at(shop, NOW + days * DAY)
        assert (await prior_prices(then, [4], US)).get(4) == prior
        assert (await prior_ranges(then, [NOVEL], US)).get(NOVEL) == (prior and (prior, prior))
        await then.release()


async def test_a_price_before_that_the_merchant_gave_is_the_prior_one_where_nothing_else_is_known(ctx: Ctx) -> None:
    assert await prior_prices(ctx, [1, 2, 3, 4], US) == {1: 2_000}


async def test_a_price_noted_late_counts_from_the_moment_it_was_asked(ctx: Ctx, shop: Shop) -> None:
    first, second = NOW + 10 * DAY, NOW + 45 * DAY
    await promotion(ctx, [off("50", choosing(product=[NOVEL]), [US])], first, first + DAY)
    await promotion(ctx, [off("10", choosing(product=[NOVEL]), [US])], second)
    late = at(shop, second + 5 * DAY)
    assert await prior_prices(late, [4], US) == {4: 800}
    await promote.turns(late, {})
    await run_pending(late, WIRING)
    assert await prior_prices(late, [4], US) == {4: 800}
    await late.release()
