"""A page looks at few rows, however many there are: by every filter and in every order that the API offers.

What counts is the rows that a statement looks at, as PostgreSQL tells them, never its time.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import orjson
import pytest
from graphql import GraphQLEnumType, build_schema, get_named_type

from engine.cli.seed import ensure_admin
from engine.core.database import HeldReads
from engine.core.ids import to_global
from engine.core.settings import Settings
from engine.core.statements import BY_VALUES
from engine.flows.shop import Shop
from schema.root import schema
from tests.api import Api, open_api
from tests.store.large_shop import SIZE, fill
from tests.store.scale_cases import (
    CASES,
    CUSTOMER_FILTERS,
    IN_MONEY,
    NOT_HERE,
    ORDER_FILTERS,
    ORDER_WHERE,
    PRODUCT_FILTERS,
    PRODUCT_WHERE,
    SORTS,
    STAFF_FILTERS,
    TICKET_FILTERS,
    VARIANT_FILTERS,
    VARIANT_WHERE,
)

pytestmark = pytest.mark.anyio

MOST = SIZE // 5
"""Rows that one step of a page's plan may look at; what has no index looks at all of them."""
PAGE = "{ edges { node { id } cursor } pageInfo { hasNextPage } }"
SHOPPER, STAFF = "shopper", "staff"

GATHERED = "what carries any of so many values is gathered by their indexes, each looked at once"
BY_STAFF = "a rare question of staff: every customer, order or variant is looked at until the page is full"
ANYWHERE = "no index knows the stock that a product has in all channels together"
EXCEPTIONS: dict[str, str] = {
    **{
        f"{at}: {kind} attributes many numbers": GATHERED
        for at in ("shopper in a channel", "staff in a channel", "staff everywhere")
        for kind in ("filter", "where")
    },
    **{
        f"staff everywhere: {kind} attributes {name}": GATHERED
        for kind in ("filter", "where")
        for name in ("common", "two", "boolean")
    },
    **dict.fromkeys(
        (
            "customers: metadata",
            "customers: numberOfOrders",
            "customers: by ORDER_COUNT ASC",
            "customers: by ORDER_COUNT DESC",
            "orders where shippingAddress",
            "orders where linesCount",
            "variants search",
            "staff's variants search",
        ),
        BY_STAFF,
    ),
    **{
        f"staff everywhere: {part}": ANYWHERE
        for part in (
            "filter stockAvailability sold out",
            "where stockAvailability sold out",
            "where OR",
        )
    },
}
"""Pages that do look at more, and why."""


def product_page(who: str, channel: bool, arguments: str, sort: str = "NAME", way: str = "first: 5") -> tuple[str, str]:
    place = 'channel: "us", ' if channel else ""
    order = f"sortBy: {{field: {sort}, direction: ASC}}, " if sort else ""
    return who, f"{{ products({place}{order}{arguments}{', ' if arguments else ''}{way}) {PAGE} }}"


def _products() -> Iterator[tuple[str, tuple[str, str]]]:
    places = ((SHOPPER, True), (STAFF, True), (STAFF, False))
    for who, channel in places:
        at = f"{who} {'in a channel' if channel else 'everywhere'}"
        for kind, cases in (("filter", PRODUCT_FILTERS), ("where", PRODUCT_WHERE)):
            for name, part in cases.items():
                if channel or name.split()[0] not in IN_MONEY:
                    arguments = f"{kind}: {{{part}}}"
                    yield f"{at}: {kind} {name}", product_page(who, channel, arguments)
        for sort in SORTS["ProductOrderField"]:
            if channel or "PRICE" not in sort:
                for direction in ("ASC", "DESC"):
                    order = f"sortBy: {{field: {sort}, direction: {direction}}}"
                    yield f"{at}: by {sort} {direction}", product_page(who, channel, order, sort="")
    for part in ("price", "stockAvailability sold out", "attributes rare", "categories leaf", "collections small"):
        asked = f"filter: {{{PRODUCT_FILTERS[part]}}}"
        yield f"cheapest first: {part}", product_page(SHOPPER, True, asked, "MINIMAL_PRICE")


def _inside() -> Iterator[tuple[str, tuple[str, str]]]:
    for name, key in (("top", 1), ("leaf", 150)):
        for sort in ("NAME", "MINIMAL_PRICE", "PUBLISHED_AT"):
            inside = f'products(first: 5, channel: "us", sortBy: {{field: {sort}, direction: ASC}}) {PAGE}'
            yield (
                f"category {name}: by {sort}",
                (SHOPPER, f'{{ category(id: "{to_global("Category", key)}") {{ {inside} }} }}'),
            )
    for name, key in (("large", 1), ("small", 5)):
        for sort in ("COLLECTION", "NAME", "MINIMAL_PRICE"):
            inside = f"products(first: 5, sortBy: {{field: {sort}, direction: DESC}}) {PAGE}"
            collection = f'collection(id: "{to_global("Collection", key)}", channel: "us")'
            yield f"collection {name}: by {sort}", (SHOPPER, f"{{ {collection} {{ {inside} }} }}")
    leaves = 'categories(first: 5, level: 1) { edges { node { products(first: 5, channel: "us") ' + PAGE + " } } }"
    yield "several categories", (SHOPPER, f"{{ {leaves} }}")


def _others() -> Iterator[tuple[str, tuple[str, str]]]:
    lists = (
        ("orders", ORDER_FILTERS, SORTS["OrderSortField"]),
        ("customers", CUSTOMER_FILTERS, SORTS["UserSortField"]),
        ("staffUsers", STAFF_FILTERS, SORTS["UserSortField"]),
        ("tickets", TICKET_FILTERS, ()),
    )
    for field, filters, sorts in lists:
        yield field, (STAFF, f"{{ {field}(first: 5) {PAGE} }}")
        for name, part in filters.items():
            yield f"{field}: {name}", (STAFF, f"{{ {field}(first: 5, filter: {{{part}}}) {PAGE} }}")
        for sort in sorts:
            for direction in ("ASC", "DESC"):
                order = f"sortBy: {{field: {sort}, direction: {direction}}}"
                yield f"{field}: by {sort} {direction}", (STAFF, f"{{ {field}(first: 5, {order}) {PAGE} }}")
    yield "checkouts", (STAFF, f"{{ checkouts(first: 5) {PAGE} }}")
    yield "orders of a customer", (STAFF, f'{{ user(email: "user7@example.com") {{ orders(first: 5) {PAGE} }} }}')
    yield "a channel's orders", (STAFF, f'{{ orders(first: 5, channel: "eu") {PAGE} }}')
    for name, part in ORDER_WHERE.items():
        yield f"orders where {name}", (STAFF, f"{{ orders(first: 5, where: {{{part}}}) {PAGE} }}")
    ids = f'ids: ["{to_global("ProductVariant", 7)}"]'
    by_change = "sortBy: {field: LAST_MODIFIED_AT, direction: DESC}"
    variants = {
        "": "", "by id": ids, "by change": by_change,
        **{name: f"filter: {{{part}}}" for name, part in VARIANT_FILTERS.items()},
        **{f"where {name}": f"where: {{{part}}}" for name, part in VARIANT_WHERE.items()},
    }  # fmt: skip
    for name, part in variants.items():
        part = part and f", {part}"
        yield f"variants {name}", (SHOPPER, f'{{ productVariants(first: 5, channel: "us"{part}) {PAGE} }}')
        yield f"staff's variants {name}", (STAFF, f"{{ productVariants(first: 5{part}) {PAGE} }}")


PAGES: dict[str, tuple[str, str]] = dict([*_products(), *_inside(), *_others()])


class Probe:
    """Runs what the API has run once more, and tells how many rows each step looked at."""

    def __init__(self, connection: Any, shopper: Api, staff: Api):
        self.connection = connection
        self.clients = {SHOPPER: shopper, STAFF: staff}
        self.ran: list[tuple[str, list[Any]]] = []

    async def ask(self, who: str, query: str) -> Any:
        self.ran.clear()
        return await self.clients[who].run(query)

    async def looked_at(self) -> list[tuple[int, str, str]]:
        """Rows, step and statement, the most first."""
        found = []
        for sql, arguments in list(self.ran):
            for step in _steps(await self._plan(sql, arguments)):
                left_out = step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Index Recheck", 0)
                if "Scan" in step["Node Type"] and step["Node Type"] != "CTE Scan":
                    name = f"{step['Node Type']} {step.get('Relation Name') or step.get('Index Name') or ''}"
                    found.append((round((step["Actual Rows"] + left_out) * step["Actual Loops"]), name, sql))
        return sorted(found, reverse=True)

    async def _plan(self, sql: str, arguments: list[Any]) -> Any:
        mode = "force_custom_plan" if sql.endswith(BY_VALUES) else "force_generic_plan"
        await self.connection.execute(f"SET plan_cache_mode = {mode}; PREPARE probe AS {sql}")
        try:
            given = f"({', '.join(map(_literal, arguments))})" if arguments else ""
            return orjson.loads(
                await self.connection.fetchval(f"EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) EXECUTE probe{given}")
            )[0]["Plan"]
        finally:
            await self.connection.execute("DEALLOCATE probe")


def _steps(step: Any) -> Iterator[Any]:
    yield step
    for below in step.get("Plans", ()):
        yield from _steps(below)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        quoted = [str(item).replace("\\", "\\\\").replace('"', '\\"') for item in value]
        text = "{" + ", ".join(f'"{item}"' for item in quoted) + "}"
    elif isinstance(value, datetime):
        text = value.isoformat()
    else:
        text = orjson.dumps(value).decode() if isinstance(value, dict) else str(value)
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture(scope="module")
async def probe(shop: Shop, settings: Settings) -> AsyncIterator[Probe]:
    await fill(shop)
    await ensure_admin(settings)
    fetch = HeldReads.fetch
    async with open_api(settings) as shopper, shop.database.pool.acquire() as connection:
        made = Probe(connection, shopper, await shopper.as_admin())

        async def noted(reads: HeldReads, sql: str, arguments: list[Any]) -> list[Any]:
            made.ran.append((sql, arguments))
            return await fetch(reads, sql, arguments)

        # small as the shop is, it is read as a large one
        await connection.execute("SET enable_seqscan = off")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HeldReads, "fetch", noted)
            yield made


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_looks_at_few_rows(probe: Probe, name: str) -> None:
    await probe.ask(*PAGES[name])
    rows, step, sql = (await probe.looked_at())[0]
    if name in EXCEPTIONS:
        assert rows > MOST, f"{name} looks at few rows now: it is no exception any more"
    else:
        assert rows <= MOST, f"{step} looks at {rows} rows in\n{sql}"


def _asked_of_pages() -> Iterator[Any]:
    """The types by which pages are filtered and ordered."""
    root: Any = build_schema(schema.as_str()).query_type
    for field in root.fields.values():
        if {"first", "after"} <= set(field.args):
            for name in ("filter", "where", "sortBy"):
                if name in field.args:
                    yield get_named_type(field.args[name].type)


def _told(type_name: str) -> set[str]:
    cases = {name.split()[0] for name in CASES.get(type_name, ())}
    return cases | {name.partition(".")[2] for name in NOT_HERE if name.startswith(f"{type_name}.")}


def test_every_filter_and_order_of_the_api_has_a_case_here() -> None:
    for asked in _asked_of_pages():
        if asked.name.endswith(("SortingInput", "Order")):
            asked = get_named_type(asked.fields["field"].type)
        if asked.name not in NOT_HERE:
            offered = set(asked.values if isinstance(asked, GraphQLEnumType) else asked.fields)
            assert _told(asked.name) == offered, asked.name
