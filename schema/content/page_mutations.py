"""What staff change of pages and page types."""

import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from engine.content import page_service
from engine.core.context import transact
from engine.core.errors import Refusal
from engine.core.ids import int_pk
from engine.flows import edit_content
from schema.attributes.value_inputs import AttributeValueInput, given_values
from schema.catalog.product_inputs import SeoInput, seo_columns
from schema.common.ids import moves_of, pk_of, pks_of
from schema.common.inputs import ReorderInput, given
from schema.common.moments import midnight, utc
from schema.common.scalars import JSONString
from schema.content.errors import PageError
from schema.content.types import Page, PageType
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

PAGES = needs("MANAGE_PAGES")
TYPES = needs("MANAGE_PAGE_TYPES_AND_ATTRIBUTES")


@strawberry.input
class PageInput:
    slug: str | None = UNSET
    title: str | None = UNSET
    content: JSONString | None = UNSET
    attributes: list[AttributeValueInput] | None = UNSET
    is_published: bool | None = UNSET
    publication_date: str | None = strawberry.field(default=UNSET, description="Deprecated: use `publishedAt`.")
    published_at: datetime.datetime | None = UNSET
    seo: SeoInput | None = UNSET


@strawberry.input
class PageCreateInput:
    slug: str | None = UNSET
    title: str | None = UNSET
    content: JSONString | None = UNSET
    attributes: list[AttributeValueInput] | None = UNSET
    is_published: bool | None = UNSET
    publication_date: str | None = strawberry.field(default=UNSET, description="Deprecated: use `publishedAt`.")
    published_at: datetime.datetime | None = UNSET
    seo: SeoInput | None = UNSET
    page_type: strawberry.ID


@strawberry.input
class PageTypeCreateInput:
    name: str | None = UNSET
    slug: str | None = UNSET
    add_attributes: list[strawberry.ID] | None = UNSET


@strawberry.input
class PageTypeUpdateInput:
    name: str | None = UNSET
    slug: str | None = UNSET
    add_attributes: list[strawberry.ID] | None = UNSET
    remove_attributes: list[strawberry.ID] | None = UNSET


@strawberry.type
class PageCreate:
    page: Page | None
    errors: list[PageError]


@strawberry.type
class PageUpdate:
    page: Page | None
    errors: list[PageError]


@strawberry.type
class PageDelete:
    page: Page | None
    errors: list[PageError]


@strawberry.type
class PageBulkDelete:
    count: int
    errors: list[PageError]


@strawberry.type
class PageBulkPublish:
    count: int
    errors: list[PageError]


@strawberry.type
class PageTypeCreate:
    page_type: PageType | None
    errors: list[PageError]


@strawberry.type
class PageTypeUpdate:
    page_type: PageType | None
    errors: list[PageError]


@strawberry.type
class PageTypeDelete:
    page_type: PageType | None
    errors: list[PageError]


@strawberry.type
class PageTypeBulkDelete:
    count: int
    errors: list[PageError]


@strawberry.type
class PageAttributeAssign:
    page_type: PageType | None
    errors: list[PageError]


@strawberry.type
class PageAttributeUnassign:
    page_type: PageType | None
    errors: list[PageError]


@strawberry.type
class PageTypeReorderAttributes:
    page_type: PageType | None
    errors: list[PageError]


@strawberry.type
class PageMutations:
    @mutation_field(PAGES, description="Make a page.")
    async def page_create(self, info: BatchInfo, input: PageCreateInput) -> PageCreate:
        type_id, attributes = pk_of(input.page_type, "PageType", "pageType"), _values(input)
        return payload(
            page=await transact(info.context, edit_content.create_page, type_id, _columns(input), attributes)
        )

    @mutation_field(PAGES, description="Change a page.")
    async def page_update(self, info: BatchInfo, id: strawberry.ID, input: PageInput) -> PageUpdate:
        pk, attributes = int_pk(id, "Page"), _values(input)
        return payload(page=await transact(info.context, edit_content.update_page, pk, _columns(input), attributes))

    @mutation_field(PAGES, description="Delete a page.")
    async def page_delete(self, info: BatchInfo, id: strawberry.ID) -> PageDelete:
        gone = await transact(info.context, page_service.delete_pages, [int_pk(id, "Page")])
        return payload(page=edit_content.only(gone, "page"))

    @mutation_field(PAGES, empty={"count": 0}, description="Delete pages.")
    async def page_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> PageBulkDelete:
        gone = await transact(info.context, page_service.delete_pages, pks_of(ids, "Page", "ids"))
        return payload(count=len(gone))

    @mutation_field(PAGES, empty={"count": 0}, description="Publish pages, or hide them.")
    async def page_bulk_publish(self, info: BatchInfo, ids: list[strawberry.ID], is_published: bool) -> PageBulkPublish:
        pks = pks_of(ids, "Page", "ids")
        return payload(count=await transact(info.context, page_service.publish_pages, pks, published=is_published))

    @mutation_field(TYPES, description="Make a page type.")
    async def page_type_create(self, info: BatchInfo, input: PageTypeCreateInput) -> PageTypeCreate:
        add = pks_of(given(input).get("add_attributes"), "Attribute", "addAttributes")
        return payload(page_type=await transact(info.context, edit_content.create_type, _named(input), add))

    @mutation_field(TYPES, description="Change a page type.")
    async def page_type_update(
        self, info: BatchInfo, input: PageTypeUpdateInput, id: strawberry.ID | None = None
    ) -> PageTypeUpdate:
        if id is None:
            raise Refusal("The id of a page type is needed.", field="id", code="REQUIRED")
        asked = given(input)
        add = pks_of(asked.get("add_attributes"), "Attribute", "addAttributes")
        remove = pks_of(asked.get("remove_attributes"), "Attribute", "removeAttributes")
        pk, values = int_pk(id, "PageType"), _named(input)
        return payload(page_type=await transact(info.context, edit_content.update_type, pk, values, add, remove))

    @mutation_field(TYPES, description="Delete a page type and all its pages.")
    async def page_type_delete(self, info: BatchInfo, id: strawberry.ID) -> PageTypeDelete:
        gone = await transact(info.context, page_service.delete_types, [int_pk(id, "PageType")])
        return payload(page_type=edit_content.only(gone, "page type"))

    @mutation_field(TYPES, empty={"count": 0}, description="Delete page types and all their pages.")
    async def page_type_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> PageTypeBulkDelete:
        gone = await transact(info.context, page_service.delete_types, pks_of(ids, "PageType", "ids"))
        return payload(count=len(gone))

    @mutation_field(TYPES, description="Let pages of a type carry attributes.")
    async def page_attribute_assign(
        self, info: BatchInfo, page_type_id: strawberry.ID, attribute_ids: list[strawberry.ID]
    ) -> PageAttributeAssign:
        pk = pk_of(page_type_id, "PageType", "pageTypeId")
        ids = pks_of(attribute_ids, "Attribute", "attributeIds")
        return payload(page_type=await transact(info.context, edit_content.assign_attributes, pk, ids))

    @mutation_field(TYPES, description="Take attributes and their values off a type's pages.")
    async def page_attribute_unassign(
        self, info: BatchInfo, page_type_id: strawberry.ID, attribute_ids: list[strawberry.ID]
    ) -> PageAttributeUnassign:
        pk = pk_of(page_type_id, "PageType", "pageTypeId")
        ids = pks_of(attribute_ids, "Attribute", "attributeIds")
        return payload(page_type=await transact(info.context, edit_content.unassign_attributes, pk, ids))

    @mutation_field(TYPES, description="Move attributes within those of a page type.")
    async def page_type_reorder_attributes(
        self, info: BatchInfo, page_type_id: strawberry.ID, moves: list[ReorderInput]
    ) -> PageTypeReorderAttributes:
        pk, wanted = pk_of(page_type_id, "PageType", "pageTypeId"), moves_of(moves, "Attribute")
        return payload(page_type=await transact(info.context, edit_content.reorder_attributes, pk, wanted))


def _columns(input: Any) -> dict[str, Any]:
    asked = given(input)
    plain = ("slug", "title", "content", "is_published")
    columns: dict[str, Any] = {name: asked[name] for name in plain if name in asked}
    if "published_at" in asked:
        columns["published_at"] = utc(asked["published_at"])
    elif "publication_date" in asked:
        columns["published_at"] = _day(asked["publication_date"])
    return columns | seo_columns(asked)


def _day(given: str | None) -> datetime.datetime | None:
    try:
        return midnight(datetime.date.fromisoformat(given)) if given else None
    except ValueError as error:
        raise Refusal("A day is written as YYYY-MM-DD.", field="publicationDate") from error


def _named(input: Any) -> dict[str, Any]:
    asked = given(input)
    return {name: asked[name] for name in ("name", "slug") if name in asked}


def _values(input: Any) -> Any:
    return given_values(given(input).get("attributes"))
