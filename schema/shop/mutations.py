from enum import StrEnum

import strawberry

from engine.core.context import transact
from engine.flows import metadata
from schema.common.errors import MutationError
from schema.common.metadata import MetadataInput, ObjectWithMetadata, as_meta
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import PUBLIC, STAFF
from schema.execution.info import BatchInfo
from schema.shop.settings import SettingsMutations


@strawberry.enum
class MetadataErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    NOT_UPDATED = "NOT_UPDATED"


@strawberry.type
class MetadataError(MutationError):
    code: MetadataErrorCode


@strawberry.type
class UpdateMetadata:
    errors: list[MetadataError]
    item: ObjectWithMetadata | None


@strawberry.type
class DeleteMetadata:
    errors: list[MetadataError]
    item: ObjectWithMetadata | None


@strawberry.type
class UpdatePrivateMetadata:
    errors: list[MetadataError]
    item: ObjectWithMetadata | None


@strawberry.type
class DeletePrivateMetadata:
    errors: list[MetadataError]
    item: ObjectWithMetadata | None


@strawberry.type
class ShopMutations(SettingsMutations):
    @mutation_field(PUBLIC, description="Add or replace public metadata of an object.")
    async def update_metadata(self, info: BatchInfo, id: strawberry.ID, input: list[MetadataInput]) -> UpdateMetadata:
        return payload(item=await transact(info.context, metadata.update, id, as_meta(input)))

    @mutation_field(PUBLIC, description="Drop public metadata of an object by key.")
    async def delete_metadata(self, info: BatchInfo, id: strawberry.ID, keys: list[str]) -> DeleteMetadata:
        return payload(item=await transact(info.context, metadata.delete, id, keys))

    @mutation_field(STAFF, description="Add or replace metadata that only staff and apps see.")
    async def update_private_metadata(
        self, info: BatchInfo, id: strawberry.ID, input: list[MetadataInput]
    ) -> UpdatePrivateMetadata:
        return payload(item=await transact(info.context, metadata.update, id, as_meta(input), private=True))

    @mutation_field(STAFF, description="Drop private metadata of an object by key.")
    async def delete_private_metadata(
        self, info: BatchInfo, id: strawberry.ID, keys: list[str]
    ) -> DeletePrivateMetadata:
        return payload(item=await transact(info.context, metadata.delete, id, keys, private=True))
