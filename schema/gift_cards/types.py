"""Gift cards: codes that hold money."""

import datetime

import strawberry

from engine.core.context import Row
from engine.core.errors import PermissionDenied
from engine.gift_cards.rules import last_characters
from schema.common.ids import global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, money_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo

MANAGER = "MANAGE_GIFT_CARD"


@strawberry.type(description="A code that holds money.")
class GiftCard(ObjectWithMetadata):
    """Rows of `engine.gift_cards.queries.by_ids`."""

    id: strawberry.ID = global_id("GiftCard")
    is_active: bool
    expiry_date: datetime.date | None
    last_used_on: datetime.datetime | None

    @row_field(description="The last four characters of its code.")
    def display_code(row: Row) -> str:
        return last_characters(row["code"])

    @row_field(name="last4CodeChars", description="The last four characters of its code.")
    def last_4_code_chars(row: Row) -> str:
        return last_characters(row["code"])

    @batch_field(description="The whole code; for staff, and for the customer whose card it is.")
    async def code(parents: Rows, info: BatchInfo) -> list[str]:
        caller = info.context.caller
        allowed = caller.has(MANAGER)
        rows: Rows = [
            row["code"]
            if allowed or (caller.user_id is not None and caller.user_id == row["assigned_to_id"])
            else PermissionDenied((MANAGER, "OWNER"))
            for row in parents
        ]
        return rows

    @row_field
    def created(row: Row) -> datetime.datetime:
        return row["created_at"]

    @row_field
    def initial_balance(row: Row) -> Money:
        return money_row(row["initial_amount"], row["currency"])

    @row_field(description="What is left on it.")
    def current_balance(row: Row) -> Money:
        return money_row(row["current_amount"], row["currency"])
