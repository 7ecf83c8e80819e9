"""Letting apps in by their manifest."""

import strawberry
from strawberry import UNSET

from engine.accounts import extension_queries, installations
from engine.accounts.rules import Permission
from engine.core.context import Ctx, Row, transact
from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.flows import install_app
from schema.accounts.errors import AppError
from schema.accounts.install_types import AppExtensionCountableConnection, AppInstallation, Manifest, manifest_row
from schema.common.inputs import set_or
from schema.execution.fields import mutation_field, payload, root_field
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo

MANAGERS = needs("MANAGE_APPS")


@strawberry.input
class AppInstallInput:
    app_name: str
    manifest_url: str
    activate_after_installation: bool | None = True
    permissions: list[Permission] | None = UNSET


@strawberry.input
class AppExtensionFilterInput:
    mount_name: list[str] | None = UNSET
    target_name: str | None = UNSET


@strawberry.type
class AppInstall:
    app_installation: AppInstallation | None
    errors: list[AppError]


@strawberry.type
class AppRetryInstall:
    app_installation: AppInstallation | None
    errors: list[AppError]


@strawberry.type
class AppDeleteFailedInstallation:
    app_installation: AppInstallation | None
    errors: list[AppError]


@strawberry.type
class AppFetchManifest:
    manifest: Manifest | None
    errors: list[AppError]


async def _installation(ctx: Ctx, installation_id: int) -> Row | None:
    (found,) = await installations.by_ids(ctx, [installation_id])
    return found


@strawberry.type
class InstallQueries:
    @root_field(MANAGERS, description="Apps that are on their way in, and those that did not get in.")
    async def apps_installations(self, info: BatchInfo) -> list[AppInstallation]:
        found: list[AppInstallation] = await installations.pending(info.context)
        return found

    @root_field(STAFF, description="Where the apps in use show themselves in the dashboard.")
    async def app_extensions(
        self,
        info: BatchInfo,
        filter: AppExtensionFilterInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> AppExtensionCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("appExtensions", first=first, after=after, last=last, before=before, edges=edges)
        mounts, target = (set_or(filter.mount_name), set_or(filter.target_name)) if filter else (None, None)
        page = await extension_queries.page(info.context, args, mounts=mounts, target=target)
        total = None
        if info.selects("totalCount"):
            total = await extension_queries.count(info.context, mounts=mounts, target=target)
        return page.as_connection(total_count=total)  # type: ignore[return-value]


@strawberry.type
class InstallMutations:
    @mutation_field(MANAGERS, description="Let an app in, which a job then does: its manifest says what it is.")
    async def app_install(self, info: BatchInfo, input: AppInstallInput) -> AppInstall:
        granted = [str(each) for each in set_or(input.permissions) or ()]
        activates = input.activate_after_installation is not False
        made = await transact(info.context, installations.ask, input.app_name, input.manifest_url, granted, activates)
        return payload(app_installation=await _installation(info.context, made))

    @mutation_field(MANAGERS, description="Try an installation that failed once more.")
    async def app_retry_install(
        self, info: BatchInfo, id: strawberry.ID, activate_after_installation: bool | None = True
    ) -> AppRetryInstall:
        installation_id = int_pk(id, "AppInstallation")
        await transact(info.context, installations.again, installation_id, activate_after_installation is not False)
        return payload(app_installation=await _installation(info.context, installation_id))

    @mutation_field(MANAGERS, description="Forget an installation that failed.")
    async def app_delete_failed_installation(self, info: BatchInfo, id: strawberry.ID) -> AppDeleteFailedInstallation:
        return payload(app_installation=await transact(info.context, installations.drop, int_pk(id, "AppInstallation")))

    @mutation_field(MANAGERS, description="Read what an app says of itself.")
    async def app_fetch_manifest(self, info: BatchInfo, manifest_url: str) -> AppFetchManifest:
        return payload(manifest=manifest_row(await install_app.fetch_manifest(info.context, manifest_url)))
