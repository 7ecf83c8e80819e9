"""Files for tests, and sending them by the GraphQL multipart request specification."""

import io
import json
import struct
import zlib
from typing import Any

import httpx2
from PIL import Image

from tests.api import Api

FILE_UPLOAD = (
    "mutation($file: Upload!) { fileUpload(file: $file) {"
    " uploadedFile { url contentType } errors { field code message } } }"
)


async def send_files(api: Api, query: str, **files: tuple[str, bytes]) -> httpx2.Response:
    """Each file is the variable of its name, sent as (file name, bytes)."""
    operations = {"query": query, "variables": dict.fromkeys(files)}
    places = {str(place): [f"variables.{name}"] for place, name in enumerate(files)}
    return await send_parts(
        api,
        {"operations": json.dumps(operations), "map": json.dumps(places)},
        {str(place): file for place, file in enumerate(files.values())},
    )


async def send_parts(api: Api, data: dict[str, str], files: dict[str, tuple[str, bytes]], **headers: str) -> Any:
    if api.token:
        headers["authorization"] = f"Bearer {api.token}"
    return await api.http.post("/graphql/", data=data, files=files, headers=headers)


def picture(format: str = "PNG", size: tuple[int, int] = (8, 6), **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (200, 30, 60)).save(written, format, **options)
    return written.getvalue()


def claimed_png(width: int, height: int) -> bytes:
    """A few bytes that say they are a picture of any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
