"""How much processor this process and the database's have used, and how fast the processor is at the moment."""

import os
import time
from pathlib import Path

import asyncpg

from engine.core.database import asyncpg_dsn

_SPINS = 12_000
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def spin() -> int:
    """Nanoseconds of processor that a fixed piece of work takes now; more than at rest when others are at work too."""
    start = time.process_time_ns()
    total = 0
    for number in range(_SPINS):
        total += number & 7
    return time.process_time_ns() - start


class DatabaseProcessor:
    """Of the server processes that serve one database. Where they cannot be seen (another machine) `used` is None."""

    def __init__(self, pids: list[int], postmaster: int | None):
        self._pids = pids
        self._postmaster = postmaster

    @classmethod
    async def find(cls, url: str) -> "DatabaseProcessor":
        """Of the connections that are open now."""
        connection = await asyncpg.connect(asyncpg_dsn(url))
        try:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
        finally:
            await connection.close()
        pids = [row["pid"] for row in rows]
        if not pids or not all(_is_server(pid) for pid in pids):
            return cls([], None)
        return cls(pids, _parent(pids[0]))

    def used(self) -> int | None:
        """Nanoseconds since they began, with those of parallel workers that have ended."""
        if not self._pids:
            return None
        try:
            own = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in self._pids)
        except (OSError, ValueError, IndexError):
            return None
        return own + _of_children(self._postmaster)


def _is_server(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().startswith("postgres")
    except OSError:
        return False


def _fields(pid: int) -> list[str]:
    """Of `/proc/<pid>/stat`, from the third on: what stands before may have spaces in it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int | None:
    try:
        return int(_fields(pid)[1])
    except (OSError, ValueError, IndexError):
        return None


def _of_children(postmaster: int | None) -> int:
    """Of its ended children: fields 16 and 17, in ticks of the clock."""
    if postmaster is None:
        return 0
    try:
        user, system = _fields(postmaster)[13:15]
    except (OSError, ValueError):
        return 0
    return (int(user) + int(system)) * _TICK_NS


def memory_mb(pid: int) -> dict[str, float] | None:
    """Resident memory of a process now and at its most, in MB; None where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    found = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "VmHWM")))
    return {
        "now": round(int(found["VmRSS"].split()[0]) / 1024, 1),
        "most": round(int(found["VmHWM"].split()[0]) / 1024, 1),
    }
