"""Alembic revisions: expand, backfill, contract."""
