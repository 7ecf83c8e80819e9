"""What all events have in common."""

import datetime
from typing import Annotated, TypeAlias

import strawberry

from engine.accounts import app_queries
from engine.accounts import queries as accounts
from engine.core.context import Ctx, Row
from schema.accounts.app_types import App
from schema.accounts.types import User
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo

VERSION = "3.23"
"""Of the API whose events these are."""
IssuingPrincipal: TypeAlias = Annotated[App | User, strawberry.union("IssuingPrincipal")]


@strawberry.interface(description="Something that happened in the shop.")
class Event:
    """Rows: `issued_at`, `object_id` (text), `payload`, `user_id` and `app_id` (whose request caused it), and
    `recipient_id` (the app that is told)."""

    issued_at: datetime.datetime | None = strawberry.field(description="When it happened.")

    @row_field(description="The version of the API.")
    def version(row: Row) -> str | None:
        return VERSION

    @batch_field(description="Whose request caused it.")
    async def issuing_principal(parents: Rows, info: BatchInfo) -> list[IssuingPrincipal | None]:
        return [await _principal(info.context, row) for row in parents]

    @batch_field(description="The app that is told.")
    async def recipient(parents: Rows, info: BatchInfo) -> list[App | None]:
        found: Rows = await app_queries.apps_by_ids(info.context, [row["recipient_id"] or 0 for row in parents])
        return found


async def _principal(ctx: Ctx, event: Row) -> Row | None:
    if event["app_id"] is not None:
        (app,) = await app_queries.apps_by_ids(ctx, [event["app_id"]])
        return app and {**app, "__typename": "App"}
    if event["user_id"] is not None:
        (user,) = await accounts.users_by_ids(ctx, [event["user_id"]])
        return user and {**user, "__typename": "User"}
    return None


def type_name(event: str) -> str:
    """`ProductUpdated` for `product_updated`."""
    return "".join(part.capitalize() for part in event.split("_"))
