"""Filters and orders of users, groups and apps, and what they are to the engine."""

from dataclasses import dataclass
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from engine.accounts.app_queries import AppFilter, AppSort
from engine.accounts.group_queries import GroupFilter
from engine.accounts.queries import UserFilter, UserSort
from engine.core.errors import BadRequest
from engine.core.ids import int_pk
from schema.accounts.enums import AppSortField, AppTypeEnum, PermissionGroupSortField, StaffMemberStatus, UserSortField
from schema.common.enums import OrderDirection
from schema.common.filters import DateRangeInput, DateTimeRangeInput, GlobalIDFilterInput, IntRangeInput, MetadataFilter
from schema.common.inputs import set_or
from schema.common.moments import midnight, utc
from schema.orders.where_inputs import OrderStatusEnumFilterInput


@strawberry.input
class CustomerFilterInput:
    search: str | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    date_joined: DateRangeInput | None = UNSET
    updated_at: DateTimeRangeInput | None = UNSET
    number_of_orders: IntRangeInput | None = UNSET
    placed_orders: DateRangeInput | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET


@strawberry.input
class CustomerOrderWhereInput:
    channel_id: GlobalIDFilterInput | None = UNSET
    status: OrderStatusEnumFilterInput | None = UNSET
    AND: list["CustomerOrderWhereInput"] | None = strawberry.field(name="AND", default=UNSET)


@strawberry.input
class StaffUserInput:
    search: str | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    status: StaffMemberStatus | None = UNSET


@strawberry.input
class UserSortingInput:
    direction: OrderDirection
    field: UserSortField


@strawberry.input
class PermissionGroupFilterInput:
    search: str | None = UNSET
    ids: list[strawberry.ID] | None = UNSET


@strawberry.input
class PermissionGroupSortingInput:
    direction: OrderDirection
    field: PermissionGroupSortField


@strawberry.input
class AppFilterInput:
    search: str | None = UNSET
    is_active: bool | None = UNSET
    type: AppTypeEnum | None = UNSET


@strawberry.input
class AppSortingInput:
    direction: OrderDirection
    field: AppSortField


def customer_filter(filter: CustomerFilterInput | None, search: str | None) -> UserFilter:
    asked = filter or CustomerFilterInput()
    joined, updated = set_or(asked.date_joined), set_or(asked.updated_at)
    number, placed = set_or(asked.number_of_orders), set_or(asked.placed_orders)
    return UserFilter(
        staff=False,
        search=search if search is not None else set_or(asked.search),
        ids=_pks(asked.ids, "User"),
        joined_from=midnight(set_or(joined.gte)) if joined else None,
        joined_until=midnight(set_or(joined.lte), days=1) if joined else None,
        updated_from=utc(set_or(updated.gte)) if updated else None,
        updated_until=utc(set_or(updated.lte)) if updated else None,
        orders_from=set_or(number.gte) if number else None,
        orders_until=set_or(number.lte) if number else None,
        placed=(midnight(set_or(placed.gte)), midnight(set_or(placed.lte), days=1)) if placed else None,
        metadata=tuple((one.key, set_or(one.value)) for one in set_or(asked.metadata) or ()),
    )


@dataclass(frozen=True)
class OrdersWanted:
    """None asks nothing; an empty set finds nothing."""

    channel_ids: frozenset[int] | None = None
    statuses: frozenset[str] | None = None

    def both(self, other: "OrdersWanted") -> "OrdersWanted":
        return OrdersWanted(_common(self.channel_ids, other.channel_ids), _common(self.statuses, other.statuses))


def orders_wanted(where: CustomerOrderWhereInput | None) -> OrdersWanted:
    """Raises BadRequest for `AND` beside other conditions."""
    if where is None:
        return OrdersWanted()
    channel, status = set_or(where.channel_id), set_or(where.status)
    wanted = OrdersWanted(
        channel and frozenset(int_pk(id, "Channel") for id in _any_of(channel)),
        status and frozenset(str(one) for one in _any_of(status)),
    )
    together = set_or(where.AND)
    if together and (channel or status):
        raise BadRequest("Cannot mix operators with other filter inputs.")
    for one in together or ():
        wanted = wanted.both(orders_wanted(one))
    return wanted


def _any_of(filter: Any) -> list[Any]:
    one, many = set_or(filter.eq), set_or(filter.one_of)
    return [one] if one is not None else list(many or ())


T = TypeVar("T")


def _common(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def staff_filter(filter: StaffUserInput | None) -> UserFilter:
    asked = filter or StaffUserInput()
    status = set_or(asked.status)
    return UserFilter(
        staff=True,
        search=set_or(asked.search),
        ids=_pks(asked.ids, "User"),
        active=None if status is None else status == StaffMemberStatus.ACTIVE,
    )


def group_filter(filter: PermissionGroupFilterInput | None) -> GroupFilter:
    asked = filter or PermissionGroupFilterInput()
    return GroupFilter(search=set_or(asked.search), ids=_pks(asked.ids, "Group"))


def app_filter(filter: AppFilterInput | None) -> AppFilter:
    asked = filter or AppFilterInput()
    kind = set_or(asked.type)
    return AppFilter(search=set_or(asked.search), active=set_or(asked.is_active), type=kind and str(kind))


def user_sort(sort_by: UserSortingInput | None) -> tuple[UserSort, bool]:
    return (UserSort(sort_by.field), descends(sort_by)) if sort_by else (UserSort.EMAIL, False)


def app_sort(sort_by: AppSortingInput | None) -> tuple[AppSort, bool]:
    return (AppSort(sort_by.field), descends(sort_by)) if sort_by else (AppSort.NAME, False)


def descends(sort_by: Any) -> bool:
    return sort_by is not None and bool(sort_by.direction == OrderDirection.DESC)


def _pks(ids: list[strawberry.ID] | None, type_name: str) -> tuple[int, ...] | None:
    given = set_or(ids)
    return None if given is None else tuple(int_pk(id, type_name) for id in given)
