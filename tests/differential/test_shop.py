"""Both executors answer the same to documents generated from the shop's schema, asked of the demo shop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
from graphql import parse, validate

from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.clock import FixedClock
from engine.core.context import ANONYMOUS, Caller
from engine.core.errors import PermissionDenied
from engine.flows.shop import Shop
from schema.execution.batching import Execution
from schema.execution.fields import spec_of
from schema.root import schema as strawberry_schema
from tests.api import Api
from tests.differential.agreement import Answer
from tests.differential.documents import Document, Writer
from tests.differential.faults import Faults
from tests.differential.knowledge import Knowledge, callers, look_around
from tests.differential.running import UNTIDY, Agreement, Request, Stock, tidied
from tests.differential.shop_arguments import OFTEN, ShopArguments
from tests.purchase import CREATE, ready_checkout

pytestmark = [pytest.mark.anyio, *UNTIDY]
schema = strawberry_schema._schema
assert schema.query_type is not None
assert schema.mutation_type is not None


def open_to_all(field: Any) -> bool:
    spec = spec_of(field.extensions["strawberry-definition"])
    try:
        assert spec is not None
        assert spec.guard is not None
        spec.guard.check(ANONYMOUS)
    except PermissionDenied:
        return False
    return True


QUERIES = [name for name in schema.query_type.fields for _ in range(OFTEN.get(name, 1))]
REPEATABLE = ["checkoutEmailUpdate", "checkoutLanguageCodeUpdate", "checkoutCustomerNoteUpdate", "updateMetadata"]
REPEATABLE += ["updatePrivateMetadata", "deleteMetadata", "tokenVerify"]
GUARDED = [name for name, field in schema.mutation_type.fields.items() if not open_to_all(field)]
PEOPLE = """{
  staffUsers(first: 5) { edges { node { id email } } } customers(first: 5) { edges { node { id email } } } }"""
IN_STOCK = """{
  products(first: 1, channel: "eu", filter: {stockAvailability: IN_STOCK}) { edges { node { variants { id } } } } }"""


@dataclass
class Visitor:
    """Asks the demo shop as one caller."""

    shop: Shop
    clock: FixedClock
    caller: Caller

    async def ask(self, request: Request, executor: Any) -> Answer:
        ctx = self.shop.ctx(clock=self.clock).acting_as(self.caller)
        execution = Execution(ctx)
        async with tidied(executor):
            try:
                return await request.answer(executor, execution)
            finally:
                await execution.close()
                await ctx.release()


@dataclass
class Asking:
    shop: Shop
    clock: FixedClock
    known: Knowledge
    callers: list[Caller]

    def of(self, seed: int) -> tuple[Document, Caller]:
        """The document that the seed writes, and who asks it."""
        rng = Random(seed)
        return self._writer(rng, QUERIES).query(), rng.choice(self.callers)

    def mutation_of(self, seed: int) -> tuple[Document, Caller]:
        """One that may be repeated: what it does it has done already, or the caller may not do it at all."""
        rng = Random(seed)
        refused = rng.random() < 0.3
        document = self._writer(rng, GUARDED if refused else REPEATABLE).mutation()
        caller = ANONYMOUS if refused else rng.choice(self.callers)
        return replace(document, variables=document.variables[:1]), caller

    def _writer(self, rng: Random, roots: Sequence[str]) -> Writer:
        size = rng.choice([15, 40, 80, 120])
        return Writer(schema, ShopArguments(rng, self.known), rng, size=size, depth=10, roots=roots)

    async def require_agreement(self, document: Document, caller: Caller, where: str) -> None:
        await Agreement(schema, self._visitor(caller).ask).require(document, f"{where}, {caller}")

    async def require_agreement_when_repeated(self, document: Document, caller: Caller, where: str) -> None:
        visitor = self._visitor(caller)

        async def ask(request: Request, executor: Any) -> Answer:
            await visitor.ask(request, Stock)
            return await visitor.ask(request, executor)

        await Agreement(schema, ask).require(document, f"{where}, {caller}")

    def _visitor(self, caller: Caller) -> Visitor:
        return Visitor(self.shop, self.clock, caller)


@pytest.fixture(scope="module")
async def asking(demo_shop: Shop, demo_api: Api) -> Asking:
    clock = FixedClock(demo_shop.ctx().clock.now())
    admin = Visitor(demo_shop, clock, Caller(user_id=1, is_staff=True, permissions=ALL_PERMISSIONS))

    async def ask(text: str) -> Any:
        return (await admin.ask(Request(schema, parse(text), {}), Stock)).data

    await _leave_carts(demo_api)
    known = await look_around(schema, ask)
    people = await ask(PEOPLE)
    staff, customers = ([edge["node"] for edge in people[name]["edges"]] for name in ("staffUsers", "customers"))
    return Asking(demo_shop, clock, known, list(callers(known, staff, customers)))


async def _leave_carts(api: Api) -> None:
    """The demo shop has orders, but no carts: here are one that could be paid, one just begun and one without goods."""
    variant = (await api.run(IN_STOCK))["products"]["edges"][0]["node"]["variants"][0]["id"]
    await ready_checkout(api, "eu", variant, "cart@example.com")
    for lines in ([{"variantId": variant, "quantity": 2}], []):
        answer = await api.run(CREATE, input={"channel": "eu", "lines": lines})
        assert answer["checkoutCreate"]["errors"] == []


async def test_nearly_all_documents_are_valid(asking: Asking) -> None:
    invalid = [document.text for document, _ in map(asking.of, range(60)) if validate(schema, parse(document.text))]
    assert len(invalid) <= 2, invalid


async def test_executors_agree_on_generated_documents(asking: Asking, seeds: range) -> None:
    for seed in seeds:
        document, caller = asking.of(seed)
        await asking.require_agreement(document, caller, f"seed {seed}")


async def test_executors_agree_where_resolvers_fail(asking: Asking, seeds: range) -> None:
    faults = Faults(schema)
    for seed in seeds[::2]:
        document, caller = asking.of(seed)
        rate = Random(seed).choice([0.005, 0.02, 0.08])
        with faults.injected(seed, rate):
            await asking.require_agreement(document, caller, f"seed {seed}, faults {rate}")


async def test_executors_agree_on_mutations(asking: Asking, seeds: range) -> None:
    for seed in seeds[::10]:
        document, caller = asking.mutation_of(seed)
        await asking.require_agreement_when_repeated(document, caller, f"seed {seed}")
