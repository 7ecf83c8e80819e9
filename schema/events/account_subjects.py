"""Fields of events about people and apps."""

import strawberry

from engine.accounts import app_queries, group_queries, queries
from engine.accounts.mails import MailKind, token_for
from engine.core.context import Ctx, Row
from engine.shop import queries as shop
from schema.accounts.access import may_read
from schema.accounts.app_types import App
from schema.accounts.types import Address, Group, User
from schema.events.loading import by_int
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo
from schema.shop.types import Shop


@strawberry.type
class UserEvent:
    @batch_field(description="The person, for those who may read people of their kind.")
    async def user(parents: Rows, info: BatchInfo) -> list[User | None]:
        ctx = info.context
        found: Rows = await by_int(parents, lambda ids: queries.users_by_ids(ctx, ids))
        return [row if row is not None and may_read(ctx.caller, row) else None for row in found]


@strawberry.type
class AccountEvent(UserEvent):
    @row_field(description="Where the link in the mail leads.")
    def redirect_url(row: Row) -> str | None:
        return row["payload"].get("redirect_url")

    @batch_field(description="What the link in the mail proves itself with; none for staff.")
    async def token(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [await _token(info.context, row) for row in parents]

    @batch_field
    async def shop(parents: Rows, info: BatchInfo) -> list[Shop | None]:
        found: Rows = await shop.settings(info.context)
        return [found for _ in parents]


async def _token(ctx: Ctx, event: Row) -> str | None:
    payload = event["payload"]
    if "mail" not in payload:
        return None
    return await token_for(ctx, MailKind(payload["mail"]), int(event["object_id"]), payload["new_email"])


@strawberry.type
class AccountEmailEvent(AccountEvent):
    @batch_field(description="The address that the account is to have, or now has.")
    async def new_email(parents: Rows, info: BatchInfo) -> list[str | None]:
        ctx = info.context
        found: Rows = await by_int(parents, lambda ids: queries.users_by_ids(ctx, ids))
        readable = [user if user is not None and may_read(ctx.caller, user) else None for user in found]
        pairs = zip(parents, readable, strict=True)
        return [user and (event["payload"].get("new_email") or user["email"]) for event, user in pairs]


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
