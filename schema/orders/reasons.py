"""Of which page type reasons are, for refunds and for returns."""

from enum import StrEnum
from typing import Any

import strawberry

from engine.content import queries as content
from engine.core.context import Row, transact
from engine.core.errors import InvalidId, Refusal
from engine.core.ids import int_pk
from engine.refunds import reasons
from schema.common.errors import MutationError
from schema.common.inputs import set_or
from schema.content.types import PageType
from schema.execution.fields import Rows, batch_field, mutation_field, payload, root_field
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo

KEEPERS = needs("MANAGE_SETTINGS")


def page_of(given: Any) -> int | None:
    """The key of a page that is given as a reason. Raises Refusal for an id that is none."""
    id = set_or(given)
    if id is None:
        return None
    try:
        return int_pk(id, "Page")
    except InvalidId as error:
        raise Refusal(str(error), field="reasonReference", code="INVALID") from error


@strawberry.enum
class RefundSettingsErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"


@strawberry.enum
class ReturnSettingsErrorCode(StrEnum):
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"


@strawberry.type
class RefundSettingsUpdateError(MutationError):
    code: RefundSettingsErrorCode


@strawberry.type
class RefundReasonReferenceTypeClearError(MutationError):
    code: RefundSettingsErrorCode


@strawberry.type
class ReturnSettingsUpdateError(MutationError):
    code: ReturnSettingsErrorCode


@strawberry.type
class ReturnReasonReferenceTypeClearError(MutationError):
    code: ReturnSettingsErrorCode


async def _page_type(parents: Rows, info: BatchInfo) -> Rows:
    """The row is `{"kind": …}`."""
    return [await _type_of(info, row["kind"]) for row in parents]


async def _type_of(info: BatchInfo, kind: reasons.Kind) -> Row | None:
    chosen = await reasons.page_type(info.context, kind)
    return None if chosen is None else (await content.types_by_ids(info.context, [chosen]))[0]


@strawberry.type
class RefundSettings:
    @batch_field(description="Of the pages that staff give as reasons; null: they only write them.")
    async def reason_reference_type(parents: Rows, info: BatchInfo) -> list[PageType | None]:
        rows: Rows = await _page_type(parents, info)
        return rows


@strawberry.type
class ReturnSettings:
    @batch_field(description="Of the pages that staff give as reasons; null: they only write them.")
    async def reason_reference_type(parents: Rows, info: BatchInfo) -> list[PageType | None]:
        rows: Rows = await _page_type(parents, info)
        return rows


@strawberry.input
class RefundSettingsUpdateInput:
    refund_reason_reference_type: strawberry.ID


@strawberry.input
class ReturnSettingsUpdateInput:
    return_reason_reference_type: strawberry.ID


@strawberry.type
class RefundSettingsUpdate:
    refund_settings: RefundSettings | None
    errors: list[RefundSettingsUpdateError]


@strawberry.type
class RefundReasonReferenceTypeClear:
    refund_settings: RefundSettings | None
    errors: list[RefundReasonReferenceTypeClearError]


@strawberry.type
class ReturnSettingsUpdate:
    return_settings: ReturnSettings | None
    errors: list[ReturnSettingsUpdateError]


@strawberry.type
class ReturnReasonReferenceTypeClear:
    return_settings: ReturnSettings | None
    errors: list[ReturnReasonReferenceTypeClearError]


def _settings(kind: reasons.Kind) -> Row:
    return {"kind": kind}


@strawberry.type
class ReasonQueries:
    @root_field(STAFF, description="How staff give reasons for refunds.")
    async def refund_settings(self, info: BatchInfo) -> RefundSettings:
        row: Row = _settings("REFUND")
        return row

    @root_field(STAFF, description="How staff give reasons for returns.")
    async def return_settings(self, info: BatchInfo) -> ReturnSettings:
        row: Row = _settings("RETURN")
        return row


async def _choose(info: BatchInfo, kind: reasons.Kind, id: str | None) -> Row:
    try:
        key = None if id is None else int_pk(id, "PageType")
    except InvalidId as error:
        raise Refusal(str(error), field=f"{kind.lower()}ReasonReferenceType", code="INVALID") from error
    await transact(info.context, reasons.choose, kind, key)
    return _settings(kind)


@strawberry.type
class ReasonMutations:
    @mutation_field(KEEPERS, description="Have staff give a page of this type as the reason of each refund.")
    async def refund_settings_update(self, info: BatchInfo, input: RefundSettingsUpdateInput) -> RefundSettingsUpdate:
        return payload(refund_settings=await _choose(info, "REFUND", input.refund_reason_reference_type))

    @mutation_field(KEEPERS, description="Let staff only write the reasons of refunds.")
    async def refund_reason_reference_clear(self, info: BatchInfo) -> RefundReasonReferenceTypeClear:
        return payload(refund_settings=await _choose(info, "REFUND", None))

    @mutation_field(KEEPERS, description="Have staff give a page of this type as the reason of each return.")
    async def return_settings_update(self, info: BatchInfo, input: ReturnSettingsUpdateInput) -> ReturnSettingsUpdate:
        return payload(return_settings=await _choose(info, "RETURN", input.return_reason_reference_type))

    @mutation_field(KEEPERS, description="Let staff only write the reasons of returns.")
    async def return_reason_reference_clear(self, info: BatchInfo) -> ReturnReasonReferenceTypeClear:
        return payload(return_settings=await _choose(info, "RETURN", None))
