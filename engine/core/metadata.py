"""Pairs that callers keep with an object, in its `meta` and `private_meta`."""

import uuid
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
    return (await tx.execute(t.update().where(t.c.id == pk).values(values).returning(t))).mappings().first()
