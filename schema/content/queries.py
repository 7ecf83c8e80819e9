import strawberry

from engine.channels import queries as channels
from engine.content import menus, queries
from engine.core.context import Ctx
from engine.core.errors import BadRequest
from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.core.text import fold
from engine.flows import find_pages
from schema.catalog.filters import criteria
from schema.common.enums import LanguageCodeEnum
from schema.common.inputs import set_or
from schema.content.inputs import (
    Carrying,
    MenuFilterInput,
    MenuSortingInput,
    PageFilterInput,
    PageSortingInput,
    PageTypeFilterInput,
    PageTypeSortingInput,
    PageWhereInput,
    asking_attributes,
    descends,
    menu_wish,
    page_filter,
    page_order,
)
from schema.content.types import (
    Menu,
    MenuCountableConnection,
    Page,
    PageCountableConnection,
    PageType,
    PageTypeCountableConnection,
    seen_from,
)
from schema.execution.fields import root_field
from schema.execution.guards import PUBLIC, STAFF
from schema.execution.info import BatchInfo

MAX_CRITERIA = 20


@strawberry.type
class ContentQueries:
    @root_field(PUBLIC, description="A page by id or slug; shoppers get what is published.")
    async def page(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        slug: str | None = None,
        slug_language_code: LanguageCodeEnum | None = None,
    ) -> Page | None:
        _exactly_one(id=id, slug=slug)
        if id is not None:
            return (await queries.visible_pages(info.context, [int_pk(id, "Page")]))[0]
        return await queries.visible_page_by_slug(info.context, slug or "", slug_language_code)

    @root_field(PUBLIC, description="Pages; shoppers get those published.")
    async def pages(
        self,
        info: BatchInfo,
        sort_by: PageSortingInput | None = None,
        filter: PageFilterInput | None = None,
        search: str | None = None,
        where: PageWhereInput | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> PageCountableConnection | None:
        args = page_args("pages", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        carrying = {
            id(one): await find_pages.carrying(info.context, criteria(one.attributes))
            for one in asking_attributes(where)
        }
        wanted = page_filter(filter, where, search, carrying)
        sort, descending = page_order(sort_by, wanted.search)
        channel_id = await _channel_id(info.context, channel)
        page = await queries.visible_page_list(
            info.context, wanted, args, sort, descending=descending, channel_id=channel_id
        )
        total = await queries.visible_page_count(info.context, wanted) if info.selects("totalCount") else None
        return page.as_connection(total_count=total)  # type: ignore[return-value]

    @root_field(PUBLIC, description="A page type by id.")
    async def page_type(self, info: BatchInfo, id: strawberry.ID) -> PageType | None:
        return (await queries.types_by_ids(info.context, [int_pk(id, "PageType")]))[0]

    @root_field(PUBLIC, description="Page types.")
    async def page_types(
        self,
        info: BatchInfo,
        sort_by: PageTypeSortingInput | None = None,
        filter: PageTypeFilterInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> PageTypeCountableConnection | None:
        args = page_args("pageTypes", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        slugs, text = (set_or(filter.slugs), set_or(filter.search)) if filter else (None, None)
        parts = {"slugs": slugs, "search": fold(text) if text else None}
        descending = sort_by is not None and descends(sort_by.direction)
        page = await queries.type_list(info.context, args, descending=descending, **parts)
        total = await queries.type_count(info.context, **parts) if info.selects("totalCount") else None
        return page.as_connection(total_count=total)  # type: ignore[return-value]

    @root_field(PUBLIC, description="A menu by id, name or slug, its links as seen in a channel.")
    async def menu(
        self,
        info: BatchInfo,
        channel: str | None = None,
        id: strawberry.ID | None = None,
        name: str | None = None,
        slug: str | None = None,
    ) -> Menu | None:
        _exactly_one(id=id, name=name, slug=slug)
        if id is not None:
            row = (await menus.by_ids(info.context, [int_pk(id, "Menu")]))[0]
        elif name is not None:
            row = await menus.by_name(info.context, name)
        else:
            row = await menus.by_slug(info.context, slug or "")
        return seen_from(await _channel_id(info.context, channel), row)

    @root_field(STAFF, description="All menus.")
    async def menus(
        self,
        info: BatchInfo,
        channel: str | None = None,
        sort_by: MenuSortingInput | None = None,
        filter: MenuFilterInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> MenuCountableConnection | None:
        args = page_args("menus", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        channel_id = await _channel_id(info.context, channel)
        descending = sort_by is not None and descends(sort_by.direction)
        wish, order = menu_wish(filter), sort_by.field if sort_by else "NAME"
        page = await menus.menu_list(info.context, args, channel_id, wish, order, descending=descending)
        total = await menus.menu_count(info.context, wish) if info.selects("totalCount") else None
        return page.as_connection(total_count=total)  # type: ignore[return-value]


async def _carrying(ctx: Ctx, where: PageWhereInput | None) -> Carrying:
    asking = list(asking_attributes(where))
    wanted = {id(one): criteria(one.attributes) for one in asking}
    if sum(map(len, wanted.values())) > MAX_CRITERIA:
        raise BadRequest(f"`where` asks for at most {MAX_CRITERIA} attributes.")
    return {key: await find_pages.carrying(ctx, each) for key, each in wanted.items()}


async def _channel_id(ctx: Ctx, slug: str | None) -> int | None:
    """None without a channel, and for one there is not: nothing is published there."""
    row = await channels.by_slug(ctx, slug) if slug is not None else None
    return None if row is None else int(row["id"])


def _exactly_one(**arguments: object) -> None:
    if sum(value is not None for value in arguments.values()) != 1:
        raise BadRequest(f"Exactly one of the arguments {', '.join(f'`{name}`' for name in arguments)} is required.")
