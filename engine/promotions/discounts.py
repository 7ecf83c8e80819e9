"""The best discount on a price, as SQL: whoever reads prices joins it, so that all of them agree.

Time and channel are asked here, when a price is read: a promotion begins and ends by the clock, whatever has or has
not run in the background.
"""

from typing import Any

import sqlalchemy as sa

NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))


def best_discount(price: str) -> str:
    """SQL for LATERAL: of the rules that hold `:now`, the one that takes most off the price, if any: `rule_id`,
    `reduction` in the price's minor units, and `since` when it has held.

    `price` names a row with `variant_id`, `channel_id` and `amount`. A percentage rounds half up; nothing falls
    below 0. Of equals it is always the same one.
    """
    return f"""
SELECT chosen.rule_id, greatest(promotion.start_date, chosen.since) AS since,
  CAST(CASE rule.reward_value_type
    WHEN 'FIXED' THEN least(rule.reward_value, {price}.amount)
    ELSE least(div(CAST({price}.amount AS numeric) * rule.reward_value + 50000, 100000), {price}.amount)
  END AS bigint) AS reduction
FROM promotion_rule_variant chosen
JOIN promotion_rule rule ON rule.id = chosen.rule_id
JOIN promotion ON promotion.id = rule.promotion_id
JOIN promotion_rule_channel place ON place.rule_id = chosen.rule_id AND place.channel_id = {price}.channel_id
WHERE chosen.variant_id = {price}.variant_id AND rule.reward_value > 0 AND promotion.type = 'CATALOGUE'
  AND promotion.start_date <= :now AND (promotion.end_date IS NULL OR promotion.end_date > :now)
ORDER BY reduction DESC, chosen.rule_id LIMIT 1
"""  # noqa: S608  (only the name of a table is put into the text)


def best_discount_of(price: sa.Table) -> Any:
    """The same for a Core statement that reads a table of prices: a lateral, joined with `sa.true()`."""
    columns: tuple[sa.ColumnClause[Any], ...] = (
        sa.column("rule_id", sa.Uuid),
        sa.column("since", sa.DateTime(timezone=True)),
        sa.column("reduction", sa.BigInteger),
    )
    return sa.text(best_discount(price.name)).bindparams(NOW).columns(*columns).lateral("best_discount")
