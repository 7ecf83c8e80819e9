"""The products that have what a query asks for, best first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from engine.attributes.models import AttributeValue
from engine.core.context import Ctx, Row
from engine.core.statements import ShapeCache
from engine.core.tables import table
from engine.listing import conditions
from engine.listing.everywhere import everywhere
from engine.listing.rules import ListingFilter
from engine.search.backend import MAX_RESULTS, SearchHits, SearchRequest
from engine.search.models import SearchDocument, SearchText

MAX_RANKED = 10_000
"""How many documents are ranked. Of a query that more have, the newest products take part."""
MAX_NEWEST = 3_000
FEW = 5_000
"""Where no more products than this pass the filter, they are looked through rather than the words' index."""

_d = table(SearchDocument)
_t = table(SearchText)
_value = table(AttributeValue)
_statements = ShapeCache()
_NOTHING = sa.cast(sa.null(), sa.BigInteger)
_WEIGHTS: sa.ColumnElement[Any] = sa.literal_column("'{0.05, 0.2, 0.5, 1}'::real[]")
"""Of D, C, B and A."""


class Way(Enum):
    """How documents are read: by their words, from the newest product on, or those of products that pass the filter."""

    INDEX = "index"
    NEWEST = "newest"
    FILTER = "filter"


@dataclass(frozen=True)
class Branch:
    """Documents of one language that fit a query. `exact`: by the words themselves; `described`: descriptions count."""

    language: str
    query: str
    exact: bool
    described: bool
    way: Way


async def way_for(ctx: Ctx, filter: ListingFilter) -> Way:
    """The better way into the documents under this filter: FILTER where it leaves few products, else INDEX."""
    narrow = (
        filter.product_ids,
        filter.category_ids,
        filter.own_category_ids,
        filter.collection_ids,
        filter.collection_id,
        filter.value_groups or None,
    )
    if all(part is None for part in narrow):
        return Way.INDEX
    statement = _statements.get(("few", conditions.shape(filter)), lambda: _passing(filter), by_values=True)
    found: int = await ctx.value(statement, **conditions.parameters(filter, ctx.clock.now()))
    return Way.FILTER if found <= FEW else Way.INDEX


def _passing(filter: ListingFilter) -> sa.Select[Any]:
    source = _source(filter)
    passing = sa.select(source.c.product_id).where(*conditions.where(filter, source.c))
    return sa.select(sa.func.count()).select_from(passing.limit(_number(FEW + 1)).subquery())


async def best(ctx: Ctx, branches: Sequence[Branch], request: SearchRequest) -> SearchHits:
    """The products that at least one branch finds and that pass the filter.

    Ranked by what they are called; those that have the words themselves before those that have similar ones.
    """
    rows = await _run(ctx, branches, request)
    crowded = {row["id"] for row in rows if row["kind"] == "branch" and row["number"] > MAX_RANKED}
    if crowded:
        branches = [
            replace(branch, way=Way.NEWEST) if number in crowded else branch for number, branch in enumerate(branches)
        ]
        if any(branch.exact and branch.way is Way.NEWEST for branch in branches):
            branches = [branch for branch in branches if branch.exact]
        rows = await _run(ctx, branches, request)
    return _hits(rows)


async def of(ctx: Ctx, product_ids: Sequence[int], request: SearchRequest) -> SearchHits:
    """Those of these products that pass the filter, in the order given."""
    shape = ("of", conditions.shape(request.filter), bool(request.facets))
    statement = _statements.get(shape, lambda: _given(request), by_values=True)
    return _hits(await ctx.fetch(statement, **_values(ctx, request), given_ids=list(product_ids)))


def _given(request: SearchRequest) -> sa.CompoundSelect[Any]:
    source = _source(request.filter)
    ids = sa.bindparam("given_ids", type_=sa.ARRAY(sa.BigInteger))
    given = sa.func.unnest(ids).table_valued("product_id", with_ordinality="place").render_derived(name="given")
    results = (
        sa.select(given.c.product_id, sa.func.row_number().over(order_by=given.c.place).label("place"))
        .join(source, source.c.product_id == given.c.product_id)
        .where(*conditions.where(request.filter, source.c))
        .cte("results")
    )
    return sa.union_all(*_answer(request, source, results))


def _values(ctx: Ctx, request: SearchRequest) -> dict[str, Any]:
    values: dict[str, Any] = conditions.parameters(request.filter, ctx.clock.now())
    offset = min(request.offset, MAX_RESULTS)
    values |= {"after": offset, "until": offset + min(request.limit, MAX_RESULTS)}
    if request.facets:
        values["facet_attribute_ids"] = list(request.facets)
    return values


async def _run(ctx: Ctx, branches: Sequence[Branch], request: SearchRequest) -> list[Row]:
    ways = tuple((branch.exact, branch.described, branch.way) for branch in branches)
    statement = _statements.get(
        (conditions.shape(request.filter), ways, bool(request.facets)),
        lambda: _ranked(request, branches),
        by_values=True,
    )
    own = {f"language_{number}": branch.language for number, branch in enumerate(branches)}
    own |= {f"query_{number}": branch.query for number, branch in enumerate(branches)}
    return await ctx.fetch(statement, **_values(ctx, request), **own)


def _ranked(request: SearchRequest, branches: Sequence[Branch]) -> sa.CompoundSelect[Any]:
    """Rows of `kind`, `id`, `parent` and `number`: how many documents each branch found, how many results there
    are, the place of each one asked for, and how many carry each value (`parent`: its attribute)."""
    source = _source(request.filter)
    ways_in = [_documents(request.filter, source, number, branch) for number, branch in enumerate(branches)]
    found = (sa.union_all(*ways_in) if len(ways_in) > 1 else ways_in[0]).cte("found")
    score = sa.func.max(found.c.score)
    place = sa.func.row_number().over(order_by=(score.desc(), found.c.product_id)).label("place")
    results = (
        sa.select(found.c.product_id, place)
        .group_by(found.c.product_id)
        .order_by(place)
        .limit(_number(MAX_RESULTS))
        .cte("results")
    )
    counted = _kind("branch", found.c.branch, sa.func.count()).group_by(found.c.branch)
    return sa.union_all(counted, *_answer(request, source, results))


def _answer(request: SearchRequest, source: Any, results: Any) -> list[sa.Select[Any]]:
    after, until = (sa.bindparam(name, type_=sa.BigInteger) for name in ("after", "until"))
    parts = [
        _kind("total", _NOTHING, sa.func.count()).select_from(results),
        _kind("hit", results.c.product_id, results.c.place).where(results.c.place > after, results.c.place <= until),
    ]
    return [*parts, _facets(request.filter, source, results)] if request.facets else parts


def _documents(filter: ListingFilter, source: Any, number: int, branch: Branch) -> sa.Select[Any]:
    query = sa.cast(sa.bindparam(f"query_{number}", type_=sa.Text), TSQUERY)
    words = _t.c.words if branch.described else _d.c.words
    rank = sa.func.ts_rank(_WEIGHTS, _d.c.words, query)
    # the function behind the operator: an index does not serve it
    matches = words.op("@@")(query) if branch.way is Way.INDEX else sa.func.ts_match_vq(words, query)
    select = (
        sa.select(
            _d.c.product_id,
            (rank + 1 if branch.exact else rank).label("score"),
            sa.literal_column(str(number), sa.BigInteger).label("branch"),
        )
        .join(source, source.c.product_id == _d.c.product_id)
        .where(
            _d.c.language == sa.bindparam(f"language_{number}", type_=sa.Text),
            matches,
            *conditions.where(filter, source.c),
        )
    )
    if branch.described:
        select = select.join(_t, sa.and_(_t.c.product_id == _d.c.product_id, _t.c.language == _d.c.language))
    if branch.way is Way.NEWEST:
        return select.order_by(_d.c.product_id.desc()).limit(_number(MAX_NEWEST))
    return select.limit(_number(MAX_RANKED + 1))


def _facets(filter: ListingFilter, source: Any, results: Any) -> sa.Select[Any]:
    carried = sa.func.unnest(source.c.value_ids).table_valued("id").render_derived(name="carried").lateral()
    wanted = sa.bindparam("facet_attribute_ids", type_=sa.ARRAY(sa.BigInteger))
    channel = [] if filter.channel_id is None else [source.c.channel_id == conditions.CHANNEL]
    return (
        _kind("value", _value.c.id, sa.func.count(), _value.c.attribute_id)
        .select_from(results)
        .join(source, source.c.product_id == results.c.product_id)
        .join(carried, sa.true())
        .join(_value, _value.c.id == carried.c.id)
        .where(_value.c.attribute_id == sa.any_(wanted), *channel)
        .group_by(_value.c.id, _value.c.attribute_id)
    )


def _source(filter: ListingFilter) -> Any:
    return conditions.LISTING if filter.channel_id is not None else everywhere()


def _number(value: int) -> sa.ColumnElement[int]:
    """A number that is the same for every request, known to the planner."""
    return sa.literal_column(str(value), sa.BigInteger)


def _kind(kind: str, id: Any, number: Any, parent: Any = _NOTHING) -> sa.Select[Any]:
    name = sa.literal_column(f"'{kind}'", sa.Text)
    return sa.select(name.label("kind"), id.label("id"), parent.label("parent"), number.label("number"))


def _hits(rows: Iterable[Row]) -> SearchHits:
    places: list[tuple[int, int]] = []
    total = 0
    facets: dict[int, dict[int, int]] = defaultdict(dict)
    for row in rows:
        if row["kind"] == "hit":
            places.append((row["number"], row["id"]))
        elif row["kind"] == "total":
            total = row["number"]
        elif row["kind"] == "value":
            facets[row["parent"]][row["id"]] = row["number"]
    return SearchHits([id for _, id in sorted(places)], total, facets)
