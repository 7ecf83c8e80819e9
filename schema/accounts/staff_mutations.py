"""Staff and their permission groups. Nobody gives or takes what they do not hold."""

from typing import Any

import strawberry

from engine.accounts import group_queries, groups, queries, staff
from engine.accounts.groups import GroupChange
from engine.accounts.staff import StaffChange
from engine.core.context import transact
from engine.core.ids import int_pk
from schema.accounts.errors import PermissionGroupError, StaffError
from schema.accounts.staff_inputs import (
    PermissionGroupCreateInput,
    PermissionGroupUpdateInput,
    StaffCreateInput,
    StaffUpdateInput,
)
from schema.accounts.types import Group, User
from schema.common.inputs import given
from schema.common.metadata import as_meta
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo


@strawberry.type
class PermissionGroupCreate:
    group: Group | None
    errors: list[PermissionGroupError]


@strawberry.type
class PermissionGroupUpdate:
    group: Group | None
    errors: list[PermissionGroupError]


@strawberry.type
class PermissionGroupDelete:
    group: Group | None
    errors: list[PermissionGroupError]


@strawberry.type
class StaffCreate:
    user: User | None
    errors: list[StaffError]


@strawberry.type
class StaffUpdate:
    user: User | None
    errors: list[StaffError]


@strawberry.type
class StaffDelete:
    user: User | None
    errors: list[StaffError]


def _group_change(input: Any) -> GroupChange:
    asked = given(input)

    def pks(name: str, type_name: str) -> list[int]:
        return [int_pk(id, type_name) for id in asked.get(name) or ()]

    return GroupChange(
        name=asked.get("name"),
        add_permissions=[str(code) for code in asked.get("add_permissions") or ()],
        remove_permissions=[str(code) for code in asked.get("remove_permissions") or ()],
        add_users=pks("add_users", "User"),
        remove_users=pks("remove_users", "User"),
        add_channels=pks("add_channels", "Channel"),
        remove_channels=pks("remove_channels", "Channel"),
        restricted=asked.get("restricted_access_to_channels"),
    )


def _staff_change(input: Any) -> StaffChange:
    asked = given(input)
    plain = ("email", "first_name", "last_name", "note", "is_active", "redirect_url")
    return StaffChange(
        **{name: asked[name] for name in plain if name in asked},
        meta=as_meta(asked.get("metadata")),
        private_meta=as_meta(asked.get("private_metadata")),
        add_groups=[int_pk(id, "Group") for id in asked.get("add_groups") or ()],
        remove_groups=[int_pk(id, "Group") for id in asked.get("remove_groups") or ()],
    )


@strawberry.type
class StaffMutations:
    @mutation_field(needs("MANAGE_STAFF"), description="Make a permission group.")
    async def permission_group_create(
        self, info: BatchInfo, input: PermissionGroupCreateInput
    ) -> PermissionGroupCreate:
        group_id = await groups.create_group(info.context, _group_change(input))
        return payload(group=(await group_queries.groups_by_ids(info.context, [group_id]))[0])

    @mutation_field(needs("MANAGE_STAFF"), description="Change a permission group.")
    async def permission_group_update(
        self, info: BatchInfo, id: strawberry.ID, input: PermissionGroupUpdateInput
    ) -> PermissionGroupUpdate:
        group_id = await groups.update_group(info.context, int_pk(id, "Group"), _group_change(input))
        return payload(group=(await group_queries.groups_by_ids(info.context, [group_id]))[0])

    @mutation_field(needs("MANAGE_STAFF"), description="Delete a permission group; its members stay.")
    async def permission_group_delete(self, info: BatchInfo, id: strawberry.ID) -> PermissionGroupDelete:
        return payload(group=await transact(info.context, groups.delete_group, int_pk(id, "Group")))

    @mutation_field(needs("MANAGE_STAFF"), description="Take somebody into the staff.")
    async def staff_create(self, info: BatchInfo, input: StaffCreateInput) -> StaffCreate:
        user_id = await transact(info.context, staff.create_staff, _staff_change(input))
        return payload(user=(await queries.users_by_ids(info.context, [user_id]))[0])

    @mutation_field(needs("MANAGE_STAFF"), description="Change a member of staff.")
    async def staff_update(self, info: BatchInfo, id: strawberry.ID, input: StaffUpdateInput) -> StaffUpdate:
        user_id = int_pk(id, "User")
        await staff.update_staff(info.context, user_id, _staff_change(input))
        return payload(user=(await queries.users_by_ids(info.context, [user_id]))[0])

    @mutation_field(needs("MANAGE_STAFF"), description="Delete a member of staff; the person is forgotten.")
    async def staff_delete(self, info: BatchInfo, id: strawberry.ID) -> StaffDelete:
        return payload(user=await transact(info.context, staff.delete_staff, int_pk(id, "User")))
