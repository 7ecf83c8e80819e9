"""Column shorthands shared by every `models.py`, so that keys, money and times look the same in all tables."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import Field, SQLModel

from engine.core.ids import uuid7

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata

NOW = sa.text("now()")


def table(model: type[SQLModel]) -> sa.Table:
    """The Core table behind a model; `table(Product).c.slug`."""
    found: sa.Table = model.__table__  # type: ignore[attr-defined]
    return found


def bigint_pk() -> Any:
    return Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))


def uuid_pk() -> Any:
    return Field(default_factory=uuid7, sa_column=sa.Column(PG_UUID(as_uuid=True), primary_key=True, default=uuid7))


def bigint_ref(
    target: str,
    *,
    ondelete: str = "CASCADE",
    nullable: bool = False,
    primary_key: bool = False,
    index: bool = False,
    cyclic: bool = False,
) -> Any:
    """A bigint foreign key such as `bigint_ref("product.id")`; `cyclic` when both tables point at each other."""
    return _ref(sa.BigInteger(), target, ondelete, nullable, primary_key, index, cyclic)


def uuid_ref(
    target: str,
    *,
    ondelete: str = "CASCADE",
    nullable: bool = False,
    primary_key: bool = False,
    index: bool = False,
    cyclic: bool = False,
) -> Any:
    return _ref(PG_UUID(as_uuid=True), target, ondelete, nullable, primary_key, index, cyclic)


def _ref(
    kind: sa.types.TypeEngine[Any],
    target: str,
    ondelete: str,
    nullable: bool,
    primary_key: bool,
    index: bool,
    cyclic: bool,
) -> Any:
    column = sa.Column(
        kind,
        sa.ForeignKey(target, ondelete=ondelete, use_alter=cyclic),
        nullable=nullable,
        primary_key=primary_key,
        index=index or None,
        autoincrement=False,
    )
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def text(
    *,
    nullable: bool = False,
    default: str | None = None,
    unique: bool = False,
    index: bool = False,
    primary_key: bool = False,
) -> Any:
    column = sa.Column(
        sa.Text,
        nullable=nullable,
        server_default=default,
        unique=unique or None,
        index=index or None,
        primary_key=primary_key,
    )
    if nullable:
        return Field(default=None, sa_column=column)
    return Field(sa_column=column) if default is None else Field(default=default, sa_column=column)


def sort_text() -> Any:
    """A folded key for keyset paging, compared by code point whatever the database's locale."""
    return Field(sa_column=sa.Column(sa.Text(collation="C"), nullable=False))


def enum_text(name: str, values: Sequence[str], *, default: str | None = None, nullable: bool = False) -> Any:
    """Text with a CHECK on its values; `name` is the column's own name."""
    allowed = ", ".join(f"'{value}'" for value in values)
    column = sa.Column(
        sa.Text,
        sa.CheckConstraint(f"{name} IN ({allowed})", name=name),
        nullable=nullable,
        server_default=default,
    )
    if default is None and not nullable:
        return Field(sa_column=column)
    return Field(default=default, sa_column=column)


def money(*, nullable: bool = False, default: int | None = None, check: str | None = None) -> Any:
    """Minor units of the row's currency."""
    return bigint(nullable=nullable, default=default, check=check)


def bigint(*, nullable: bool = False, default: int | None = None, check: str | None = None) -> Any:
    return _number(sa.BigInteger(), nullable, default, check)


def integer(*, nullable: bool = False, default: int | None = None, check: str | None = None) -> Any:
    return _number(sa.Integer(), nullable, default, check)


def _number(kind: sa.types.TypeEngine[Any], nullable: bool, default: int | None, check: str | None) -> Any:
    parts: list[Any] = [sa.CheckConstraint(check, name=check.split()[0])] if check else []
    column = sa.Column(kind, *parts, nullable=nullable, server_default=None if default is None else str(default))
    if default is None and not nullable:
        return Field(sa_column=column)
    return Field(default=default, sa_column=column)


def boolean(default: bool = False) -> Any:
    return Field(
        default=default,
        sa_column=sa.Column(sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false()),
    )


def timestamp(*, nullable: bool = False, now: bool = False, index: bool = False) -> Any:
    """timestamptz; `now=True` lets the database fill it in."""
    column = sa.Column(
        sa.DateTime(timezone=True),
        nullable=nullable,
        server_default=NOW if now else None,
        index=index or None,
    )
    return Field(default=None, sa_column=column) if nullable or now else Field(sa_column=column)


def jsonb(default: str = "{}", *, nullable: bool = False) -> Any:
    if nullable:
        return Field(default=None, sa_column=sa.Column(JSONB(none_as_null=True), nullable=True))
    factory: Any = list if default == "[]" else dict
    return Field(
        default_factory=factory,
        sa_column=sa.Column(JSONB, nullable=False, server_default=sa.text(f"'{default}'::jsonb")),
    )


def bigint_array() -> Any:
    return Field(
        default_factory=list,
        sa_column=sa.Column(ARRAY(sa.BigInteger), nullable=False, server_default=sa.text("'{}'::bigint[]")),
    )


def text_array() -> Any:
    return Field(
        default_factory=list,
        sa_column=sa.Column(ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    )


def binary(*, nullable: bool = False) -> Any:
    column = sa.Column(sa.LargeBinary, nullable=nullable)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def tsvector() -> Any:
    return Field(default=None, sa_column=sa.Column(TSVECTOR, nullable=False))


class Timestamps(SQLModel):
    """`created_at` and `updated_at`, both UTC; a writer sets `updated_at` itself."""

    created_at: datetime | None = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"nullable": False, "server_default": NOW},
    )
    updated_at: datetime | None = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"nullable": False, "server_default": NOW},
    )


__all__ = [
    "NOW", "Field", "SQLModel", "Timestamps", "bigint", "bigint_array", "bigint_pk", "bigint_ref", "binary",
    "boolean", "enum_text", "integer", "jsonb", "metadata", "money", "sa", "sort_text", "table", "text",
    "text_array", "timestamp", "tsvector", "uuid", "uuid_pk", "uuid_ref",
]  # fmt: skip
