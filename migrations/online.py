"""Indexes on tables that may be large and in use: made and dropped without keeping writers out."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op


def add_index(name: str, table: str, columns: Sequence[str | sa.TextClause], **options: Any) -> None:
    """Make it unless it is there. One that an interrupted run left half made is made anew.

    Ends the migration's transaction when the table has rows, so that what a revision does besides must bear to be
    done again.
    """
    connection = op.get_bind()
    if not connection.scalar(sa.text(f'SELECT EXISTS (SELECT FROM "{table}")')):  # noqa: S608  (a name of ours)
        op.create_index(name, table, columns, if_not_exists=True, **options)
        return
    valid = connection.scalar(
        sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": f'"{name}"'}
    )
    with op.get_context().autocommit_block():
        if valid is False:
            op.drop_index(name, table, postgresql_concurrently=True)
        op.create_index(name, table, columns, if_not_exists=True, postgresql_concurrently=True, **options)


def drop_index(name: str, table: str) -> None:
    """Drop it if it is there."""
    with op.get_context().autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
