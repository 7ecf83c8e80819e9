"""Child processes kept running, and the leash by which they notice that their keeper is gone."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.cli.console import CommandError, stderr

LEASH = "ARGOSY_SUPERVISOR_FD"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STOP_SECONDS = 20
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_STEADY_SECONDS = 60
_EARLY_DEATHS = 3


@dataclass
class Child:
    """One command that is to run for ever; started in a session of its own, so Ctrl-C does not reach it."""

    name: str
    command: Sequence[str]
    inherit: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0
    due: float = 0

    def start(self, environment: Mapping[str, str], leash: int) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env={**environment, LEASH: str(leash)},
            pass_fds=(leash, *self.inherit),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )

    def signal(self, number: int) -> None:
        """Sent to the whole group: a child may have children."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def argosy(name: str, *arguments: str, inherit: tuple[int, ...] = ()) -> Child:
    """A child that runs one of our own subcommands."""
    return Child(name, [sys.executable, "-m", "engine.cli.main", name, *arguments], inherit)


class Supervisor:
    """Runs children until a signal comes. A child that dies is started again, at once the first time and then
    at growing intervals of at most 30 s; one that keeps dying before all is ready ends the run."""

    def __init__(self, children: Sequence[Child], environment: Mapping[str, str]) -> None:
        self._children, self._environment = children, environment
        self._stopping = asyncio.Event()
        self._hurry = False
        self._leash, self._end = os.pipe()

    async def run(
        self,
        ready: Callable[[], Awaitable[bool]],
        announce: Callable[[], None],
        tend: Callable[[], Awaitable[None]],
    ) -> None:
        """Returns after SIGINT, SIGTERM or SIGHUP, with every child gone. `ready` is asked until it says yes, then
        `announce` is called once; `tend` is called about once a second."""
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._on_signal)
        announced = False
        ticks = 0
        try:
            for child in self._children:
                child.start(self._environment, self._leash)
            while not self._stopping.is_set():
                self._revive(announced)
                if not announced and await ready():
                    announced = True
                    announce()
                if ticks % 10 == 0:
                    await tend()
                ticks += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), 0.1)
        finally:
            await self._stop()
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)

    def _on_signal(self) -> None:
        self._hurry = self._stopping.is_set()
        self._stopping.set()

    def _revive(self, announced: bool) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.due:
                    child.start(self._environment, self._leash)
                continue
            if not child.ended():
                continue
            code = child.process.returncode
            child.signal(signal.SIGKILL)
            child.process = None
            child.deaths = 1 if now - child.started > _STEADY_SECONDS else child.deaths + 1
            if not announced and child.deaths >= _EARLY_DEATHS:
                raise CommandError(f"{child.name} does not start; what it said is above.")
            delay = 0 if child.deaths == 1 else min(_FIRST_DELAY * 2**child.deaths, _LONGEST_DELAY)
            child.due = now + delay
            again = f"again in {delay:g} s" if delay else "again now"
            stderr().print(f"[yellow]{child.name} ended ({_meaning(code)}); starting it {again}.[/]")

    async def _stop(self) -> None:
        """Ask the children to finish what they are doing, then insist."""
        with contextlib.suppress(OSError):
            os.close(self._end)
        for child in self._children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while not all(child.process is None or child.ended() for child in self._children):
            if self._hurry or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.02)
        for child in self._children:
            child.signal(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
        with contextlib.suppress(OSError):
            os.close(self._leash)


def _meaning(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"


def hold_leash() -> None:
    """In a child: ask this process to stop, as SIGTERM would, once the supervisor is gone, however it went."""
    number = os.environ.pop(LEASH, None)
    if number is None:
        return

    def watch(fd: int) -> None:
        with contextlib.suppress(OSError):
            while os.read(fd, 1):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_STOP_SECONDS)
        os._exit(1)

    os.set_inheritable(int(number), False)
    threading.Thread(target=watch, args=(int(number),), daemon=True, name="leash").start()
