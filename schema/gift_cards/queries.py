import decimal

import strawberry
from strawberry import UNSET

from engine.core.errors import BadRequest
from engine.core.ids import int_pk
from engine.core.money import MoneyError, to_minor
from engine.core.paging import page_args
from engine.gift_cards import pages, queries
from engine.gift_cards.pages import GiftCardFilter, GiftCardSort
from schema.common.enums import OrderDirection
from schema.common.filters import MetadataFilter, PriceRangeInput
from schema.common.inputs import given, set_or
from schema.execution.fields import Rows, root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.gift_cards import enums  # noqa: F401  (names the engine's enums in the API)
from schema.gift_cards.types import GiftCard, GiftCardCountableConnection, GiftCardTagCountableConnection

STAFF = needs("MANAGE_GIFT_CARD")


@strawberry.input
class GiftCardFilterInput:
    is_active: bool | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    tags: list[str] | None = UNSET
    products: list[strawberry.ID] | None = UNSET
    used_by: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="The same as `assignedTo`.")
    assigned_to: list[strawberry.ID] | None = UNSET
    used: bool | None = UNSET
    currency: str | None = UNSET
    current_balance: PriceRangeInput | None = strawberry.field(default=UNSET, description="With `currency` only.")
    initial_balance: PriceRangeInput | None = strawberry.field(default=UNSET, description="With `currency` only.")
    code: str | None = UNSET
    created_by_email: str | None = UNSET


@strawberry.input
class GiftCardSortingInput:
    direction: OrderDirection
    field: GiftCardSort


@strawberry.input
class GiftCardTagFilterInput:
    search: str | None = UNSET


@strawberry.type
class GiftCardsQueries:
    @root_field(STAFF, description="A gift card by its id.")
    async def gift_card(self, info: BatchInfo, id: strawberry.ID) -> GiftCard | None:
        return (await queries.by_ids(info.context, [int_pk(id, "GiftCard")]))[0]

    @root_field(STAFF, description="Gift cards, newest first unless said otherwise.")
    async def gift_cards(
        self,
        info: BatchInfo,
        sort_by: GiftCardSortingInput | None = None,
        filter: GiftCardFilterInput | None = None,
        search: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> GiftCardCountableConnection | None:
        args = page_args("giftCards", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        wanted = _wanted(filter, search)
        sort = sort_by.field if sort_by else GiftCardSort.CREATED_AT
        descending = sort_by is None or sort_by.direction == OrderDirection.DESC
        page = await pages.page(info.context, wanted, args, sort, descending=descending)
        connection: Rows = page.as_connection(wanted=wanted)
        return connection

    @root_field(STAFF, description="The currencies that there are gift cards of.")
    async def gift_card_currencies(self, info: BatchInfo) -> list[str]:
        return await pages.currencies(info.context)

    @root_field(STAFF, description="Tags of gift cards, by name.")
    async def gift_card_tags(
        self,
        info: BatchInfo,
        filter: GiftCardTagFilterInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> GiftCardTagCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("giftCardTags", first=first, after=after, last=last, before=before, edges=edges)
        search = set_or(filter.search) if filter else None
        page = await pages.tag_page(info.context, search, args)
        connection: Rows = page.as_connection(search=search)
        return connection


def _wanted(filter: GiftCardFilterInput | None, search: str | None) -> GiftCardFilter:
    asked = given(filter) if filter else {}
    owners = asked.get("assigned_to") or asked.get("used_by")
    return GiftCardFilter(
        is_active=asked.get("is_active"),
        used=asked.get("used"),
        code=asked.get("code"),
        currency=asked.get("currency"),
        created_by=asked.get("created_by_email"),
        current_from=_bound(asked, "current_balance", "gte"),
        current_to=_bound(asked, "current_balance", "lte"),
        initial_from=_bound(asked, "initial_balance", "gte"),
        initial_to=_bound(asked, "initial_balance", "lte"),
        tags=tuple(tag.strip().lower() for tag in asked["tags"]) if asked.get("tags") else None,
        products=tuple(int_pk(id, "Product") for id in asked["products"]) if asked.get("products") else None,
        assigned_to=tuple(int_pk(id, "User") for id in owners) if owners else None,
        search=search,
        meta=tuple((item.key, set_or(item.value)) for item in asked.get("metadata") or ()),
    )


def _bound(asked: Rows, name: str, side: str) -> int | None:
    amount = set_or(getattr(asked[name], side)) if asked.get(name) else None
    if amount is None:
        return None
    if not asked.get("currency"):
        raise BadRequest("You must provide a `currency` filter parameter for filtering by price.")
    try:
        return to_minor(decimal.Decimal(str(amount)), asked["currency"], rounding=True)
    except MoneyError as error:
        raise BadRequest(f"Not an amount of the currency: {error}.") from error
