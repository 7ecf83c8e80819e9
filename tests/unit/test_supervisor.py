"""Children are kept running, stopped in good order, and never outlive their keeper."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.cli.console import CommandError
from engine.cli.supervisor import Child, Supervisor

pytestmark = pytest.mark.anyio

NOTE = "open({path!r}, 'a').write(str(os.getpid()) + '\\n')"


def child(path: Path, then: str) -> Child:
    """A process that notes its pid in `path` and then does as told."""
    code = f"import os, sys, time\n{NOTE.format(path=str(path))}\n{then}"
    return Child("child", [sys.executable, "-c", code])


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def nothing() -> None:
    pass


async def test_a_dead_child_is_started_again_and_a_signal_ends_them_all(tmp_path: Path) -> None:
    once, steady = tmp_path / "once", tmp_path / "steady"
    dies_first = child(once, f"time.sleep(600) if len(open({str(once)!r}).readlines()) > 1 else sys.exit(7)")
    announced: list[bool] = []

    async def ready() -> bool:
        return len(pids(once)) == 2 and len(pids(steady)) == 1

    def announce() -> None:
        announced.append(True)
        os.kill(os.getpid(), signal.SIGTERM)

    supervisor = Supervisor([dies_first, child(steady, "time.sleep(600)")])
    await asyncio.wait_for(supervisor.run({}, ready, announce, nothing), 30)
    assert announced == [True]
    assert [running(pid) for pid in pids(once) + pids(steady)] == [False, False, False]


async def test_a_child_that_never_comes_up_ends_the_run(tmp_path: Path) -> None:
    note, other = tmp_path / "note", tmp_path / "other"

    async def ready() -> bool:
        return False

    supervisor = Supervisor([child(note, "sys.exit(3)"), child(other, "time.sleep(600)")])
    with pytest.raises(CommandError, match="child does not start"):
        await asyncio.wait_for(supervisor.run({}, ready, lambda: None, nothing), 60)
    assert len(pids(note)) == 3
    assert [running(pid) for pid in pids(other)] == [False]


KEEPER = """
import asyncio, sys
from engine.cli.supervisor import Child, Supervisor
code = (
    "import os, time; from engine.cli.supervisor import await_supervisor; await_supervisor(lambda: None);"
    "print(os.getpid(), os.environ['COLOUR'], flush=True); time.sleep(600)"
)
async def run():
    async def no(): return False
    async def nothing(): pass
    await Supervisor([Child("child", [sys.executable, "-c", code])]).run({"COLOUR": "blue"}, no, print, nothing)
asyncio.run(run())
"""


def test_children_end_when_their_keeper_is_killed() -> None:
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER], stdout=subprocess.PIPE, text=True)
    assert keeper.stdout is not None
    with keeper.stdout as said:
        number, colour = said.readline().split()
        pid = int(number)
        assert colour == "blue"
        assert running(pid)
        keeper.kill()
        keeper.wait()
    deadline = time.monotonic() + 10
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(pid)


def test_a_child_that_waits_in_vain_is_dismissed() -> None:
    waiting = Child("child", [sys.executable, "-c", "import time; time.sleep(600)"])
    waiting.warm_up()
    assert waiting.process is not None
    pid = waiting.process.pid
    Supervisor([waiting]).dismiss()
    assert not running(pid)
