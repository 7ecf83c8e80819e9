from datetime import UTC, date, datetime

import pytest

from engine.catalog.models import Product, ProductType, ProductVariant
from engine.channels.models import Channel
from engine.core.clock import FixedClock
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.tables import SQLModel
from engine.flows.shop import Shop
from engine.pricing import queries
from engine.pricing.models import VariantPrice
from engine.pricing.rules import VariantPricing
from engine.tax import queries as tax
from engine.tax.models import TaxClass, TaxConfiguration, TaxRate

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def shop_data(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, _fill)
    await ctx.release()


async def _fill(tx: WriteCtx) -> None:
    for model in _rows():
        tx.add(model)
        await tx.session.flush()


def _rows() -> list[SQLModel]:
    return [
        Channel(id=1, slug="us", name="US", currency="USD", default_country="US"),
        Channel(id=2, slug="eu", name="EU", currency="EUR", default_country="DE"),
        Channel(id=3, slug="free", name="Free", currency="EUR", default_country="DE"),
        TaxConfiguration(channel_id=1, prices_entered_with_tax=False, display_gross_prices=False),
        TaxConfiguration(channel_id=3, charge_taxes=False),
        TaxClass(id=1, name="Books"),
        _rate("DE", 16_000, None, date(2020, 7, 1), date(2021, 1, 1)),
        _rate("DE", 19_000, None, date(2021, 1, 1)),
        _rate("DE", 7_000, 1, date(2021, 1, 1)),
        _rate("US", 8_875, None, date(2021, 1, 1), region="NY"),
        ProductType(id=1, name="Plain", slug="plain", tax_class_id=1),
        Product(id=1, product_type_id=1, name="Typed", name_key="typed", slug="typed"),
        Product(id=2, product_type_id=1, name="Book", name_key="book", slug="book"),
        *(ProductVariant(id=i, product_id=p, sku=f"S{i}") for i, p in ((1, 1), (2, 1), (3, 2))),
        VariantPrice(variant_id=1, channel_id=1, currency="USD", amount=1_000),
        VariantPrice(variant_id=1, channel_id=2, currency="EUR", amount=1_070, compare_at_amount=2_140),
        VariantPrice(variant_id=2, channel_id=2, currency="EUR", amount=1_500, compare_at_amount=100),
        VariantPrice(variant_id=2, channel_id=3, currency="EUR", amount=1_500),
    ]


def _rate(
    country: str, rate: int, class_id: int | None, start: date, end: date | None = None, region: str = ""
) -> TaxRate:
    return TaxRate(
        country=country, region=region, tax_class_id=class_id, rate=rate, valid_from=start, valid_to=end, source="test"
    )


async def test_rates_hold_from_their_first_day_until_their_end(shop: Shop) -> None:
    for day, expected in ((datetime(2020, 6, 30, 23, tzinfo=UTC), 0), (datetime(2020, 12, 31, 23, tzinfo=UTC), 16_000),
                          (datetime(2021, 1, 1, tzinfo=UTC), 19_000)):  # fmt: skip
        ctx = shop.ctx(clock=FixedClock(day))
        assert await tax.rates(ctx, "DE", "", [None]) == {None: expected}
        await ctx.release()


async def test_a_rate_for_the_class_and_the_region_is_found(ctx: Ctx) -> None:
    assert await tax.rates(ctx, "DE", "", [1, None, 99]) == {1: 7_000, None: 19_000, 99: 19_000}
    assert await tax.rates(ctx, "US", "NY", [1]) == {1: 8_875}
    assert await tax.rates(ctx, "US", "CA", [1]) == {1: 0}


async def test_variants_are_priced_in_order_with_the_tax_of_the_channels_country(ctx: Ctx) -> None:
    second, nothing, first = await queries.priced_variants(ctx, [2, 3, 1], channel_id=2)
    assert first == VariantPricing(1, "EUR", 1_070, 2_140, 7_000, 1, True)
    assert nothing is None
    # a price before that is lower than the price now is no discount
    assert second == VariantPricing(2, "EUR", 1_500, 1_500, 7_000, 1, True)
    assert first.price == (1_000, 1_070)


async def test_another_country_and_region_tax_differently(ctx: Ctx) -> None:
    (at_home,) = await queries.priced_variants(ctx, [1], channel_id=1)
    (new_york,) = await queries.priced_variants(ctx, [1], channel_id=1, country="US", region="NY")
    assert at_home is not None
    assert new_york is not None
    assert at_home.price == (1_000, 1_000)
    assert new_york.price == (1_000, 1_089)


async def test_a_channel_that_charges_no_tax_has_none(ctx: Ctx) -> None:
    (price,) = await queries.priced_variants(ctx, [2], channel_id=3)
    assert price is not None
    assert (price.rate, price.price) == (0, (1_500, 1_500))


async def test_a_product_has_the_range_of_its_variants(ctx: Ctx) -> None:
    typed, book = await queries.price_ranges(ctx, [1, 2], channel_id=2)
    assert book is None
    assert typed is not None
    assert typed.start == (1_000, 1_070)
    assert typed.stop == (1_402, 1_500)
    assert typed.undiscounted_start == (1_402, 1_500)
    assert typed.undiscounted_stop == (2_000, 2_140)
    assert typed.on_sale


async def test_configuration_of_a_channel_without_a_row_is_gross(ctx: Ctx) -> None:
    assert (await tax.configuration(ctx, 2))["prices_entered_with_tax"] is True
    assert (await tax.configuration(ctx, 1))["display_gross_prices"] is False
