"""`argosy up` as its user meets it: one process tree that starts, survives, and leaves nothing behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.embedded.place import home_of
from engine.core.embedded.process import postmaster

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")

READY = "The shop is ready."
PATIENCE = 120


class Shop:
    """An `argosy up` in a process of its own; what it says is read as it says it."""

    def __init__(self, data_dir: Path, *arguments: str, port: int = 0, **environment: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("ARGOSY_", "DATABASE_"))}
        self.data_dir = data_dir
        self.said: list[str] = []
        command = [sys.executable, "-m", "engine.cli.main", "up", "--port", str(port), "--data-dir", str(data_dir)]
        self.process = subprocess.Popen(
            [*command, *arguments],
            env={**clean, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def hear(self, words: str) -> str:
        """Reads on until a line holds these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if words in line:
                return self.said[-1]
        raise AssertionError(f"{words!r} was never said:\n" + "\n".join(self.said))

    def ready(self) -> "Shop":
        self.hear(READY)
        self.url = self.hear("GraphQL").split()[1].removesuffix("/graphql/")
        self.login = self.hear("Admin")
        return self

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        assert self.process.stdout is not None
        self.said += self.process.stdout.read().splitlines()
        return self.process.wait(PATIENCE)

    def children(self) -> dict[str, int]:
        """Process ids by what they run."""
        found = {}
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        for pid in [pid for thread in threads for pid in thread.read_text().split()]:
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if command[0].endswith("/postgres"):
                found["postgres"] = int(pid)
            elif "engine.cli.main" in command[:-1]:
                found[command[command.index("engine.cli.main") + 1]] = int(pid)
        return found


@pytest.fixture
def folder(passable_folder: Callable[[], Path]) -> Iterator[Path]:
    data_dir = passable_folder() / "data"
    yield data_dir
    shutil.rmtree(home_of(data_dir), ignore_errors=True)


@pytest.fixture
def started() -> Iterator[list[Shop]]:
    """Whatever is put in here is gone after the test."""
    shops: list[Shop] = []
    yield shops
    for shop in shops:
        if shop.process.poll() is None:
            shop.end(signal.SIGTERM)
        assert shop.process.stdout is not None
        shop.process.stdout.close()
        left = postmaster(home_of(shop.data_dir) / "cluster")
        if left is not None:
            os.kill(left, signal.SIGQUIT)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ask(url: str, document: str) -> Any:
    body = json.dumps({"query": document}).encode()
    request = urllib.request.Request(f"{url}/graphql/", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_a_shop_starts_survives_crashes_and_stops(folder: Path, started: list[Shop]) -> None:
    first = Shop(folder, "--no-demo")
    started.append(first)
    first.ready()
    assert "admin@example.com, password" in first.login
    assert "made up just now" in first.login
    assert status(first.url) == 200
    assert ask(first.url, "{ __typename }")["data"] == {"__typename": "Query"}

    second = Shop(folder, "--no-demo")
    started.append(second)
    assert f"already running at {first.url} (process {first.process.pid})" in second.hear("Error")
    assert second.process.wait(PATIENCE) == 1

    for name in ("serve", "postgres"):
        victim = first.children()[name]
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda name=name, victim=victim: first.children().get(name, victim) != victim)
        wait_until(lambda: status(first.url) == 200)

    # The worker left with its connection and is started again in its turn.
    wait_until(lambda: set(first.children()) == {"postgres", "serve", "worker"})
    family = first.children()
    first.process.kill()
    first.process.wait()
    wait_until(lambda: not alive(family["serve"]) and not alive(family["worker"]))
    assert alive(family["postgres"])

    third = Shop(folder, "--no-demo")
    started.append(third)
    third.ready()
    assert "made up" not in third.login
    assert postmaster(home_of(folder) / "cluster") == family["postgres"]
    members = third.children()
    assert third.end(signal.SIGINT) == 0
    assert third.said[-1] == "Stopped."
    assert [alive(pid) for pid in [*members.values(), family["postgres"]]] == [False] * (len(members) + 1)
    assert status(third.url) == 0


def test_a_database_of_ones_own_is_used_instead(folder: Path, started: list[Shop], database_url: str) -> None:
    shop = Shop(folder, "--no-demo", DATABASE_URL=database_url, ARGOSY_ADMIN_PASSWORD="quite-a-password")
    started.append(shop)
    shop.ready()
    assert "ARGOSY_ADMIN_PASSWORD" in shop.login
    assert sorted(shop.children()) == ["serve", "worker"]
    assert not home_of(folder).exists()
    assert shop.end(signal.SIGTERM) == 0


def test_an_interrupted_start_leaves_nothing_running(folder: Path, started: list[Shop]) -> None:
    shop = Shop(folder)
    started.append(shop)
    shop.hear("newest schema")
    assert postmaster(home_of(folder) / "cluster") is not None
    assert shop.end(signal.SIGTERM) == 130
    assert postmaster(home_of(folder) / "cluster") is None


def test_a_taken_port_is_named_before_anything_is_made(folder: Path, started: list[Shop]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shop = Shop(folder, port=port)
        started.append(shop)
        assert shop.hear("Error").startswith(f"Error: Port {port} on 127.0.0.1 is taken")
    assert shop.process.wait(PATIENCE) == 1
    assert [path.name for path in folder.iterdir()] == ["up.lock"]
