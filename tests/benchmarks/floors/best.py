"""The pages that show products, each in one statement written for it alone."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from engine.core.ids import to_global
from tests.benchmarks.floors.pieces import Floor, Record, picture, price_range, shown, unit_of
from tests.benchmarks.goods import CATEGORY_SLUG
from tests.benchmarks.vocabulary import SEARCHED
from tests.benchmarks.workloads import CHANNEL, LISTED

MOST_FOUND = 1_000

PLACE = """
place AS MATERIALIZED (
  SELECT c.id, c.currency, c.default_country, coalesce(x.charge_taxes, true) AND
    NOT coalesce(x.prices_entered_with_tax, true) AS untaxed
  FROM channel c LEFT JOIN tax_configuration x ON x.channel_id = c.id WHERE c.slug = $1 AND c.is_active
)
"""
SHOWN = """l.channel_id = (SELECT id FROM place) AND l.is_published AND l.published_at <= $2 AND l.visible_in_listings
  AND l.minimal_amount IS NOT NULL"""
RATE = """
CASE WHEN place.untaxed THEN coalesce((
  SELECT t.rate FROM tax_rate t
  WHERE t.country = place.default_country AND t.region = '' AND t.valid_from <= $2::timestamptz::date
    AND (t.valid_to IS NULL OR t.valid_to > $2::timestamptz::date)
    AND (t.tax_class_id IS NULL OR t.tax_class_id = coalesce(p.tax_class_id, k.tax_class_id))
  ORDER BY t.tax_class_id IS NULL, t.valid_from DESC, t.id DESC LIMIT 1), 0) END
"""
"""None where the amount has its tax in it, or there is none."""
ITEM = f"""
p.id, p.name, p.slug, c.id, c.name, m.id, m.type, m.storage_key, m.source_url, m.content_type, m.alt, price.low,
price.high, place.currency, {RATE}
"""
ITEM_TABLES = """
JOIN product p ON p.id = l.product_id JOIN product_type k ON k.id = p.product_type_id CROSS JOIN place
LEFT JOIN category c ON c.id = p.category_id
LEFT JOIN LATERAL (
  SELECT * FROM product_media WHERE product_id = p.id AND type = 'IMAGE' ORDER BY sort_order, id LIMIT 1
) m ON true
LEFT JOIN LATERAL (
  SELECT min(r.amount) AS low, max(r.amount) AS high FROM product_variant v
  JOIN variant_price r ON r.variant_id = v.id AND r.channel_id = place.id WHERE v.product_id = p.id
) price ON true
"""


def _now() -> datetime:
    return datetime.now(UTC)


def _node(fields: Sequence[Any]) -> dict[str, Any]:
    (id, name, slug, category_id, category, image, kind, key, source, content_type, alt, low, high, currency, rate) = (
        fields
    )
    unit = unit_of(currency)
    return {
        "id": to_global("Product", id),
        "name": name,
        "slug": slug,
        "thumbnail": None
        if image is None
        else {"url": picture(image, kind, key, source, content_type, "1024/webp/"), "alt": alt},
        "category": None if category_id is None else {"id": to_global("Category", category_id), "name": category},
        "pricing": None if low is None else price_range(shown(low, rate), shown(high, rate), currency, unit),
    }


def _cursor(*values: Any) -> str:
    return b64encode(orjson.dumps(values)).decode()


def _connection(nodes: list[dict[str, Any]], cursors: list[str], more: bool) -> dict[str, Any]:
    return {
        "edges": [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, cursors, strict=True)],
        "pageInfo": {"endCursor": cursors[-1] if cursors else None, "hasNextPage": more},
    }


_LISTING = f"""
WITH {PLACE}
SELECT l.name_key, {ITEM}
FROM (
  SELECT l.product_id, l.name_key FROM product_listing l WHERE {SHOWN} ORDER BY l.name_key, l.product_id LIMIT $3
) AS l {ITEM_TABLES}
ORDER BY l.name_key, l.product_id
"""


def listing() -> Floor:
    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        rows = results[0]
        kept = rows[:LISTED]
        cursors = [_cursor(row[0], row[1]) for row in kept]
        return {"products": _connection([_node(tuple(row)[1:]) for row in kept], cursors, len(rows) > LISTED)}

    return Floor([(_LISTING, [CHANNEL, _now(), LISTED + 1])], answer)


_SEARCH = f"""
WITH {PLACE},
found AS (
  SELECT d.product_id, row_number() OVER (ORDER BY ts_rank('{{0.05, 0.2, 0.5, 1}}', d.words, $4::tsquery) DESC,
    d.product_id) AS place
  FROM search_document d JOIN product_listing l ON l.product_id = d.product_id
  WHERE d.language = 'en' AND d.words @@ $4::tsquery AND {SHOWN} ORDER BY place LIMIT {MOST_FOUND}
)
SELECT (SELECT count(*) FROM found), {ITEM} FROM found AS l {ITEM_TABLES} WHERE l.place <= $3 ORDER BY l.place
"""


def search() -> Floor:
    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        rows = results[0]
        total = rows[0][0] if rows else 0
        cursors = [_cursor(place) for place in range(len(rows))]
        found = _connection([_node(tuple(row)[1:]) for row in rows], cursors, len(rows) < total)
        return {"products": {"totalCount": total, **found}}

    query = f"'{SEARCHED}':* | '{SEARCHED}'"
    return Floor([(_SEARCH, [CHANNEL, _now(), LISTED, query])], answer)


_CATEGORY = f"""
WITH {PLACE},
shelf AS MATERIALIZED (SELECT * FROM category WHERE slug = $4),
found AS MATERIALIZED (
  SELECT l.product_id, l.name_key, l.product_type_id, l.value_ids FROM product_listing l
  WHERE {SHOWN} AND l.category_ids @> ARRAY[(SELECT id FROM shelf)]
),
carried AS (
  SELECT v.attribute_id, v.id, v.slug, v.name, v.sort_order, count(*) AS products
  FROM found CROSS JOIN LATERAL unnest(found.value_ids) AS one(id) JOIN attribute_value v ON v.id = one.id
  JOIN attribute a ON a.id = v.attribute_id
  WHERE a.visible_in_storefront AND a.filterable_in_storefront
    AND a.input_type IN ('DROPDOWN', 'MULTISELECT', 'SWATCH', 'BOOLEAN')
    AND EXISTS (SELECT 1 FROM product_type_attribute t JOIN found f ON f.product_type_id = t.product_type_id
      WHERE t.attribute_id = a.id)
  GROUP BY v.id
)
SELECT shelf.id, shelf.name, shelf.description, shelf.seo_title, shelf.seo_description,
  (SELECT count(*) FROM found),
  (SELECT json_agg(json_build_array(a.slug, a.name, own.listed) ORDER BY a.storefront_search_position, a.slug)
    FROM (SELECT attribute_id, json_agg(json_build_array(slug, name, products) ORDER BY sort_order, name, id) AS listed
      FROM carried GROUP BY attribute_id) AS own JOIN attribute a ON a.id = own.attribute_id),
  (SELECT json_agg(json_build_array(page.name_key, {ITEM}) ORDER BY page.name_key, page.product_id)
    FROM (SELECT l.product_id, l.name_key FROM found AS l ORDER BY l.name_key, l.product_id LIMIT $3) AS page
    JOIN LATERAL (SELECT page.product_id) AS l ON true {ITEM_TABLES})
FROM shelf
"""


def category() -> Floor:
    def answer(results: Sequence[Sequence[Record]]) -> dict[str, Any]:
        ((id, name, description, seo_title, seo_description, total, facets, listed),) = results[0]
        rows = orjson.loads(listed or "[]")
        kept = rows[:LISTED]
        cursors = [_cursor(row[0], row[1]) for row in kept]
        return {
            "category": {
                "id": to_global("Category", id),
                "name": name,
                "description": description and orjson.dumps(description).decode(),
                "seoTitle": seo_title,
                "seoDescription": seo_description,
                "products": {
                    "totalCount": total,
                    **_connection([_node(row[1:]) for row in kept], cursors, len(rows) > LISTED),
                    "facets": [
                        {
                            "attribute": {"slug": slug, "name": name},
                            "values": [
                                {"value": {"slug": slug, "name": name}, "count": count} for slug, name, count in values
                            ],
                        }
                        for slug, name, values in orjson.loads(facets or "[]")
                    ],
                },
            }
        }

    return Floor([(_CATEGORY, [CHANNEL, _now(), LISTED + 1, CATEGORY_SLUG])], answer)
