"""How long requests take over HTTP: the shop as `argosy serve` runs it, and a client that asks as fast as it can."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.calls import Call
from tests.benchmarks.databases import environment_of
from tests.benchmarks.processors import memory_mb

START_SECONDS = 60
WARM_UP = 20
_SERVE = "from engine.cli.serve import serve; serve(fd={fd}, log_level='error')"


@dataclass(frozen=True)
class Served:
    port: int
    pid: int

    def memory(self) -> dict[str, float] | None:
        return memory_mb(self.pid)


@asynccontextmanager
async def serve(url: str, data_dir: Path) -> AsyncIterator[Served]:
    """One process of the API on loopback, fresh."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _SERVE.format(fd=listener.fileno()),
            env=environment_of(url, data_dir), pass_fds=[listener.fileno()],
            stdout=asyncio.subprocess.DEVNULL, cwd=os.getcwd(),
        )  # fmt: skip
        port = listener.getsockname()[1]
        try:
            await _ready(port, process)
            yield Served(port, process.pid)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await process.wait()


async def _ready(port: int, process: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    probe = b"GET /healthz HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n"
    while time.monotonic() < deadline and process.returncode is None:
        try:
            async with asyncio.timeout(START_SECONDS):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(probe)
                answer = await reader.read()
                writer.close()
        except OSError:
            await asyncio.sleep(0.1)
            continue
        if b" 200 " in answer.split(b"\r\n", 1)[0]:
            return
        raise RuntimeError(f"the API is not well: {answer[-500:]!r}")
    raise RuntimeError("the API did not start")


class _Client(asyncio.Protocol):
    """One kept connection; asks again as soon as it is answered, until the time is over."""

    def __init__(self, request: bytes, until: float, times: list[float], over: asyncio.Future[None]):
        self._request, self._until, self._times, self._over = request, until, times, over
        self._buffer = bytearray()
        self._expected = 0
        self._asked = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._expected:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            self._expected = head + 4 + _content_length(bytes(self._buffer[:head]))
        if len(self._buffer) < self._expected:
            return
        now = time.perf_counter()
        self._times.append(now - self._asked)
        if not self._buffer.startswith(b"HTTP/1.1 200"):
            self._end(RuntimeError(f"the API answered {bytes(self._buffer[:300])!r}"))
        elif now >= self._until:
            self._end(None)
        else:
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionError("the API closed the connection"))

    def _ask(self) -> None:
        self._buffer.clear()
        self._expected = 0
        self._asked = time.perf_counter()
        self._transport.write(self._request)

    def _end(self, error: Exception | None) -> None:
        if not self._over.done():
            if error is None:
                self._over.set_result(None)
            else:
                self._over.set_exception(error)
            self._transport.close()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError(f"an answer without a length: {head!r}")


async def load(port: int, call: Call, connections: int, seconds: float) -> dict[str, float]:
    """Milliseconds of the middle and the slowest hundredth request, and requests a second."""
    await _load(port, call, connections, WARM_UP / 1000)
    start = time.perf_counter()
    times = sorted(await _load(port, call, connections, seconds))
    took = time.perf_counter() - start
    return {
        "p50_ms": round(times[len(times) // 2] * 1000, 2),
        "p99_ms": round(times[min(len(times) * 99 // 100, len(times) - 1)] * 1000, 2),
        "requests": len(times),
        "per_second": round(len(times) / took, 1),
    }


async def _load(port: int, call: Call, connections: int, seconds: float) -> list[float]:
    head = f"POST {call.path} HTTP/1.1\r\n".encode()
    request = head + b"".join(b"%s: %s\r\n" % pair for pair in call.headers()) + b"\r\n" + call.body
    loop = asyncio.get_running_loop()
    times: list[float] = []
    until = time.perf_counter() + seconds
    ends = [loop.create_future() for _ in range(connections)]
    for over in ends:
        await loop.create_connection(partial(_Client, request, until, times, over), "127.0.0.1", port)
    await asyncio.gather(*ends)
    return times
