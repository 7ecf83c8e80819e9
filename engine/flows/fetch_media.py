"""Pictures known by their address are fetched into our storage, one job each.

The address comes from outside, so it is never trusted: only http and https, and every name is resolved here, refused
unless all it resolves to is public, and connected to by the very address that was judged. Redirects are judged again.
"""

import asyncio
import hashlib
import io
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import httpx2
import structlog
from PIL import Image, UnidentifiedImageError

from engine.catalog.media import pending_source, record_fetch
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.outside import OutsideTimeout, outside_call
from engine.core.storage import open_storage

JOB = "catalog.fetch_media"
MAX_BYTES = 20_000_000
MAX_IMAGE_PIXELS = 40_000_000
MAX_REDIRECTS = 5
SECONDS = 30.0
ATTEMPTS = 6
"""Tries of a fault that may pass, about ten minutes in all; then the picture counts as failed."""
FORMATS = {
    "JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png"), "WEBP": ("webp", "image/webp"),
    "AVIF": ("avif", "image/avif"), "GIF": ("gif", "image/gif"),
}  # fmt: skip
log = structlog.get_logger("argosy.media")

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchRefused(Exception):
    """This address will never give a picture we take; the message says why."""


class FetchFailed(Exception):
    """The fault may pass: the same address may work later."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the internet at large (IANA special-purpose registries), an IPv4 address that
    travels inside an IPv6 one judged by itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or local)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Guard:
    """How hosts are resolved and which addresses may be called. Only a test passes anything else."""

    resolve: Callable[[str, int], Awaitable[list[str]]] = resolve
    permits: Callable[[IpAddress], bool] = is_public


PUBLIC_ONLY = Guard()


async def job(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Handler of `catalog.fetch_media`: `media_id`, and `attempt` from the second one on."""
    await fetch_media(ctx, payload["media_id"], attempt=payload.get("attempt", 1))


async def fetch_media(ctx: Ctx, media_id: int, *, attempt: int = 1, guard: Guard = PUBLIC_ONLY) -> None:
    """Store a pending picture, or note why not. A passing fault is tried again by a later job; nothing is raised."""
    url = await pending_source(ctx, media_id)
    if url is None:
        return
    try:
        async with outside_call(ctx, "picture", seconds=SECONDS):
            fetched = await download(url, guard)
            extension, content_type = await asyncio.to_thread(examine, fetched)
    except FetchRefused as refused:
        await transact(ctx, record_fetch, media_id, url, "FAILED", error=str(refused))
        return
    except (FetchFailed, OutsideTimeout) as failed:
        if attempt >= ATTEMPTS:
            await transact(ctx, record_fetch, media_id, url, "FAILED", error=f"{failed} ({attempt} tries)")
        else:
            await transact(ctx, _try_again, media_id, url, attempt, str(failed))
        return
    # The same bytes have the same key, so a job that runs twice stores one file.
    key = f"products/{media_id}-{hashlib.sha256(fetched).hexdigest()[:20]}.{extension}"
    await open_storage(ctx.settings).put(key, fetched)
    await transact(ctx, record_fetch, media_id, url, "STORED", key=key, content_type=content_type)


async def _try_again(tx: WriteCtx, media_id: int, url: str, attempt: int, error: str) -> None:
    if await record_fetch(tx, media_id, url, "PENDING", error=error):
        later = timedelta(seconds=10 * 2**attempt)
        tx.outbox.enqueue(JOB, {"media_id": media_id, "attempt": attempt + 1}, later)


async def download(url: str, guard: Guard = PUBLIC_ONLY) -> bytes:
    """The body behind an address, redirects followed. Raises FetchRefused or FetchFailed."""
    timeout = httpx2.Timeout(SECONDS, connect=5.0)
    async with httpx2.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client:
        for _ in range(MAX_REDIRECTS + 1):
            try:
                target = httpx2.URL(url)
                request = await _request(client, target, guard)
                response = await client.send(request, stream=True)
                try:
                    if not response.has_redirect_location:
                        return await _body(response)
                    url = str(target.join(response.headers["location"]))
                finally:
                    await response.aclose()
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError, ValueError) as error:
                raise FetchRefused(f"not an address that can be fetched: {error}") from error
            except (httpx2.TransportError, OSError) as error:
                raise FetchFailed(f"{type(error).__name__}: {error}") from error
    raise FetchRefused(f"more than {MAX_REDIRECTS} redirects")


async def _request(client: httpx2.AsyncClient, url: httpx2.URL, guard: Guard) -> httpx2.Request:
    """A request to the address that was judged, under the name that was asked for."""
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchRefused("only http and https addresses are fetched")
    if url.userinfo:
        raise FetchRefused("an address with a user name is not fetched")
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await guard.resolve(url.host, port)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL):
            raise FetchFailed(f"{url.host} cannot be resolved now") from error
        raise FetchRefused(f"there is no host {url.host}") from error
    if not found:
        raise FetchRefused(f"there is no host {url.host}")
    for address in found:
        if not guard.permits(ipaddress.ip_address(address.partition("%")[0])):
            raise FetchRefused(f"{url.host} is not on the public internet")
    return client.build_request(
        "GET",
        url.copy_with(host=found[0]),
        headers={
            "host": url.netloc.decode("ascii"),
            "accept": "image/avif,image/webp,image/png,image/jpeg,image/gif",
            "accept-encoding": "identity",
            "user-agent": "argosy",
        },
        # TLS asks for, and checks, the certificate of the name.
        extensions={"sni_hostname": url.raw_host.decode("ascii")},
    )


async def _body(response: httpx2.Response) -> bytes:
    status = response.status_code
    if status in (408, 425, 429) or status >= 500:
        raise FetchFailed(f"the server answered {status}")
    if status != 200:
        raise FetchRefused(f"the server answered {status}")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchRefused("the server compressed the picture although asked not to")
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > MAX_BYTES:
        raise FetchRefused(f"larger than {MAX_BYTES} bytes")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchRefused(f"larger than {MAX_BYTES} bytes")
    return bytes(body)


def examine(data: bytes) -> tuple[str, str]:
    """File extension and content type by what the bytes are, whatever was claimed. Raises FetchRefused for what is
    no whole picture of a format in FORMATS, or has more than MAX_IMAGE_PIXELS."""
    try:
        with Image.open(io.BytesIO(data), formats=tuple(FORMATS)) as image:
            if image.width * image.height > MAX_IMAGE_PIXELS:
                raise FetchRefused(f"more than {MAX_IMAGE_PIXELS} pixels")
            # a telephone's JPEG with a second picture behind it calls itself MPO
            found = FORMATS["JPEG" if image.format == "MPO" else image.format or ""]
            image.draft("RGB", (64, 64))
            image.load()
    except UnidentifiedImageError as error:
        raise FetchRefused("not a picture of a format we take (JPEG, PNG, WebP, AVIF, GIF)") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FetchRefused(f"more than {MAX_IMAGE_PIXELS} pixels") from error
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError) as error:
        raise FetchRefused(f"a damaged picture: {error}") from error
    return found
