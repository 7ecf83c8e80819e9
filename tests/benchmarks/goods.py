"""The statements that fill the catalogue: each makes a table's rows out of a number series, the same every time.

`$1` is the number of products. Ids are counted: product i has the variants 3i-2 to 3i and the media 3i-2 to 3i.
"""

from collections.abc import Iterable

from tests.benchmarks.vocabulary import ADJECTIVES, COLOURS, MATERIALS, ROOMS, SENTENCES, SIZES, STYLES, THINGS

EU, US = 1, 2
MATERIAL, BRAND, STYLE, ROOM, WIDTH, COLOUR, SIZE = range(1, 8)
BRANDS = 200
TOPS, MIDDLES, LEAVES = 8, 4, 4
"""Categories: tops, what each top has below it, what each of those has."""
_OWN_VALUES = 1_000_000
"""Ids of attribute values that belong to one product begin here."""


def texts(values: Iterable[str]) -> str:
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"ARRAY[{quoted}]"


def one_of(values: Iterable[str], index: str, salt: int) -> str:
    listed = list(values)
    return f"({texts(listed)})[1 + pg_temp.pick({index}, {salt}, {len(listed)})]"


FUNCTIONS = """
CREATE FUNCTION pg_temp.pick(i bigint, salt int, n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN
  ((hashint8extended(i, salt) & 2147483647) % n)::int;
CREATE FUNCTION pg_temp.price(variant bigint) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN
  (500 + pg_temp.pick(variant, 1, 400) * 50 + 99)::bigint;
CREATE FUNCTION pg_temp.uuid7(i bigint, salt text) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN
  (lpad(to_hex(1704067200000 + i * 60000), 12, '0') || '7' || substr(md5(salt || i), 1, 3) || '8'
    || substr(md5(salt || i), 4, 15))::uuid;
CREATE FUNCTION pg_temp.day(i bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN
  to_timestamp(1704067200 + i * 60);
"""
"""A number below n that looks random, a variant's price, an id of that minute, and that minute."""


def _choices(attribute: int, first_id: int, names: Iterable[str]) -> str:
    return (
        "INSERT INTO attribute_value (id, attribute_id, slug, name, sort_order) SELECT"
        f" {first_id} + n, {attribute}, lower(replace(name, ' ', '-')), name, n"
        f" FROM unnest({texts(names)}) WITH ORDINALITY AS given(name, n)"
    )


_MATERIALS, _STYLES, _ROOMS, _COLOURS, _SIZES, _BRANDS = 0, 100, 200, 300, 400, 1000

VALUES = (
    _choices(MATERIAL, _MATERIALS, MATERIALS),
    _choices(STYLE, _STYLES, STYLES),
    _choices(ROOM, _ROOMS, ROOMS),
    _choices(COLOUR, _COLOURS, COLOURS),
    _choices(SIZE, _SIZES, SIZES),
    "UPDATE attribute_value v SET value = given.hex"
    f" FROM unnest({texts(COLOURS)}, {texts(COLOURS.values())}) AS given(name, hex)"
    f" WHERE v.attribute_id = {COLOUR} AND v.name = given.name",
    "INSERT INTO attribute_value (id, attribute_id, slug, name, sort_order)"
    f" SELECT {_BRANDS} + n, {BRAND}, 'maker-' || n, 'Maker ' || n, n FROM generate_series(1, {BRANDS}) AS n",
)

CATEGORIES = (
    f"""
INSERT INTO category (id, name, name_key, slug, parent_id, path, level, sort_order, description, seo_title,
  seo_description)
SELECT id, name, lower(name), 'category-' || id, parent_id, path, level, id, jsonb_build_object('blocks',
  jsonb_build_array(jsonb_build_object('type', 'paragraph', 'data', jsonb_build_object('text', '{SENTENCES[0]}')))),
  name || ' for every home', '{SENTENCES[1]}'
FROM (
  SELECT t AS id, 'Department ' || t AS name, NULL::bigint AS parent_id, ARRAY[t]::bigint[] AS path, 0 AS level
  FROM generate_series(1, {TOPS}) AS t
  UNION ALL
  SELECT 100 * t + m, 'Aisle ' || t || ' ' || m, t, ARRAY[t, 100 * t + m], 1
  FROM generate_series(1, {TOPS}) AS t, generate_series(1, {MIDDLES}) AS m
  UNION ALL
  SELECT 10000 * t + 100 * m + l, 'Shelf ' || t || ' ' || m || ' ' || l, 100 * t + m,
    ARRAY[t, 100 * t + m, 10000 * t + 100 * m + l], 2
  FROM generate_series(1, {TOPS}) AS t, generate_series(1, {MIDDLES}) AS m, generate_series(1, {LEAVES}) AS l
) AS tree
""",
)
CATEGORY_SLUG = "category-101"
"""A category with a thirty-second of all products below it."""

_LEAF = f"(10000 * (1 + i % {TOPS}) + 100 * (1 + i / {TOPS} % {MIDDLES}) + 1 + i / {TOPS * MIDDLES} % {LEAVES})"
_MATERIAL_OF = f"1 + pg_temp.pick(i, 11, {len(MATERIALS)})"
_TEXT = f"{one_of(SENTENCES, 'i', 21)} || ' ' || {one_of(SENTENCES, 'i', 22)} || ' ' || {one_of(SENTENCES, 'i', 23)}"

PRODUCTS = (
    f"""
INSERT INTO product (id, product_type_id, category_id, name, name_key, slug, description, description_text, seo_title,
  seo_description, weight_grams, tax_class_id, rating, created_at, updated_at)
SELECT i, 1 + i % 4, {_LEAF}, name, lower(name), lower(replace(name, ' ', '-')), jsonb_build_object('time', 0,
    'blocks', jsonb_build_array(jsonb_build_object('id', 'a', 'type', 'paragraph', 'data',
      jsonb_build_object('text', said)))), said, name || ' | Benchmark', left(said, 120),
  200 + pg_temp.pick(i, 5, 9000), CASE WHEN i % 10 = 0 THEN 2 END, 1 + pg_temp.pick(i, 6, 40) / 10.0,
  pg_temp.day(i), pg_temp.day(i)
FROM (
  SELECT i, {one_of(ADJECTIVES, "i", 10)} || ' ' || ({texts(MATERIALS)})[{_MATERIAL_OF}] || ' '
    || {one_of(THINGS, "i", 12)} || ' ' || i AS name, {_TEXT} AS said
  FROM generate_series(1, $1::bigint) AS i
) AS made
""",
)

VARIANTS = (
    f"""
INSERT INTO product_variant (id, product_id, sku, name, weight_grams, sort_order, created_at, updated_at)
SELECT 3 * i - 3 + n, i, 'SKU-' || lpad(i::text, 6, '0') || '-' || n,
  {one_of(COLOURS, "3 * i - 3 + n", 31)} || ' / ' || ({texts(SIZES)})[n], 200 + pg_temp.pick(i, 5, 9000), n,
  pg_temp.day(i), pg_temp.day(i)
FROM generate_series(1, $1::bigint) AS i, generate_series(1, 3) AS n
""",
)

CHANNELS = (
    f"""
INSERT INTO product_channel (product_id, channel_id, is_published, published_at, visible_in_listings,
  available_for_purchase_at)
SELECT i, c, c = {EU} OR i % 10 > 0, pg_temp.day(i), true, pg_temp.day(i)
FROM generate_series(1, $1::bigint) AS i, unnest(ARRAY[{EU}, {US}]) AS c
""",
)

PRICES = (
    f"""
INSERT INTO variant_price (variant_id, channel_id, currency, amount, compare_at_amount)
SELECT v, c, CASE c WHEN {EU} THEN 'EUR' ELSE 'USD' END, pg_temp.price(v),
  CASE WHEN v % 5 = 0 THEN pg_temp.price(v) + 500 END
FROM generate_series(1, 3 * $1::bigint) AS v, unnest(ARRAY[{EU}, {US}]) AS c
""",
)

STOCK = (
    """
INSERT INTO stock (variant_id, warehouse_id, on_hand, allocated)
SELECT v, w.id, pg_temp.pick(v, 41, 40), 0 FROM generate_series(1, 3 * $1::bigint) AS v, warehouse w
""",
)

MEDIA = (
    """
INSERT INTO product_media (id, product_id, alt, sort_order, storage_key, content_type)
SELECT 3 * i - 3 + n, i, 'Picture ' || n || ' of product ' || i, n, 'products/' || i || '-' || n || '.jpg', 'image/jpeg'
FROM generate_series(1, $1::bigint) AS i, generate_series(1, 3) AS n
""",
)

PRODUCT_VALUES = (
    f"""
INSERT INTO attribute_value (id, attribute_id, slug, name, numeric)
SELECT {_OWN_VALUES} + i, {WIDTH}, 'w' || i, (10 + pg_temp.pick(i, 51, 190))::text, 10 + pg_temp.pick(i, 51, 190)
FROM generate_series(1, $1::bigint) AS i
""",
    f"""
INSERT INTO product_attribute_value (product_id, value_id, sort_order)
SELECT i, value_id, 0 FROM generate_series(1, $1::bigint) AS i, unnest(ARRAY[
  {_MATERIALS} + {_MATERIAL_OF}, {_BRANDS} + 1 + pg_temp.pick(i, 52, {BRANDS}),
  {_STYLES} + 1 + pg_temp.pick(i, 53, {len(STYLES)}), {_ROOMS} + 1 + pg_temp.pick(i, 54, {len(ROOMS) // 2}),
  {_ROOMS} + {len(ROOMS) // 2} + 1 + pg_temp.pick(i, 55, {len(ROOMS) // 2}), {_OWN_VALUES} + i]) AS value_id
""",
)

VARIANT_VALUES = (
    f"""
INSERT INTO product_variant_attribute_value (variant_id, value_id, sort_order)
SELECT 3 * i - 3 + n, value_id, 0 FROM generate_series(1, $1::bigint) AS i, generate_series(1, 3) AS n,
  unnest(ARRAY[{_COLOURS} + 1 + pg_temp.pick(3 * i - 3 + n, 31, {len(COLOURS)}), {_SIZES} + n]) AS value_id
""",
)

COLLECTIONS = (
    """
INSERT INTO collection (id, name, name_key, slug)
SELECT n, 'Collection ' || n, 'collection ' || n, 'collection-' || n FROM generate_series(1, 8) AS n
""",
    f"""
INSERT INTO collection_channel (collection_id, channel_id, is_published)
SELECT n, c, true FROM generate_series(1, 8) AS n, unnest(ARRAY[{EU}, {US}]) AS c
""",
    """
INSERT INTO collection_product (collection_id, product_id, sort_order)
SELECT 1 + pg_temp.pick(i, 61, 8), i, i FROM generate_series(1, $1::bigint) AS i WHERE i % 2 = 0
""",
)
