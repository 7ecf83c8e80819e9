"""Child processes kept running, and the leash by which they notice that their keeper is gone."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.cli.console import CommandError, stderr

SUPERVISED = "ARGOSY_SUPERVISED"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STOP_SECONDS = 20
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_STEADY_SECONDS = 60
_EARLY_DEATHS = 3


@dataclass
class Child:
    """One command that is to run for ever; started in a session of its own, so Ctrl-C does not reach it.

    Its standard input is the leash: one line, a JSON object of environment variables, lets it begin its work;
    the end of the input tells it to stop."""

    name: str
    command: Sequence[str]
    inherit: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0
    due: float = 0

    def warm_up(self) -> None:
        """Start the process, which loads its code and waits for `begin`."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, SUPERVISED: "1"},
            pass_fds=self.inherit,
            start_new_session=True,
            stdin=subprocess.PIPE,
        )

    def begin(self, variables: Mapping[str, str]) -> None:
        if self.process is None:
            self.warm_up()
        assert self.process is not None
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(dict(variables)).encode() + b"\n")
            self.process.stdin.flush()

    def let_go(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()

    def signal(self, number: int) -> None:
        """Sent to the whole group: a child may have children."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def gone(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def bury(self) -> None:
        """See to it that nothing of the child is left."""
        self.let_go()
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
            self.process = None


def argosy(name: str, *arguments: str, inherit: tuple[int, ...] = ()) -> Child:
    """A child that runs one of our own subcommands."""
    return Child(name, [sys.executable, "-m", "engine.cli.main", name, *arguments], inherit)


class Supervisor:
    """Runs children until a signal comes. A child that dies is started again, at once the first time and then
    at growing intervals of at most 30 s; one that keeps dying before all is ready ends the run."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children
        self._variables: Mapping[str, str] = {}
        self._stopping = asyncio.Event()
        self._hurry = False

    async def run(
        self,
        variables: Mapping[str, str],
        ready: Callable[[], Awaitable[bool]],
        announce: Callable[[], None],
        tend: Callable[[], Awaitable[None]],
    ) -> None:
        """Returns after SIGINT, SIGTERM or SIGHUP, with every child gone. The children get `variables` on top of
        our environment. `ready` is asked until it says yes, then `announce` is called once; `tend` is called
        about once a second."""
        self._variables = variables
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._on_signal)
        announced = False
        ticks = 0
        try:
            for child in self._children:
                child.begin(variables)
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

    def dismiss(self) -> None:
        """Children that were warmed up in vain are gone when this returns."""
        for child in self._children:
            child.bury()

    def _on_signal(self) -> None:
        self._hurry = self._stopping.is_set()
        self._stopping.set()

    def _revive(self, announced: bool) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.due:
                    child.begin(self._variables)
                continue
            code = child.process.poll()
            if code is None:
                continue
            child.bury()
            child.deaths = 1 if now - child.started > _STEADY_SECONDS else child.deaths + 1
            if not announced and child.deaths >= _EARLY_DEATHS:
                raise CommandError(f"{child.name} does not start; what it said is above.")
            delay = 0 if child.deaths == 1 else min(_FIRST_DELAY * 2**child.deaths, _LONGEST_DELAY)
            child.due = now + delay
            again = f"again in {delay:g} s" if delay else "again now"
            stderr().print(f"[yellow]{child.name} ended ({_meaning(code)}); starting it {again}.[/]")

    async def _stop(self) -> None:
        """Ask the children to finish what they are doing, then insist."""
        for child in self._children:
            child.let_go()
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while not all(child.gone() for child in self._children):
            if self._hurry or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.02)
        self.dismiss()


def _meaning(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"


def await_supervisor(preload: Callable[[], object]) -> None:
    """Does nothing unless this process is a supervisor's child. In one: load the code, wait for the word to
    begin, take over the variables that come with it, and from then on stop, as SIGTERM would have it, once
    the supervisor is gone, however it went."""
    if os.environ.pop(SUPERVISED, None) is None:
        return
    preload()
    word = sys.stdin.buffer.readline()
    if not word:
        sys.exit(0)
    os.environ.update(json.loads(word))

    def watch() -> None:
        with contextlib.suppress(OSError, ValueError):
            while os.read(0, 1024):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="leash").start()
