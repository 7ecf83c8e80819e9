from dataclasses import asdict

import strawberry

from engine.accounts import app_queries, group_queries, queries
from engine.accounts.rules import normal_email
from engine.core.addresses import UnknownCountry, validation_rules
from engine.core.context import Row
from engine.core.errors import BadRequest, PermissionDenied
from engine.core.ids import int_pk
from engine.core.paging import page_args
from schema.accounts import filters
from schema.accounts.access import may_read
from schema.accounts.app_types import App, AppCountableConnection
from schema.accounts.types import (
    Address,
    AddressValidationData,
    Group,
    GroupCountableConnection,
    User,
    UserCountableConnection,
)
from schema.common.enums import CountryCode
from schema.execution.fields import root_field
from schema.execution.guards import PUBLIC, Guard, needs
from schema.execution.info import BatchInfo


@strawberry.type
class AccountsQueries:
    @root_field(PUBLIC, description="The signed-in user; null without a token.")
    async def me(self, info: BatchInfo) -> User | None:
        user_id = info.context.caller.user_id
        if info.context.caller.token_fault is not None:
            raise PermissionDenied(("AUTHENTICATED_USER",))
        return (await queries.users_by_ids(info.context, [user_id]))[0] if user_id is not None else None

    @root_field(needs("MANAGE_STAFF", "MANAGE_USERS", "MANAGE_ORDERS"), description="A user by id or e-mail.")
    async def user(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        email: str | None = None,
        external_reference: str | None = None,
    ) -> User | None:
        if id is not None:
            (found,) = await queries.users_by_ids(info.context, [int_pk(id, "User")])
        elif email is not None:
            address = normal_email(email)
            found = await queries.user_by_email(info.context, address) if address else None
        else:
            found = await queries.user_by_reference(info.context, (external_reference or "").replace("\0", ""))
        return found if found is not None and may_read(info.context.caller, found) else None

    @root_field(needs("MANAGE_USERS", "MANAGE_ORDERS"), description="The shop's customers.")
    async def customers(
        self,
        info: BatchInfo,
        filter: filters.CustomerFilterInput | None = None,
        sort_by: filters.UserSortingInput | None = None,
        search: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> UserCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("customers", first=first, after=after, last=last, before=before, edges=edges)
        wanted = filters.customer_filter(filter, search)
        page = await queries.users_page(info.context, wanted, *filters.user_sort(sort_by), args)
        connection: Row = page.as_connection(filter=wanted)
        return connection

    @root_field(needs("MANAGE_STAFF"), description="Members of staff.")
    async def staff_users(
        self,
        info: BatchInfo,
        filter: filters.StaffUserInput | None = None,
        sort_by: filters.UserSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> UserCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("staffUsers", first=first, after=after, last=last, before=before, edges=edges)
        wanted = filters.staff_filter(filter)
        page = await queries.users_page(info.context, wanted, *filters.user_sort(sort_by), args)
        connection: Row = page.as_connection(filter=wanted)
        return connection

    @root_field(needs("MANAGE_STAFF"), description="Permission groups.")
    async def permission_groups(
        self,
        info: BatchInfo,
        filter: filters.PermissionGroupFilterInput | None = None,
        sort_by: filters.PermissionGroupSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> GroupCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("permissionGroups", first=first, after=after, last=last, before=before, edges=edges)
        wanted = filters.group_filter(filter)
        page = await group_queries.groups_page(info.context, wanted, filters.descends(sort_by), args)
        connection: Row = page.as_connection(filter=wanted)
        return connection

    @root_field(needs("MANAGE_STAFF"))
    async def permission_group(self, info: BatchInfo, id: strawberry.ID) -> Group | None:
        return (await group_queries.groups_by_ids(info.context, [int_pk(id, "Group")]))[0]

    @root_field(needs("MANAGE_APPS"), description="Apps.")
    async def apps(
        self,
        info: BatchInfo,
        filter: filters.AppFilterInput | None = None,
        sort_by: filters.AppSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> AppCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("apps", first=first, after=after, last=last, before=before, edges=edges)
        wanted = filters.app_filter(filter)
        page = await app_queries.apps_page(info.context, wanted, *filters.app_sort(sort_by), args)
        connection: Row = page.as_connection(filter=wanted)
        return connection

    @root_field(
        Guard(permissions=("MANAGE_APPS",), app=True), description="An app by id; without one, the calling app."
    )
    async def app(self, info: BatchInfo, id: strawberry.ID | None = None) -> App | None:
        caller = info.context.caller
        app_id = int_pk(id, "App") if id is not None else caller.app_id
        if app_id is None or not (app_id == caller.app_id or caller.has("MANAGE_APPS")):
            return None
        return (await app_queries.apps_by_ids(info.context, [app_id]))[0]

    @root_field(Guard(permissions=("MANAGE_USERS",), user=True), description="One of the caller's own addresses.")
    async def address(self, info: BatchInfo, id: strawberry.ID) -> Address | None:
        caller = info.context.caller
        (found,) = await queries.addresses_by_ids(info.context, [int_pk(id, "Address")])
        own = found is not None and found["user_id"] is not None and found["user_id"] == caller.user_id
        return found if own or caller.has("MANAGE_USERS") else None

    @root_field(PUBLIC, description="How addresses are written in a country, and what they need.")
    async def address_validation_rules(
        self,
        info: BatchInfo,
        country_code: CountryCode,
        country_area: str | None = None,
        city: str | None = None,
        city_area: str | None = None,
    ) -> AddressValidationData | None:
        try:
            rules = validation_rules(str(country_code), country_area or "", city or "", city_area or "")
        except UnknownCountry as error:
            raise BadRequest(str(error)) from error
        row: Row = asdict(rules)
        return row
