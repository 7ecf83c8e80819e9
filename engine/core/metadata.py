"""Pairs that callers keep with an object, in its `meta` and `private_meta`."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.tables import SQLModel, table


async def add_pairs(
    tx: WriteCtx, model: type[SQLModel], pk: int | uuid.UUID, pairs: dict[str, str], *, private: bool
) -> Row | None:
    """Add or replace pairs of one object; returns its row as it is then, None where there is none."""
    column = _column(model, private)
    return await _write(tx, model, pk, {column: column.concat(sa.cast(pairs, column.type))})


async def drop_keys(
    tx: WriteCtx, model: type[SQLModel], pk: int | uuid.UUID, keys: list[str], *, private: bool
) -> Row | None:
    """Drop pairs of one object by key, as far as they are there; returns as `add_pairs`."""
    column = _column(model, private)
    return await _write(tx, model, pk, {column: column.op("-")(sa.cast(keys, sa.ARRAY(sa.Text)))})


def _column(model: type[SQLModel], private: bool) -> sa.Column[Any]:
    return table(model).c["private_meta" if private else "meta"]


async def _write(tx: WriteCtx, model: type[SQLModel], pk: int | uuid.UUID, values: dict[Any, Any]) -> Row | None:
    t = table(model)
    (key,) = t.primary_key.columns
    told = [*t.c, *([] if key.name == "id" else [key.label("id")])]
    return (await tx.execute(t.update().where(key == pk).values(values).returning(*told))).mappings().first()


def meta_conditions(
    owner: sa.Table, pairs: Sequence[tuple[str, str | None]]
) -> tuple[list[sa.ColumnElement[bool]], dict[str, object]]:
    """Conditions on public metadata, and the values that fill them: each key is there, with its value if one is given.

    For tables that a look at every row is quick in.
    """
    conditions: list[sa.ColumnElement[bool]] = []
    values: dict[str, object] = {}
    for place, (key, value) in enumerate(pairs):
        values[f"meta_key_{place}"] = key
        found = owner.c.meta.op("->>", return_type=sa.Text())(sa.bindparam(f"meta_key_{place}", type_=sa.Text))
        if value is None:
            conditions.append(found.is_not(None))
        else:
            conditions.append(found == sa.bindparam(f"meta_value_{place}", type_=sa.Text))
            values[f"meta_value_{place}"] = value
    return conditions, values
