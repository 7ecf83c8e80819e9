"""Search by PostgreSQL: weighted full text, and a table of words to tell what a misspelt one may mean."""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement
from engine.search import queries, ranking
from engine.search.backend import MAX_RESULTS, Progress, SearchHits, SearchRequest
from engine.search.documents import Document, documents, languages_of
from engine.search.queries import Asked
from engine.search.ranking import Branch, Way
from engine.search.rules import MAX_WORD_LENGTH, SHORTEST_MEANT, has_cjk, index_terms, query_terms, text_config

BATCH = 200
MAX_BYTES = (32_000, 32_000, 32_000, 128_000)
"""Words of each weight that are indexed, together in UTF-8: a tsvector holds one megabyte."""

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_CORRECTABLE = rf"length(word) BETWEEN {SHORTEST_MEANT} AND {MAX_WORD_LENGTH} AND word !~ '\d'"


def _vector(name: str) -> str:
    """The words of a text as written, and by their stems where the language has any."""
    stems = f"CASE config WHEN 'simple' THEN '' ELSE to_tsvector(config::regconfig, {name}) END"
    return f"(to_tsvector('simple', {name}) || {stems})"


_LOCK = Statement(
    sa.text(
        "SELECT pg_advisory_xact_lock(hashtextextended('search_document ' || id, 0))"
        " FROM (SELECT DISTINCT id FROM unnest(:ids) AS id ORDER BY id) AS wanted"
    ).bindparams(_IDS)
)
# Positions take half the space of a text, and only the side-by-side of Chinese, Japanese and Korean asks for them.
_WRITE = Statement(
    sa.text(
        f"""
WITH fresh AS MATERIALIZED (
  SELECT product_id, language, called, CASE WHEN positions THEN said ELSE strip(said) END AS said
  FROM unnest(:product_ids, :languages, :configs, :a, :b, :c, :d, :positions)
    AS given(product_id, language, config, a, b, c, d, positions)
  CROSS JOIN LATERAL (
    SELECT setweight({_vector("a")}, 'A') || setweight({_vector("b")}, 'B') || setweight({_vector("c")}, 'C') AS called
  ) AS document
  CROSS JOIN LATERAL (SELECT called || {_vector("d")} AS said) AS text
), stale AS MATERIALIZED (
  SELECT product_id, language, words FROM search_text WHERE product_id = ANY(:ids)
), unnamed AS (
  DELETE FROM search_document s WHERE s.product_id = ANY(:ids) AND NOT EXISTS (
    SELECT 1 FROM fresh WHERE fresh.product_id = s.product_id AND fresh.language = s.language
  )
), unsaid AS (
  DELETE FROM search_text s WHERE s.product_id = ANY(:ids) AND NOT EXISTS (
    SELECT 1 FROM fresh WHERE fresh.product_id = s.product_id AND fresh.language = s.language
  )
), named AS (
  INSERT INTO search_document AS s (product_id, language, words) SELECT product_id, language, called FROM fresh
  ON CONFLICT (product_id, language) DO UPDATE SET words = excluded.words WHERE s.words <> excluded.words
), described AS (
  INSERT INTO search_text AS s (product_id, language, words) SELECT product_id, language, said FROM fresh
  ON CONFLICT (product_id, language) DO UPDATE SET words = excluded.words WHERE s.words <> excluded.words
), change AS (
  SELECT word, sum(step) AS documents FROM (
    SELECT unnest(tsvector_to_array(said)) AS word, 1 AS step FROM fresh
    UNION ALL
    SELECT unnest(tsvector_to_array(words)), -1 FROM stale
  ) AS steps
  WHERE {_CORRECTABLE}
  GROUP BY word HAVING sum(step) <> 0
)
INSERT INTO search_word AS w (word, documents) SELECT word, documents FROM change ORDER BY word
ON CONFLICT (word) DO UPDATE SET documents = w.documents + excluded.documents
RETURNING word, documents
"""  # noqa: S608  (only SQL of ours is put into the text)
    ).bindparams(
        _IDS,
        sa.bindparam("product_ids", type_=sa.ARRAY(sa.BigInteger)),
        *(sa.bindparam(name, type_=sa.ARRAY(sa.Text)) for name in ("languages", "configs", "a", "b", "c", "d")),
        sa.bindparam("positions", type_=sa.ARRAY(sa.Boolean)),
    )
)
_FORGET = Statement(
    sa.text("DELETE FROM search_word WHERE word = ANY(:words) AND documents <= 0").bindparams(
        sa.bindparam("words", type_=sa.ARRAY(sa.Text))
    )
)
_KEEP_WRITERS_OUT = Statement(sa.text("LOCK TABLE search_word IN SHARE ROW EXCLUSIVE MODE"))
_RECOUNT = Statement(
    sa.text(
        f"""
WITH truth AS MATERIALIZED (
  SELECT word, count(*) AS documents FROM search_text CROSS JOIN unnest(tsvector_to_array(words)) AS word
  WHERE {_CORRECTABLE}
  GROUP BY word
), gone AS (
  DELETE FROM search_word w WHERE NOT EXISTS (SELECT 1 FROM truth WHERE truth.word = w.word)
)
INSERT INTO search_word AS w (word, documents) SELECT word, documents FROM truth
ON CONFLICT (word) DO UPDATE SET documents = excluded.documents WHERE w.documents <> excluded.documents
"""  # noqa: S608  (only a condition of ours is put into the text)
    )
)


_MEASURE = Statement(sa.text("ANALYZE search_document, search_text, search_word"))


class PostgresBackend:
    name = "postgres"

    async def search(self, ctx: Ctx, request: SearchRequest) -> SearchHits:
        terms = {language: query_terms(request.query, language) for language in languages_of(request.language)}
        asked = await queries.read(ctx, terms, {})
        if not asked:
            return SearchHits([], 0)
        way = await ranking.way_for(ctx, request.filter)
        # what products are called is quickly looked through, and often there is enough of it
        if way is Way.INDEX:
            hits = await ranking.best(ctx, _exact(asked, way, described=False), request)
            if hits.total == MAX_RESULTS:
                return hits
        meant = await queries.meant(ctx, [term.words[0] for own in terms.values() for term in own if term.edits])
        if meant:
            asked = await queries.read(ctx, terms, meant)
        exact = _exact(asked, way, described=True)
        if meant and way is Way.INDEX:
            hits = await ranking.best(ctx, [*exact, *_near(asked, way, described=False)], request)
            if hits.total == MAX_RESULTS:
                return hits
        return await ranking.best(ctx, [*exact, *_near(asked, way, described=True)], request)

    async def index(self, ctx: Ctx, product_ids: Sequence[int]) -> None:
        wanted = sorted(set(product_ids))
        for start in range(0, len(wanted), BATCH):
            await transact(ctx, write_documents, wanted[start : start + BATCH])

    async def reindex(self, ctx: Ctx, progress: Progress | None = None) -> int:
        """Products are written over in batches, so that search always has them all; then what is left of deleted
        ones goes, and the words are counted anew."""
        done = 0
        async for ids, total in queries.product_batches(ctx, BATCH):
            await transact(ctx, write_documents, ids)
            done += len(ids)
            if progress is not None:
                progress(done, max(total, done))
        while leftovers := await queries.leftovers(ctx, BATCH):
            await transact(ctx, write_documents, leftovers)
        await transact(ctx, _recount)
        await transact(ctx, _measure)
        return done


def _exact(asked: Sequence[Asked], way: Way, *, described: bool) -> list[Branch]:
    return [Branch(one.language, one.exact, True, described, way) for one in asked]


def _near(asked: Sequence[Asked], way: Way, *, described: bool) -> list[Branch]:
    return [Branch(one.language, one.near, False, described, way) for one in asked if one.near is not None]


async def write_documents(tx: WriteCtx, product_ids: Sequence[int]) -> None:
    """Make the documents of these products, and the counts of their words, what the catalogue says now.

    Two writers of a product take turns, so the later one reads what the catalogue says later.
    """
    ids = list(product_ids)
    await tx.fetch(_LOCK, ids=ids)
    found = await documents(tx, ids)
    columns = {name: [_terms(document, place) for document in found] for place, name in enumerate(("a", "b", "c", "d"))}
    changed = await tx.fetch(
        _WRITE,
        ids=ids,
        product_ids=[document.product_id for document in found],
        languages=[document.language for document in found],
        configs=[text_config(document.language) for document in found],
        positions=[has_cjk(" ".join(texts)) for texts in zip(*columns.values(), strict=True)],
        **columns,
    )
    unused = [row["word"] for row in changed if row["documents"] <= 0]
    if unused:
        await tx.fetch(_FORGET, words=unused)


async def _recount(tx: WriteCtx) -> None:
    await tx.fetch(_KEEP_WRITERS_OUT)
    # a statement of its own, so that it sees what the writers waited for have committed
    await tx.fetch(_RECOUNT)


async def _measure(tx: WriteCtx) -> None:
    """Tell the planner what it has, which it would find out by itself a while later."""
    await tx.fetch(_MEASURE)


def _terms(document: Document, place: int) -> str:
    """The words of one weight with spaces between them, as many as may be indexed."""
    kept: list[str] = []
    left = MAX_BYTES[place]
    for text in document.texts[place]:
        for term in index_terms(text, document.language):
            left -= len(term.encode()) + 1
            if left < 0:
                return " ".join(kept)
            kept.append(term)
    return " ".join(kept)
