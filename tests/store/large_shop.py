"""A shop of three thousand of everything, where each thing that a listing asks for is either common or very rare.

Three products of all are what nearly none is: sold out, without a category, dear, changed lately …
"""

import asyncpg

from engine.core.context import transact
from engine.core.database import asyncpg_dsn
from engine.flows.shop import Shop
from engine.listing.service import refresh

SIZE = 3_000
MAIN, EAST = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
ORDER = "00000000-0000-7000-8000-{0:012d}"

_RARE = "i % 1000 = 7"
_AGE = "now() - (4000 - i) * interval '1 hour'"
_STATEMENTS = (
    "INSERT INTO channel (id, slug, name, currency, default_country) VALUES"
    " (1, 'us', 'US', 'USD', 'US'), (2, 'eu', 'EU', 'EUR', 'DE')",
    f"INSERT INTO warehouse (id, name, slug) VALUES ('{MAIN}', 'Main', 'main'), ('{EAST}', 'East', 'east')",
    "INSERT INTO warehouse_channel (warehouse_id, channel_id) SELECT id, c FROM warehouse, generate_series(1, 2) AS c",
    "INSERT INTO product_type (id, name, slug, kind) SELECT i, 'Type ' || i, 'type-' || i,"
    " CASE i WHEN 9 THEN 'GIFT_CARD' ELSE 'NORMAL' END FROM generate_series(1, 9) AS i",
    "INSERT INTO attribute (id, slug, name, input_type) VALUES"
    " (1, 'color', 'Color', 'SWATCH'), (2, 'brand', 'Brand', 'DROPDOWN'), (3, 'weight', 'Weight', 'NUMERIC'),"
    " (4, 'organic', 'Organic', 'BOOLEAN'), (5, 'since', 'Since', 'DATE'), (6, 'moment', 'Moment', 'DATE_TIME'),"
    " (7, 'related', 'Related', 'REFERENCE')",
    "INSERT INTO product_type_attribute (product_type_id, attribute_id, scope)"
    " SELECT t, a, CASE a WHEN 1 THEN 'VARIANT' ELSE 'PRODUCT' END"
    " FROM generate_series(1, 9) AS t, generate_series(1, 7) AS a",
    "INSERT INTO attribute_value (id, attribute_id, slug, name) SELECT i, 1, 'c' || i, 'Color ' || i"
    " FROM generate_series(1, 20) AS i UNION ALL SELECT 100 + i, 2, 'b' || i, 'Brand ' || i"
    " FROM generate_series(1, 200) AS i",
    "INSERT INTO attribute_value (id, attribute_id, slug, name, boolean)"
    " VALUES (401, 4, 'yes', 'Yes', true), (402, 4, 'no', 'No', false)",
    "INSERT INTO category (id, name, name_key, slug, path, level, parent_id)"
    " SELECT i, 'Shelf ' || i, 'shelf ' || i, 'shelf-' || i, ARRAY[i]::bigint[], 0, NULL"
    " FROM generate_series(1, 5) AS i UNION ALL"
    " SELECT 100 + i, 'Box ' || i, 'box ' || i, 'box-' || i, ARRAY[1 + i % 5, 100 + i]::bigint[], 1, 1 + i % 5"
    " FROM generate_series(0, 299) AS i",
    "INSERT INTO collection (id, name, name_key, slug) SELECT i, 'Set ' || i, 'set ' || i, 'set-' || i"
    " FROM generate_series(1, 40) AS i",
    "INSERT INTO collection_channel (collection_id, channel_id, is_published)"
    " SELECT i, c, true FROM generate_series(1, 40) AS i, generate_series(1, 2) AS c",
    f"""
INSERT INTO product (id, product_type_id, category_id, name, name_key, slug, rating, created_at, updated_at, meta)
SELECT i, CASE WHEN {_RARE} THEN 9 ELSE 1 + i * 7 % 8 END, CASE WHEN {_RARE} THEN NULL ELSE 100 + i % 300 END,
  'Thing ' || i, 'thing ' || i, 'thing-' || i, 1 + i % 40 / 10.0, {_AGE},
  CASE WHEN {_RARE} THEN now() ELSE {_AGE} END, CASE WHEN {_RARE} THEN '{{"rare": "yes"}}' ELSE '{{}}' END::jsonb
FROM generate_series(1, {SIZE}) AS i""",
    "INSERT INTO attribute_value (id, attribute_id, slug, name, numeric)"
    f" SELECT 10000 + i, 3, i || '_3', (i * 31 % 3000)::text, i * 31 % 3000 FROM generate_series(1, {SIZE}) AS i",
    "INSERT INTO attribute_value (id, attribute_id, slug, name, date, date_time, reference_product_id)"
    " SELECT a * 10000 + i, a, i || '_' || a, 'Own ' || i, CASE a WHEN 5 THEN '2020-01-01'::date + i END,"
    " CASE a WHEN 6 THEN '2020-01-01T00:00:00Z'::timestamptz + i * interval '1 day' END,"
    f" CASE a WHEN 7 THEN i END FROM generate_series(1, {SIZE}) AS i, generate_series(5, 7) AS a",
    f"""
INSERT INTO product_attribute_value (product_id, value_id)
SELECT i, unnest(ARRAY[CASE WHEN {_RARE} THEN 300 ELSE 101 + i % 190 END, 401 + (i % 3 > 0)::int, 10000 + i, 50000 + i,
  60000 + i, 70000 + i]) FROM generate_series(1, {SIZE}) AS i""",
    "INSERT INTO product_variant (id, product_id, sku, name, sort_order)"
    f" SELECT 2 * i + k - 2, i, 'SKU-' || i || '-' || k, 'V' || k, k FROM generate_series(1, {SIZE}) AS i,"
    " generate_series(1, 2) AS k",
    "INSERT INTO product_variant_attribute_value (variant_id, value_id) SELECT id, 1 + id % 20 FROM product_variant",
    f"""
INSERT INTO variant_price (variant_id, channel_id, currency, amount)
SELECT v.id, c, 'USD', CASE WHEN {_RARE} THEN 900000 ELSE 1000 + i * 37 % 5000 END
FROM product_variant v, generate_series(1, 2) AS c, LATERAL (SELECT v.product_id AS i) AS of""",
    f"""
INSERT INTO stock (variant_id, warehouse_id, on_hand)
SELECT v.id, w.id, CASE WHEN {_RARE} THEN 0 ELSE 1 + v.id % 90 END
FROM product_variant v, warehouse w, LATERAL (SELECT v.product_id AS i) AS of""",
    """
INSERT INTO product_channel (product_id, channel_id, is_published, published_at, visible_in_listings,
  available_for_purchase_at)
SELECT i, c, i % 1000 <> 8, '2024-01-01T00:00:00Z'::timestamptz + i * interval '1 hour', i % 1000 <> 9,
  CASE WHEN i % 1000 = 7 THEN now() + interval '9 days' ELSE '2024-01-01' END
FROM product p, generate_series(1, 2) AS c, LATERAL (SELECT p.id AS i) AS of""",
    "INSERT INTO collection_product (collection_id, product_id, sort_order)"
    " SELECT 1, id, id * 31 % 3000 FROM product WHERE id % 3 = 0 UNION ALL"
    " SELECT c, id, id % 97 FROM product, generate_series(2, 40) AS c WHERE (id * 31 + c * 17) % 300 = c",
    f"""
INSERT INTO account_user (id, email, first_name, last_name, token_key, is_staff, is_active, created_at, updated_at)
SELECT i, 'user' || i || '@example.com', 'Given' || i * 31 % 3001, 'Family' || i * 37 % 3001, i, i % 1000 = 1,
  i % 2000 <> 1, {_AGE}, {_AGE} FROM generate_series(1, {SIZE}) AS i""",
    "SELECT setval(pg_get_serial_sequence('account_user', 'id'), 10000)",
    "INSERT INTO address (id, first_name, last_name, country)"
    f" SELECT i, 'Buyer' || i, 'Of' || i, 'US' FROM generate_series(1, {2 * SIZE}) AS i",
    "INSERT INTO checkout (id, channel_id, currency, created_at)"
    f" SELECT gen_random_uuid(), 1, 'USD', {_AGE} FROM generate_series(1, {SIZE}) AS i",
    f"""
INSERT INTO sales_order (id, number, checkout_id, channel_id, user_id, user_email, status, currency, billing_address_id,
  shipping_address_id, collection_point_id, created_at, updated_at, meta)
SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, i,
  ('00000000-0000-7000-9000-' || lpad(i::text, 12, '0'))::uuid, CASE WHEN {_RARE} THEN 2 ELSE 1 END, 1 + i % 500,
  'user' || 1 + i % 500 || '@example.com', CASE WHEN {_RARE} THEN 'UNCONFIRMED' ELSE 'FULFILLED' END, 'USD', i,
  {SIZE} + i, CASE WHEN {_RARE} THEN '{MAIN}'::uuid END, {_AGE}, CASE WHEN {_RARE} THEN now() ELSE {_AGE} END,
  CASE WHEN {_RARE} THEN '{{"rare": "yes"}}' ELSE '{{}}' END::jsonb FROM generate_series(1, {SIZE}) AS i""",
    f"""
INSERT INTO transaction_item (id, order_id, channel_id, provider_id, currency, charged_amount, authorized_amount)
SELECT gen_random_uuid(), id, 1, 'p', 'USD', 100, CASE WHEN {_RARE} THEN 100 ELSE 0 END
FROM sales_order, LATERAL (SELECT number AS i) AS of""",
    f"""
INSERT INTO ticket (id, number, channel_id, user_id, email, subject, status, priority, assignee_id, order_id,
  created_at, updated_at)
SELECT gen_random_uuid(), i, 1, i, 'user' || i || '@example.com', 'About ' || i,
  CASE WHEN {_RARE} THEN 'OPEN' ELSE 'CLOSED' END, CASE WHEN {_RARE} THEN 'URGENT' ELSE 'NORMAL' END,
  CASE WHEN {_RARE} THEN 1 ELSE 1001 END, ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, {_AGE}, {_AGE}
FROM generate_series(1, {SIZE}) AS i""",
)


async def fill(shop: Shop) -> None:
    connection = await asyncpg.connect(asyncpg_dsn(shop.database.url))
    try:
        for statement in _STATEMENTS:
            await connection.execute(statement)
        await connection.execute("ANALYZE")
        ctx = shop.ctx()
        try:
            for start in range(1, SIZE, 1_000):
                await transact(ctx, refresh, range(start, start + 1_000))
        finally:
            await ctx.release()
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
