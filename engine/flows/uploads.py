"""Files that staff send: judged by what their bytes are, whatever they are called, then stored.

Refused is what is no file of a kind we take, a picture too large to open, and a file that is two things at once (a
picture that is an archive or a page as well): somebody else's program might take it for the other one.
"""

import asyncio
import io
import re
import secrets
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from engine.core.context import Ctx
from engine.core.errors import Refusal
from engine.core.outside import outside_call
from engine.core.storage import open_storage
from engine.flows.fetch_media import FetchRefused, examine

FILES = "file_upload"
"""The folder of files that belong to nothing yet."""
STORAGE_SECONDS = 20.0
_NAME_LENGTH = 80
_MARKERS = re.compile(rb"<(?:script|html|iframe|!doctype|\?php)\b", re.IGNORECASE)
_VIDEO_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"MSNV")
_TEXTS = {"txt": "text/plain", "csv": "text/csv"}
_SCALABLE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype|!--|svg)", re.IGNORECASE)
# two at a time in a process: an open picture may take 160 MB
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="upload")


class Incoming(Protocol):
    """A file as it came with a request."""

    filename: str | None
    size: int | None

    async def read(self, size: int = -1) -> bytes: ...

    async def seek(self, offset: int) -> None: ...


@dataclass(frozen=True)
class Stored:
    key: str
    """In the storage; `engine.flows.media.file_url` tells its address."""
    content_type: str


class UploadRefused(Refusal):
    code = "INVALID"


class UnknownFileType(UploadRefused):
    code = "INVALID_FILE_TYPE"


class FileTooLarge(UploadRefused):
    code = "FILE_SIZE_LIMIT_EXCEEDED"


async def store_picture(ctx: Ctx, file: Incoming, folder: str, *, field: str = "image") -> Stored:
    """Keep a JPEG, PNG, WebP, AVIF or GIF under `folder` (one of `engine.flows.media.PUBLIC_FOLDERS`).

    Not inside a transaction. Raises UploadRefused on `field`. Who then does not use it calls `discard`.
    """
    data = await _read(ctx, file, field)
    try:
        extension, content_type = await _in_turn(picture_type, data)
    except FetchRefused as refused:
        raise UploadRefused(f"The file cannot be taken: {refused}.", field=field) from refused
    return await _store(ctx, folder, file, extension, content_type, data)


async def store_file(ctx: Ctx, file: Incoming, folder: str = FILES, *, field: str = "file") -> Stored:
    """As `store_picture`, and takes PDF, MP4, WebM, plain text and CSV besides. Raises UnknownFileType."""
    data = await _read(ctx, file, field)
    try:
        extension, content_type = await _in_turn(file_type, data, file.filename or "")
    except FetchRefused as refused:
        raise UnknownFileType(f"The file cannot be taken: {refused}.", field=field) from refused
    return await _store(ctx, folder, file, extension, content_type, data)


async def discard(ctx: Ctx, key: str | None) -> None:
    """Delete a stored file that nothing points at any more; None and a file that is gone already are passed over."""
    if key is not None:
        async with outside_call(ctx, "storage", seconds=STORAGE_SECONDS):
            await open_storage(ctx.settings).delete(key)


def picture_type(data: bytes) -> tuple[str, str]:
    """File extension and content type. Raises FetchRefused, saying why it is no picture we take."""
    if _SCALABLE.match(data):
        raise FetchRefused("SVG is a program that draws; send JPEG, PNG, WebP, AVIF or GIF")
    found = examine(data)
    _check_single(data)
    return found


def file_type(data: bytes, name: str) -> tuple[str, str]:
    """As `picture_type`, for every kind of file we take. `name` only tells CSV from other text."""
    if data[:5] == b"%PDF-":
        if b"%%EOF" not in data[-2_048:]:
            raise FetchRefused("a PDF that does not end")
        found = ("pdf", "application/pdf")
    elif data[4:8] == b"ftyp" and data[8:12] in _VIDEO_BRANDS:
        found = ("mp4", "video/mp4")
    elif data[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in data[:64]:
        found = ("webm", "video/webm")
    elif name.rpartition(".")[2].lower() in _TEXTS:
        _check_text(data)
        extension = name.rpartition(".")[2].lower()
        return extension, _TEXTS[extension]
    else:
        return picture_type(data)
    _check_single(data)
    return found


def _check_single(data: bytes) -> None:
    if zipfile.is_zipfile(io.BytesIO(data)):
        raise FetchRefused("it is an archive as well")
    if _MARKERS.search(data):
        raise FetchRefused("it has a page or a program in it")
    if data[:5] != b"%PDF-" and b"%PDF-" in data[:1_024]:
        raise FetchRefused("it is a PDF as well")


def _check_text(data: bytes) -> None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FetchRefused("not text in UTF-8") from error
    if (
        any(ord(character) < 32 and character not in "\t\r\n\f" for character in text)
        or _MARKERS.search(data)
        or _SCALABLE.match(data)
    ):
        raise FetchRefused("not plain text")


async def _read(ctx: Ctx, file: Incoming, field: str) -> bytes:
    most = ctx.settings.max_upload_bytes
    if file.size is not None and file.size > most:
        raise FileTooLarge(f"The file is larger than {most} bytes.", field=field)
    await file.seek(0)  # one file may stand in several places
    data = await file.read(most + 1)
    if not data:
        raise UploadRefused("The file is empty.", field=field)
    if len(data) > most:
        raise FileTooLarge(f"The file is larger than {most} bytes.", field=field)
    return data


async def _in_turn(judge: Callable[..., tuple[str, str]], *arguments: Any) -> tuple[str, str]:
    return await asyncio.get_running_loop().run_in_executor(_threads, judge, *arguments)


async def _store(ctx: Ctx, folder: str, file: Incoming, extension: str, content_type: str, data: bytes) -> Stored:
    key = f"{folder}/{_stem(file.filename or '')}-{secrets.token_hex(8)}.{extension}"
    async with outside_call(ctx, "storage", seconds=STORAGE_SECONDS):
        await open_storage(ctx.settings).put(key, data)
    return Stored(key, content_type)


def _stem(name: str) -> str:
    """What of a file's name may stand in an address."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = re.sub(r"[^a-z0-9]+", "-", last.rpartition(".")[0].lower() or last.lower()).strip("-")
    return kept[:_NAME_LENGTH].rstrip("-") or "file"
