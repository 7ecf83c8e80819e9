"""What carts cost: everything that `engine.checkout.basket` makes their amounts of, read for all of them at once."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from engine.checkout.basket import Basket
from engine.checkout.priced import PricedCheckout, PricedLine, PricedShipping
from engine.checkout.rules import is_held
from engine.core.context import Ctx, Row
from engine.core.rows import in_order
from engine.core.statements import Statement
from engine.pricing import queries as pricing
from engine.tax import queries as tax

__all__ = ["PricedCheckout", "PricedLine", "PricedShipping", "basket_of", "price"]

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
# Everything that codes and promotions need comes along, so that they cost a cart no statement of their own.
_HEADS = Statement(
    sa.text(
        """
SELECT c.id, c.channel_id, c.currency, c.held_until, c.held_snapshot, c.voucher_code,
  coalesce(a.country, h.default_country) AS country, coalesce(a.country_area, '') AS region,
  coalesce(x.charge_taxes, t.charge_taxes, true) AS charge_taxes,
  coalesce(t.prices_entered_with_tax, true) AS entered_with_tax,
  d.id AS delivery_id, d.shipping_method_id, d.name AS delivery_name, d.carrier_id, d.service_code,
  d.amount AS delivery_amount, d.tax_class_id AS delivery_tax_class_id,
  v.id AS voucher_id, v.name AS voucher_name, vt.name AS voucher_translation, v.type AS voucher_type, v.value_type,
  vc.value AS voucher_value, vc.min_spent, v.start_date, v.end_date, v.usage_limit, k.used, k.is_active AS code_active,
  v.apply_once_per_order, v.apply_once_per_customer, v.single_use, v.only_for_staff, v.min_checkout_items_quantity,
  v.countries, coalesce(u.is_staff, false) AS by_staff,
  v.apply_once_per_customer
    AND EXISTS (SELECT 1 FROM voucher_use e WHERE e.voucher_id = v.id AND e.email = c.email) AS used_before,
  (
    SELECT jsonb_agg(jsonb_build_object('id', g.id, 'amount', g.current_amount, 'usable',
      g.is_active AND g.currency = c.currency
      AND (g.expiry_date IS NULL OR g.expiry_date >= (CAST(:now AS timestamptz) AT TIME ZONE 'UTC')::date)
    ) ORDER BY cg.created_at, g.id)
    FROM checkout_gift_card cg JOIN gift_card g ON g.id = cg.gift_card_id WHERE cg.checkout_id = c.id
  ) AS gift_cards,
  CASE WHEN c.voucher_code IS NULL THEN (
    SELECT jsonb_agg(jsonb_build_object(
      'id', r.id, 'promotion', o.name, 'name', r.name, 'translated', coalesce(rt.name, ot.name),
      'reward_type', r.reward_type, 'value_type', r.reward_value_type, 'value', r.reward_value,
      'predicate', r.order_predicate, 'gifts', (
        SELECT jsonb_object_agg(g.variant_id, p.amount) FROM promotion_rule_gift g
        JOIN variant_price p ON p.variant_id = g.variant_id AND p.channel_id = c.channel_id WHERE g.rule_id = r.id
      )
    ) ORDER BY r.created_at, r.id)
    FROM promotion o JOIN promotion_rule r ON r.promotion_id = o.id
    JOIN promotion_rule_channel rc ON rc.rule_id = r.id AND rc.channel_id = c.channel_id
    LEFT JOIN promotion_translation ot ON ot.promotion_id = o.id AND ot.language = c.language_code
    LEFT JOIN promotion_rule_translation rt ON rt.rule_id = r.id AND rt.language = c.language_code
    WHERE o.type = 'ORDER' AND o.start_date <= :now AND (o.end_date IS NULL OR o.end_date > :now)
  ) END AS order_rules
FROM checkout c
JOIN channel h ON h.id = c.channel_id
LEFT JOIN warehouse w ON w.id = c.collection_point_id
LEFT JOIN address a ON a.id = coalesce(w.address_id, c.shipping_address_id, c.billing_address_id)
LEFT JOIN tax_configuration t ON t.channel_id = c.channel_id
LEFT JOIN tax_country_exception x ON x.channel_id = c.channel_id AND x.country = coalesce(a.country, h.default_country)
LEFT JOIN checkout_delivery d ON d.id = c.delivery_id
LEFT JOIN account_user u ON u.id = c.user_id
LEFT JOIN voucher_code k ON k.code = c.voucher_code
LEFT JOIN voucher v ON v.id = k.voucher_id
LEFT JOIN voucher_channel vc ON vc.voucher_id = v.id AND vc.channel_id = c.channel_id
LEFT JOIN voucher_translation vt ON vt.voucher_id = v.id AND vt.language = c.language_code
WHERE c.id = ANY(:ids)
"""
    ).bindparams(_IDS, _NOW)
)
_LINES = Statement(
    sa.text(
        """
SELECT l.id, l.checkout_id, l.variant_id, l.quantity, l.price_override, l.price_override_reason, l.is_gift,
  l.gift_rule_id, t.is_shipping_required,
  CASE WHEN x.id IS NULL THEN true ELSE
    EXISTS (SELECT 1 FROM voucher_variant m WHERE m.voucher_id = x.id AND m.variant_id = v.id)
    OR EXISTS (SELECT 1 FROM voucher_product m WHERE m.voucher_id = x.id AND m.product_id = p.id)
    OR EXISTS (SELECT 1 FROM voucher_category m JOIN category g ON g.id = p.category_id
      WHERE m.voucher_id = x.id AND m.category_id = ANY(g.path))
    OR EXISTS (SELECT 1 FROM voucher_collection m JOIN collection_product n ON n.collection_id = m.collection_id
      WHERE m.voucher_id = x.id AND n.product_id = p.id)
    OR NOT EXISTS (
      SELECT 1 FROM voucher_variant m WHERE m.voucher_id = x.id
      UNION ALL SELECT 1 FROM voucher_product m WHERE m.voucher_id = x.id
      UNION ALL SELECT 1 FROM voucher_category m WHERE m.voucher_id = x.id
      UNION ALL SELECT 1 FROM voucher_collection m WHERE m.voucher_id = x.id
    )
  END AS matches
FROM checkout_line l
JOIN checkout c ON c.id = l.checkout_id
JOIN product_variant v ON v.id = l.variant_id
JOIN product p ON p.id = v.product_id
JOIN product_type t ON t.id = p.product_type_id
LEFT JOIN voucher_code k ON k.code = c.voucher_code
LEFT JOIN voucher x ON x.id = k.voucher_id AND x.type = 'SPECIFIC_PRODUCT'
WHERE l.checkout_id = ANY(:ids) ORDER BY l.checkout_id, l.created_at, l.id
"""
    ).bindparams(_IDS)
)


async def price(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> list[PricedCheckout | None]:
    """Each checkout priced, in input order; None: there is none. A held one is priced from its snapshot.

    Two statements, and two more for each pair of channel and place of taxation among the checkouts.
    """
    now = ctx.clock.now()
    heads = await ctx.fetch(_HEADS, ids=list(checkout_ids), now=now)
    found: dict[uuid.UUID, PricedCheckout] = {}
    open_heads = []
    for head in heads:
        if is_held(head["held_until"], now):
            found[head["id"]] = PricedCheckout.from_snapshot(head["held_snapshot"])
        else:
            open_heads.append(head)
    for basket in await _baskets(ctx, open_heads):
        found[basket.head["id"]] = basket.priced()
    rows = in_order(checkout_ids, [{"id": key, "priced": value} for key, value in found.items()])
    return [row and row["priced"] for row in rows]


async def basket_of(ctx: Ctx, checkout_id: uuid.UUID) -> Basket:
    """What a checkout, held or not, would be priced from now. It must exist."""
    heads = await ctx.fetch(_HEADS, ids=[checkout_id], now=ctx.clock.now())
    (found,) = await _baskets(ctx, heads)
    return found


async def _baskets(ctx: Ctx, heads: Sequence[Row]) -> list[Basket]:
    groups: dict[tuple[int, str, str], list[Row]] = defaultdict(list)
    for head in heads:
        groups[head["channel_id"], head["country"], head["region"]].append(head)
    lines: dict[uuid.UUID, list[Row]] = defaultdict(list)
    if groups:
        for line in await ctx.fetch(_LINES, ids=[head["id"] for head in heads]):
            lines[line["checkout_id"]].append(line)
    found = []
    for (channel_id, country, region), group in groups.items():
        variant_ids = list({line["variant_id"] for head in group for line in lines[head["id"]]})
        priced = await pricing.priced_variants(ctx, variant_ids, channel_id, country, region)
        prices = dict(zip(variant_ids, priced, strict=True))
        rates = await _shipping_rates(ctx, group)
        found += [Basket(head, lines[head["id"]], prices, rates, ctx.clock.now()) for head in group]
    return found


async def _shipping_rates(ctx: Ctx, group: Sequence[Row]) -> Mapping[int | None, int]:
    head = group[0]
    classes = {head["delivery_tax_class_id"] for head in group if head["delivery_id"] is not None}
    if not classes or not head["charge_taxes"]:
        return dict.fromkeys(classes, 0)
    return await tax.rates(ctx, head["country"], head["region"], list(classes))
