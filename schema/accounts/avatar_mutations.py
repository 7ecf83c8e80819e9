"""The picture of a member of staff."""

import strawberry

from engine.accounts import queries, service
from engine.core.context import transact
from engine.flows import uploads
from schema.accounts.access import user_of
from schema.accounts.errors import AccountError
from schema.accounts.types import User
from schema.common.scalars import Upload
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import Guard
from schema.execution.info import BatchInfo

_STAFF_USER = Guard(staff=True)
FOLDER = "avatars"


@strawberry.type
class UserAvatarUpdate:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class UserAvatarDelete:
    user: User | None
    errors: list[AccountError]


@strawberry.type
class AvatarMutations:
    @mutation_field(_STAFF_USER, description="Set the caller's picture.")
    async def user_avatar_update(self, info: BatchInfo, image: Upload) -> UserAvatarUpdate:
        ctx, user_id = info.context, user_of(info)
        stored = await uploads.store_picture(ctx, image, FOLDER)
        await uploads.discard(ctx, await transact(ctx, service.set_avatar, user_id, stored.key))
        return payload(user=(await queries.users_by_ids(ctx, [user_id]))[0])

    @mutation_field(_STAFF_USER, description="Take the caller's picture away.")
    async def user_avatar_delete(self, info: BatchInfo) -> UserAvatarDelete:
        ctx, user_id = info.context, user_of(info)
        await uploads.discard(ctx, await transact(ctx, service.set_avatar, user_id, None))
        return payload(user=(await queries.users_by_ids(ctx, [user_id]))[0])
