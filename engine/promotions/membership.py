"""Which variants the catalogue rules choose, kept as rows: written with whatever it depends on."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from engine.core.bulk import IDS, NOW, over_rows
from engine.core.context import WriteCtx
from engine.core.statements import Statement
from engine.core.tables import table
from engine.promotions.models import PromotionRuleTarget, PromotionRuleVariant
from engine.promotions.rules import Clause, rows_of

_target = table(PromotionRuleTarget)
_member = table(PromotionRuleVariant)
_RULE = sa.bindparam("rule_id", type_=sa.Uuid)
_RULES = sa.bindparam("rule_ids", type_=sa.ARRAY(sa.Uuid))

_FORGET = Statement(sa.delete(_target).where(_target.c.rule_id == _RULE))
_WRITE = over_rows(
    "INSERT INTO promotion_rule_target (rule_id, clause, term, kind, target_id, terms)"
    " SELECT :rule_id, clause, term, kind, target_id, terms FROM {rows} ON CONFLICT DO NOTHING",
    "clause int, term int, kind text, target_id bigint, terms int",
    _RULE,
)
_OF_RULES = Statement(
    sa.text(
        """
WITH hit AS (
  SELECT t.rule_id, v.id AS variant_id, t.clause, t.term, t.terms FROM promotion_rule_target t
  JOIN product_variant v ON v.id = t.target_id
  WHERE t.rule_id = ANY(:rule_ids) AND t.kind = 'VARIANT'
  UNION ALL
  SELECT t.rule_id, v.id, t.clause, t.term, t.terms FROM promotion_rule_target t
  JOIN product_variant v ON v.product_id = t.target_id
  WHERE t.rule_id = ANY(:rule_ids) AND t.kind = 'PRODUCT'
  UNION ALL
  SELECT t.rule_id, v.id, t.clause, t.term, t.terms FROM promotion_rule_target t
  JOIN category c ON c.path @> ARRAY[t.target_id]
  JOIN product p ON p.category_id = c.id
  JOIN product_variant v ON v.product_id = p.id
  WHERE t.rule_id = ANY(:rule_ids) AND t.kind = 'CATEGORY'
  UNION ALL
  SELECT t.rule_id, v.id, t.clause, t.term, t.terms FROM promotion_rule_target t
  JOIN collection_product m ON m.collection_id = t.target_id
  JOIN product_variant v ON v.product_id = m.product_id
  WHERE t.rule_id = ANY(:rule_ids) AND t.kind = 'COLLECTION'
), chosen AS (
  SELECT DISTINCT rule_id, variant_id FROM hit
  GROUP BY rule_id, variant_id, clause, terms HAVING count(DISTINCT term) = terms
), gone AS (
  DELETE FROM promotion_rule_variant m WHERE m.rule_id = ANY(:rule_ids) AND NOT EXISTS (
    SELECT FROM chosen c WHERE c.rule_id = m.rule_id AND c.variant_id = m.variant_id
  ) RETURNING m.variant_id
), come AS (
  INSERT INTO promotion_rule_variant (variant_id, rule_id, since)
  SELECT variant_id, rule_id, :now FROM chosen ORDER BY 1, 2
  ON CONFLICT DO NOTHING RETURNING variant_id
)
SELECT DISTINCT v.product_id FROM product_variant v
WHERE v.id IN (SELECT variant_id FROM gone UNION ALL SELECT variant_id FROM come)
"""
    ).bindparams(_RULES, NOW)
)
_OF_PRODUCTS = Statement(
    sa.text(
        """
WITH near AS (
  SELECT id AS variant_id, 'VARIANT' AS kind, id AS target_id FROM product_variant WHERE product_id = ANY(:ids)
  UNION ALL
  SELECT id, 'PRODUCT', product_id FROM product_variant WHERE product_id = ANY(:ids)
  UNION ALL
  SELECT v.id, 'CATEGORY', unnest(c.path) FROM product_variant v
  JOIN product p ON p.id = v.product_id JOIN category c ON c.id = p.category_id
  WHERE v.product_id = ANY(:ids)
  UNION ALL
  SELECT v.id, 'COLLECTION', m.collection_id FROM product_variant v
  JOIN collection_product m ON m.product_id = v.product_id
  WHERE v.product_id = ANY(:ids)
), chosen AS (
  SELECT DISTINCT n.variant_id, t.rule_id FROM near n
  JOIN promotion_rule_target t ON t.kind = n.kind AND t.target_id = n.target_id
  GROUP BY n.variant_id, t.rule_id, t.clause, t.terms HAVING count(DISTINCT t.term) = t.terms
), gone AS (
  DELETE FROM promotion_rule_variant m USING product_variant v
  WHERE v.product_id = ANY(:ids) AND m.variant_id = v.id AND NOT EXISTS (
    SELECT FROM chosen c WHERE c.rule_id = m.rule_id AND c.variant_id = m.variant_id
  )
)
INSERT INTO promotion_rule_variant (variant_id, rule_id, since)
SELECT variant_id, rule_id, :now FROM chosen ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""
    ).bindparams(IDS, NOW)
)
_CHOSEN = Statement(
    sa.text(
        "SELECT DISTINCT v.product_id FROM promotion_rule_variant m JOIN product_variant v ON v.id = m.variant_id"
        " WHERE m.rule_id = ANY(:rule_ids) ORDER BY 1"
    ).bindparams(_RULES)
)
_ALL_RULES = Statement(sa.select(_target.c.rule_id).distinct().order_by(_target.c.rule_id))


async def aim(tx: WriteCtx, rule_id: uuid.UUID, chosen: Sequence[Clause]) -> None:
    """What a rule chooses from now on; `choose` then finds the variants."""
    await tx.fetch(_FORGET, rule_id=rule_id)
    rows = rows_of(chosen)
    if rows:
        await tx.fetch(_WRITE, rule_id=rule_id, rows=rows)


async def choose(tx: WriteCtx, rule_ids: Sequence[uuid.UUID]) -> list[int]:
    """Bring the variants of rules up to date; the ids of the products whose variants came or went."""
    rows = await tx.fetch(_OF_RULES, rule_ids=list(rule_ids), now=tx.clock.now())
    return [row["product_id"] for row in rows]


async def choose_for(tx: WriteCtx, product_ids: Sequence[int]) -> None:
    """Bring the rules that choose variants of these products up to date: after a change of their category or
    collections, or a new variant."""
    await tx.fetch(_OF_PRODUCTS, ids=list(product_ids), now=tx.clock.now())


async def chosen_products(tx: WriteCtx, rule_ids: Sequence[uuid.UUID]) -> list[int]:
    """The products of which a rule chooses a variant."""
    return [row["product_id"] for row in await tx.fetch(_CHOSEN, rule_ids=list(rule_ids))]


async def all_rules(tx: WriteCtx) -> list[uuid.UUID]:
    """Every rule that names what it chooses."""
    return [row["rule_id"] for row in await tx.fetch(_ALL_RULES)]
