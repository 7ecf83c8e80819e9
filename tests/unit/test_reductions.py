"""What vouchers, promotions and gift cards make of a cart's amounts, for any cart."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.checkout.basket import Basket
from engine.checkout.priced import PricedCheckout
from engine.checkout.reductions import (
    Base,
    OrderRule,
    best_reward,
    by_voucher,
    covered,
    matches,
    net_left,
    spread,
    subtotal,
)
from engine.pricing.rules import VariantPricing
from engine.vouchers.rules import Terms

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For machines that have other things to do."""

NOW = datetime(2030, 5, 1, tzinfo=UTC)
TERMS = Terms(
    voucher_id=1,
    code="CODE",
    type="ENTIRE_ORDER",
    value_type="FIXED",
    value=500,
    min_spent=None,
    start=NOW,
    end=None,
    usage_limit=None,
    used=0,
    code_active=True,
    once_per_order=False,
    once_per_customer=False,
    single_use=False,
    only_for_staff=False,
    min_quantity=None,
    countries=(),
)
bases = st.builds(
    Base,
    unit=st.integers(0, 10**7),
    quantity=st.integers(1, 50),
    matches=st.booleans(),
    is_gift=st.just(False),
)
carts = st.lists(bases, max_size=6)
terms = st.builds(
    lambda kind, value_type, value, once: replace(
        TERMS, type=kind, value_type=value_type, value=value, once_per_order=once
    ),
    st.sampled_from(["SHIPPING", "ENTIRE_ORDER", "SPECIFIC_PRODUCT"]),
    st.sampled_from(["FIXED", "PERCENTAGE"]),
    st.integers(0, 10**8),
    st.booleans(),
)


@patient
@given(carts, terms, st.integers(0, 10**6))
def test_nothing_is_reduced_below_zero(lines: list[Base], of: Terms, shipping: int) -> None:
    taken = by_voucher(of, lines, shipping)
    assert 0 <= taken.shipping <= shipping
    for line, off, share in zip(lines, taken.off_lines, taken.shares, strict=True):
        assert 0 <= off + share <= line.total
    if of.type == "SHIPPING":
        assert taken.total == taken.shipping


@patient
@given(carts, st.integers(0, 10**9))
def test_shares_of_the_orders_reduction_sum_to_it(lines: list[Base], amount: int) -> None:
    taken = spread(amount, lines)
    assert sum(taken.shares) == min(amount, subtotal(lines))
    assert all(0 <= share <= line.total for share, line in zip(taken.shares, lines, strict=True))


def test_a_voucher_for_products_is_off_every_unit_of_their_lines_alone() -> None:
    lines = [Base(1000, 3), Base(300, 2), Base(900, 1, matches=False)]
    taken = by_voucher(replace(TERMS, type="SPECIFIC_PRODUCT"), lines, 0)
    assert (taken.off_units, taken.off_lines) == ((500, 300, 0), (1500, 600, 0))


@pytest.mark.parametrize(("kind", "off"), [("ENTIRE_ORDER", (0, 200, 0)), ("SPECIFIC_PRODUCT", (0, 0, 450))])
def test_once_per_order_is_off_one_unit_of_the_cheapest(kind: str, off: tuple[int, ...]) -> None:
    lines = [Base(1000, 3), Base(400, 2, matches=False), Base(900, 2)]
    of = replace(TERMS, type=kind, once_per_order=True, value_type="PERCENTAGE", value=50_000)
    assert by_voucher(of, lines, 0).off_lines == off


@patient
@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**8), max_size=5))
def test_gift_cards_pay_no_more_than_they_have_nor_than_there_is_to_pay(total: int, balances: list[int]) -> None:
    parts = covered(total, balances)
    assert sum(parts) == min(total, sum(balances))
    assert all(0 <= part <= balance for part, balance in zip(parts, balances, strict=True))


@patient
@given(st.integers(0, 10**9), st.integers(0, 27_000), st.data())
def test_the_net_of_what_is_left_stays_between_nothing_and_its_gross(net: int, rate: int, data: Any) -> None:
    gross = net + net * rate // 100_000
    paid = data.draw(st.integers(0, gross))
    left = net_left(net, gross, paid)
    assert 0 <= left <= gross - paid
    assert net_left(net, gross, 0) == net


RULE = OrderRule(uuid.UUID(int=1), "Rule", None, "SUBTOTAL_DISCOUNT", "PERCENTAGE", 10_000, {}, {})
GIFT = replace(RULE, rule_id=uuid.UUID(int=2), reward_type="GIFT", value_type=None, value=None)


def test_the_rule_that_gives_most_wins_and_a_gift_is_worth_its_price() -> None:
    lines = [Base(1000, 5)]
    reward = best_reward([RULE, replace(GIFT, gifts={7: 400, 8: 499})], lines, 0, "EUR")
    assert reward is not None
    assert (reward.amount, reward.variant_id) == (500, None)
    reward = best_reward([RULE, replace(GIFT, gifts={7: 501, 8: 499})], lines, 0, "EUR")
    assert reward is not None
    assert (reward.amount, reward.variant_id) == (501, 7)
    assert best_reward([GIFT], lines, 0, "EUR") is None
    assert best_reward([RULE], [], 0, "EUR") is None


@pytest.mark.parametrize(
    ("predicate", "met"),
    [
        (None, False),
        ({}, True),
        ({"discountedObjectPredicate": {"baseSubtotalPrice": {"range": {"gte": "20"}}}}, True),
        ({"discountedObjectPredicate": {"baseSubtotalPrice": {"range": {"gte": 20.01}}}}, False),
        ({"discountedObjectPredicate": {"baseTotalPrice": {"range": {"gte": "25", "lte": "25.00"}}}}, True),
        ({"discountedObjectPredicate": {"baseTotalPrice": {"eq": "24.99"}}}, False),
        ({"discountedObjectPredicate": {"baseSubtotalPrice": {"oneOf": ["1", "20"]}}}, True),
        ({"discountedObjectPredicate": {"baseSubtotalPrice": {"oneOf": ["1"]}}}, False),
        ({"OR": [{"discountedObjectPredicate": {"baseTotalPrice": {"eq": "1"}}}, {}]}, True),
        (
            {
                "discountedObjectPredicate": {
                    "AND": [{"baseTotalPrice": {"eq": "25"}}, {"baseSubtotalPrice": {"eq": "1"}}]
                }
            },
            False,
        ),
        ({"discountedObjectPredicate": {"weather": {"eq": "1"}}}, False),
    ],
)
def test_an_order_predicate_is_about_the_cart_before_the_promotion(predicate: Any, met: bool) -> None:
    assert matches(predicate, 2000, 2500, "EUR") is met


HEAD = {
    "id": uuid.UUID(int=9), "channel_id": 1, "country": "DE", "region": "", "delivery_id": uuid.UUID(int=8),
    "shipping_method_id": 1, "delivery_name": "Parcel", "carrier_id": "c", "service_code": "s",
    "delivery_tax_class_id": None, "voucher_id": 1, "voucher_code": "CODE", "voucher_name": "V",
    "voucher_translation": None, "min_spent": None, "start_date": NOW, "end_date": None, "usage_limit": None,
    "used": 0, "code_active": True, "apply_once_per_customer": False, "single_use": False, "only_for_staff": False,
    "min_checkout_items_quantity": None, "countries": [], "by_staff": False, "used_before": False,
    "order_rules": None,
}  # fmt: skip


@st.composite
def priced_carts(draw: Any) -> tuple[PricedCheckout, dict[str, Any]]:
    currency = draw(st.sampled_from(["JPY", "EUR", "KWD"]))
    rate, with_tax = draw(st.sampled_from([0, 7_000, 19_000, 27_000])), draw(st.booleans())
    of = draw(terms)
    head = {
        **HEAD,
        "currency": currency,
        "entered_with_tax": with_tax,
        "delivery_amount": draw(st.integers(0, 10**5)),
        "voucher_type": of.type,
        "value_type": of.value_type,
        "voucher_value": of.value,
        "apply_once_per_order": of.once_per_order,
        "gift_cards": [
            {"id": place, "amount": amount, "usable": True}
            for place, amount in enumerate(draw(st.lists(st.integers(0, 10**6), max_size=2)))
        ],
    }
    lines, prices = [], {}
    for place, base in enumerate(draw(st.lists(bases, min_size=1, max_size=5))):
        lines.append(
            {
                "id": uuid.UUID(int=100 + place),
                "variant_id": place,
                "quantity": base.quantity,
                "price_override": None,
                "price_override_reason": None,
                "is_gift": False,
                "gift_rule_id": None,
                "is_shipping_required": True,
                "matches": base.matches,
            }
        )
        before = base.unit + draw(st.integers(0, 10**4))
        prices[place] = VariantPricing(place, currency, base.unit, before, rate, None, with_tax)
    goods = sum(prices[line["variant_id"]].amount * line["quantity"] for line in lines)
    head["before"] = goods + head["delivery_amount"]
    return Basket(head, lines, prices, {None: rate}, NOW).priced(), head


@patient
@given(priced_carts())
def test_a_carts_parts_sum_to_its_whole_before_and_after_tax(made: tuple[PricedCheckout, dict[str, Any]]) -> None:
    cart, head = made
    off = sum(each.amount for each in cart.off_the_cart)
    entered = sum(
        line.undiscounted_unit_amount * line.quantity for line in cart.lines
    )  # before promotions of the catalogue too
    goods = cart.subtotal_gross if head["entered_with_tax"] else cart.subtotal_net
    assert goods <= entered
    for line in cart.lines:
        assert 0 <= line.total_net <= line.total_gross <= line.undiscounted_total_gross
    shipping = cart.shipping
    assert shipping is not None
    delivery = (
        (shipping.gross, shipping.before_gross)
        if head["entered_with_tax"]
        else (
            shipping.net,
            shipping.before_net,
        )
    )
    assert delivery[1] == head["delivery_amount"]
    assert 0 <= delivery[0] <= delivery[1]
    assert off >= delivery[1] - delivery[0]
    assert cart.gift_cards_gross == min(
        cart.subtotal_gross + cart.shipping_gross, sum(card["amount"] for card in head["gift_cards"])
    )
    assert 0 <= cart.total_net <= cart.total_gross
    assert cart.total_gross == cart.subtotal_gross + cart.shipping_gross - cart.gift_cards_gross
    assert cart.total_net == cart.subtotal_net + cart.shipping_net - cart.gift_cards_net


@patient
@given(priced_carts())
def test_what_is_off_is_what_the_cart_costs_less_as_prices_are_entered(
    made: tuple[PricedCheckout, dict[str, Any]],
) -> None:
    cart, head = made
    side = "gross" if head["entered_with_tax"] else "net"
    after = getattr(cart, f"subtotal_{side}") + getattr(cart, f"shipping_{side}")
    assert head["before"] - after == sum(each.amount for each in cart.off_the_cart)


@patient
@given(priced_carts())
def test_a_snapshot_is_the_same_cart_again(made: tuple[PricedCheckout, dict[str, Any]]) -> None:
    cart, _ = made
    assert PricedCheckout.from_snapshot(cart.to_snapshot()) == cart


def test_a_snapshot_from_before_there_were_codes_is_still_read() -> None:
    made = PricedCheckout(uuid.UUID(int=1), 1, "EUR", "DE", "", True, (), None)
    old = {key: made.to_snapshot()[key] for key in list(made.to_snapshot())[:8]}
    assert PricedCheckout.from_snapshot(old) == made
