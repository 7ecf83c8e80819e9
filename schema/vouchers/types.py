"""Vouchers: what their codes take off a cart."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.catalog import groups
from engine.catalog import queries as catalog
from engine.channels import queries as channels
from engine.core.context import Ctx, Row
from engine.core.money import to_float
from engine.core.paging import page_args
from engine.vouchers import pages, queries
from schema.channels.types import Channel
from schema.common.connections import PageInfo, connection_rows
from schema.common.countries import CountryDisplay
from schema.common.enums import LanguageCodeEnum
from schema.common.ids import Node, global_id, joint_id
from schema.common.languages import LanguageDisplay
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, money_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.vouchers.enums import DiscountValueTypeEnum, VoucherTypeEnum

if TYPE_CHECKING:
    from schema.catalog.groups import CategoryCountableConnection, CollectionCountableConnection
    from schema.catalog.products import ProductCountableConnection
    from schema.catalog.variants import ProductVariantCountableConnection

READERS = needs("MANAGE_DISCOUNTS")


@strawberry.type
class VoucherCode:
    id: strawberry.ID = global_id("VoucherCode")
    code: str | None
    used: int | None
    is_active: bool | None

    @row_field
    def created_at(row: Row) -> datetime.datetime:
        return row["created_at"]


@strawberry.type
class VoucherCodeCountableEdge:
    node: VoucherCode
    cursor: str


@strawberry.type
class VoucherCodeCountableConnection:
    page_info: PageInfo
    edges: list[VoucherCodeCountableEdge]
    total_count: int | None


@strawberry.type(description="What a voucher is worth in a channel.")
class VoucherChannelListing(Node):
    id: strawberry.ID = global_id("VoucherChannelListing")
    currency: str

    @batch_field
    async def channel(parents: Rows, info: BatchInfo) -> list[Channel]:
        rows: Rows = await channels.by_ids(info.context, [row["channel_id"] for row in parents])
        return rows

    @row_field(description="Of the channel's currency, or per cent.")
    def discount_value(row: Row) -> float:
        return row["value"] / 1_000 if row["value_type"] == "PERCENTAGE" else to_float(row["value"], row["currency"])

    @row_field
    def min_spent(row: Row) -> Money | None:
        return None if row["min_spent"] is None else money_row(row["min_spent"], row["currency"])


@strawberry.type
class VoucherTranslation(Node):
    id: strawberry.ID = joint_id("VoucherTranslation", "voucher_id", "language")
    name: str | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


async def _whole(ctx: Ctx, parents: Rows) -> Rows:
    """Rows with their newest code and how often they were used, whoever made them."""
    lacking = [row["id"] for row in parents if "used" not in row]
    found = {row["id"]: row for row in await queries.by_ids(ctx, lacking) if row is not None}
    return [row if "used" in row else {**found[row["id"]], **row} for row in parents]


async def _named(
    info: BatchInfo, parents: Rows, name: str, first: Any, after: Any, last: Any, before: Any, read: Any
) -> Any:
    """Connections to what each voucher is for; `read` makes rows of ids."""
    ids = [row["id"] for row in parents]
    args = page_args(name, first=first, after=after, last=last, before=before, edges=info.selects("edges"))
    found = await pages.catalogue_pages(info.context, name, ids, args)
    wanted = list(dict.fromkeys(row["id"] for page in found for row in page.rows))
    rows = dict(zip(wanted, await read(wanted) if wanted else [], strict=True))
    shown = [pages.of_nodes(page, [rows[row["id"]] for row in page.rows]) for page in found]
    counts = await pages.catalogue_counts(info.context, name, ids) if info.selects("totalCount") else None
    return connection_rows(shown, counts)


@strawberry.type(description="What its codes take off a cart.")
class Voucher(Node, ObjectWithMetadata):
    """Rows of `engine.vouchers.queries.by_ids`; on a cart or an order, `code` is the one that was used there."""

    id: strawberry.ID = global_id("Voucher")
    name: str | None
    type: VoucherTypeEnum
    start_date: datetime.datetime
    end_date: datetime.datetime | None
    usage_limit: int | None
    apply_once_per_order: bool
    apply_once_per_customer: bool
    single_use: bool
    only_for_staff: bool
    min_checkout_items_quantity: int | None

    @row_field
    def discount_value_type(row: Row) -> DiscountValueTypeEnum:
        return row["value_type"]

    @batch_field(description="The code that was used; on no cart and no order, the newest.")
    async def code(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [row["code"] for row in await _whole(info.context, parents)]

    @batch_field(guard=READERS, description="How many orders were placed with its codes.")
    async def used(parents: Rows, info: BatchInfo) -> list[int]:
        return [row["used"] for row in await _whole(info.context, parents)]

    @row_field(description="Where a voucher for delivery holds; none: everywhere.")
    def countries(row: Row) -> list[CountryDisplay] | None:
        return row["countries"]

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[VoucherTranslation | None]:
        ids = [row["id"] for row in parents]
        rows: Rows = await pages.translations_of(info.context, ids, language_code)
        return rows

    @batch_field(guard=READERS)
    async def channel_listings(parents: Rows, info: BatchInfo) -> list[list[VoucherChannelListing] | None]:
        groups = await pages.listings_of(info.context, [row["id"] for row in parents])
        rows: Rows = [
            [{**listing, "value_type": row["value_type"]} for listing in group]
            for row, group in zip(parents, groups, strict=True)
        ]
        return rows

    @batch_field(guard=READERS, description="Its codes, oldest first.")
    async def codes(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[VoucherCodeCountableConnection | None]:
        ids = [row["id"] for row in parents]
        args = page_args("codes", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        found = await pages.code_pages(info.context, ids, args)
        counts = await pages.code_counts(info.context, ids) if info.selects("totalCount") else None
        rows: Rows = connection_rows(found, counts)
        return rows

    @batch_field(guard=READERS)
    async def products(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[Annotated["ProductCountableConnection", strawberry.lazy("schema.catalog.products")] | None]:
        async def read(ids: list[int]) -> Any:
            return await catalog.products_of(info.context, [(id, None) for id in ids])

        return await _named(info, parents, "products", first, after, last, before, read)

    @batch_field(guard=READERS)
    async def variants(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[Annotated["ProductVariantCountableConnection", strawberry.lazy("schema.catalog.variants")] | None]:
        async def read(ids: list[int]) -> Any:
            return await catalog.variants_of_keys(info.context, [(id, None) for id in ids])

        return await _named(info, parents, "variants", first, after, last, before, read)

    @batch_field(guard=READERS)
    async def collections(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[Annotated["CollectionCountableConnection", strawberry.lazy("schema.catalog.groups")] | None]:
        async def read(ids: list[int]) -> Any:
            return await groups.visible_collections(info.context, ids, None)

        return await _named(info, parents, "collections", first, after, last, before, read)

    @batch_field(guard=READERS)
    async def categories(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[Annotated["CategoryCountableConnection", strawberry.lazy("schema.catalog.groups")] | None]:
        async def read(ids: list[int]) -> Any:
            return await groups.categories(info.context, ids)

        return await _named(info, parents, "categories", first, after, last, before, read)


@strawberry.type
class VoucherCountableEdge:
    node: Voucher
    cursor: str


@strawberry.type
class VoucherCountableConnection:
    """The row has the filter to count with."""

    page_info: PageInfo
    edges: list[VoucherCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await pages.count(info.context, row["wanted"]) for row in parents]
