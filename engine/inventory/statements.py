"""The statements that change stock. Each locks its stock rows by id, sums, and writes balance and ledger at once.

An allocation is inserted, changed or deleted only under the lock of its stock row. That is why deleting expired ones
inside the claim is safe: a row somebody else took first is simply not returned.

Balances are written from the values read under the lock, never as `allocated + n`: PostgreSQL checks constraints on
the row of the statement's snapshot before it notices that the row has changed and takes the new one.
"""

import sqlalchemy as sa

from engine.core.statements import Statement
from engine.inventory.queries import COVERS_COUNTRY

_UUID = sa.Uuid()
_TIME = sa.DateTime(timezone=True)
_COMMON = (
    sa.bindparam("user_id", type_=sa.BigInteger),
    sa.bindparam("note", type_=sa.Text),
)

# Lines and stocks of a variant are laid end to end on one axis each; where the two intervals overlap is a claim.
# the ids are gathered first: an "or" of two ways to them would go through the stock of every variant
CLAIM = Statement(
    sa.text(
        f"""
WITH demand AS (
  SELECT w.line_id, w.variant_id, w.quantity,
    sum(w.quantity) OVER (PARTITION BY w.variant_id ORDER BY w.position) AS upto
  FROM unnest(:line_ids, :variant_ids, :quantities) WITH ORDINALITY AS w(line_id, variant_id, quantity, position)
  JOIN product_variant v ON v.id = w.variant_id AND v.track_inventory
), eligible AS (
  SELECT wc.warehouse_id, wc.sort_order FROM warehouse_channel wc
  WHERE wc.channel_id = :channel_id
    AND (:country IS NULL OR {COVERS_COUNTRY}) AND (:warehouse_id IS NULL OR wc.warehouse_id = :warehouse_id)
), locked AS (
  SELECT s.id, s.variant_id, s.on_hand, s.allocated, e.sort_order
  FROM stock s LEFT JOIN eligible e ON e.warehouse_id = s.warehouse_id
  WHERE s.id = ANY(ARRAY(
    SELECT o.id FROM stock o JOIN eligible USING (warehouse_id) WHERE o.variant_id IN (SELECT variant_id FROM demand)
    UNION SELECT stock_id FROM allocation WHERE checkout_id = :checkout_id
  ))
  ORDER BY s.id FOR UPDATE OF s
), freed AS (
  DELETE FROM allocation a USING locked
  WHERE a.stock_id = locked.id AND (a.checkout_id = :checkout_id OR a.expires_at <= :now)
  RETURNING a.stock_id, a.checkout_id, a.quantity
), free AS (
  SELECT l.id, l.variant_id, l.sort_order,
    l.on_hand - l.allocated + coalesce((SELECT sum(f.quantity) FROM freed f WHERE f.stock_id = l.id), 0) AS quantity
  FROM locked l WHERE l.sort_order IS NOT NULL
), supply AS (
  SELECT f.id, f.variant_id, f.quantity, sum(f.quantity) OVER (
    PARTITION BY f.variant_id ORDER BY
      CASE WHEN h.allocation_strategy = 'PRIORITIZE_HIGH_STOCK' THEN -f.quantity ELSE f.sort_order END,
      f.sort_order, f.id
  ) AS upto
  FROM free f JOIN channel h ON h.id = :channel_id WHERE f.quantity > 0
), short AS (
  SELECT d.variant_id, coalesce(max(s.upto), 0) AS available
  FROM (SELECT variant_id, max(upto) AS needed FROM demand GROUP BY variant_id) d
  LEFT JOIN supply s ON s.variant_id = d.variant_id
  GROUP BY d.variant_id, d.needed HAVING d.needed > coalesce(max(s.upto), 0)
), claims AS (
  SELECT d.line_id, s.id AS stock_id,
    (least(d.upto, s.upto) - greatest(d.upto - d.quantity, s.upto - s.quantity))::int AS quantity
  FROM demand d JOIN supply s ON s.variant_id = d.variant_id
    AND d.upto - d.quantity < s.upto AND s.upto - s.quantity < d.upto
  WHERE NOT EXISTS (SELECT 1 FROM short)
), kept AS (
  INSERT INTO allocation (stock_id, quantity, checkout_id, checkout_line_id, order_line_id, expires_at)
  SELECT stock_id, quantity, :checkout_id,
    CASE WHEN :checkout_id IS NOT NULL THEN line_id END, CASE WHEN :checkout_id IS NULL THEN line_id END, :until
  FROM claims ORDER BY stock_id
), change AS (
  SELECT stock_id, sum(quantity)::int AS delta FROM (
    SELECT stock_id, -quantity AS quantity FROM freed UNION ALL SELECT stock_id, quantity FROM claims
  ) parts GROUP BY stock_id
), balance AS (
  UPDATE stock s SET on_hand = l.on_hand, allocated = l.allocated + c.delta
  FROM change c JOIN locked l ON l.id = c.stock_id WHERE s.id = c.stock_id
), ledger AS (
  INSERT INTO stock_entry (stock_id, kind, allocated_delta, cause_type, cause_id, user_id, note)
  SELECT stock_id, 'RELEASED', -sum(quantity), 'checkout', checkout_id::text, :user_id,
    CASE WHEN checkout_id = :checkout_id THEN 'claimed anew' ELSE 'expired' END
  FROM freed GROUP BY stock_id, checkout_id
  UNION ALL
  SELECT stock_id, CASE WHEN :checkout_id IS NULL THEN 'ALLOCATED' ELSE 'CLAIMED' END, sum(quantity),
    :cause_type, :cause_id, :user_id, :note
  FROM claims GROUP BY stock_id
)
SELECT variant_id, available::bigint AS available FROM short ORDER BY variant_id
"""  # noqa: S608  (no value is put into the text)
    ).bindparams(
        sa.bindparam("line_ids", type_=sa.ARRAY(_UUID)),
        sa.bindparam("variant_ids", type_=sa.ARRAY(sa.BigInteger)),
        sa.bindparam("quantities", type_=sa.ARRAY(sa.Integer)),
        sa.bindparam("channel_id", type_=sa.BigInteger),
        sa.bindparam("country", type_=sa.Text),
        sa.bindparam("warehouse_id", type_=_UUID),
        sa.bindparam("checkout_id", type_=_UUID),
        sa.bindparam("now", type_=_TIME),
        sa.bindparam("until", type_=_TIME),
        sa.bindparam("cause_type", type_=sa.Text),
        sa.bindparam("cause_id", type_=sa.Text),
        *_COMMON,
    )
)

RELEASE_CHECKOUT = Statement(
    sa.text(
        """
WITH locked AS (
  SELECT s.id, s.on_hand, s.allocated FROM stock s
  WHERE s.id IN (SELECT stock_id FROM allocation WHERE checkout_id = :checkout_id)
  ORDER BY s.id FOR UPDATE
), gone AS (
  DELETE FROM allocation a USING locked WHERE a.stock_id = locked.id AND a.checkout_id = :checkout_id
  RETURNING a.stock_id, a.quantity
), change AS (
  SELECT stock_id, sum(quantity)::int AS quantity FROM gone GROUP BY stock_id
), balance AS (
  UPDATE stock s SET on_hand = l.on_hand, allocated = l.allocated - c.quantity
  FROM change c JOIN locked l ON l.id = c.stock_id WHERE s.id = c.stock_id
)
INSERT INTO stock_entry (stock_id, kind, allocated_delta, cause_type, cause_id, user_id, note)
SELECT stock_id, 'RELEASED', -quantity, 'checkout', CAST(:checkout_id AS text), :user_id, :note FROM change
"""
    ).bindparams(sa.bindparam("checkout_id", type_=_UUID), *_COMMON)
)

DEALLOCATE_ORDER = Statement(
    sa.text(
        """
WITH mine AS (
  SELECT id FROM order_line WHERE order_id = :order_id
), locked AS (
  SELECT s.id, s.on_hand, s.allocated FROM stock s
  WHERE s.id IN (SELECT a.stock_id FROM allocation a WHERE a.order_line_id IN (SELECT id FROM mine))
  ORDER BY s.id FOR UPDATE
), gone AS (
  DELETE FROM allocation a USING locked
  WHERE a.stock_id = locked.id AND a.order_line_id IN (SELECT id FROM mine)
  RETURNING a.stock_id, a.quantity
), change AS (
  SELECT stock_id, sum(quantity)::int AS quantity FROM gone GROUP BY stock_id
), balance AS (
  UPDATE stock s SET on_hand = l.on_hand, allocated = l.allocated - c.quantity
  FROM change c JOIN locked l ON l.id = c.stock_id WHERE s.id = c.stock_id
)
INSERT INTO stock_entry (stock_id, kind, allocated_delta, cause_type, cause_id, user_id, note)
SELECT stock_id, 'DEALLOCATED', -quantity, 'order', CAST(:order_id AS text), :user_id, :note FROM change
"""
    ).bindparams(sa.bindparam("order_id", type_=_UUID), *_COMMON)
)

MOVE_TO_ORDER = Statement(
    sa.text(
        """
WITH pairs AS (
  SELECT * FROM unnest(:checkout_line_ids, :order_line_ids) AS p(checkout_line_id, order_line_id)
), locked AS (
  SELECT s.id FROM stock s WHERE s.id IN (SELECT stock_id FROM allocation WHERE checkout_id = :checkout_id)
  ORDER BY s.id FOR UPDATE
), moved AS (
  UPDATE allocation a
  SET checkout_id = NULL, checkout_line_id = NULL, expires_at = NULL, order_line_id = p.order_line_id
  FROM locked, pairs p
  WHERE a.stock_id = locked.id AND a.checkout_id = :checkout_id AND a.checkout_line_id = p.checkout_line_id
  RETURNING a.stock_id, p.checkout_line_id, a.quantity
), ledger AS (
  INSERT INTO stock_entry (stock_id, kind, allocated_delta, cause_type, cause_id, user_id, note)
  SELECT stock_id, 'RELEASED', -sum(quantity), 'checkout', CAST(:checkout_id AS text), :user_id, :note
  FROM moved GROUP BY stock_id
  UNION ALL
  SELECT stock_id, 'ALLOCATED', sum(quantity), 'order', CAST(:order_id AS text), :user_id, :note
  FROM moved GROUP BY stock_id
)
SELECT l.variant_id, coalesce(sum(m.quantity), 0)::bigint AS available
FROM pairs p JOIN checkout_line l ON l.id = p.checkout_line_id
JOIN product_variant v ON v.id = l.variant_id AND v.track_inventory
LEFT JOIN (
  SELECT checkout_line_id, sum(quantity) AS quantity FROM moved GROUP BY checkout_line_id
) m ON m.checkout_line_id = p.checkout_line_id
WHERE l.quantity > coalesce(m.quantity, 0) GROUP BY l.variant_id ORDER BY l.variant_id
"""
    ).bindparams(
        sa.bindparam("checkout_id", type_=_UUID),
        sa.bindparam("order_id", type_=_UUID),
        sa.bindparam("checkout_line_ids", type_=sa.ARRAY(_UUID)),
        sa.bindparam("order_line_ids", type_=sa.ARRAY(_UUID)),
        *_COMMON,
    )
)

LOCK_FOR_SHIPMENT = Statement(
    sa.text(
        """
SELECT s.id, s.warehouse_id, s.on_hand, s.allocated FROM stock s
WHERE s.id = ANY(ARRAY(
  SELECT stock_id FROM allocation WHERE order_line_id = :order_line_id
  UNION SELECT id FROM stock WHERE warehouse_id = :warehouse_id AND variant_id = :variant_id
))
ORDER BY s.id FOR UPDATE
"""
    ).bindparams(
        sa.bindparam("order_line_id", type_=_UUID),
        sa.bindparam("warehouse_id", type_=_UUID),
        sa.bindparam("variant_id", type_=sa.BigInteger),
    )
)

LOCK_OF_LINE = Statement(
    sa.text(
        "SELECT s.id FROM stock s WHERE s.id IN (SELECT stock_id FROM allocation WHERE order_line_id = :order_line_id)"
        " ORDER BY s.id FOR UPDATE"
    ).bindparams(sa.bindparam("order_line_id", type_=_UUID))
)

LOCK_STOCK = Statement(
    sa.text(
        "SELECT s.id, s.on_hand, s.allocated FROM stock s"
        " WHERE s.warehouse_id = :warehouse_id AND s.variant_id = :variant_id ORDER BY s.id FOR UPDATE"
    ).bindparams(sa.bindparam("warehouse_id", type_=_UUID), sa.bindparam("variant_id", type_=sa.BigInteger))
)

ALLOCATIONS_OF_LINE = Statement(
    sa.text(
        "SELECT id, stock_id, quantity FROM allocation WHERE order_line_id = :order_line_id ORDER BY id"
    ).bindparams(sa.bindparam("order_line_id", type_=_UUID))
)

# For stock rows that are already locked.
RELEASE_EXPIRED_ON = Statement(
    sa.text(
        """
WITH gone AS (
  DELETE FROM allocation WHERE stock_id = ANY(:stock_ids) AND expires_at <= :now
  RETURNING stock_id, checkout_id, quantity
), change AS (
  SELECT stock_id, sum(quantity)::int AS quantity FROM gone GROUP BY stock_id
), balance AS (
  UPDATE stock s SET allocated = s.allocated - c.quantity FROM change c WHERE s.id = c.stock_id
), ledger AS (
  INSERT INTO stock_entry (stock_id, kind, allocated_delta, cause_type, cause_id, user_id, note)
  SELECT stock_id, 'RELEASED', -sum(quantity), 'checkout', checkout_id::text, :user_id, :note
  FROM gone GROUP BY stock_id, checkout_id
)
SELECT stock_id, quantity FROM change
"""
    ).bindparams(sa.bindparam("stock_ids", type_=sa.ARRAY(sa.BigInteger)), sa.bindparam("now", type_=_TIME), *_COMMON)
)

TAKE_ALLOCATIONS = Statement(
    sa.text(
        """
WITH used AS (
  SELECT * FROM unnest(:allocation_ids, :quantities) AS u(id, quantity)
), gone AS (
  DELETE FROM allocation a USING used u WHERE a.id = u.id AND a.quantity = u.quantity
)
UPDATE allocation a SET quantity = a.quantity - u.quantity FROM used u WHERE a.id = u.id AND a.quantity > u.quantity
"""
    ).bindparams(
        sa.bindparam("allocation_ids", type_=sa.ARRAY(sa.BigInteger)),
        sa.bindparam("quantities", type_=sa.ARRAY(sa.Integer)),
    )
)

# Balance and ledger of already locked stock rows, together.
CHANGE = Statement(
    sa.text(
        """
WITH change AS (
  SELECT * FROM unnest(:stock_ids, :kinds, :on_hand, :allocated) AS c(stock_id, kind, on_hand, allocated)
), balance AS (
  UPDATE stock s SET on_hand = s.on_hand + c.on_hand, allocated = s.allocated + c.allocated
  FROM (
    SELECT stock_id, sum(on_hand)::int AS on_hand, sum(allocated)::int AS allocated FROM change GROUP BY stock_id
  ) c WHERE s.id = c.stock_id
)
INSERT INTO stock_entry (stock_id, kind, on_hand_delta, allocated_delta, cause_type, cause_id, user_id, note)
SELECT stock_id, kind, on_hand, allocated, :cause_type, :cause_id, :user_id, :note FROM change
"""
    ).bindparams(
        sa.bindparam("stock_ids", type_=sa.ARRAY(sa.BigInteger)),
        sa.bindparam("kinds", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("on_hand", type_=sa.ARRAY(sa.Integer)),
        sa.bindparam("allocated", type_=sa.ARRAY(sa.Integer)),
        sa.bindparam("cause_type", type_=sa.Text),
        sa.bindparam("cause_id", type_=sa.Text),
        *_COMMON,
    )
)
