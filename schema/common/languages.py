"""`LanguageDisplay`: the row is a language code such as `pt-br`."""

import strawberry

from engine.core.context import Row
from engine.core.reference.languages import language_name
from schema.common.enums import LanguageCodeEnum
from schema.execution.fields import row_field


@strawberry.type(description="A language and what it is called in English.")
class LanguageDisplay:
    @row_field
    def code(row: Row) -> LanguageCodeEnum:
        return row

    @row_field
    def language(row: Row) -> str:
        return language_name(row)
