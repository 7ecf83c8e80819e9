"""Listing, product page, cart and order say the same, to the cent: for any prices, promotions, currency, tax and way of
entering prices, and the same as exact arithmetic says. A listing by price is in the order of the prices it shows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from engine.catalog.models import Product, ProductChannel, ProductType, ProductVariant
from engine.channels.models import Channel, ChannelCountry
from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global
from engine.core.money import exponent
from engine.flows import promote
from engine.flows.shop import Shop
from engine.listing.service import refresh
from engine.pricing.models import VariantPrice
from engine.promotions.checks import Rule
from engine.tax.models import TaxClass, TaxConfiguration, TaxRate
from tests.api import Api
from tests.storefront import BERLIN, ok

pytestmark = pytest.mark.anyio
_number = count(1)

MONEY = "gross { amount } net { amount }"
LISTING = f"""query($channel: String!, $address: AddressInput, $by: ProductOrderField!, $direction: OrderDirection!) {{
  products(channel: $channel, first: 9, sortBy: {{field: $by, direction: $direction}}) {{ edges {{ node {{ id
    pricing(address: $address) {{ onSale discount {{ {MONEY} }} priceRange {{ start {{ {MONEY} }} stop {{ {MONEY} }} }}
      priceRangeUndiscounted {{ start {{ {MONEY} }} stop {{ {MONEY} }} }} }} }} }} }} }}"""
PAGE = f"""query($id: ID!, $channel: String!, $address: AddressInput) {{ product(id: $id, channel: $channel) {{
  productVariants(first: 9) {{ edges {{ node {{ id pricing(address: $address) {{
    price {{ {MONEY} }} priceUndiscounted {{ {MONEY} }} }} }} }} }} }} }}"""
CREATE = f"""mutation($input: CheckoutCreateInput!) {{ it: checkoutCreate(input: $input) {{
  errors {{ field code message }} checkout {{ id subtotalPrice {{ {MONEY} }} totalPrice {{ {MONEY} }}
    lines {{ quantity variant {{ id }} unitPrice {{ {MONEY} }} totalPrice {{ {MONEY} }} }} }} }} }}"""
COMPLETE = f"""mutation($id: ID!) {{ it: checkoutComplete(id: $id) {{ errors {{ field code message }} order {{
  subtotal {{ {MONEY} }} total {{ {MONEY} }}
  lines {{ quantity variant {{ id }} unitPrice {{ {MONEY} }} totalPrice {{ {MONEY} }}
    undiscountedUnitPrice {{ {MONEY} }} }} }} }} }}"""


@dataclass(frozen=True)
class Offer:
    """`percent` in thousandths, or `fixed` in minor units, off the variants at these places."""

    percent: int | None
    fixed: int
    places: frozenset[int]
    holds: bool


@dataclass(frozen=True)
class World:
    currency: str
    with_tax: bool
    charges_tax: bool
    rate: int
    prices: tuple[tuple[int, int | None], ...]
    """Of each variant; two make a product."""
    offers: tuple[Offer, ...]
    quantities: tuple[int, ...]

    def unit(self, place: int) -> int:
        amount, _ = self.prices[place]
        cuts = [0]
        for offer in self.offers:
            if offer.holds and place in offer.places:
                exact = offer.fixed if offer.percent is None else Decimal(amount * offer.percent) / 100_000
                cuts.append(int(Decimal(exact).quantize(Decimal(1), ROUND_HALF_UP)))
        return max(0, amount - max(cuts))

    def before(self, place: int) -> int:
        amount, compare_at = self.prices[place]
        return max(amount, compare_at or 0)

    def money(self, amount: int) -> dict[str, Any]:
        """As the API should say it."""
        rate = Decimal(self.rate if self.charges_tax else 0) / 100_000
        part = rate / (1 + rate) if self.with_tax else rate
        tax = int((Decimal(amount) * part).quantize(Decimal(1), ROUND_HALF_UP))
        gross, net = (amount, amount - tax) if self.with_tax else (amount + tax, amount)
        return {"gross": self.told(gross), "net": self.told(net)}

    def told(self, minor: int) -> dict[str, float]:
        return {"amount": float(Decimal(minor).scaleb(-exponent(self.currency)))}


amounts = st.integers(900, 1_100) | st.integers(0, 10**7)
"""Near each other, so that promotions change their order, and anything."""
offers = st.builds(
    Offer,
    percent=st.none() | st.integers(1, 100_000),
    fixed=st.integers(1, 10**4),
    places=st.frozensets(st.integers(0, 5), min_size=1),
    holds=st.booleans() | st.just(True),
)
worlds = st.integers(3, 6).flatmap(
    lambda size: st.builds(
        World,
        currency=st.sampled_from(["JPY", "EUR", "USD", "KWD"]),
        with_tax=st.booleans(),
        charges_tax=st.booleans() | st.just(True),
        rate=st.sampled_from([0, 5_500, 7_000, 8_875, 19_000, 25_000]) | st.integers(1, 40_000),
        prices=st.lists(st.tuples(amounts, st.none() | amounts), min_size=size, max_size=size).map(tuple),
        offers=st.lists(offers, max_size=3).map(tuple),
        quantities=st.lists(st.integers(1, 9), min_size=size, max_size=size).map(tuple),
    )
)


@dataclass(frozen=True)
class Built:
    channel_id: int
    channel: str
    products: list[str]
    variants: list[str]


def pk(row: Any) -> int:
    found: int = row.id
    return found


async def build(tx: WriteCtx, world: World) -> Built:
    n = next(_number)
    channel = Channel(slug=f"c{n}", name="C", currency=world.currency, default_country="FR", allow_unpaid_orders=True)
    kind, taxed = ProductType(name="T", slug=f"t{n}", is_shipping_required=False), TaxClass(name=f"Class {n}")
    tx.add(channel, kind, taxed)
    await tx.session.flush()
    tx.add(
        ChannelCountry(channel_id=pk(channel), country="DE"),
        TaxConfiguration(
            channel_id=pk(channel), prices_entered_with_tax=world.with_tax, charge_taxes=world.charges_tax
        ),
        TaxRate(country="DE", rate=world.rate, tax_class_id=taxed.id, valid_from=date(2020, 1, 1), source="test"),
    )  # fmt: skip
    products, variants = [], []
    for place, (amount, compare_at) in enumerate(world.prices):
        if place % 2 == 0:
            name = f"p{n}-{place}"
            product = Product(product_type_id=pk(kind), name=name, name_key=name, slug=name, tax_class_id=taxed.id)
            tx.add(product)
            await tx.session.flush()
            past = tx.clock.now() - timedelta(days=1)
            tx.add(ProductChannel(product_id=pk(product), channel_id=pk(channel), is_published=True, published_at=past,
                                  available_for_purchase_at=past))  # fmt: skip
            products.append(pk(product))
        variant = ProductVariant(product_id=products[-1], sku=f"s{n}-{place}", sort_order=place, track_inventory=False)
        tx.add(variant)
        await tx.session.flush()
        tx.add(VariantPrice(variant_id=pk(variant), channel_id=pk(channel), currency=world.currency, amount=amount,
                            compare_at_amount=compare_at))  # fmt: skip
        variants.append(pk(variant))
    await tx.session.flush()
    await refresh(tx, products)
    return Built(
        pk(channel),
        channel.slug,
        [to_global("Product", id) for id in products],
        [to_global("ProductVariant", id) for id in variants],
    )


async def promise(shop: Shop, world: World, built: Built) -> None:
    for offer in world.offers:
        chosen = [id for place, id in enumerate(built.variants) if place in offer.places]
        value = (
            Decimal(offer.fixed).scaleb(-exponent(world.currency))
            if offer.percent is None
            else Decimal(offer.percent).scaleb(-3)
        )
        rule = Rule(
            catalogue_predicate={"variantPredicate": {"ids": chosen}},
            reward_value_type="FIXED" if offer.percent is None else "PERCENTAGE",
            reward_value=value,
            channel_ids=frozenset({built.channel_id}),
        )
        start = datetime(2020 if offer.holds else 2120, 1, 1, tzinfo=UTC)
        ctx = shop.ctx()
        await transact(ctx, promote.create, "CATALOGUE", {"name": "Sale", "start_date": start}, [rule])
        await ctx.release()


async def listed(api: Api, built: Built, by: str, direction: str) -> list[Any]:
    variables = {"channel": built.channel, "address": BERLIN, "by": by, "direction": direction}
    return [edge["node"] for edge in (await api.run(LISTING, **variables))["products"]["edges"]]


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds)
@example(
    World("KWD", False, True, 19_000, ((1_000, None), (1_001, None), (999, 1_200)), (
        Offer(12_345, 0, frozenset({0}), True), Offer(None, 5, frozenset({0, 2}), True),
        Offer(90_000, 0, frozenset({2}), False),
    ), (3, 1, 7))
)  # fmt: skip
async def test_what_is_shown_is_what_is_asked(api: Api, shop: Shop, world: World) -> None:
    ctx = shop.ctx()
    built = await transact(ctx, build, world)
    await ctx.release()
    await promise(shop, world, built)
    units = [world.unit(place) for place in range(len(world.prices))]
    before = [world.before(place) for place in range(len(world.prices))]
    for by, amounts in (("MINIMAL_PRICE", units), ("PRICE", before)):
        for direction in ("ASC", "DESC"):
            found = await listed(api, built, by, direction)
            assert sorted(node["id"] for node in found) == sorted(built.products)
            keys = [min(amounts[2 * built.products.index(node["id"]) :][:2]) for node in found]
            assert keys == sorted(keys, reverse=direction == "DESC")
            field = "priceRange" if by == "MINIMAL_PRICE" else "priceRangeUndiscounted"
            shown = [node["pricing"][field]["start"]["gross"]["amount"] for node in found]
            assert shown == sorted(shown, reverse=direction == "DESC")
    for node in found:
        first = 2 * built.products.index(node["id"])
        now, then, pricing = units[first : first + 2], before[first : first + 2], node["pricing"]
        assert pricing["priceRange"] == {"start": world.money(min(now)), "stop": world.money(max(now))}
        assert pricing["priceRangeUndiscounted"] == {"start": world.money(min(then)), "stop": world.money(max(then))}
        assert pricing["onSale"] == (min(now) < min(then))
        page = (await api.run(PAGE, id=node["id"], channel=built.channel, address=BERLIN))["product"]
        for place, edge in enumerate(page["productVariants"]["edges"]):
            assert edge["node"]["id"] == built.variants[first + place]
            assert edge["node"]["pricing"] == {
                "price": world.money(now[place]), "priceUndiscounted": world.money(then[place])
            }  # fmt: skip
    await buy(api, world, built, units, before)


async def buy(api: Api, world: World, built: Built, units: list[int], before: list[int]) -> None:
    wanted = [{"variantId": id, "quantity": n} for id, n in zip(built.variants, world.quantities, strict=True)]
    cart = await ok(
        api,
        CREATE,
        input={"channel": built.channel, "email": "ada@example.com", "lines": wanted, "billingAddress": BERLIN,
               "shippingAddress": BERLIN},
    )  # fmt: skip
    totals = [world.money(unit * quantity) for unit, quantity in zip(units, world.quantities, strict=True)]

    def summed(side: str) -> Any:
        return pytest.approx(sum(total[side]["amount"] for total in totals))

    def check(lines: list[Any]) -> None:
        for line in lines:
            place = built.variants.index(line["variant"]["id"])
            assert line["quantity"] == world.quantities[place]
            assert line["unitPrice"] == world.money(units[place])
            assert line["totalPrice"] == totals[place]

    check(cart["lines"])
    order = (await ok(api, COMPLETE, id=cart["id"]))["order"]
    check(order["lines"])
    for line in order["lines"]:
        assert line["undiscountedUnitPrice"] == world.money(before[built.variants.index(line["variant"]["id"])])
    assert order["total"] == cart["totalPrice"]
    for side in ("gross", "net"):
        assert cart["subtotalPrice"][side]["amount"] == order["subtotal"][side]["amount"] == summed(side)
