"""What is asked of the shop, and by whom."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.accounts import queries as accounts
from engine.accounts.sessions import open_session
from engine.core.context import Ctx
from engine.core.statements import Statement
from engine.flows.shop import Shop
from tests.benchmarks import documents
from tests.benchmarks.calls import Call
from tests.benchmarks.goods import CATEGORY_SLUG
from tests.benchmarks.past import CUSTOMER
from tests.benchmarks.vocabulary import SEARCHED

CHANNEL = "eu"
LISTED = 24
ORDERS = 20
PATH = "/graphql/"


@dataclass(frozen=True)
class Asked:
    """What the hand-written answers are told of a request."""

    products: int
    slug: str
    customer_id: int


@dataclass(frozen=True)
class Workload:
    name: str
    document: str
    variables: Callable[[Asked], dict[str, Any]]
    signed_in: bool = False


ALL = {
    made.name: made
    for made in (
        Workload("listing", documents.LISTING, lambda _: {"channel": CHANNEL, "first": LISTED}),
        Workload("detail", documents.DETAIL, lambda asked: {"channel": CHANNEL, "slug": asked.slug}),
        Workload("search", documents.SEARCH, lambda _: {"channel": CHANNEL, "first": LISTED, "search": SEARCHED}),
        Workload(
            "category", documents.CATEGORY, lambda _: {"channel": CHANNEL, "first": LISTED, "slug": CATEGORY_SLUG}
        ),
        Workload("orders", documents.ORDERS, lambda _: {"first": ORDERS}, signed_in=True),
    )
}

_SLUG = Statement(
    sa.text("SELECT slug FROM product WHERE id = :id").bindparams(sa.bindparam("id", type_=sa.BigInteger))
)


@dataclass(frozen=True)
class Desk:
    """One shop's requests: what they ask for, and the token of the customer who asks for orders."""

    asked: Asked
    token: str

    def call(self, workload: Workload, path: str = PATH) -> Call:
        token = self.token if workload.signed_in else None
        return Call.of(path, workload.document, workload.variables(self.asked), token)


async def open_desk(shop: Shop, products: int) -> Desk:
    """Signs the customer in."""
    ctx: Ctx = shop.ctx()
    try:
        slug = await ctx.value(_SLUG, id=products // 2)
        user = await accounts.credentials(ctx, CUSTOMER)
        if user is None:
            raise AssertionError(f"nobody is called {CUSTOMER}")
        login = await open_session(ctx, user)
        return Desk(Asked(products, slug, user["id"]), login.issued.token)
    finally:
        await ctx.release()
