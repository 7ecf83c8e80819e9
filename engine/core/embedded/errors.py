"""What can go wrong around the embedded server; every message says what to do."""


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used; the message is meant for the person at the terminal."""


class AlreadyRunning(EmbeddedError):
    """Another process holds the data folder. `pid` is that process, `url` what it serves, where known."""

    def __init__(self, folder: str, pid: int | None, url: str | None) -> None:
        self.folder, self.pid, self.url = folder, pid, url
        where = f" at {url}" if url else ""
        who = f" (process {pid})" if pid else ""
        super().__init__(f"Argosy is already running{where}{who} on the data folder {folder}.")
