"""`argosy serve`: the API under uvicorn."""

import gc
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.cli.console import load_settings
from engine.cli.database import open_database
from engine.cli.logs import configure_logs
from engine.cli.supervisor import await_supervisor
from engine.core.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

LOG_LEVEL = "ARGOSY_SERVE_LOG_LEVEL"
_GRACE_SECONDS = 10
_GARBAGE_THRESHOLD = 20_000
"""New containers before Python looks for cycles among them; one page makes several hundred, and no cycles."""


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    data_dir: Path | None = None,
    workers: int = 1,
    log_level: Literal["debug", "info", "warning", "error"] = "info",
    fd: int | None = None,
) -> None:
    """Run the API alone, on the database of DATABASE_URL or of the data folder.

    Parameters
    ----------
    host
        Address to listen on (ARGOSY_HOST).
    port
        Port to listen on (ARGOSY_PORT).
    data_dir
        Folder of the embedded database, media and keys (ARGOSY_DATA_DIR).
    workers
        Processes that share the port.
    log_level
        What the HTTP server tells of itself.
    fd
        A bound socket to listen on instead of host and port, as `argosy up` hands it down.
    """
    await_supervisor(_load)
    settings = load_settings(host=host, port=port, data_dir=data_dir)
    with open_database(settings) as reachable:
        # The application reads its settings from the environment, in this process and in its workers.
        os.environ.update(environment(reachable), **{LOG_LEVEL: log_level})
        _run(reachable, workers, log_level, fd)


def _load() -> None:
    """What takes longest to start: everything the API is made of."""
    import uvicorn  # noqa: F401

    import schema.app  # noqa: F401


def application() -> "Starlette":
    """Factory of the ASGI application, called in each process that serves."""
    from schema.app import create_app

    settings = load_settings()
    configure_logs(settings, os.environ.get(LOG_LEVEL, "info"))
    app = create_app(settings)
    # what is here now stays; looking through it for garbage again and again would hold requests up
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)
    return app


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give another process of ours these settings."""
    found = {
        "ARGOSY_HOST": settings.host,
        "ARGOSY_PORT": str(settings.port),
        "ARGOSY_DATA_DIR": str(settings.data_dir.absolute()),
    }
    if settings.database_url is not None:
        found["DATABASE_URL"] = settings.database_url.get_secret_value()
    if settings.database_direct_url is not None:
        found["DATABASE_DIRECT_URL"] = settings.database_direct_url.get_secret_value()
    return found


def _run(settings: Settings, workers: int, log_level: str, fd: int | None) -> None:
    configure_logs(settings, log_level)
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config(
        "engine.cli.serve:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        http="httptools",
        loop="uvloop",
        ws="none",
        log_config=None,
        access_log=log_level in ("debug", "info"),
        server_header=False,
        proxy_headers=False,  # schema.proxies reads them, where the settings trust who sends them
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    # uvicorn stops in good order and then raises the signal again, which must not cut our own cleaning up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    given = None if fd is None else [socket.socket(fileno=fd)]
    if workers > 1:
        Multiprocess(config, sockets=given or [config.bind_socket()]).run()
    else:
        uvicorn.Server(config).run(sockets=given)
