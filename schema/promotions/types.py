import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import strawberry
from strawberry.scalars import JSON

from engine.core.context import Row
from engine.core.ids import to_global
from engine.promotions import queries, service
from engine.promotions.checks import MAX_GIFTS
from schema.channels.types import Channel
from schema.common.connections import PageInfo
from schema.common.enums import LanguageCodeEnum
from schema.common.ids import Node, global_id, joint_id
from schema.common.languages import LanguageDisplay
from schema.common.metadata import ObjectWithMetadata
from schema.common.scalars import PositiveDecimal
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.promotions.enums import PromotionTypeEnum, RewardTypeEnum, RewardValueTypeEnum

DISCOUNTS = needs("MANAGE_DISCOUNTS")

if TYPE_CHECKING:
    from schema.promotions.events import PromotionEvent
AnEvent: TypeAlias = Annotated["PromotionEvent", strawberry.lazy("schema.promotions.events")]


@strawberry.type(description="A promotion's name and description in another language.")
class PromotionTranslation(Node):
    id: strawberry.ID = joint_id("PromotionTranslation", "promotion_id", "language")
    name: str | None
    description: JSON | None = strawberry.field(description="An EditorJS document.")

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type(description="A rule's name and description in another language.")
class PromotionRuleTranslation(Node):
    id: strawberry.ID = joint_id("PromotionRuleTranslation", "rule_id", "language")
    name: str | None
    description: JSON | None = strawberry.field(description="An EditorJS document.")

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type(description="What a promotion gives, and for what.")
class PromotionRule(Node):
    id: strawberry.ID = global_id("PromotionRule")
    name: str | None
    description: JSON | None = strawberry.field(description="An EditorJS document.")
    reward_value_type: RewardValueTypeEnum | None
    reward_type: RewardTypeEnum | None = strawberry.field(description="Of a rule of an order promotion.")
    catalogue_predicate: JSON | None
    order_predicate: JSON | None

    @batch_field
    async def promotion(parents: Rows, info: BatchInfo) -> list["Promotion | None"]:
        found: Rows = await queries.by_ids(info.context, [row["promotion_id"] for row in parents])
        return found

    @batch_field(guard=DISCOUNTS, description="Where it holds.")
    async def channels(parents: Rows, info: BatchInfo) -> list[list[Channel] | None]:
        found: Rows = await queries.channels_of(info.context, [row["id"] for row in parents])
        return found

    @row_field(description="Percent, or an amount in the currency of its channels.")
    def reward_value(row: Row) -> PositiveDecimal | None:
        found: Any = service.reward_value(row)
        return found

    @batch_field
    async def predicate_type(parents: Rows, info: BatchInfo) -> list[PromotionTypeEnum | None]:
        found = await queries.by_ids(info.context, [row["promotion_id"] for row in parents])
        return [row and row["type"] for row in found]

    @batch_field(description="The variants of which a customer chooses one.")
    async def gift_ids(parents: Rows, info: BatchInfo) -> list[list[strawberry.ID] | None]:
        found = await queries.gifts_of(info.context, [row["id"] for row in parents])
        return [[strawberry.ID(to_global("ProductVariant", id)) for id in ids] for ids in found]

    @row_field(description="How many gifts a rule may have.")
    def gifts_limit(_row: Row) -> int | None:
        return MAX_GIFTS

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[PromotionRuleTranslation | None]:
        ids = [row["id"] for row in parents]
        found: Rows = await queries.rule_translations_of(info.context, ids, language_code)
        return found


@strawberry.type(description="Rules that make things cheaper for a time.")
class Promotion(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("Promotion")
    name: str
    type: PromotionTypeEnum | None
    description: JSON | None = strawberry.field(description="An EditorJS document.")
    start_date: datetime.datetime
    end_date: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime

    @batch_field
    async def rules(parents: Rows, info: BatchInfo) -> list[list[PromotionRule] | None]:
        found: Rows = await queries.rules_of(info.context, [row["id"] for row in parents])
        return found

    @batch_field(guard=DISCOUNTS, description="What happened to it, oldest first.")
    async def events(parents: Rows, info: BatchInfo) -> list[list[AnEvent] | None]:
        found: Rows = await queries.events_of(info.context, [row["id"] for row in parents])
        events: Rows = [[{**row, "__typename": TYPES[row["type"]]} for row in rows] for rows in found]
        return events

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[PromotionTranslation | None]:
        ids = [row["id"] for row in parents]
        found: Rows = await queries.translations_of(info.context, ids, language_code)
        return found


TYPES = {
    "PROMOTION_CREATED": "PromotionCreatedEvent",
    "PROMOTION_UPDATED": "PromotionUpdatedEvent",
    "PROMOTION_STARTED": "PromotionStartedEvent",
    "PROMOTION_ENDED": "PromotionEndedEvent",
    "RULE_CREATED": "PromotionRuleCreatedEvent",
    "RULE_UPDATED": "PromotionRuleUpdatedEvent",
    "RULE_DELETED": "PromotionRuleDeletedEvent",
}


@strawberry.type
class PromotionCountableEdge:
    node: Promotion
    cursor: str


@strawberry.type
class PromotionCountableConnection:
    page_info: PageInfo
    edges: list[PromotionCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await queries.count(info.context, row["wish"]) for row in parents]
