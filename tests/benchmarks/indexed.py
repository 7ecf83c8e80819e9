"""What search reads, written at once for a whole shop of plain English words; the shop's own code checks a sample."""

from typing import Any

import asyncpg

from engine.flows.shop import Shop
from engine.search.service import backend_of

CHECKED = 20
_CORRECTABLE = r"length(word) BETWEEN 4 AND 64 AND word !~ '\d'"


def _vector(name: str) -> str:
    return f"(to_tsvector('simple', {name}) || to_tsvector('english', {name}))"


def _terms(column: str) -> str:
    """The words of a text that has no other signs than these between them."""
    return f"translate(lower({column}), '-/.,|', '     ')"


DOCUMENTS = f"""
WITH wanted AS (SELECT i FROM generate_series($1::bigint, $2::bigint) AS i),
part AS (
  SELECT product_id AS i, 'variant:' || id AS part, name AS text FROM product_variant
  WHERE product_id BETWEEN $1 AND $2
  UNION ALL
  SELECT product_id, 'sku:' || id, sku || ' ' || replace(sku, '-', '') FROM product_variant
  WHERE product_id BETWEEN $1 AND $2
  UNION ALL
  SELECT product_id, 'value:' || v.id, concat_ws(' ', v.name, a.unit)
  FROM (
    SELECT product_id, value_id FROM product_attribute_value WHERE product_id BETWEEN $1 AND $2
    UNION
    SELECT w.product_id, c.value_id FROM product_variant w
    JOIN product_variant_attribute_value c ON c.variant_id = w.id WHERE w.product_id BETWEEN $1 AND $2
  ) AS carried JOIN attribute_value v ON v.id = carried.value_id JOIN attribute a ON a.id = v.attribute_id
),
label AS (SELECT i, string_agg(text, ' ' ORDER BY part COLLATE "C") AS text FROM part GROUP BY i),
place AS (
  SELECT i, string_agg(text, ' ' ORDER BY part COLLATE "C") AS text FROM (
    SELECT p.id AS i, 'category:' || c.id AS part, c.name AS text FROM product p
    JOIN category own ON own.id = p.category_id JOIN category c ON c.id = ANY(own.path)
    WHERE p.id BETWEEN $1 AND $2
    UNION ALL
    SELECT m.product_id, 'collection:' || c.id, c.name FROM collection_product m
    JOIN collection c ON c.id = m.collection_id WHERE m.product_id BETWEEN $1 AND $2
  ) AS places GROUP BY i
),
said AS (
  SELECT p.id, {_terms("p.name")} AS a, {_terms("label.text")} AS b, {_terms("place.text")} AS c,
    {_terms("p.description_text")} AS d
  FROM product p JOIN label ON label.i = p.id JOIN place ON place.i = p.id WHERE p.id BETWEEN $1 AND $2
),
called AS MATERIALIZED (
  SELECT id, d,
    setweight({_vector("a")}, 'A') || setweight({_vector("b")}, 'B') || setweight({_vector("c")}, 'C') AS words
  FROM said
),
named AS (INSERT INTO search_document (product_id, language, words) SELECT id, 'en', words FROM called)
INSERT INTO search_text (product_id, language, words) SELECT id, 'en', strip(words || {_vector("d")}) FROM called
"""

WORDS = f"""
INSERT INTO search_word (word, documents)
SELECT word, count(*) FROM search_text CROSS JOIN unnest(tsvector_to_array(words)) AS word
WHERE {_CORRECTABLE} GROUP BY word
"""

_SEEN = """
SELECT (SELECT md5(string_agg(product_id || language || words::text, ' ' ORDER BY product_id, language))
    FROM search_document WHERE product_id = ANY($1)) AS documents,
  (SELECT md5(string_agg(product_id || language || words::text, ' ' ORDER BY product_id, language))
    FROM search_text WHERE product_id = ANY($1)) AS texts,
  (SELECT md5(string_agg(word || documents, ' ' ORDER BY word COLLATE "C")) FROM search_word) AS words
"""


async def check(shop: Shop, connection: asyncpg.Connection, products: int) -> None:
    """Raises AssertionError where the shop itself would write anything else for a sample of the products."""
    sample = list(range(1, products + 1, max(products // CHECKED, 1)))
    before = await _seen(connection, sample)
    ctx = shop.ctx()
    try:
        await backend_of(ctx).index(ctx, sample)
    finally:
        await ctx.release()
    after = await _seen(connection, sample)
    if before != after:
        different = [name for name, value in after.items() if before[name] != value]
        raise AssertionError(f"the shop indexes its products in another way than the benchmark: {different}")


async def _seen(connection: asyncpg.Connection, products: list[int]) -> dict[str, Any]:
    (row,) = await connection.fetch(_SEEN, products)
    return dict(row)
