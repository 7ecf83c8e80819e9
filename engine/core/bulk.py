"""Statements over many rows at once: the rows travel as one JSON array, which PostgreSQL reads as a table."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.core.statements import Statement

NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))


def over_rows(sql: str, columns: str, *others: "sa.BindParameter[Any]") -> Statement:
    """`{rows}` in `sql` becomes the table that the parameter `rows`, a list of dicts, makes with these columns."""
    source = f"jsonb_to_recordset(:rows) AS r({columns})"
    return Statement(sa.text(sql.format(rows=source)).bindparams(sa.bindparam("rows", type_=JSONB), *others))


def texts(name: str) -> "sa.BindParameter[Any]":
    return sa.bindparam(name, type_=sa.ARRAY(sa.Text))


def flags(*names: str) -> "list[sa.BindParameter[Any]]":
    return [sa.bindparam(name, type_=sa.Boolean) for name in names]
