"""Apps and their tokens."""

from typing import Any

import strawberry

from engine.accounts import app_queries, apps
from engine.accounts.apps import AppChange
from engine.core.context import Ctx, Row, transact
from engine.core.ids import int_pk
from schema.accounts.app_types import App, AppToken
from schema.accounts.errors import AppError
from schema.accounts.staff_inputs import AppInput, AppTokenInput
from schema.common.inputs import given, set_or
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo


@strawberry.type
class AppCreate:
    auth_token: str | None = strawberry.field(description="The app's token: it is told this once.")
    app: App | None
    errors: list[AppError]


@strawberry.type
class AppUpdate:
    app: App | None
    errors: list[AppError]


@strawberry.type
class AppDelete:
    app: App | None
    errors: list[AppError]


@strawberry.type
class AppActivate:
    app: App | None
    errors: list[AppError]


@strawberry.type
class AppDeactivate:
    app: App | None
    errors: list[AppError]


@strawberry.type
class AppTokenCreate:
    auth_token: str | None = strawberry.field(description="The new token: it is told this once.")
    app_token: AppToken | None
    errors: list[AppError]


@strawberry.type
class AppTokenDelete:
    app_token: AppToken | None
    errors: list[AppError]


def _change(input: AppInput) -> AppChange:
    asked: dict[str, Any] = given(input)
    codes = asked.get("permissions")
    return AppChange(
        name=asked.get("name"),
        identifier=asked.get("identifier"),
        permissions=[str(code) for code in codes] if codes is not None else None,
    )


async def _app(ctx: Ctx, app_id: int) -> Row | None:
    (found,) = await app_queries.apps_by_ids(ctx, [app_id])
    return found


@strawberry.type
class AppMutations:
    @mutation_field(needs("MANAGE_APPS"), description="Make an app, with its first token.")
    async def app_create(self, info: BatchInfo, input: AppInput) -> AppCreate:
        made = await apps.create_app(info.context, _change(input))
        return payload(auth_token=made.token, app=await _app(info.context, made.app_id))

    @mutation_field(needs("MANAGE_APPS"), description="Change an app.")
    async def app_update(self, info: BatchInfo, id: strawberry.ID, input: AppInput) -> AppUpdate:
        app_id = int_pk(id, "App")
        await apps.update_app(info.context, app_id, _change(input))
        return payload(app=await _app(info.context, app_id))

    @mutation_field(needs("MANAGE_APPS"), description="Delete an app and its tokens.")
    async def app_delete(self, info: BatchInfo, id: strawberry.ID) -> AppDelete:
        return payload(app=await transact(info.context, apps.delete_app, int_pk(id, "App")))

    @mutation_field(needs("MANAGE_APPS"), description="Let an app's tokens work again.")
    async def app_activate(self, info: BatchInfo, id: strawberry.ID) -> AppActivate:
        app_id = int_pk(id, "App")
        await transact(info.context, apps.set_active, app_id, True)
        return payload(app=await _app(info.context, app_id))

    @mutation_field(needs("MANAGE_APPS"), description="Stop an app: its tokens work no more.")
    async def app_deactivate(self, info: BatchInfo, id: strawberry.ID) -> AppDeactivate:
        app_id = int_pk(id, "App")
        await transact(info.context, apps.set_active, app_id, False)
        return payload(app=await _app(info.context, app_id))

    @mutation_field(needs("MANAGE_APPS"), description="Make another token of an app.")
    async def app_token_create(self, info: BatchInfo, input: AppTokenInput) -> AppTokenCreate:
        name, app_id = set_or(input.name), int_pk(input.app, "App")
        made = await transact(info.context, apps.create_token, app_id, name)
        return payload(auth_token=made.token, app_token=made.row)

    @mutation_field(needs("MANAGE_APPS"), description="End one token of an app.")
    async def app_token_delete(self, info: BatchInfo, id: strawberry.ID) -> AppTokenDelete:
        return payload(app_token=await transact(info.context, apps.delete_token, int_pk(id, "AppToken")))
