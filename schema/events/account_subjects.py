"""Fields of events about people and apps."""

import strawberry

from engine.accounts import app_queries, group_queries, queries
from engine.core.context import Row
from schema.accounts.app_types import App
from schema.accounts.types import Address, Group, User
from schema.events.loading import by_int
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo


@strawberry.type
class UserEvent:
    @batch_field
    async def user(parents: Rows, info: BatchInfo) -> list[User | None]:
        found: Rows = await by_int(parents, lambda ids: queries.users_by_ids(info.context, ids))
        return found


@strawberry.type
class AccountEvent(UserEvent):
    @row_field(description="Where the link in the mail leads.")
    def redirect_url(row: Row) -> str | None:
        return row["payload"].get("redirect_url")


@strawberry.type
class AccountEmailEvent(AccountEvent):
    @row_field(description="The address that the account is to have, or now has.")
    def new_email(row: Row) -> str | None:
        return row["payload"].get("new_email")


@strawberry.type
class AddressEvent:
    @batch_field
    async def address(parents: Rows, info: BatchInfo) -> list[Address | None]:
        found: Rows = await by_int(parents, lambda ids: queries.addresses_by_ids(info.context, ids))
        return found


@strawberry.type
class AppEvent:
    @batch_field
    async def app(parents: Rows, info: BatchInfo) -> list[App | None]:
        found: Rows = await by_int(parents, lambda ids: app_queries.apps_by_ids(info.context, ids))
        return found


@strawberry.type
class GroupEvent:
    @batch_field
    async def permission_group(parents: Rows, info: BatchInfo) -> list[Group | None]:
        found: Rows = await by_int(parents, lambda ids: group_queries.groups_by_ids(info.context, ids))
        return found
