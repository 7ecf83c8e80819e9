import strawberry

from engine.core.errors import InvalidId
from engine.core.ids import int_pk, split_global, uuid_pk
from engine.core.paging import Page, page_args
from engine.flows import translate
from schema.execution.fields import root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.translations.types import (
    CONTENTS,
    TranslatableItem,
    TranslatableItemConnection,
    TranslatableKinds,
    content_row,
)

TRANSLATORS = needs("MANAGE_TRANSLATIONS")
_UUIDS = ("PROMOTION", "PROMOTION_RULE")
_ALSO = {"SHIPPING_METHOD": ("ShippingMethod",)}


@strawberry.type
class TranslationsQueries:
    @root_field(TRANSLATORS, description="What there is to translate of a kind.")
    async def translations(
        self,
        info: BatchInfo,
        kind: TranslatableKinds,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> TranslatableItemConnection | None:
        edges = info.selects("edges")
        args = page_args("translations", first=first, after=after, last=last, before=before, edges=edges)
        if kind not in CONTENTS:
            return Page([], [], has_next=False, has_previous=False).as_connection(total_count=0)  # type: ignore[return-value]
        found = await translate.page(info.context, kind, args)
        total = await translate.count(info.context, kind) if info.selects("totalCount") else None
        rows = [content_row(kind, row) for row in found.rows]
        page = Page(rows, found.cursors, found.has_next, found.has_previous)
        return page.as_connection(total_count=total)  # type: ignore[return-value]

    @root_field(TRANSLATORS, description="What there is to translate of one object.")
    async def translation(self, info: BatchInfo, id: strawberry.ID, kind: TranslatableKinds) -> TranslatableItem | None:
        if kind not in CONTENTS:
            return None
        row = await translate.by_id(info.context, kind, translatable_pk(id, kind))
        return row and content_row(kind, row)


def translatable_pk(global_id: str, kind: str) -> translate.Pk:
    """The key of an object of that kind by its own id, or that of its translatable content. Raises InvalidId."""
    expected = translate.KINDS[kind].type_name
    try:
        name, _ = split_global(global_id)
    except ValueError as error:
        raise InvalidId(global_id, expected) from error
    if name not in (expected, CONTENTS[kind], *_ALSO.get(kind, ())):
        raise InvalidId(global_id, expected)
    return uuid_pk(global_id, name) if kind in _UUIDS else int_pk(global_id, name)
