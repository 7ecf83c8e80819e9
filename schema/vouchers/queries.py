from typing import Any

import strawberry
from strawberry import UNSET

from engine.channels import queries as channels
from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.vouchers import pages, queries
from engine.vouchers.pages import VoucherFilter, VoucherSort
from engine.vouchers.rules import VoucherStatus
from schema.common.enums import OrderDirection
from schema.common.filters import DateTimeRangeInput, IntRangeInput, MetadataFilter
from schema.common.inputs import given, set_or
from schema.common.moments import utc
from schema.execution.fields import Rows, root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.vouchers.enums import VoucherDiscountType
from schema.vouchers.types import Voucher, VoucherCountableConnection

STAFF = needs("MANAGE_DISCOUNTS")


@strawberry.input
class VoucherFilterInput:
    status: list[VoucherStatus] | None = UNSET
    times_used: IntRangeInput | None = UNSET
    discount_type: list[VoucherDiscountType] | None = UNSET
    started: DateTimeRangeInput | None = UNSET
    search: str | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET


@strawberry.input
class VoucherSortingInput:
    direction: OrderDirection
    channel: str | None = strawberry.field(default=UNSET, description="Slug of the channel whose values count.")
    field: VoucherSort


@strawberry.type
class VouchersQueries:
    @root_field(STAFF, description="A voucher by its id.")
    async def voucher(self, info: BatchInfo, id: strawberry.ID, channel: str | None = None) -> Voucher | None:
        return (await queries.by_ids(info.context, [int_pk(id, "Voucher")]))[0]

    @root_field(STAFF, description="The shop's vouchers.")
    async def vouchers(
        self,
        info: BatchInfo,
        filter: VoucherFilterInput | None = None,
        sort_by: VoucherSortingInput | None = None,
        query: str | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> VoucherCountableConnection | None:
        args = page_args("vouchers", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        slug = channel or (set_or(sort_by.channel) if sort_by else None)
        place = await channels.by_slug(info.context, slug) if slug else None
        wanted = _wanted(filter, query, place["id"] if place else None)
        if slug and place is None:
            wanted = VoucherFilter(ids=())
        sort = sort_by.field if sort_by else None
        descending = sort_by is not None and sort_by.direction == OrderDirection.DESC
        page = await pages.page(info.context, wanted, args, sort, descending=descending)
        connection: Rows = page.as_connection(wanted=wanted)
        return connection


def _wanted(filter: VoucherFilterInput | None, query: str | None, channel_id: int | None) -> VoucherFilter:
    asked = given(filter) if filter else {}

    def bound(name: str, side: str) -> Any:
        return set_or(getattr(asked[name], side)) if asked.get(name) else None

    return VoucherFilter(
        ids=tuple(int_pk(id, "Voucher") for id in asked["ids"]) if asked.get("ids") else None,
        statuses=tuple(asked["status"]) if asked.get("status") else None,
        kinds=tuple(asked["discount_type"]) if asked.get("discount_type") else None,
        used_from=bound("times_used", "gte"),
        used_to=bound("times_used", "lte"),
        started_from=utc(bound("started", "gte")),
        started_to=utc(bound("started", "lte")),
        search=asked.get("search") or query,
        channel_id=channel_id,
        meta=tuple((item.key, set_or(item.value)) for item in asked.get("metadata") or ()),
    )
