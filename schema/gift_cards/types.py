"""Gift cards: codes that hold money."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.accounts import app_queries
from engine.accounts import queries as accounts
from engine.catalog import queries as catalog
from engine.core.context import Row
from engine.core.errors import PermissionDenied
from engine.core.ids import to_global
from engine.gift_cards import pages
from engine.gift_cards.rules import last_characters
from schema.accounts.types import User
from schema.common.connections import PageInfo
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, money_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.gift_cards.enums import GiftCardEventsEnum

if TYPE_CHECKING:
    from schema.accounts.app_types import App
    from schema.catalog.products import Product

MANAGER = "MANAGE_GIFT_CARD"
READERS = needs(MANAGER)


async def _users(info: BatchInfo, ids: Any, *permissions: str, owned: Any = None) -> Any:
    """The users of these ids (null stays null), for staff with a permission and for those whose card it is."""
    caller = info.context.caller
    wanted = sorted({id for id in ids if id is not None})
    found = dict(zip(wanted, await accounts.users_by_ids(info.context, wanted) if wanted else [], strict=True))
    allowed = caller.has(*permissions)
    return [
        found.get(id) if id is None or allowed or own else PermissionDenied((*permissions, "OWNER"))
        for id, own in zip(ids, owned or [False] * len(ids), strict=True)
    ]


async def _apps(info: BatchInfo, ids: Any) -> Any:
    wanted = sorted({id for id in ids if id is not None})
    found = dict(zip(wanted, await app_queries.apps_by_ids(info.context, wanted) if wanted else [], strict=True))
    allowed = info.context.caller.has("MANAGE_APPS")
    return [
        None if id is None else found.get(id) if allowed else PermissionDenied(("MANAGE_APPS", "OWNER")) for id in ids
    ]


def _own(info: BatchInfo, parents: Rows) -> list[bool]:
    user_id = info.context.caller.user_id
    return [user_id is not None and row["assigned_to_id"] == user_id for row in parents]


def _for_owner(info: BatchInfo, parents: Rows, values: Any) -> Any:
    """Values for staff, and for the customer whose card it is."""
    allowed = info.context.caller.has(MANAGER)
    return [
        value if allowed or own else PermissionDenied((MANAGER, "OWNER"))
        for value, own in zip(values, _own(info, parents), strict=True)
    ]


@strawberry.type
class GiftCardTag(Node):
    id: strawberry.ID = global_id("GiftCardTag")
    name: str


@strawberry.type
class GiftCardEventBalance:
    """The row has minor units and the card's `currency`."""

    @row_field
    def initial_balance(row: Row) -> Money | None:
        return _money(row, "initial")

    @row_field
    def current_balance(row: Row) -> Money:
        return money_row(row["current"], row["currency"])

    @row_field
    def old_initial_balance(row: Row) -> Money | None:
        return _money(row, "old_initial")

    @row_field
    def old_current_balance(row: Row) -> Money | None:
        return _money(row, "old_current")


def _money(row: Row, key: str) -> Any:
    return money_row(row[key], row["currency"]) if row.get(key) is not None else None


@strawberry.type
class GiftCardEventAssignment:
    @batch_field
    async def old_assigned_to(parents: Rows, info: BatchInfo) -> list[User | None]:
        return await _users(info, [row["old_id"] for row in parents], "MANAGE_USERS")

    @batch_field
    async def current_assigned_to(parents: Rows, info: BatchInfo) -> list[User | None]:
        return await _users(info, [row["id"] for row in parents], "MANAGE_USERS")

    @row_field
    def old_assigned_to_email(row: Row) -> str | None:
        return row["old_email"]

    @row_field
    def current_assigned_to_email(row: Row) -> str | None:
        return row["email"]


@strawberry.type(description="Something that happened to a gift card.")
class GiftCardEvent(Node):
    """Rows of `engine.gift_cards.pages.events_of`."""

    id: strawberry.ID = global_id("GiftCardEvent")
    type: GiftCardEventsEnum | None

    @row_field
    def date(row: Row) -> datetime.datetime | None:
        return row["created_at"]

    @batch_field
    async def user(parents: Rows, info: BatchInfo) -> list[User | None]:
        return await _users(info, [row["user_id"] for row in parents], "MANAGE_USERS", "MANAGE_STAFF")

    @batch_field
    async def app(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["App", strawberry.lazy("schema.accounts.app_types")] | None]:
        return await _apps(info, [row["app_id"] for row in parents])

    @row_field
    def message(row: Row) -> str | None:
        return row["parameters"].get("message")

    @row_field
    def email(row: Row) -> str | None:
        return row["parameters"].get("email")

    @row_field
    def order_id(row: Row) -> strawberry.ID | None:
        return strawberry.ID(to_global("Order", row["order_id"])) if row["order_id"] else None

    @row_field
    def order_number(row: Row) -> str | None:
        number = row["parameters"].get("number")
        return None if number is None else str(number)

    @row_field
    def tags(row: Row) -> list[str] | None:
        return row["parameters"].get("tags")

    @row_field
    def old_tags(row: Row) -> list[str] | None:
        return row["parameters"].get("old_tags")

    @row_field
    def balance(row: Row) -> GiftCardEventBalance | None:
        found = row["parameters"].get("balance")
        made: Row = found and {**found, "currency": row["currency"]}
        return made

    @row_field
    def assigned_to(row: Row) -> GiftCardEventAssignment | None:
        found: Row = row["parameters"].get("assigned")
        return found

    @row_field
    def expiry_date(row: Row) -> datetime.date | None:
        return _day(row["parameters"].get("expiry_date"))

    @row_field
    def old_expiry_date(row: Row) -> datetime.date | None:
        return _day(row["parameters"].get("old_expiry_date"))


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


@strawberry.type(description="A code that holds money.")
class GiftCard(Node, ObjectWithMetadata):
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
        return _for_owner(info, parents, [row["code"] for row in parents])

    @row_field
    def created(row: Row) -> datetime.datetime:
        return row["created_at"]

    @row_field
    def initial_balance(row: Row) -> Money:
        return money_row(row["initial_amount"], row["currency"])

    @row_field(description="What is left on it.")
    def current_balance(row: Row) -> Money:
        return money_row(row["current_amount"], row["currency"])

    @batch_field
    async def created_by(parents: Rows, info: BatchInfo) -> list[User | None]:
        owned = _own(info, parents)
        return await _users(info, [row["created_by_id"] for row in parents], "MANAGE_USERS", owned=owned)

    @batch_field
    async def created_by_email(parents: Rows, info: BatchInfo) -> list[str | None]:
        return _for_owner(info, parents, [row["created_by_email"] for row in parents])

    @batch_field(description="The customer whose card it is: nobody else may use it.")
    async def assigned_to(parents: Rows, info: BatchInfo) -> list[User | None]:
        owned = _own(info, parents)
        return await _users(info, [row["assigned_to_id"] for row in parents], "MANAGE_USERS", owned=owned)

    @batch_field
    async def assigned_to_email(parents: Rows, info: BatchInfo) -> list[str | None]:
        return _for_owner(info, parents, [row["assigned_to_email"] for row in parents])

    @batch_field
    async def app(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["App", strawberry.lazy("schema.accounts.app_types")] | None]:
        return await _apps(info, [row["app_id"] for row in parents])

    @batch_field
    async def product(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Product", strawberry.lazy("schema.catalog.products")] | None]:
        wanted = sorted({row["product_id"] for row in parents if row["product_id"] is not None})
        rows = await catalog.products_of(info.context, [(id, None) for id in wanted]) if wanted else []
        found = dict(zip(wanted, rows, strict=True))
        shown: Rows = [found.get(row["product_id"]) for row in parents]
        return shown

    @batch_field(guard=READERS, description="Its history, oldest first.")
    async def events(parents: Rows, info: BatchInfo) -> list[list[GiftCardEvent]]:
        rows: Rows = await pages.events_of(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(guard=READERS)
    async def tags(parents: Rows, info: BatchInfo) -> list[list[GiftCardTag]]:
        rows: Rows = await pages.tags_of(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(guard=READERS, description="Slug of the channel it was bought in.")
    async def bought_in_channel(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [row["bought_in_channel"] for row in parents]


@strawberry.type
class GiftCardCountableEdge:
    node: GiftCard
    cursor: str


@strawberry.type
class GiftCardCountableConnection:
    """The row has the filter to count with."""

    page_info: PageInfo
    edges: list[GiftCardCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await pages.count(info.context, row["wanted"]) for row in parents]


@strawberry.type
class GiftCardTagCountableEdge:
    node: GiftCardTag
    cursor: str


@strawberry.type
class GiftCardTagCountableConnection:
    page_info: PageInfo
    edges: list[GiftCardTagCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await pages.tag_count(info.context, row["search"]) for row in parents]
