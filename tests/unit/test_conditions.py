"""What a nested wish becomes in a statement."""

import pytest
import sqlalchemy as sa

from engine.core.conditions import Conditions, Wish, flag, metadata, of
from engine.core.statements import Statement

T = sa.table("t", sa.column("id", sa.BigInteger), sa.column("name"), sa.column("on", sa.Boolean))
META = sa.column("meta", sa.dialects.postgresql.JSONB)
PARTS = Conditions(
    {
        "ids": of(sa.ARRAY(sa.BigInteger), lambda ids: T.c.id == sa.any_(ids)),
        "name": of(sa.Text, lambda name: T.c.name == name),
        "on": flag(lambda wanted: T.c.on.is_(wanted)),
        "metadata": metadata(META),
    }
)


def sql_of(wish: Wish) -> tuple[str, list[object]]:
    statement = Statement(sa.select(T.c.id).where(*PARTS.clauses(wish)))
    return statement.sql, statement.arguments(PARTS.values(wish))


def test_values_stand_in_the_order_of_the_clauses_however_deep_they_nest() -> None:
    wish = Wish(
        {"ids": (1, 2)},
        all_of=(Wish({"name": "a"}),),
        any_of=(Wish({"name": "b", "on": True}), Wish(all_of=(Wish({"ids": (3,)}),))),
    )
    sql, arguments = sql_of(wish)
    assert arguments == [[1, 2], "a", "b", [3]]
    assert sql.count("$") == 4
    assert " OR " in sql


def test_only_what_stands_in_the_text_makes_another_shape() -> None:
    assert PARTS.shape(Wish({"ids": (1,)})) == PARTS.shape(Wish({"ids": (2, 3), "name": None}))
    assert PARTS.shape(Wish({"on": True})) != PARTS.shape(Wish({"on": False}))


def test_metadata_asks_for_pairs_and_for_keys() -> None:
    _, arguments = sql_of(Wish({"metadata": (("a", "1"), ("b", None))}))
    assert arguments == [{"a": "1"}, ["b"]]


def test_an_unknown_part_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="nme"):
        PARTS.clauses(Wish({"nme": "a"}))
