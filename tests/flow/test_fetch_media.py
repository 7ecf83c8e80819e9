"""Pictures are fetched from where a shop may fetch, judged by what they are, and a failure says why."""

import asyncio
import contextlib
import io
import ipaddress
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.catalog.models import Product, ProductMedia, ProductType
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.jobs import run_pending
from engine.core.statements import Statement
from engine.core.storage import open_storage
from engine.core.tables import sa
from engine.flows import fetch_media as fetching
from engine.flows.fetch_media import FetchRefused, Guard, download, examine, fetch_media, is_public
from engine.flows.wiring import WIRING
from tests.catalog_data import add

pytestmark = pytest.mark.anyio

_MEDIA = Statement(
    sa.text("SELECT fetch_status, fetch_error, storage_key, content_type FROM product_media WHERE id = :id").bindparams(
        sa.bindparam("id", type_=sa.BigInteger)
    )
)
_JOBS = Statement(
    sa.text("SELECT payload, execute_after > now() AS later FROM pgqueuer WHERE entrypoint = 'catalog.fetch_media'")
)


def picture(format: str = "PNG", size: tuple[int, int] = (8, 8)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, format)
    return written.getvalue()


@dataclass
class Server:
    """Answers any path with what `answers` has for it; `seen` are the requests it got."""

    port: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def url(self, path: str, host: str = "pictures.example") -> str:
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.seen.append(head)
        writer.write(self.answers[head.split()[1]])
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield made


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def to_here(*permitted: str) -> Guard:
    """Every name is this machine, which may be called."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    return Guard(resolve, lambda address: str(address) in permitted or address.is_loopback)


async def pending(ctx: Ctx, url: str) -> int:
    async def work(tx: WriteCtx) -> int:
        await tx.execute(sa.text("TRUNCATE product, product_type, pgqueuer, outbox_event RESTART IDENTITY CASCADE"))
        kind = ProductType(name="Thing", slug="thing")
        await add(tx, kind)
        product = Product(product_type_id=kind.id or 0, name="Thing", name_key="thing", slug="thing")
        await add(tx, product)
        media = ProductMedia(product_id=product.id or 0, source_url=url, fetch_status="PENDING")
        await add(tx, media)
        return media.id or 0

    return await transact(ctx, work)


async def state(ctx: Ctx, media_id: int) -> tuple[Any, ...]:
    row = await ctx.first(_MEDIA, id=media_id)
    assert row is not None
    return tuple(row)


@pytest.mark.parametrize(
    ("format", "extension", "content_type"),
    [
        ("JPEG", "jpg", "image/jpeg"), ("PNG", "png", "image/png"), ("WEBP", "webp", "image/webp"),
        ("GIF", "gif", "image/gif"), ("AVIF", "avif", "image/avif"),
    ],
)  # fmt: skip
async def test_a_picture_is_stored_as_what_it_is(
    ctx: Ctx, server: Server, format: str, extension: str, content_type: str
) -> None:
    data = picture(format)
    server.answers["/a.jpg"] = answer(data, "200 OK", "Content-Type: text/html")
    media_id = await pending(ctx, server.url("/a.jpg"))
    await fetch_media(ctx, media_id, guard=to_here())
    status, error, key, kind = await state(ctx, media_id)
    assert (status, error, kind) == ("STORED", None, content_type)
    assert key.startswith(f"products/{media_id}-")
    assert key.endswith(f".{extension}")
    assert await open_storage(ctx.settings).get(key) == data
    assert f"host: pictures.example:{server.port}" in server.seen[0].lower()


async def test_what_is_stored_is_not_fetched_again(ctx: Ctx, server: Server) -> None:
    server.answers["/a"] = answer(picture())
    media_id = await pending(ctx, server.url("/a"))
    await fetch_media(ctx, media_id, guard=to_here())
    await fetch_media(ctx, media_id, guard=to_here())
    await fetch_media(ctx, 4711, guard=to_here())
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), "not a picture of a format we take"),
        (answer(b"%PDF-1.7"), "not a picture of a format we take"),
        (answer(b""), "not a picture of a format we take"),
        (answer(picture("PNG", (400, 400))[:200]), "a damaged picture"),
        (answer(b"gone", "404 Not Found"), "the server answered 404"),
        (answer(picture(), "200 OK", "Content-Encoding: gzip"), "the server compressed the picture"),
        (answer(b"", "302 Found", "Location: file:///etc/passwd"), "only http and https"),
        (answer(b"", "302 Found", "Location: /again"), "more than 5 redirects"),
    ],
)
async def test_what_is_no_picture_fails_with_the_reason(ctx: Ctx, server: Server, reply: bytes, reason: str) -> None:
    server.answers["/a"] = server.answers["/again"] = reply
    media_id = await pending(ctx, server.url("/a"))
    await fetch_media(ctx, media_id, guard=to_here())
    status, error, key, _ = await state(ctx, media_id)
    assert (status, key) == ("FAILED", None)
    assert reason in error
    assert await ctx.fetch(_JOBS) == []


async def test_size_and_pixels_are_bounded(ctx: Ctx, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1_000)
    endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 200_000
    server.answers |= {"/declared": answer(b"x" * 2_000), "/endless": endless}
    for path in ("/declared", "/endless"):
        with pytest.raises(FetchRefused, match="larger than 1000 bytes"):
            await download(server.url(path), to_here())
    monkeypatch.setattr(fetching, "MAX_IMAGE_PIXELS", 99)
    with pytest.raises(FetchRefused, match="more than 99 pixels"):
        examine(picture("PNG", (10, 10)))
    assert examine(picture("PNG", (9, 11))) == ("png", "image/png")


async def test_a_passing_fault_is_tried_again_and_in_the_end_fails(ctx: Ctx, server: Server) -> None:
    server.answers["/a"] = answer(b"", "503 Service Unavailable")
    media_id = await pending(ctx, server.url("/a"))
    await fetch_media(ctx, media_id, guard=to_here())
    assert await state(ctx, media_id) == ("PENDING", "the server answered 503", None, None)
    (job,) = await ctx.fetch(_JOBS)
    assert job["later"]
    assert b'"attempt":2' in job["payload"]
    await fetch_media(ctx, media_id, attempt=fetching.ATTEMPTS, guard=to_here())
    assert await state(ctx, media_id) == ("FAILED", f"the server answered 503 ({fetching.ATTEMPTS} tries)", None, None)


async def test_a_server_that_is_not_there_may_come_back(ctx: Ctx) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        media_id = await pending(ctx, f"http://pictures.example:{unused.getsockname()[1]}/a")
        await fetch_media(ctx, media_id, guard=to_here())
    status, error, _, _ = await state(ctx, media_id)
    assert status == "PENDING"
    assert error.startswith("ConnectError")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a", "http://localhost/a", "http://[::1]/a", "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/", "http://2130706433/", "http://0x7f.1/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://224.0.0.1/", "http://[fe80::1]/",
        "http://user:word@93.184.216.34/",
    ],
)  # fmt: skip
async def test_the_inside_is_never_called(url: str) -> None:
    with pytest.raises(FetchRefused, match=r"not on the public internet|user name"):
        await download(url)


async def test_a_redirect_to_the_inside_is_refused(ctx: Ctx, server: Server) -> None:
    server.answers["/a"] = answer(b"", "302 Found", f"Location: http://127.0.0.2:{server.port}/secret")

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == "pictures.example" else [host]

    guard = Guard(resolve, lambda address: str(address) == "127.0.0.1")
    with pytest.raises(FetchRefused, match=r"127.0.0.2 is not on the public internet"):
        await download(server.url("/a"), guard)
    assert len(server.seen) == 1


async def test_a_name_is_resolved_once_and_one_inside_address_condemns_it(server: Server) -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    server.answers["/a"] = answer(picture())
    assert await download(server.url("/a"), Guard(rebinding, lambda address: True)) == picture()
    assert asked == ["pictures.example"]

    async def mixed(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    with pytest.raises(FetchRefused, match="not on the public internet"):
        await download(server.url("/a"), Guard(mixed))


@given(
    st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7") | st.ip_addresses(network="224.0.0.0/4")
)
async def test_special_addresses_are_not_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert not is_public(address)


async def test_public_addresses_are_public() -> None:
    assert all(is_public(ipaddress.ip_address(one)) for one in ("93.184.216.34", "2606:2800:220:1::1"))


async def test_the_job_is_wired_and_a_bad_address_fails_no_job(ctx: Ctx) -> None:
    media_id = await pending(ctx, "http://127.0.0.1/never")

    async def enqueue(tx: WriteCtx) -> None:
        tx.enqueue(fetching.JOB, media_id=media_id)

    await transact(ctx, enqueue)
    await run_pending(ctx, WIRING)
    assert await state(ctx, media_id) == ("FAILED", "127.0.0.1 is not on the public internet", None, None)
    assert await ctx.fetch(_JOBS) == []
