"""What a product says in each language, gathered for any search engine."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.core.context import Ctx, Row
from engine.core.statements import Statement
from engine.core.text import editorjs_to_text
from engine.search.rules import tokenize

BASE_LANGUAGE = "en"
"""The language of texts that are no translation."""
WEIGHTS = ("A", "B", "C", "D")

# Every text of the products: `part` says which one it is, the same in every language; no language: not translated.
# Attributes hidden from the storefront and collections published nowhere are left out.
_PIECES = Statement(
    sa.text(
        """
WITH wanted AS (SELECT * FROM product WHERE id = ANY(:ids)),
variant AS (SELECT v.* FROM product_variant v WHERE v.product_id = ANY(:ids)),
carried AS (
  SELECT c.product_id, v.id AS value_id, v.*, a.input_type, a.unit, a.name AS attribute
  FROM (
    SELECT product_id, value_id FROM product_attribute_value WHERE product_id = ANY(:ids)
    UNION
    SELECT variant.product_id, w.value_id FROM variant
    JOIN product_variant_attribute_value w ON w.variant_id = variant.id
  ) c
  JOIN attribute_value v ON v.id = c.value_id
  JOIN attribute a ON a.id = v.attribute_id AND a.visible_in_storefront
  JOIN wanted p ON p.id = c.product_id
  JOIN product_type_attribute t ON t.product_type_id = p.product_type_id AND t.attribute_id = a.id
),
named AS (
  SELECT * FROM carried WHERE input_type NOT IN ('BOOLEAN', 'PLAIN_TEXT', 'RICH_TEXT', 'FILE', 'DATE', 'DATE_TIME')
),
shelf AS (
  SELECT p.id AS product_id, c.id AS category_id, c.name FROM wanted p
  JOIN category own ON own.id = p.category_id JOIN category c ON c.id = ANY(own.path)
),
shown AS (
  SELECT m.product_id, c.id AS collection_id, c.name FROM collection_product m
  JOIN collection c ON c.id = m.collection_id
  WHERE m.product_id = ANY(:ids)
    AND EXISTS (SELECT 1 FROM collection_channel h WHERE h.collection_id = c.id AND h.is_published)
)
SELECT id AS product_id, 'A' AS weight, 'name' AS part, '' AS language, name AS text, NULL::jsonb AS document
FROM wanted
UNION ALL
SELECT product_id, 'A', 'name', language, name, NULL FROM product_translation WHERE product_id = ANY(:ids)
UNION ALL
SELECT id, 'D', 'description', '', description_text, NULL FROM wanted
UNION ALL
SELECT product_id, 'D', 'description', language, NULL, description FROM product_translation WHERE product_id = ANY(:ids)
UNION ALL
SELECT product_id, 'B', 'variant:' || id, '', name, NULL FROM variant
UNION ALL
SELECT v.product_id, 'B', 'variant:' || v.id, t.language, t.name, NULL
FROM variant v JOIN product_variant_translation t ON t.variant_id = v.id
UNION ALL
SELECT product_id, 'B', 'sku:' || id, '', sku, NULL FROM variant
UNION ALL
SELECT product_id, 'B', 'barcode:' || id, '', barcode, NULL FROM variant
UNION ALL
SELECT product_id, 'B', 'value:' || value_id, '', concat_ws(' ', name, unit), NULL FROM named
UNION ALL
SELECT v.product_id, 'B', 'value:' || v.value_id, t.language, t.name, NULL
FROM named v JOIN attribute_value_translation t ON t.value_id = v.value_id
UNION ALL
SELECT product_id, 'B', 'value:' || value_id, '', attribute, NULL FROM carried WHERE "boolean"
UNION ALL
SELECT v.product_id, 'B', 'value:' || v.value_id, t.language, t.name, NULL
FROM carried v JOIN attribute_translation t ON t.attribute_id = v.attribute_id WHERE v."boolean"
UNION ALL
SELECT product_id, 'D', 'value:' || value_id, '', plain_text, rich_text
FROM carried WHERE input_type IN ('PLAIN_TEXT', 'RICH_TEXT')
UNION ALL
SELECT v.product_id, 'D', 'value:' || v.value_id, t.language, t.plain_text, t.rich_text
FROM carried v JOIN attribute_value_translation t ON t.value_id = v.value_id
WHERE v.input_type IN ('PLAIN_TEXT', 'RICH_TEXT')
UNION ALL
SELECT product_id, 'C', 'category:' || category_id, '', name, NULL FROM shelf
UNION ALL
SELECT s.product_id, 'C', 'category:' || s.category_id, t.language, t.name, NULL
FROM shelf s JOIN category_translation t ON t.category_id = s.category_id
UNION ALL
SELECT product_id, 'C', 'collection:' || collection_id, '', name, NULL FROM shown
UNION ALL
SELECT s.product_id, 'C', 'collection:' || s.collection_id, t.language, t.name, NULL
FROM shown s JOIN collection_translation t ON t.collection_id = s.collection_id
"""
    ).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))
)


@dataclass(frozen=True)
class Document:
    """A product in one language. Texts by weight: name; attribute values, variants and SKUs; categories and
    collections; description. What is not translated is there as it is."""

    product_id: int
    language: str
    texts: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


_LANGUAGES = Statement(
    sa.text(
        " UNION ".join(
            f"SELECT language FROM {name}_translation"  # noqa: S608  (only names of our tables are put into the text)
            for name in ("product", "product_variant", "attribute", "attribute_value", "category", "collection")
        )
    )
)
_LISTED = Statement(
    sa.text(
        """
SELECT product_id, min(product_type_id) AS product_type_id, array_agg(channel_id ORDER BY channel_id) AS channel_ids,
  coalesce(array_agg(channel_id ORDER BY channel_id) FILTER (WHERE is_published), '{}') AS published_ids,
  ARRAY(SELECT DISTINCT unnest(o.category_ids) FROM product_listing o WHERE o.product_id = l.product_id ORDER BY 1)
    AS category_ids,
  ARRAY(SELECT DISTINCT unnest(o.collection_ids) FROM product_listing o WHERE o.product_id = l.product_id ORDER BY 1)
    AS collection_ids,
  ARRAY(SELECT DISTINCT unnest(o.value_ids) FROM product_listing o WHERE o.product_id = l.product_id ORDER BY 1)
    AS value_ids
FROM product_listing l WHERE product_id = ANY(:ids) GROUP BY product_id
"""
    ).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))
)


async def languages(ctx: Ctx) -> set[str]:
    """Every language that a document may be in."""
    return {BASE_LANGUAGE, *(row["language"] for row in await ctx.fetch(_LANGUAGES))}


async def listed(ctx: Ctx, product_ids: Sequence[int]) -> dict[int, Row]:
    """By product, what the listing says of it over all channels; nothing for one that is in no channel."""
    return {row["product_id"]: row for row in await ctx.fetch(_LISTED, ids=list(product_ids))}


async def documents(ctx: Ctx, product_ids: Sequence[int]) -> list[Document]:
    """For each product that exists: one in the base language, and one for every language that any part of it is
    translated to."""
    pieces: dict[int, list[Row]] = defaultdict(list)
    for piece in await ctx.fetch(_PIECES, ids=list(product_ids)):
        pieces[piece["product_id"]].append(piece)
    return [document for product_id, own in pieces.items() for document in _of_product(product_id, own)]


def languages_of(language: str) -> list[str]:
    """Where to look for a text in a language, best first: itself, it without its region, the base language."""
    return list(dict.fromkeys((language, language.split("-", 1)[0], BASE_LANGUAGE)))


def _of_product(product_id: int, pieces: Iterable[Row]) -> Iterator[Document]:
    parts: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for piece in pieces:
        text = piece["text"] or editorjs_to_text(piece["document"])
        if text:
            parts[piece["weight"], piece["part"]][piece["language"]] = text
    languages = {language for texts in parts.values() for language in texts if language} | {BASE_LANGUAGE}
    for language in sorted(languages):
        gathered: dict[str, list[str]] = {weight: [] for weight in WEIGHTS}
        for (weight, part), texts in sorted(parts.items()):
            found = next((texts[one] for one in (*languages_of(language), "") if one in texts), None)
            if found is not None:
                gathered[weight] += [found, *_joined(part, found)]
        name, labels, places, description = (tuple(gathered[weight]) for weight in WEIGHTS)
        yield Document(product_id, language, (name, labels, places, description))


def _joined(part: str, text: str) -> list[str]:
    """An article number is also found when typed without its dashes and dots."""
    words = tokenize(text, BASE_LANGUAGE) if part.startswith("sku:") else []
    return ["".join(words)] if len(words) > 1 else []
