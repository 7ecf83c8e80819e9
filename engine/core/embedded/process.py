"""What the cluster's own pid file says, and whether the process it names is really its server."""

import contextlib
import os
import subprocess
from pathlib import Path


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def recorded_pid(cluster: Path) -> int | None:
    lines = _pid_file(cluster)
    try:
        return abs(int(lines[0])) or None
    except (IndexError, ValueError):
        return None


def socket_dir_of(cluster: Path) -> Path | None:
    lines = _pid_file(cluster)
    return Path(lines[4]) if len(lines) > 4 and lines[4] else None


def reports_ready(cluster: Path) -> bool:
    lines = _pid_file(cluster)
    return len(lines) > 7 and lines[7].strip() == "ready"


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def postmaster(cluster: Path) -> int | None:
    """Process id of the server that runs on this cluster: not a zombie, not a stranger with its number."""
    pid = recorded_pid(cluster)
    if pid is None or not exists(pid):
        return None
    if Path("/proc/self/stat").exists():
        return pid if _serves_on_linux(Path(f"/proc/{pid}"), cluster) else None
    command = ["ps", "-o", "stat=,command=", "-p", str(pid)]
    state, _, line = subprocess.run(command, capture_output=True, text=True).stdout.strip().partition(" ")
    return pid if state[:1] not in {"Z", ""} and f"-D {cluster} " in line else None


def _serves_on_linux(process: Path, cluster: Path) -> bool:
    try:
        state = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        command = (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    if state in {"Z", "X"}:
        return False
    # A moved folder leaves the old path in the command line; inside a container the link may be unreadable.
    with contextlib.suppress(OSError):
        if (process / "cwd").samefile(cluster):
            return True
    return b"-D\0" + os.fsencode(cluster) + b"\0" in command
