"""Pages with their types, and menus."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.catalog import groups
from engine.content import assigned, menus, queries
from engine.core.context import Row
from engine.core.paging import page_args
from schema.attributes.assigned import AssignedAttribute, assigned_row
from schema.attributes.inputs import AttributeFilterInput, AttributeWhereInput
from schema.attributes.queries import attribute_wish, available_rows
from schema.attributes.types import Attribute, AttributeCountableConnection, SelectedAttribute
from schema.common.connections import PageInfo
from schema.common.enums import LanguageCodeEnum
from schema.common.ids import Node, global_id, joint_id
from schema.common.languages import LanguageDisplay
from schema.common.metadata import ObjectWithMetadata
from schema.common.scalars import JSONString, PositiveInt
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.catalog.types import Category, Collection
else:
    Category = Annotated["Category", strawberry.lazy("schema.catalog.types")]
    Collection = Annotated["Collection", strawberry.lazy("schema.catalog.types")]


@strawberry.type(description="What pages of a kind have in common.")
class PageType(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("PageType")
    name: str
    slug: str

    @batch_field
    async def attributes(parents: Rows, info: BatchInfo) -> list[list[Attribute] | None]:
        found: Rows = await assigned.attributes_of_types(info.context, [row["id"] for row in parents])
        return found

    @batch_field(guard=needs("MANAGE_PAGES", "MANAGE_PAGE_TYPES_AND_ATTRIBUTES"))
    async def has_pages(parents: Rows, info: BatchInfo) -> list[bool | None]:
        found: Rows = await queries.used_types(info.context, [row["id"] for row in parents])
        return found

    @batch_field(
        guard=needs("MANAGE_PAGES", "MANAGE_PAGE_TYPES_AND_ATTRIBUTES"),
        description="Attributes that its pages do not carry yet.",
    )
    async def available_attributes(
        parents: Rows,
        info: BatchInfo,
        filter: AttributeFilterInput | None = None,
        where: AttributeWhereInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[AttributeCountableConnection | None]:
        edges = info.selects("edges")
        args = page_args("availableAttributes", first=first, after=after, last=last, before=before, edges=edges)
        taken = await assigned.ids_of_types(info.context, [row["id"] for row in parents])
        wish = await attribute_wish(info, filter, where)
        return await available_rows(info, taken, "PAGE_TYPE", wish, args)


@strawberry.type
class PageTypeCountableEdge:
    node: PageType
    cursor: str


@strawberry.type
class PageTypeCountableConnection:
    page_info: PageInfo
    edges: list[PageTypeCountableEdge]
    total_count: int | None


@strawberry.type(description="A page in another language; a null text is not translated.")
class PageTranslation(Node):
    id: strawberry.ID = joint_id("PageTranslation", "id", "language")
    seo_title: str | None
    seo_description: str | None
    slug: str | None
    title: str | None
    content: JSONString | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type(description="A page of the shop's own; `content` is an EditorJS document.")
class Page(Node, ObjectWithMetadata):
    """The row may carry `channel_id`, in which what its attributes point at is looked at."""

    id: strawberry.ID = global_id("Page")
    seo_title: str | None
    seo_description: str | None
    title: str
    content: JSONString | None
    slug: str
    is_published: bool
    published_at: datetime.datetime | None

    @row_field
    def created(row: Row) -> datetime.datetime:
        return row["created_at"]

    @batch_field
    async def page_type(parents: Rows, info: BatchInfo) -> list[PageType]:
        found: Rows = await queries.types_by_ids(info.context, [row["page_type_id"] for row in parents])
        return found

    @batch_field
    async def attributes(parents: Rows, info: BatchInfo) -> list[list[SelectedAttribute]]:
        return await assigned.of_pages(info.context, parents)

    @batch_field
    async def attribute(parents: Rows, info: BatchInfo, slug: str) -> list[SelectedAttribute | None]:
        return [_named(rows, slug) for rows in await assigned.of_pages(info.context, parents)]

    @batch_field
    async def assigned_attributes(
        parents: Rows, info: BatchInfo, limit: PositiveInt | None = None
    ) -> list[list[AssignedAttribute]]:
        found: Rows = await assigned.of_pages(info.context, parents)
        return [[assigned_row(row) for row in rows[:limit]] for rows in found]

    @batch_field
    async def assigned_attribute(parents: Rows, info: BatchInfo, slug: str) -> list[AssignedAttribute | None]:
        found = [_named(rows, slug) for rows in await assigned.of_pages(info.context, parents)]
        return [row and assigned_row(row) for row in found]

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[PageTranslation | None]:
        return await queries.page_translations(info.context, [row["id"] for row in parents], language_code)


@strawberry.type
class PageCountableEdge:
    node: Page
    cursor: str


@strawberry.type
class PageCountableConnection:
    page_info: PageInfo
    edges: list[PageCountableEdge]
    total_count: int | None


@strawberry.type
class MenuItemTranslation(Node):
    id: strawberry.ID = joint_id("MenuItemTranslation", "menu_item_id", "language")
    name: str

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type(description="A menu: items up to three levels deep.")
class Menu(Node, ObjectWithMetadata):
    """The row also carries `channel_id`, in which its items' collections are looked at."""

    id: strawberry.ID = global_id("Menu")
    name: str
    slug: str

    @batch_field
    async def items(parents: Rows, info: BatchInfo) -> list[list["MenuItem"] | None]:
        found = await menus.top_items(info.context, [row["id"] for row in parents])
        return _seen_from(parents, found)


@strawberry.type(description="A link to a category, a collection, a page or an address, or a heading above others.")
class MenuItem(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("MenuItem")
    name: str
    level: int
    url: str | None

    @batch_field
    async def menu(parents: Rows, info: BatchInfo) -> list[Menu]:
        found = await menus.by_ids(info.context, [row["menu_id"] for row in parents])
        return [seen_from(row["channel_id"], menu) for row, menu in zip(parents, found, strict=True)]

    @batch_field
    async def parent(parents: Rows, info: BatchInfo) -> list["MenuItem | None"]:
        found = await menus.items_by_ids(info.context, [row["parent_id"] for row in parents])
        return [seen_from(row["channel_id"], item) for row, item in zip(parents, found, strict=True)]

    @batch_field
    async def children(parents: Rows, info: BatchInfo) -> list[list["MenuItem"] | None]:
        found = await menus.children(info.context, [row["id"] for row in parents])
        return _seen_from(parents, found)

    @batch_field
    async def category(parents: Rows, info: BatchInfo) -> list[Category | None]:
        return await groups.categories(info.context, [row["category_id"] for row in parents])

    @batch_field(description="Null for shoppers where it is not published in the menu's channel.")
    async def collection(parents: Rows, info: BatchInfo) -> list[Collection | None]:
        found: dict[tuple[int | None, int | None], Any] = {}
        for channel_id in {row["channel_id"] for row in parents}:
            ids = [row["collection_id"] for row in parents if row["channel_id"] == channel_id]
            rows = await groups.visible_collections(info.context, ids, channel_id)
            found.update({(channel_id, id): row for id, row in zip(ids, rows, strict=True)})
        return [found[row["channel_id"], row["collection_id"]] for row in parents]

    @batch_field(description="Null for shoppers where it is not published.")
    async def page(parents: Rows, info: BatchInfo) -> list[Page | None]:
        pages = await queries.visible_pages(info.context, [row["page_id"] for row in parents])
        return [seen_from(row["channel_id"], page) for row, page in zip(parents, pages, strict=True)]

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[MenuItemTranslation | None]:
        return await menus.item_translations(info.context, [row["id"] for row in parents], language_code)


@strawberry.type
class MenuCountableEdge:
    node: Menu
    cursor: str


@strawberry.type
class MenuCountableConnection:
    page_info: PageInfo
    edges: list[MenuCountableEdge]
    total_count: int | None


def seen_from(channel_id: int | None, row: Row) -> Row:
    """The row as read for a channel."""
    return row and {**row, "channel_id": channel_id}


def _seen_from(parents: Rows, found: list[list[Row]]) -> Any:
    return [[seen_from(parent["channel_id"], row) for row in rows] for parent, rows in zip(parents, found, strict=True)]


def _named(selections: list[Row], slug: str) -> Row:
    return next((row for row in selections if row["attribute"]["slug"] == slug), None)
