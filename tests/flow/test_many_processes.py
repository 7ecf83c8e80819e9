"""Two API processes and two workers on one database, started as `docker-compose.yml` starts them."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from engine.core.context import Ctx
from engine.core.settings import Settings
from engine.core.statements import Statement
from tests.api import ADMIN_EMAIL, ADMIN_PASSWORD, Api
from tests.purchase import pay_and_complete, ready_checkout

pytestmark = pytest.mark.anyio
UNITS, BUYERS = 4, 10
PUBLIC_URL = "http://shop.test"
PATIENCE = 120.0
"""Seconds for four processes to start, on a machine that has other work."""

SET_STOCK = """mutation($variant: ID!, $stocks: [StockInput!]!) {
  productVariantStocksUpdate(variantId: $variant, stocks: $stocks) { errors { field code message } } }"""
_DUE = Statement(
    sa.text(
        "SELECT entrypoint, count(*) AS jobs FROM pgqueuer"
        " WHERE status IN ('queued', 'picked') AND execute_after <= now() GROUP BY entrypoint"
    )
)
_UNBALANCED = Statement(
    sa.text(
        "SELECT s.id FROM stock s LEFT JOIN stock_entry e ON e.stock_id = s.id GROUP BY s.id"
        " HAVING s.on_hand <> coalesce(sum(e.on_hand_delta), 0) OR s.allocated <> coalesce(sum(e.allocated_delta), 0)"
    )
)


@pytest.fixture(scope="module")
async def apis(seeded_settings: Settings, passable_folder: object) -> AsyncIterator[list[Api]]:
    """Clients of both API processes; the workers run beside them."""
    assert seeded_settings.database_url is not None
    environment = {
        **os.environ,
        "DATABASE_URL": seeded_settings.database_url.get_secret_value(),
        "ARGOSY_DATA_DIR": str(seeded_settings.data_dir),
        "ARGOSY_PUBLIC_URL": PUBLIC_URL,
        "ARGOSY_READ_POOL_SIZE": "3",
        "ARGOSY_WRITE_POOL_SIZE": "3",
    }
    ports = [free_port(), free_port()]
    with ExitStack() as running:
        for port in ports:
            running.enter_context(argosy(environment, "serve", "--port", str(port)))
        for _ in range(2):
            running.enter_context(argosy(environment, "worker"))
        clients = [httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) for port in ports]
        async with clients[0], clients[1]:
            await asyncio.gather(*(ready(http) for http in clients))
            yield [Api(http) for http in clients]


@contextmanager
def argosy(environment: dict[str, str], *command: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli.main", *command],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(timeout=PATIENCE) is not None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def ready(http: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                if (await http.get("/healthz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.2)


async def a_scarce_variant(api: Api, admin: Api) -> str:
    """A variant of which exactly UNITS are for sale in the channel, all in one warehouse."""
    found = await admin.run(
        '{ products(first: 1, channel: "eu", filter: {stockAvailability: IN_STOCK}) { edges { node {'
        " productVariants(first: 1) { edges { node { id stocks { warehouse { id } quantityAllocated } } } } } } } }"
    )
    variant = found["products"]["edges"][0]["node"]["productVariants"]["edges"][0]["node"]
    claimed = {stock["warehouse"]["id"]: stock["quantityAllocated"] for stock in variant["stocks"]}
    for chosen in claimed:
        stocks = [
            {"warehouse": warehouse, "quantity": quantity + (UNITS if warehouse == chosen else 0)}
            for warehouse, quantity in claimed.items()
        ]
        answer = await admin.run(SET_STOCK, variant=variant["id"], stocks=stocks)
        assert answer["productVariantStocksUpdate"]["errors"] == []
        left = await api.run(
            'query($id: ID!) { productVariant(id: $id, channel: "eu") { quantityAvailable(countryCode: DE) } }',
            id=variant["id"],
        )
        if left["productVariant"]["quantityAvailable"] == UNITS:
            id: str = variant["id"]
            return id
    raise AssertionError("no warehouse of the variant serves the channel")


async def test_a_token_of_one_process_is_good_at_the_other(apis: list[Api]) -> None:
    token = (await apis[0].log_in(ADMIN_EMAIL, ADMIN_PASSWORD)).token
    me = await Api(apis[1].http, token).run("{ me { email } }")
    assert me == {"me": {"email": ADMIN_EMAIL}}


async def test_buyers_at_both_processes_share_the_stock_and_each_order_is_mailed_once(
    apis: list[Api], demo_ctx: Ctx, seeded_settings: Settings
) -> None:
    admin = await apis[0].log_in(ADMIN_EMAIL, ADMIN_PASSWORD)
    variant = await a_scarce_variant(apis[0], admin)
    emails = [f"buyer{n}@example.org" for n in range(BUYERS)]
    checkouts = await asyncio.gather(
        *(ready_checkout(apis[n % 2], "eu", variant, email) for n, email in enumerate(emails))
    )
    answers = await asyncio.gather(*(pay_and_complete(apis[n % 2], id) for n, id in enumerate(checkouts)))

    sold = [answer["order"]["number"] for answer in answers if answer["order"]]
    refused = [answer["errors"] for answer in answers if not answer["order"]]
    assert len(set(sold)) == len(sold) == UNITS
    assert {tuple((error["field"], error["code"]) for error in errors) for errors in refused} == {
        (("lines", "INVALID"),)
    }
    assert await demo_ctx.fetch(_UNBALANCED) == []

    await worked_off(demo_ctx)
    mails = [path.read_text() for path in Path(seeded_settings.data_dir / "mail").glob("*.eml")]
    confirmed = [email for email in emails for text in mails if f"To: {email}" in text]
    assert len(confirmed) == len(set(confirmed)) == UNITS


async def worked_off(ctx: Ctx) -> None:
    """Waits until no job is due."""
    for _ in range(150):
        due = [tuple(row) for row in await ctx.fetch(_DUE)]
        if not due:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"the workers did not finish: {due}")
