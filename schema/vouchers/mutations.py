"""What staff change of vouchers."""

import datetime
from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.core.errors import InvalidId, Refusal
from engine.core.ids import uuid_pk
from engine.vouchers import editing, listings
from engine.vouchers.editing import Edit
from engine.vouchers.errors import UnknownVoucher
from schema.checkout.inputs import found_int
from schema.common.inputs import given
from schema.common.moments import utc
from schema.common.scalars import PositiveDecimal
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.vouchers.enums import DiscountValueTypeEnum, VoucherTypeEnum
from schema.vouchers.errors import DiscountError, VoucherCodeBulkDeleteError
from schema.vouchers.types import Voucher

STAFF = needs("MANAGE_DISCOUNTS")
_TYPES = {"products": "Product", "variants": "ProductVariant", "collections": "Collection", "categories": "Category"}
_RENAMED = {"discount_value_type": "value_type"}


@strawberry.input
class VoucherInput:
    type: VoucherTypeEnum | None = UNSET
    name: str | None = UNSET
    code: str | None = strawberry.field(default=UNSET, description="One code; empty for a random one.")
    add_codes: list[str] | None = strawberry.field(default=UNSET, description="Codes, an empty one for a random one.")
    start_date: datetime.datetime | None = UNSET
    end_date: datetime.datetime | None = UNSET
    discount_value_type: DiscountValueTypeEnum | None = UNSET
    products: list[strawberry.ID] | None = UNSET
    variants: list[strawberry.ID] | None = UNSET
    collections: list[strawberry.ID] | None = UNSET
    categories: list[strawberry.ID] | None = UNSET
    min_checkout_items_quantity: int | None = UNSET
    countries: list[str] | None = UNSET
    apply_once_per_order: bool | None = UNSET
    apply_once_per_customer: bool | None = UNSET
    only_for_staff: bool | None = UNSET
    single_use: bool | None = UNSET
    usage_limit: int | None = UNSET


@strawberry.input
class CatalogueInput:
    products: list[strawberry.ID] | None = UNSET
    categories: list[strawberry.ID] | None = UNSET
    collections: list[strawberry.ID] | None = UNSET
    variants: list[strawberry.ID] | None = UNSET


@strawberry.input
class VoucherChannelListingAddInput:
    channel_id: strawberry.ID
    discount_value: PositiveDecimal | None = UNSET
    min_amount_spent: PositiveDecimal | None = UNSET


@strawberry.input
class VoucherChannelListingInput:
    add_channels: list[VoucherChannelListingAddInput] | None = UNSET
    remove_channels: list[strawberry.ID] | None = UNSET


@strawberry.type
class VoucherCreate:
    voucher: Voucher | None
    errors: list[DiscountError]


@strawberry.type
class VoucherUpdate:
    voucher: Voucher | None
    errors: list[DiscountError]


@strawberry.type
class VoucherDelete:
    voucher: Voucher | None
    errors: list[DiscountError]


@strawberry.type
class VoucherBulkDelete:
    count: int
    errors: list[DiscountError]


@strawberry.type
class VoucherAddCatalogues:
    voucher: Voucher | None
    errors: list[DiscountError]


@strawberry.type
class VoucherRemoveCatalogues:
    voucher: Voucher | None
    errors: list[DiscountError]


@strawberry.type
class VoucherChannelListingUpdate:
    voucher: Voucher | None
    errors: list[DiscountError]


@strawberry.type
class VoucherCodeBulkDelete:
    count: int
    errors: list[VoucherCodeBulkDeleteError]


@strawberry.type
class VouchersMutations:
    @mutation_field(STAFF, description="Make a voucher; it holds in no channel before it has a value there.")
    async def voucher_create(self, info: BatchInfo, input: VoucherInput) -> VoucherCreate:
        return payload(voucher=await transact(info.context, editing.create, _edit(input)))

    @mutation_field(STAFF, description="Change a voucher; codes are added to those that it has.")
    async def voucher_update(self, info: BatchInfo, id: strawberry.ID, input: VoucherInput) -> VoucherUpdate:
        return payload(voucher=await transact(info.context, editing.update, _voucher_pk(id), _edit(input)))

    @mutation_field(STAFF, description="Delete a voucher with its codes.")
    async def voucher_delete(self, info: BatchInfo, id: strawberry.ID) -> VoucherDelete:
        rows = await transact(info.context, editing.delete, [_voucher_pk(id)])
        if not rows:
            raise UnknownVoucher
        return payload(voucher=rows[0])

    @mutation_field(STAFF, empty={"count": 0}, description="Delete vouchers with their codes.")
    async def voucher_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> VoucherBulkDelete:
        rows = await transact(info.context, editing.delete, [_voucher_pk(id, "ids") for id in ids])
        return payload(count=len(rows))

    @mutation_field(STAFF, description="Have a voucher be for more products, variants, collections and categories.")
    async def voucher_catalogues_add(
        self, info: BatchInfo, id: strawberry.ID, input: CatalogueInput
    ) -> VoucherAddCatalogues:
        named = _catalogues(given(input))
        return payload(voucher=await transact(info.context, editing.add_to_catalogues, _voucher_pk(id), named))

    @mutation_field(STAFF, description="Have a voucher be for fewer products, variants, collections and categories.")
    async def voucher_catalogues_remove(
        self, info: BatchInfo, id: strawberry.ID, input: CatalogueInput
    ) -> VoucherRemoveCatalogues:
        named = _catalogues(given(input))
        return payload(voucher=await transact(info.context, editing.remove_from_catalogues, _voucher_pk(id), named))

    @mutation_field(STAFF, description="Say what a voucher is worth in which channels.")
    async def voucher_channel_listing_update(
        self, info: BatchInfo, id: strawberry.ID, input: VoucherChannelListingInput
    ) -> VoucherChannelListingUpdate:
        add = [_listing(each) for each in input.add_channels or ()]
        remove = [found_int(each, "Channel", "removeChannels") for each in input.remove_channels or ()]
        return payload(voucher=await transact(info.context, listings.set_listings, _voucher_pk(id), add, remove))

    @mutation_field(STAFF, empty={"count": 0}, description="Delete codes of vouchers, all or none.")
    async def voucher_code_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> VoucherCodeBulkDelete:
        try:
            wanted = [uuid_pk(id, "VoucherCode") for id in ids]
        except InvalidId as error:
            raise Refusal(str(error), field="ids", code="GRAPHQL_ERROR", path="ids") from error
        return payload(count=await transact(info.context, editing.delete_codes, wanted))


def _voucher_pk(id: strawberry.ID, field: str = "id") -> int:
    return found_int(id, "Voucher", field)


def _edit(input: VoucherInput) -> Edit:
    asked = given(input)
    if asked.get("code") is not None and asked.get("add_codes"):
        raise Refusal("Give one of code and addCodes.", field="code", code="GRAPHQL_ERROR")
    code = asked.pop("code", None)
    codes = asked.pop("add_codes", None) or ([code] if code is not None else None)
    catalogues = _catalogues({name: asked.pop(name) for name in _TYPES if name in asked})
    values = {_RENAMED.get(name, name): _plain(value) for name, value in asked.items()}
    nullable = ("name", "end_date", "usage_limit", "min_checkout_items_quantity")
    kept = {name: value for name, value in values.items() if value is not None or name in nullable}
    return Edit(kept, codes, catalogues)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return utc(value)
    return str(value) if isinstance(value, VoucherTypeEnum | DiscountValueTypeEnum) else value


def _catalogues(asked: dict[str, Any]) -> dict[str, Sequence[int]]:
    return {name: [found_int(id, _TYPES[name], name) for id in ids] for name, ids in asked.items() if ids is not None}


def _listing(each: VoucherChannelListingAddInput) -> listings.Listing:
    asked = given(each)
    return listings.Listing(
        channel_id=found_int(each.channel_id, "Channel", "addChannels"),
        value=asked.get("discount_value"),
        min_spent=asked.get("min_amount_spent"),
        keeps_min_spent="min_amount_spent" not in asked,
    )
