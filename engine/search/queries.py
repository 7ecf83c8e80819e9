"""What the words of a query mean to PostgreSQL, and which products there are to index."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from engine.core.context import Ctx, Row
from engine.core.statements import Statement
from engine.search.rules import (
    QueryTerm,
    allowed_edits,
    damerau,
    least_similarity,
    near_patterns,
    text_config,
    tsquery_text,
)

MAX_ALTERNATIVES = 8
"""Words of the index that one misspelt word is taken for, the nearest and most frequent ones."""
MAX_CANDIDATES = 2_000
MAX_CORRECTED = 4
"""How many words of a query may be misspelt; the others must be in the index as they are."""

Terms: TypeAlias = Mapping[str, Sequence[QueryTerm]]
"""What a query asks for, as the words of each language are told apart."""
Meant: TypeAlias = Mapping[str, Sequence[str]]
"""Words of the index that a word as typed may be a misspelling of."""


def _texts(*names: str) -> list[Any]:
    return [sa.bindparam(name, type_=sa.ARRAY(sa.Text)) for name in names]


_NEAR = Statement(
    sa.text(
        f"""
SELECT DISTINCT t.typed, w.word, w.documents
FROM unnest(:typed, :patterns, :shortest, :longest, :alike) AS t(typed, pattern, shortest, longest, alike)
CROSS JOIN LATERAL (
  SELECT word, documents FROM search_word
  WHERE word LIKE t.pattern AND length(word) BETWEEN t.shortest AND t.longest
    AND similarity(word, t.typed) >= t.alike
  ORDER BY similarity(word, t.typed) DESC, word LIMIT {MAX_CANDIDATES}
) w
"""  # noqa: S608  (only a number of ours is put into the text)
    ).bindparams(
        *_texts("typed", "patterns"),
        *(sa.bindparam(name, type_=sa.ARRAY(sa.Integer)) for name in ("shortest", "longest")),
        sa.bindparam("alike", type_=sa.ARRAY(sa.Double)),
    )
)
_READ = Statement(
    sa.text(
        """
SELECT to_tsquery('simple', q.written)::text AS written, to_tsquery(q.config::regconfig, q.stemmed)::text AS stemmed
FROM unnest(:configs, :written, :stemmed) WITH ORDINALITY AS q(config, written, stemmed, place)
ORDER BY q.place
"""
    ).bindparams(*_texts("configs", "written", "stemmed"))
)


_PRODUCTS = Statement(
    sa.text("SELECT id FROM product WHERE id > :after ORDER BY id LIMIT :size").bindparams(
        sa.bindparam("after", type_=sa.BigInteger), sa.bindparam("size", type_=sa.BigInteger)
    )
)
_COUNT = Statement(sa.text("SELECT count(*) FROM product"))
_LEFTOVERS = Statement(
    sa.text(
        "SELECT DISTINCT product_id FROM search_text d"
        " WHERE NOT EXISTS (SELECT 1 FROM product WHERE id = d.product_id) ORDER BY product_id LIMIT :size"
    ).bindparams(sa.bindparam("size", type_=sa.BigInteger))
)

_CARRIED = """
SELECT c.product_id FROM product_attribute_value c JOIN attribute_value v ON v.id = c.value_id WHERE {condition}
UNION
SELECT own.product_id FROM product_variant_attribute_value c JOIN product_variant own ON own.id = c.variant_id
JOIN attribute_value v ON v.id = c.value_id WHERE {condition}
"""
_CALLED_BY = {
    object_type: Statement(sa.text(sql).bindparams(sa.bindparam("id", type_=sa.BigInteger)))
    for object_type, sql in {
        "Product": "SELECT :id AS product_id",
        "ProductVariant": "SELECT product_id FROM product_variant WHERE id = :id",
        "Category": "SELECT p.id AS product_id FROM product p JOIN category c ON c.id = p.category_id"
        " WHERE c.path @> ARRAY[:id]",
        "Collection": "SELECT product_id FROM collection_product WHERE collection_id = :id",
        "Attribute": _CARRIED.format(condition="v.attribute_id = :id"),
        "AttributeValue": _CARRIED.format(condition="v.id = :id"),
    }.items()
}


async def products_called_by(ctx: Ctx, object_type: str, object_id: int) -> list[int]:
    """The products whose words come from that object: itself, or what it is a part, a place or a property of."""
    return [row["product_id"] for row in await ctx.fetch(_CALLED_BY[object_type], id=object_id)]


async def product_batches(ctx: Ctx, size: int) -> AsyncIterator[tuple[list[int], int]]:
    """The ids of all products in batches, each with how many products there were at the start."""
    total = int(await ctx.value(_COUNT))
    after = 0
    while rows := await ctx.fetch(_PRODUCTS, after=after, size=size):
        ids = [row["id"] for row in rows]
        after = ids[-1]
        yield ids, total


async def leftovers(ctx: Ctx, size: int) -> list[int]:
    """Products that are gone and yet have documents."""
    return [row["product_id"] for row in await ctx.fetch(_LEFTOVERS, size=size)]


async def meant(ctx: Ctx, words: Iterable[str]) -> dict[str, list[str]]:
    """For each word the indexed words it may be a misspelling of, the nearest and then the most frequent first."""
    misspelt = [word for word in dict.fromkeys(words) if allowed_edits(word)][:MAX_CORRECTED]
    rows = [(word, *pattern, least_similarity(word)) for word in misspelt for pattern in near_patterns(word)]
    if not rows:
        return {}
    names = ("typed", "patterns", "shortest", "longest", "alike")
    columns = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for number, row in enumerate(await ctx.fetch(_NEAR, **columns)):
        if number % 256 == 255:
            await asyncio.sleep(0)  # other requests have their turn
        distance = damerau(row["typed"], row["word"], allowed_edits(row["typed"]))
        if distance:
            found[row["typed"]].append((distance, -row["documents"], row["word"]))
    return {word: [other for *_, other in sorted(near)[:MAX_ALTERNATIVES]] for word, near in found.items()}


@dataclass(frozen=True)
class Asked:
    """A query as tsqueries on the documents of one language: `exact` has the words themselves, `near` also those
    they may be misspellings of (None: the same)."""

    language: str
    exact: str
    near: str | None


async def read(ctx: Ctx, terms: Terms, alternatives: Meant) -> list[Asked]:
    """The terms of each language as tsqueries; a language in which nothing is asked for is left out.

    A word is looked for as it is written and by its stem. A word too common to have a stem is only asked for
    when all of them are.
    """
    rows: list[tuple[str, str, str]] = []
    for language, asked in terms.items():
        for term in asked:
            near = list(alternatives.get(term.words[0], ())) if len(term.words) == 1 else []
            rows.append((text_config(language), tsquery_text([term]), tsquery_text([QueryTerm(term.words)])))
            other = " | ".join(tsquery_text([QueryTerm((word,))]) for word in near)
            rows.append((text_config(language), other, other))
    if not rows:
        return []
    configs, written, stemmed = (list(column) for column in zip(*rows, strict=True))
    answer = iter(await ctx.fetch(_READ, configs=configs, written=written, stemmed=stemmed))
    found = []
    for language, asked in terms.items():
        all_terms = [_Read(next(answer), next(answer)) for _ in asked]
        told = [term for term in all_terms if term.telling] or [term for term in all_terms if term.exact]
        if told:
            exact, corrected = _and(term.exact for term in told), _and(term.near for term in told)
            found.append(Asked(language, exact, None if corrected == exact else corrected))
    return found


class _Read:
    """One term as PostgreSQL reads it."""

    def __init__(self, exact: Row, near: Row):
        self.exact = _or(exact["written"], exact["stemmed"])
        self.near = _or(self.exact, near["written"], near["stemmed"])
        self.telling = bool(exact["stemmed"])


def _and(queries: Iterable[str]) -> str:
    return " & ".join(f"({query})" for query in queries)


def _or(*queries: str) -> str:
    return " | ".join(dict.fromkeys(query for query in queries if query))
