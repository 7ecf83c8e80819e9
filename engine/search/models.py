from typing import Any

from engine.core.tables import SQLModel, bigint_ref, integer, sa, text, tsvector


class SearchDocument(SQLModel, table=True):
    """The words of a product in one language, weighted: A name, B attributes and SKUs, C category, D text."""

    __tablename__ = "search_document"
    __table_args__ = (sa.Index("ix_search_document_words", "words", postgresql_using="gin"),)

    product_id: int = bigint_ref("product.id", primary_key=True)
    language: str = text(primary_key=True)
    words: Any = tsvector()


class SearchWord(SQLModel, table=True):
    """The distinct words of all documents; trigrams find the candidates for a misspelt one."""

    __tablename__ = "search_word"
    __table_args__ = (
        sa.Index("ix_search_word_trigrams", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
    )

    word: str = text(primary_key=True)
    documents: int = integer(default=1)
