"""`argosy up`: the whole shop in one process tree."""

import asyncio
import errno
import http.client
import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from rich.markup import escape

from engine.cli.console import CommandError, load_settings, stderr, stdout
from engine.cli.database import at, wait_for_database
from engine.cli.logs import configure_logs
from engine.cli.migrate import bring_up_to_date
from engine.cli.serve import environment
from engine.cli.supervisor import STOP_SIGNALS, Supervisor, argosy
from engine.core.embedded import EmbeddedServer, FolderLock, make_data_dir
from engine.core.settings import Settings


def up(*, host: str | None = None, port: int | None = None, data_dir: Path | None = None, demo: bool = True) -> None:
    """Run the whole shop: database, API and background jobs.

    Without DATABASE_URL a PostgreSQL of its own runs in the data folder. Ctrl-C stops everything.

    Parameters
    ----------
    host
        Address to listen on (ARGOSY_HOST).
    port
        Port to listen on (ARGOSY_PORT).
    data_dir
        Folder of the database, media and keys (ARGOSY_DATA_DIR).
    demo
        Fill an empty shop with demo goods; otherwise it gets one channel and the admin.
    """
    settings = load_settings(host=host, port=port, data_dir=data_dir)
    # What the API logs anyway need not be said by its keeper too.
    configure_logs(settings, "error")
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt)
    with ExitStack() as stack:
        make_data_dir(settings.data_dir)
        lock = FolderLock(settings.data_dir / "up.lock", settings.data_dir)
        lock.acquire()
        stack.callback(lock.release)
        listener = stack.enter_context(bind(settings.host, settings.port))
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        lock.note(base_url(settings))
        fd = listener.fileno()
        api = argosy("serve", "--fd", str(fd), "--log-level", "warning", inherit=(fd,))
        supervisor = Supervisor([api, argosy("worker", "--log-level", "warning")])
        stack.callback(supervisor.dismiss)
        api.warm_up()
        server, settings = _database(settings, stack)
        login = _prepare(settings, demo)
        asyncio.run(_run(supervisor, settings, server, listener, login))
    stdout().print("Stopped.")


def bind(host: str, port: int) -> socket.socket:
    """A socket that holds the address but does not listen yet: until the API is ready, clients are refused.
    It outlives an API process that dies, so that no connection is lost. Raises CommandError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise CommandError(f"The host {host!r} is not known: give an address with --host.") from error
    # For a name with both, such as localhost, the address that every client tries.
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CommandError(_why_not_bound(host, port, error)) from error
    return listener


def _why_not_bound(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program: stop that, or choose another with --port."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} may not be used by this user: choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine: choose another with --host (0.0.0.0 for all)."
    return f"{host}:{port} cannot be listened on: {error.strerror}."


def base_url(settings: Settings) -> str:
    """Where a browser on this machine finds the shop."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _database(settings: Settings, stack: ExitStack) -> tuple[EmbeddedServer | None, Settings]:
    if settings.database_url is not None:
        wait_for_database(settings.database_url.get_secret_value())
        return None, settings
    stdout().print(f"Starting PostgreSQL in {escape(str(settings.data_dir))}")
    server = EmbeddedServer(settings.data_dir)
    url = server.start()
    stack.callback(server.stop)
    stack.callback(_ignore_signals)
    return server, at(settings, url)


def _prepare(settings: Settings, demo: bool) -> tuple[str, str | None]:
    """Migrates and seeds; the admin's e-mail and, if it was made up just now, the password."""
    from engine.cli.seed import ensure_admin, ensure_shop, seed_demo

    stdout().print("Bringing the database to the newest schema")
    bring_up_to_date(settings)

    async def fill() -> tuple[str, str | None]:
        if demo:
            await seed_demo(settings)
        else:
            await ensure_shop(settings)
        return await ensure_admin(settings)

    return asyncio.run(fill())


async def _run(
    supervisor: Supervisor,
    settings: Settings,
    server: EmbeddedServer | None,
    listener: socket.socket,
    login: tuple[str, str | None],
) -> None:
    async def ready() -> bool:
        return await asyncio.to_thread(healthy, listener)

    async def tend() -> None:
        if server is not None and not server.alive():
            stderr().print("[yellow]PostgreSQL ended; starting it again.[/]")
            await asyncio.to_thread(server.start)

    told = False

    def announce() -> None:
        nonlocal told
        told = True
        _announce(settings, login)

    stdout().print("Starting the API and the worker")
    try:
        await supervisor.run(environment(settings), ready, announce, tend)
    finally:
        # A password made up for this run is shown nowhere else.
        if not told and login[1] is not None:
            stdout().print(f"Admin: {escape(login[0])}, password {escape(login[1])}")


def healthy(listener: socket.socket) -> bool:
    """Whether /healthz behind this socket answers 200."""
    address = listener.getsockname()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0])  # noqa: S104
    connection = http.client.HTTPConnection(host, address[1], timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announce(settings: Settings, login: tuple[str, str | None]) -> None:
    base = base_url(settings)
    email, password = login
    if password is not None:
        how = f"password [bold]{escape(password)}[/] (made up just now and shown this once)"
    elif settings.admin_password is not None:
        how = "password as ARGOSY_ADMIN_PASSWORD gave it at the first start"
    else:
        how = "password as set earlier"
    console = stdout()
    console.print("\n[bold green]The shop is ready.[/] Ctrl-C stops it.")
    console.print(f"  GraphQL     {base}/graphql/")
    console.print(f"  Playground  {base}/playground")
    console.print(f"  Health      {base}/healthz")
    console.print(f"  Admin       {escape(email)}, {how}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    """The database is being stopped, which is bounded in time: nothing may leave it half-way."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
