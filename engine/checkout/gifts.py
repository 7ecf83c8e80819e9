"""The gift line of a cart: what the best order promotion gives, if that is a gift and there is one in stock.

A line is put in when the cart changes and taken out when it changes or is held. In between, pricing leaves out a gift
line whose promotion holds no longer, so that reads and the hold agree without a read ever writing.
"""

import uuid
from dataclasses import replace

import sqlalchemy as sa

from engine.checkout import queries
from engine.checkout.models import CheckoutLine
from engine.checkout.pricing import basket_of
from engine.checkout.reductions import OrderRule
from engine.checkout.rules import unbuyable
from engine.core.context import Row, WriteCtx
from engine.core.tables import table
from engine.inventory import queries as inventory

_l = table(CheckoutLine)


async def refresh_gift(tx: WriteCtx, checkout: Row, *, only_drop: bool = False) -> None:
    """Bring the gift line of a locked checkout up to date; `only_drop` adds none that the shopper has not seen."""
    basket = await basket_of(tx, checkout["id"])
    own = basket.gift
    if checkout["voucher_code"] is not None:
        rules: list[OrderRule] = []
    elif only_drop:
        rules = [
            rule for rule in basket.rules if rule.reward_type != "GIFT" or (own and own["gift_rule_id"] == rule.rule_id)
        ]
    else:
        rules = basket.rules
    wanted = {variant for rule in rules for variant in rule.gifts}
    if wanted:
        in_cart = dict.fromkeys(wanted, 0)
        for line in basket.goods:
            if line["variant_id"] in in_cart:
                in_cart[line["variant_id"]] += line["quantity"]
        there = await _in_stock(tx, checkout, in_cart)
        rules = [replace(rule, gifts={key: cost for key, cost in rule.gifts.items() if key in there}) for rule in rules]
    reward = basket.best_reward(rules)
    chosen = None if reward is None or reward.variant_id is None else (reward.rule.rule_id, reward.variant_id)
    if own is not None and chosen == (own["gift_rule_id"], own["variant_id"]):
        return
    if own is not None:
        await tx.execute(_l.delete().where(_l.c.id == own["id"]))
    if chosen is not None and not (only_drop and own is None):
        await _add(tx, checkout["id"], *chosen)


async def _in_stock(tx: WriteCtx, checkout: Row, in_cart: dict[int, int]) -> set[int]:
    """Of variants and how many of each the cart has bought: those of which there is one more, and that are sold."""
    variants = sorted(in_cart)
    place = (await queries.places(tx, [checkout["id"]]))[checkout["id"]]
    free = await inventory.available(
        tx, variants, place.channel_id, place.stock_country, warehouse_id=place.stock_warehouse_id
    )
    states = await queries.variant_states(tx, place.channel_id, variants)
    refused = {
        variant for fault in unbuyable(state for state in states if state is not None) for variant in fault.variant_ids
    }
    return {
        variant
        for variant, units in zip(variants, free, strict=True)
        if variant not in refused and (units is None or units > in_cart[variant])
    }


async def _add(tx: WriteCtx, checkout_id: uuid.UUID, rule_id: uuid.UUID, variant_id: int) -> None:
    now = tx.clock.now()
    values = {
        "checkout_id": checkout_id,
        "variant_id": variant_id,
        "quantity": 1,
        "is_gift": True,
        "gift_rule_id": rule_id,
        "created_at": now,
        "updated_at": now,
    }
    await tx.execute(sa.insert(_l).values(values))
