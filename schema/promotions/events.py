"""What happened to a promotion."""

import datetime
from typing import Annotated, TypeAlias

import strawberry

from engine.accounts import app_queries
from engine.accounts import queries as accounts
from engine.core.context import Row
from engine.core.ids import to_global
from schema.accounts.app_types import App
from schema.accounts.types import User
from schema.common.ids import Node, global_id
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo
from schema.promotions.enums import PromotionEventsEnum

UserOrApp: TypeAlias = Annotated[User | App, strawberry.union("UserOrApp")]


@strawberry.interface
class PromotionEventInterface(Node):
    id: strawberry.ID = global_id("PromotionEvent")
    type: PromotionEventsEnum

    @row_field
    def date(row: Row) -> datetime.datetime:
        return row["created_at"]

    @batch_field(description="Who did it; nobody, where it came of itself.")
    async def created_by(parents: Rows, info: BatchInfo) -> list[UserOrApp | None]:
        users = await accounts.users_by_ids(info.context, [row["user_id"] for row in parents])
        apps = await app_queries.apps_by_ids(info.context, [row["app_id"] for row in parents])
        found: Rows = [
            {**user, "__typename": "User"} if user else app and {**app, "__typename": "App"}
            for user, app in zip(users, apps, strict=True)
        ]
        return found


@strawberry.interface
class PromotionRuleEventInterface:
    @row_field
    def rule_id(row: Row) -> str | None:
        return to_global("PromotionRule", row["rule_id"])


@strawberry.type
class PromotionCreatedEvent(PromotionEventInterface):
    pass


@strawberry.type
class PromotionUpdatedEvent(PromotionEventInterface):
    pass


@strawberry.type
class PromotionStartedEvent(PromotionEventInterface):
    pass


@strawberry.type
class PromotionEndedEvent(PromotionEventInterface):
    pass


@strawberry.type
class PromotionRuleCreatedEvent(PromotionEventInterface, PromotionRuleEventInterface):
    pass


@strawberry.type
class PromotionRuleUpdatedEvent(PromotionEventInterface, PromotionRuleEventInterface):
    pass


@strawberry.type
class PromotionRuleDeletedEvent(PromotionEventInterface, PromotionRuleEventInterface):
    pass


PromotionEvent: TypeAlias = Annotated[
    PromotionCreatedEvent
    | PromotionUpdatedEvent
    | PromotionStartedEvent
    | PromotionEndedEvent
    | PromotionRuleCreatedEvent
    | PromotionRuleUpdatedEvent
    | PromotionRuleDeletedEvent,
    strawberry.union("PromotionEvent"),
]
