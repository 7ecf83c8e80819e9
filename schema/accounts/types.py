"""People, their addresses and groups."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.accounts import group_queries, queries
from engine.accounts.rules import Permission, permission_name
from engine.channels import queries as channels
from engine.checkout import queries as checkouts
from engine.core.context import Row
from engine.core.ids import int_pk, to_global
from engine.core.paging import page_args
from engine.flows.media import picture_url
from engine.gift_cards import pages as gift_cards
from engine.gift_cards.pages import GiftCardFilter
from engine.orders import queries as orders
from schema.accounts import enums  # noqa: F401  (names the engine's enums in the API)
from schema.accounts.access import CUSTOMER_READERS, is_own, readable
from schema.accounts.filters import CustomerOrderWhereInput, OrdersWanted, orders_wanted
from schema.channels.types import Channel, CountryDisplay
from schema.common.connections import PageInfo
from schema.common.enums import LanguageCodeEnum, ThumbnailFormatEnum
from schema.common.ids import Node, global_id
from schema.common.media import Image
from schema.common.metadata import ObjectWithMetadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.orders.loading import ORDER

if TYPE_CHECKING:
    from schema.gift_cards.types import GiftCardCountableConnection
    from schema.orders.types import OrderCountableConnection


@strawberry.type(description="A postal address, as it was typed.")
class Address(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("Address")
    first_name: str
    last_name: str
    company_name: str
    street_address_1: str
    street_address_2: str
    city: str
    city_area: str
    postal_code: str
    country: CountryDisplay
    country_area: str
    phone: str | None
    is_default_shipping_address: bool | None
    is_default_billing_address: bool | None


@strawberry.type(name="Permission")
class PermissionType:
    """The row is a permission's code."""

    @row_field
    def code(row: Row) -> Permission:
        return row

    @row_field
    def name(row: Row) -> str:
        return permission_name(row)


@strawberry.type
class UserPermission:
    """The row is a permission's code."""

    @row_field
    def code(row: Row) -> Permission:
        return row

    @row_field
    def name(row: Row) -> str:
        return permission_name(row)

    @batch_field(description="The groups of that user that give the permission.")
    async def source_permission_groups(
        parents: Rows, info: BatchInfo, user_id: strawberry.ID
    ) -> list[list["Group"] | None]:
        if int_pk(user_id, "User") != info.context.caller.user_id:
            info.context.caller.require("MANAGE_STAFF")
        (groups,) = await group_queries.groups_of(info.context, [int_pk(user_id, "User")])
        return [[group for group in groups if code in group["permissions"]] for code in parents]


def _user_id() -> Any:
    def id(row: Row) -> strawberry.ID:
        # a registration answers with a user whose id it does not tell
        return strawberry.ID(to_global("User", row["id"]) if row["id"] is not None else "")

    return row_field(id)


@strawberry.type(description="A customer or a member of staff.")
class User(Node, ObjectWithMetadata):
    id: strawberry.ID = _user_id()
    email: str
    first_name: str
    last_name: str
    is_staff: bool
    is_active: bool
    is_confirmed: bool
    language_code: LanguageCodeEnum
    external_reference: str | None

    @row_field
    def date_joined(row: Row) -> datetime.datetime:
        return row["created_at"]

    @row_field
    def updated_at(row: Row) -> datetime.datetime:
        return row["updated_at"]

    @batch_field
    async def last_login(parents: Rows, info: BatchInfo) -> list[datetime.datetime | None]:
        return readable(info.context.caller, parents, [row["last_login"] for row in parents])

    @batch_field(guard=needs("MANAGE_USERS", "MANAGE_STAFF"), description="What staff noted about the person.")
    async def note(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [row["note"] for row in parents]

    @batch_field
    async def avatar(
        parents: Rows, info: BatchInfo, size: int | None = None, format: ThumbnailFormatEnum | None = None
    ) -> list[Image | None]:
        ctx = info.context
        pictures: Rows = [
            {"url": picture_url(ctx, "User", row["id"], row["avatar_key"], size=size, format=format), "alt": None}
            if row["avatar_key"]
            else None
            for row in parents
        ]
        return pictures

    @batch_field
    async def addresses(parents: Rows, info: BatchInfo) -> list[list[Address]]:
        found = await queries.addresses_of(info.context, [row["id"] for row in parents])
        return readable(info.context.caller, parents, found)

    @batch_field
    async def default_shipping_address(parents: Rows, info: BatchInfo) -> list[Address | None]:
        ids = [row["default_shipping_address_id"] for row in parents]
        return readable(info.context.caller, parents, await queries.addresses_by_ids(info.context, ids))

    @batch_field
    async def default_billing_address(parents: Rows, info: BatchInfo) -> list[Address | None]:
        ids = [row["default_billing_address_id"] for row in parents]
        return readable(info.context.caller, parents, await queries.addresses_by_ids(info.context, ids))

    @batch_field(description="The person's orders, newest first.")
    async def orders(
        parents: Rows,
        info: BatchInfo,
        where: CustomerOrderWhereInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[Annotated["OrderCountableConnection", strawberry.lazy("schema.orders.types")] | None]:
        ctx, ids = info.context, [row["id"] for row in parents]
        args = page_args("orders", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        # staff of some channels see the orders of these; one's own orders are one's own everywhere
        own = all(is_own(ctx.caller, row) for row in parents)
        wanted = orders_wanted(where).both(OrdersWanted(None if own else ctx.caller.channel_ids))
        limit, statuses = wanted.channel_ids, wanted.statuses
        ahead = ORDER.of_many(info, "edges", "node")
        pages = await orders.page_for_user(ctx, ids, args, limit, ahead, statuses=statuses)
        counts: list[int | None] = [None] * len(ids)
        if info.selects("totalCount"):
            counts = [*await orders.count_for_users(ctx, ids, limit, statuses=statuses)]
        connections = [page.as_connection(total_count=count) for page, count in zip(pages, counts, strict=True)]
        return readable(ctx.caller, parents, connections, permissions=("MANAGE_ORDERS",))

    @batch_field(description="The gift cards the person has, newest first.")
    async def gift_cards(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[Annotated["GiftCardCountableConnection", strawberry.lazy("schema.gift_cards.types")] | None]:
        ctx, ids = info.context, [row["id"] for row in parents]
        args = page_args("giftCards", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        pages = await gift_cards.pages_of_users(ctx, ids, args)
        connections = [
            page.as_connection(wanted=GiftCardFilter(assigned_to=(id,))) for id, page in zip(ids, pages, strict=True)
        ]
        return readable(ctx.caller, parents, connections, permissions=(*CUSTOMER_READERS, "MANAGE_GIFT_CARD"))

    @batch_field(description="The carts of a channel, or of all that are open, newest first; their ids open them.")
    async def checkout_ids(
        parents: Rows, info: BatchInfo, channel: str | None = None
    ) -> list[list[strawberry.ID] | None]:
        found = await checkouts.ids_of_users(info.context, [row["id"] for row in parents], channel)
        ids = [[to_global("Checkout", id) for id in group] for group in found]
        return readable(info.context.caller, parents, ids, permissions=("MANAGE_CHECKOUTS",))

    @batch_field
    async def user_permissions(parents: Rows, info: BatchInfo) -> list[list[UserPermission] | None]:
        return readable(info.context.caller, parents, await group_queries.permissions_of(info.context, parents))

    @batch_field
    async def permission_groups(parents: Rows, info: BatchInfo) -> list[list["Group"] | None]:
        found = await group_queries.groups_of(info.context, [row["id"] for row in parents])
        return readable(info.context.caller, parents, found)

    @batch_field(description="The groups the user may change: those that give nothing the user lacks.")
    async def editable_groups(parents: Rows, info: BatchInfo) -> list[list["Group"] | None]:
        held = await group_queries.permissions_of(info.context, parents)
        groups = await group_queries.all_groups(info.context)
        found = [[group for group in groups if set(own).issuperset(group["permissions"])] for own in held]
        return readable(info.context.caller, parents, found)

    @batch_field
    async def restricted_access_to_channels(parents: Rows, info: BatchInfo) -> list[bool]:
        limits = await group_queries.channel_limits_of(info.context, parents)
        return readable(info.context.caller, parents, [limit is not None for limit in limits])

    @batch_field
    async def accessible_channels(parents: Rows, info: BatchInfo) -> list[list[Channel] | None]:
        limits = await group_queries.channel_limits_of(info.context, parents)
        every = await channels.all_channels(info.context)
        found = [[c for c in every if limit is None or c["id"] in limit] for limit in limits]
        return readable(info.context.caller, parents, found)


@strawberry.type(description="Permissions that members of staff hold together.")
class Group(Node):
    id: strawberry.ID = global_id("Group")
    name: str

    @row_field
    def permissions(row: Row) -> list[PermissionType] | None:
        return row["permissions"]

    @row_field
    def restricted_access_to_channels(row: Row) -> bool:
        return row["restricted_to_channels"]

    @batch_field(guard=needs("MANAGE_STAFF"))
    async def users(parents: Rows, info: BatchInfo) -> list[list[User] | None]:
        found: Rows = await group_queries.members_of(info.context, [row["id"] for row in parents])
        return found

    @batch_field(description="Whether the group gives nothing that the caller lacks.")
    async def user_can_manage(parents: Rows, info: BatchInfo) -> list[bool]:
        held = info.context.caller.permissions
        return [info.context.caller.has("MANAGE_STAFF") and held.issuperset(row["permissions"]) for row in parents]

    @batch_field
    async def accessible_channels(parents: Rows, info: BatchInfo) -> list[list[Channel] | None]:
        every = await channels.all_channels(info.context)
        limits = await group_queries.channel_ids_of(info.context, [row["id"] for row in parents])
        return [
            [c for c in every if not row["restricted_to_channels"] or c["id"] in limit]
            for row, limit in zip(parents, limits, strict=True)
        ]


@strawberry.type
class UserCountableEdge:
    node: User
    cursor: str


@strawberry.type
class UserCountableConnection:
    page_info: PageInfo
    edges: list[UserCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await queries.users_count(info.context, row["filter"]) for row in parents]


@strawberry.type
class GroupCountableEdge:
    node: Group
    cursor: str


@strawberry.type
class GroupCountableConnection:
    page_info: PageInfo
    edges: list[GroupCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await group_queries.groups_count(info.context, row["filter"]) for row in parents]


@strawberry.type
class ChoiceValue:
    """The row is a (stored value, label) pair."""

    @row_field
    def raw(row: Row) -> str | None:
        return row[0]

    @row_field
    def verbose(row: Row) -> str | None:
        return row[1]


@strawberry.type(description="How a country writes addresses; field names are those of `Address`.")
class AddressValidationData:
    country_code: str | None
    country_name: str | None
    address_format: str
    address_latin_format: str
    allowed_fields: list[str]
    required_fields: list[str]
    upper_fields: list[str]
    country_area_type: str
    country_area_choices: list[ChoiceValue]
    city_type: str
    city_choices: list[ChoiceValue]
    city_area_type: str
    city_area_choices: list[ChoiceValue]
    postal_code_type: str
    postal_code_matchers: list[str]
    postal_code_examples: list[str]
    postal_code_prefix: str
