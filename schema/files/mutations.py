from enum import StrEnum

import strawberry

from engine.core.context import Row
from engine.flows import uploads
from engine.flows.media import file_url
from schema.common.errors import MutationError
from schema.common.media import File
from schema.common.scalars import Upload
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import STAFF
from schema.execution.info import BatchInfo


@strawberry.enum
class UploadErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID_FILE_TYPE = "INVALID_FILE_TYPE"
    UNSUPPORTED_MIME_TYPE = "UNSUPPORTED_MIME_TYPE"


@strawberry.type
class UploadError(MutationError):
    code: UploadErrorCode


@strawberry.type
class FileUpload:
    uploaded_file: File | None
    errors: list[UploadError]


@strawberry.type
class FilesMutations:
    @mutation_field(STAFF, description="Store a file, for an attribute to point at. It is judged by its bytes.")
    async def file_upload(self, info: BatchInfo, file: Upload) -> FileUpload:
        stored = await uploads.store_file(info.context, file)
        row: Row = {"url": file_url(info.context, stored.key), "content_type": stored.content_type}
        return payload(uploaded_file=row)
