"""Inputs of staff, groups and apps."""

import strawberry
from strawberry import UNSET

from engine.accounts.rules import Permission
from schema.common.metadata import MetadataInput


@strawberry.input
class PermissionGroupCreateInput:
    name: str
    add_permissions: list[Permission] | None = UNSET
    add_users: list[strawberry.ID] | None = UNSET
    add_channels: list[strawberry.ID] | None = UNSET
    restricted_access_to_channels: bool | None = False


@strawberry.input
class PermissionGroupUpdateInput:
    name: str | None = UNSET
    add_permissions: list[Permission] | None = UNSET
    remove_permissions: list[Permission] | None = UNSET
    add_users: list[strawberry.ID] | None = UNSET
    remove_users: list[strawberry.ID] | None = UNSET
    add_channels: list[strawberry.ID] | None = UNSET
    remove_channels: list[strawberry.ID] | None = UNSET
    restricted_access_to_channels: bool | None = UNSET


@strawberry.input
class StaffMember:
    """What is said of a member of staff, new or not."""

    email: str | None = UNSET
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    is_active: bool | None = UNSET
    note: str | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    add_groups: list[strawberry.ID] | None = UNSET


@strawberry.input
class StaffCreateInput(StaffMember):
    redirect_url: str | None = strawberry.field(
        default=UNSET, description="Where the mail leads in which the new member chooses a password; unset: no mail."
    )


@strawberry.input
class StaffUpdateInput(StaffMember):
    remove_groups: list[strawberry.ID] | None = UNSET


@strawberry.input
class AppInput:
    name: str | None = UNSET
    identifier: str | None = UNSET
    permissions: list[Permission] | None = UNSET


@strawberry.input
class AppTokenInput:
    app: strawberry.ID
    name: str | None = UNSET
