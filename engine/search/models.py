from datetime import datetime
from typing import Any

from engine.core.tables import Field, SQLModel, integer, sa, text, timestamp, tsvector


def _product_id() -> Any:
    """No foreign key: what a deleted product leaves here is undone by the job that hears of it, counts and all."""
    return Field(sa_column=sa.Column(sa.BigInteger, primary_key=True, autoincrement=False))


class SearchDocument(SQLModel, table=True):
    """What a product is called in one language: its words as written and by their stems, with their positions.

    Weights: A name, B attribute values, variants and SKUs, C categories and collections. Results are ranked by it,
    so its rows are kept small.
    """

    __tablename__ = "search_document"
    __table_args__ = (sa.Index("ix_search_document_words", "words", postgresql_using="gin"),)

    product_id: int = _product_id()
    language: str = text(primary_key=True)
    words: Any = tsvector()


class SearchText(SQLModel, table=True):
    """All words of a product in one language: those of its document, and its descriptions."""

    __tablename__ = "search_text"
    __table_args__ = (sa.Index("ix_search_text_words", "words", postgresql_using="gin"),)

    product_id: int = _product_id()
    language: str = text(primary_key=True)
    words: Any = tsvector()


class SearchWord(SQLModel, table=True):
    """The distinct words of all texts that a misspelt one may have meant; trigrams find the candidates."""

    __tablename__ = "search_word"
    __table_args__ = (
        sa.Index("ix_search_word_trigrams", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
    )

    word: str = text(primary_key=True)
    documents: int = integer(default=1)


class SearchPush(SQLModel, table=True):
    """Products that changed, and when an outside search engine was told; `pushed_at` null: it is yet to be.

    Whoever tells it now has `claimed_until` that moment; after it anybody may.
    """

    __tablename__ = "search_push"
    __table_args__ = (sa.Index("ix_search_push_waiting", "marked_at", postgresql_where=sa.text("pushed_at IS NULL")),)

    product_id: int = _product_id()
    marked_at: datetime = timestamp()
    claimed_until: datetime | None = timestamp(nullable=True)
    pushed_at: datetime | None = timestamp(nullable=True)
