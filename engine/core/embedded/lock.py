"""One owner per folder, by `flock`: the kernel lets go of it however the owner ends."""

import fcntl
import json
import os
from pathlib import Path

from engine.core.embedded.errors import AlreadyRunning


class FolderLock:
    """Holds `path`, a file inside `folder`, until `release` or the end of the process."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path, self._folder = path, folder
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        return self._fd is not None

    def acquire(self) -> None:
        """Raises AlreadyRunning, with what the owner noted, when another process holds the lock."""
        if self._fd is not None:
            return
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        give_to_owner(fd, self._path.parent)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, url = _read(fd)
            os.close(fd)
            raise AlreadyRunning(str(self._folder), pid, url) from None
        self._fd = fd
        self.note(None)

    def note(self, url: str | None) -> None:
        """Leave word for whoever finds the folder taken: our pid and where we serve."""
        if self._fd is None:
            raise RuntimeError("the lock is not held")
        text = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, text, 0)

    def release(self) -> None:
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None


def give_to_owner(fd: int, folder: Path) -> None:
    """As root, hand a file we made to the folder's owner, who may be the one to start next."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)


def _read(fd: int) -> tuple[int | None, str | None]:
    try:
        found = json.loads(os.pread(fd, 4096, 0))
        return int(found["pid"]), found["url"]
    except (ValueError, KeyError, TypeError):
        return None, None
