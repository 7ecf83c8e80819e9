"""Files by key. `STORAGE_URL` chooses where; unset: the folder `media` in the data folder."""

import asyncio
import os
import secrets
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from engine.core.errors import ConfigurationError
from engine.core.settings import Settings


class Storage(Protocol):
    async def put(self, key: str, data: bytes) -> None: ...

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, key: str) -> None: ...


class FileStorage:
    """Below one folder; a file appears whole or not at all."""

    def __init__(self, root: Path):
        self._root = root.resolve()

    def path(self, key: str) -> Path:
        """Raises ValueError for a key that would leave the folder."""
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root) or path == self._root:
            raise ValueError(f"not a storage key: {key!r}")
        return path

    async def put(self, key: str, data: bytes) -> None:
        await asyncio.to_thread(self._put, self.path(key), data)

    async def get(self, key: str) -> bytes | None:
        try:
            return await asyncio.to_thread(self.path(key).read_bytes)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self.path(key).unlink, missing_ok=True)

    @staticmethod
    def _put(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        draft.write_bytes(data)
        os.replace(draft, path)


def open_storage(settings: Settings) -> FileStorage:
    if settings.storage_url is None:
        return FileStorage(settings.data_dir / "media")
    parts = urlsplit(settings.storage_url)
    if parts.scheme == "file" and parts.path:
        return FileStorage(Path(unquote(parts.path)))
    raise ConfigurationError(
        f"STORAGE_URL {settings.storage_url!r} is not understood; use file:///path or leave it unset."
    )
