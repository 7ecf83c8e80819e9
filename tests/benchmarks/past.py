"""The statements that make the shop itself, its customers and what they bought. `$1` is the number of products."""

from engine.core.reference.countries import COUNTRIES
from tests.benchmarks.goods import BRAND, COLOUR, EU, MATERIAL, ROOM, SIZE, STYLE, US, WIDTH, texts

CUSTOMER = "shopper@example.com"
"""The first customer, who has every `SHARE`th order."""
ORDERS_OF_CUSTOMER = 40
_LONG_AGO = "'2024-01-01T00:00:00Z'"
_EUROPE = ("AT", "BE", "CZ", "DE", "DK", "ES", "FI", "FR", "GR", "HU", "IE", "IT", "LT", "LU", "NL", "PL", "PT", "SE")

SHOP = (
    "INSERT INTO channel (id, slug, name, currency, default_country) VALUES"
    f" ({EU}, 'eu', 'Europe', 'EUR', 'DE'), ({US}, 'us', 'United States', 'USD', 'US')",
    f"INSERT INTO channel_country SELECT {EU}, unnest({texts(_EUROPE)}) UNION ALL SELECT {US}, 'US'",
    "INSERT INTO tax_class (id, name) VALUES (1, 'Books'), (2, 'Food')",
    f"""
INSERT INTO tax_rate (country, region, tax_class_id, rate, valid_from, source)
SELECT country, '', class, 1000 * (CASE WHEN class IS NULL THEN 19 ELSE 5 + class END), '2020-01-01', 'invented'
FROM unnest({texts(_EUROPE)}) AS country, unnest(ARRAY[NULL, 1, 2]) AS class
""",
    "INSERT INTO tax_configuration (channel_id, prices_entered_with_tax, display_gross_prices)"
    f" VALUES ({EU}, true, true), ({US}, false, false)",
    "INSERT INTO shipping_zone (id, name) VALUES (1, 'Europe'), (2, 'America')",
    f"INSERT INTO shipping_zone_country SELECT 1, unnest({texts(_EUROPE)}) UNION ALL SELECT 2, 'US'",
    f"INSERT INTO shipping_zone_channel VALUES (1, {EU}), (2, {US})",
    "INSERT INTO warehouse (id, name, slug) VALUES"
    " ('01900000-0000-7000-8000-000000000001', 'North', 'north'),"
    " ('01900000-0000-7000-8000-000000000002', 'South', 'south')",
    f"INSERT INTO warehouse_channel SELECT w.id, c, 0 FROM warehouse w, unnest(ARRAY[{EU}, {US}]) AS c",
    "INSERT INTO warehouse_zone SELECT w.id, z FROM warehouse w, unnest(ARRAY[1, 2]) AS z",
    "INSERT INTO product_type (id, name, slug) SELECT n, 'Type ' || n, 'type-' || n FROM generate_series(1, 4) AS n",
    f"""
INSERT INTO attribute (id, slug, name, input_type, unit, storefront_search_position) VALUES
  ({MATERIAL}, 'material', 'Material', 'DROPDOWN', NULL, 1), ({BRAND}, 'brand', 'Brand', 'DROPDOWN', NULL, 2),
  ({STYLE}, 'style', 'Style', 'DROPDOWN', NULL, 3), ({ROOM}, 'room', 'Room', 'MULTISELECT', NULL, 4),
  ({WIDTH}, 'width', 'Width', 'NUMERIC', 'CM', 5), ({COLOUR}, 'colour', 'Colour', 'SWATCH', NULL, 6),
  ({SIZE}, 'size', 'Size', 'DROPDOWN', NULL, 7)
""",
    f"""
INSERT INTO product_type_attribute (product_type_id, attribute_id, scope, variant_selection, sort_order)
SELECT t, a, CASE WHEN a >= {COLOUR} THEN 'VARIANT' ELSE 'PRODUCT' END, a >= {COLOUR}, a
FROM generate_series(1, 4) AS t, generate_series({MATERIAL}, {SIZE}) AS a
""",
)  # fmt: skip

_ORDERS = f"greatest($1::bigint / 4, 2 * {ORDERS_OF_CUSTOMER})"
_CUSTOMERS = "greatest($1::bigint / 10, 10)"
_VARIANT = "(1 + (pg_temp.pick(o, 71, 2147483647)::bigint * 31 + n * 7919) % (3 * $1::bigint))"

PAST = (
    f"""
INSERT INTO account_user (id, email, first_name, last_name, is_confirmed, token_key)
SELECT n, CASE n WHEN 1 THEN '{CUSTOMER}' ELSE 'customer' || n || '@example.com' END, 'Given' || n, 'Family' || n, true,
  md5('token' || n)
FROM generate_series(1, {_CUSTOMERS}) AS n
""",
    f"""
WITH line AS (
  INSERT INTO order_line (id, order_id, position, variant_id, product_name, variant_name, product_sku,
    thumbnail_media_id, quantity, unit_net, unit_gross, undiscounted_unit_net, undiscounted_unit_gross, total_net,
    total_gross, undiscounted_total_net, undiscounted_total_gross, tax_rate)
  SELECT pg_temp.uuid7(3 * o + n, 'line'), pg_temp.uuid7(o, 'order'), n, v, p.name, w.name, w.sku, v, units,
    net, price, net, price, net * units, price * units, net * units, price * units, 19000
  FROM generate_series(1, {_ORDERS}) AS o, generate_series(1, 3) AS n,
    LATERAL (SELECT {_VARIANT} AS v, 1 + (o + n) % 2 AS units) AS chosen,
    LATERAL (SELECT pg_temp.price(v) AS price, pg_temp.price(v) * 100 / 119 AS net) AS priced,
    product_variant w, product p
  WHERE w.id = chosen.v AND p.id = w.product_id
  RETURNING order_id, total_net, total_gross
), sold AS (
  SELECT order_id, sum(total_net) AS net, sum(total_gross) AS gross FROM line GROUP BY order_id
)
INSERT INTO sales_order (id, number, channel_id, user_id, user_email, status, currency, shipping_method_name,
  shipping_net, shipping_gross, subtotal_net, subtotal_gross, total_net, total_gross, undiscounted_total_net,
  undiscounted_total_gross, created_at, updated_at)
SELECT pg_temp.uuid7(o, 'order'), o, {EU}, customer, 'customer' || customer || '@example.com',
  CASE WHEN o % 3 = 0 THEN 'UNFULFILLED' ELSE 'FULFILLED' END, 'EUR', 'Parcel', 412, 490, l.net, l.gross, l.net + 412,
  l.gross + 490, l.net + 412, l.gross + 490, pg_temp.day(o), pg_temp.day(o)
FROM generate_series(1, {_ORDERS}) AS o,
  LATERAL (SELECT CASE WHEN o % ({_ORDERS} / {ORDERS_OF_CUSTOMER}) = 0 THEN 1
    ELSE 2 + pg_temp.pick(o, 72, ({_CUSTOMERS} - 1)::int) END AS customer) AS bought,
  sold AS l
WHERE l.order_id = pg_temp.uuid7(o, 'order')
""",
    """
INSERT INTO transaction_item (id, order_id, channel_id, provider_id, name, psp_reference, currency, requested_amount,
  charged_amount, created_at, updated_at)
SELECT pg_temp.uuid7(number, 'payment'), id, channel_id, 'stripe', 'Card', 'pi_' || number, currency, total_gross,
  total_gross, created_at, updated_at
FROM sales_order WHERE number % 8 > 0
""",
)

assert set(_EUROPE) <= set(COUNTRIES)
