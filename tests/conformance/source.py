"""graphql-core's own tests, taken from its source distribution; nothing of it enters the repository."""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

NAME = "graphql-core"


class Unavailable(Exception):
    """The source distribution can be had neither from the cache nor from the registry."""


class Altered(Exception):
    """What the registry gave is not what was read when the known differences were written."""


def uv() -> str:
    """Path of the uv that runs this, or of the one on PATH. Raises Unavailable."""
    found = os.environ.get("UV") or shutil.which("uv")
    if found is None:
        raise Unavailable("uv is not on the PATH")
    return found


def unpack(version: str, sha256: str, folder: Path) -> Path:
    """Root of the distribution, fetched, checked and unpacked below `folder`. Raises Unavailable or Altered."""
    archive = _cache() / f"{NAME}-{version}.tar.gz"
    if not archive.exists():
        _download(version, sha256, archive)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
        raise Altered(f"{archive} has another hash than known_differences.toml")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (root,) = folder.glob(f"{NAME.replace('-', '_')}-*")
    return root


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "argosy"


def _download(version: str, sha256: str, archive: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="argosy-conformance-") as folder:
        wanted = Path(folder, "wanted.txt")
        # pip asks the build backend for metadata, so the hash has to be checked before that
        wanted.write_text(f"{NAME}=={version} --hash=sha256:{sha256}\n")
        options = ["--no-deps", "--no-binary", NAME, "--retries", "1", "--timeout", "20", "--dest", folder]
        done = subprocess.run(
            [uv(), "tool", "run", "pip", "download", *options, "-r", str(wanted)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if "DO NOT MATCH THE HASHES" in done.stderr:
            raise Altered(done.stderr.strip())
        if done.returncode:
            raise Unavailable((done.stderr.strip().splitlines() or ["pip said nothing"])[-1])
        (fetched,) = Path(folder).glob("*.tar.gz")
        archive.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(fetched, archive.with_suffix(".part"))
        archive.with_suffix(".part").replace(archive)
