"""Pictures: their addresses, and smaller copies made when somebody first asks for one.

A thumbnail is kept in the storage under a key that names its original, its size and its format, so it is made once for
all processes. Keys outside `PUBLIC_FOLDERS` (labels) are never served, and
those of invoices have a part that nobody can guess.
"""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.accounts.queries import avatar_key
from engine.catalog.media import category_key, collection_key, media_key
from engine.core.context import Ctx, Row
from engine.core.errors import InvalidId
from engine.core.ids import int_pk, split_global, to_global
from engine.core.storage import Storage

SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
"""Lengths of the longer side, in pixels; the nearest one to what is asked is made. None is ever enlarged."""
LARGEST = SIZES[-1]
MAX_PIXELS = 40_000_000
"""A larger picture is not opened: it would take more memory than a request may."""
AT_ONCE = 2
PUBLIC_FOLDERS = frozenset(
    "attributes avatars categories collections demo file_upload invoices media pages products thumbnails".split()
)
CONTENT_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif",
    "gif": "image/gif", "svg": "image/svg+xml", "mp4": "video/mp4", "webm": "video/webm", "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8",
}  # fmt: skip
_READ = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
_EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif"}
_SAVE: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 85, "progressive": True, "optimize": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 82, "method": 4},
    "AVIF": {"quality": 65, "speed": 8},
}
_UNREADABLE = (
    UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError,
    SyntaxError, EOFError,
)  # fmt: skip
log = structlog.get_logger("argosy.media")

_KEY_OF = {"ProductMedia": media_key, "Category": category_key, "Collection": collection_key, "User": avatar_key}


@dataclass(frozen=True)
class Picture:
    data: bytes
    content_type: str


def nearest_size(size: int) -> int:
    return min(SIZES, key=lambda known: (abs(known - size), known))


def picture_url(
    ctx: Ctx, type_name: str, pk: int, key: str, *, size: int | None = None, format: str | None = None
) -> str:
    """The absolute address of a stored picture: of the original without size and format (or size 0), else of a copy."""
    copy = _copy(size, format)
    if copy is None:
        return file_url(ctx, key)
    return f"{ctx.base_url}/thumbnail/{to_global(type_name, pk)}/{copy}"


@lru_cache(maxsize=256)
def _copy(size: int | None, format: str | None) -> str | None:
    """The end of a copy's address; None where the original is meant."""
    wanted = None if format in (None, "ORIGINAL") else format
    if not size and wanted is None:
        return None
    chosen = nearest_size(size) if size else LARGEST
    return f"{chosen}/{wanted.lower()}/" if wanted else f"{chosen}/"


def file_url(ctx: Ctx, key: str) -> str:
    return f"{ctx.base_url}/media/{key}"


def media_urls(
    ctx: Ctx, media: Sequence[Row | None], *, size: int | None = None, format: str | None = None
) -> list[str | None]:
    """The address of each picture or video of a product; one that was not fetched yet is where it comes from."""
    copy = _copy(size, format)
    found: list[str | None] = []
    for row in media:
        if row is None:
            found.append(None)
        elif row["storage_key"] is None:
            found.append(row["source_url"] or "")
        elif copy is None or row["type"] == "VIDEO" or row["content_type"] == "image/svg+xml":
            found.append(file_url(ctx, row["storage_key"]))
        else:
            found.append(f"{ctx.base_url}/thumbnail/{to_global('ProductMedia', row['id'])}/{copy}")
    return found


async def public_file(storage: Storage, key: str) -> Picture | None:
    """A stored file that anybody may have; None for an unknown, a private or a malformed key."""
    folder, *names = key.split("/")
    if folder not in PUBLIC_FOLDERS or not names or any(not name or name.startswith(".") for name in names):
        return None
    try:
        data = await storage.get(key)
    except (ValueError, OSError):
        return None
    return None if data is None else Picture(data, _content_type(key))


async def original_path(ctx: Ctx, global_id: str) -> str | None:
    """The path of the picture that belongs to an object, on this server; None where there is none."""
    key = await _storage_key(ctx, global_id)
    return None if key is None else f"/media/{key}"


async def thumbnail(
    ctx: Ctx, storage: Storage, turns: asyncio.Semaphore, global_id: str, size: int, format: str | None
) -> Picture | None:
    """The copy of a picture with `size` (made `nearest_size`) and `format` (WEBP, AVIF or None: as the original).

    None where there is no such picture, or it cannot be read as one. `turns` bounds how many are made at once.
    """
    key = await _storage_key(ctx, global_id)
    await ctx.release()
    if key is None:
        return None
    name = f"thumbnails/{hashlib.sha256(key.encode()).hexdigest()[:24]}-{nearest_size(size)}-{format or 'ORIGINAL'}"
    for extension in (format.lower(),) if format else _EXTENSIONS.values():
        if (found := await storage.get(f"{name}.{extension}")) is not None:
            return Picture(found, CONTENT_TYPES[extension])
    original = await storage.get(key)
    if original is None:
        return None
    async with turns:
        made = await asyncio.to_thread(render, original, nearest_size(size), format)
    if made is None:
        log.warning("no thumbnail of an unreadable picture", id=global_id)
        return None
    data, extension = made
    await storage.put(f"{name}.{extension}", data)
    return Picture(data, CONTENT_TYPES[extension])


def render(original: bytes, size: int, format: str | None) -> tuple[bytes, str] | None:
    """The picture's copy no larger than `size` on its longer side, and its file extension.

    None for what is no picture, is damaged, or has more than MAX_PIXELS.
    """
    try:
        with Image.open(io.BytesIO(original), formats=_READ) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return None
            own = "JPEG" if opened.format == "MPO" else opened.format
            kept = own if own in _EXTENSIONS else "PNG"
            target = format or kept or "PNG"
            opened.draft(None, (size, size))
            turned = ImageOps.exif_transpose(opened)
            turned.thumbnail((size, size), Image.Resampling.LANCZOS)
            written = io.BytesIO()
            _in_mode(turned, target).save(written, target, **_SAVE[target])
    except _UNREADABLE:
        return None
    return written.getvalue(), _EXTENSIONS[target]


def _in_mode(image: Image.Image, target: str) -> Image.Image:
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if transparent and target != "JPEG":
        return image.convert("RGBA")
    return image if image.mode in ("RGB", "L") else image.convert("RGB")


async def _storage_key(ctx: Ctx, global_id: str) -> str | None:
    try:
        type_name, _ = split_global(global_id)
        key_of = _KEY_OF[type_name]
        pk = int_pk(global_id, type_name)
    except (ValueError, KeyError, InvalidId):
        return None
    return await key_of(ctx, pk)


def _content_type(key: str) -> str:
    return CONTENT_TYPES.get(key.rpartition(".")[2].lower(), "application/octet-stream")
