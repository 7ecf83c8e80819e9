"""Neighbours that a statement brings along."""

import sqlalchemy as sa

from engine.core.joins import EVERYTHING, Edge, Lookahead
from engine.core.statements import Statement

book = sa.table("book", sa.column("id"), sa.column("shelf_id"), sa.column("text"))
shelf = sa.table("shelf", sa.column("id"), sa.column("name"))
SHELF = Edge(
    "shelf", shelf.c, lambda source, book, _: source.outerjoin(shelf, shelf.c.id == book.shelf_id), shared=True
)
ALONE = Edge("shelf", shelf.c, SHELF.join)

FIRST = {"id": 1, "shelf__id": 7, "shelf__name": "Poems"}
SECOND = {"id": 2, "shelf__id": 7, "shelf__name": "Poems"}
NOWHERE = {"id": 3, "shelf__id": None, "shelf__name": None}
BARE = {"id": 4, "shelf_id": 7}


def _sql(ahead: Lookahead) -> str:
    statement = sa.select(*ahead.columns(book.c)).select_from(ahead.join(book, book.c, None))
    return " ".join(Statement(statement).sql.split())


def test_every_parent_gets_what_its_row_carries() -> None:
    assert SHELF.taken([FIRST, NOWHERE, SECOND]) == [{"id": 7, "name": "Poems"}, None, {"id": 7, "name": "Poems"}]


def test_one_parent_that_carries_nothing_sends_all_of_them_to_be_read() -> None:
    assert SHELF.taken([FIRST, BARE]) is None
    assert SHELF.taken([BARE]) is None


def test_a_shared_neighbour_is_made_once_and_others_are_not_confused() -> None:
    found = SHELF.taken([FIRST, SECOND])
    assert found is not None
    assert found[0] is found[1]
    # rows of the same key that say something else, as the same variant's price in two channels
    apart = ALONE.taken([FIRST, {**SECOND, "shelf__name": "Plays"}])
    assert apart == [{"id": 7, "name": "Poems"}, {"id": 7, "name": "Plays"}]


def test_the_statement_has_the_edges_and_lacks_what_is_not_wanted() -> None:
    assert _sql(EVERYTHING) == "SELECT book.id, book.shelf_id, book.text FROM book"
    assert _sql(Lookahead((SHELF,), frozenset({"text"}))) == (
        "SELECT book.id, book.shelf_id, shelf.id AS shelf__id, shelf.name AS shelf__name"
        " FROM book LEFT OUTER JOIN shelf ON shelf.id = book.shelf_id"
    )


def test_lookaheads_of_the_same_parts_are_one_shape() -> None:
    assert Lookahead((SHELF,), frozenset({"text"})) == Lookahead((SHELF,), frozenset({"text"}))
    assert len({EVERYTHING, Lookahead(), Lookahead((SHELF,)), Lookahead((ALONE,))}) == 3
