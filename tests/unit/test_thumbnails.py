import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features
from starlette.applications import Starlette

from engine.core.ids import to_global
from engine.core.storage import FileStorage
from engine.flows import media
from schema.media import media_routes
from tests.api import test_settings

pytestmark = pytest.mark.anyio


def picture(size: tuple[int, int], format: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, 0 if mode in ("P", "L") else None).save(written, format, **options)
    return written.getvalue()


def opened(made: tuple[bytes, str] | None) -> Image.Image:
    assert made is not None
    image = Image.open(io.BytesIO(made[0]))
    image.load()
    return image


@pytest.mark.parametrize(
    ("source", "wanted", "extension", "format"),
    [
        ("JPEG", None, "jpg", "JPEG"), ("PNG", None, "png", "PNG"), ("WEBP", None, "webp", "WEBP"),
        ("AVIF", None, "avif", "AVIF"), ("GIF", None, "png", "PNG"), ("JPEG", "WEBP", "webp", "WEBP"),
        ("PNG", "AVIF", "avif", "AVIF"),
    ],
)  # fmt: skip
def test_a_copy_keeps_the_format_or_takes_the_one_asked(
    source: str, wanted: str | None, extension: str, format: str
) -> None:
    made = media.render(picture((400, 200), source), 128, wanted)
    assert made is not None
    assert made[1] == extension
    image = opened(made)
    assert (image.format, image.size) == (format, (128, 64))


def test_a_picture_is_never_enlarged() -> None:
    assert opened(media.render(picture((100, 50)), 256, None)).size == (100, 50)


def test_a_photograph_is_turned_as_its_camera_says_and_loses_its_notes() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    image = opened(media.render(picture((200, 100), "JPEG", exif=exif), 100, None))
    assert image.size == (50, 100)
    assert not image.getexif()


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1"])
def test_every_colour_mode_can_be_written(mode: str) -> None:
    source = "JPEG" if mode == "CMYK" else "PNG"
    for wanted in (None, "WEBP", "AVIF"):
        image = opened(media.render(picture((60, 60), source, mode), 32, wanted))
        assert image.size == (32, 32)
        assert ("A" in image.mode) == ("A" in mode)


def test_pillow_can_write_what_is_offered() -> None:
    assert features.check("webp")
    assert features.check("avif")


@given(st.binary(max_size=200))
def test_what_is_no_picture_makes_none(data: bytes) -> None:
    assert media.render(data, 128, None) is None


def test_a_cut_off_picture_makes_none() -> None:
    whole = picture((300, 300), "JPEG")
    assert media.render(whole[: len(whole) // 2], 128, None) is None


def test_a_bomb_is_not_opened() -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    assert media.render(b"\x89PNG\r\n\x1a\n" + chunk, 128, None) is None
    assert media.render(picture((8_000, 5_001), mode="1"), 128, None) is None


def test_a_vector_picture_is_no_picture_to_copy() -> None:
    assert media.render(b"<svg xmlns='http://www.w3.org/2000/svg'/>", 128, None) is None


@given(st.integers(1, 10_000))
def test_the_nearest_size_is_made(size: int) -> None:
    nearest = media.nearest_size(size)
    assert nearest in media.SIZES
    assert all(abs(nearest - size) <= abs(other - size) for other in media.SIZES)


class FakeCtx:
    """The only thing the routes ask of the database: under which key a picture is stored."""

    base_url = "https://shop.test"

    def __init__(self, keys: dict[int, str]):
        self._keys = keys

    async def value(self, _statement: object, **parameters: Any) -> str | None:
        return self._keys.get(parameters["id"])

    async def release(self) -> None: ...


class FakeShop:
    def __init__(self, folder: Path, keys: dict[int, str]):
        self.settings = test_settings("postgresql://nowhere/none", folder)
        self._keys = keys

    def ctx(self) -> FakeCtx:
        return FakeCtx(self._keys)


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(tmp_path / "media")


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=media_routes())
    app.state.shop = FakeShop(tmp_path, {1: "products/a.png", 2: "products/gone.png", 3: "products/broken.png"})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop.test") as client:
        yield client


def thumbnail_path(pk: int, size: int = 64, suffix: str = "", type_name: str = "ProductMedia") -> str:
    return f"/thumbnail/{to_global(type_name, pk)}/{size}/{suffix}"


async def test_a_thumbnail_is_made_once_and_kept(http: httpx2.AsyncClient, storage: FileStorage) -> None:
    await storage.put("products/a.png", picture((500, 500)))
    answer = await http.get(thumbnail_path(1, 60, "webp/"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.content)).size == (64, 64)
    await storage.put("products/a.png", b"no picture any more")
    assert (await http.get(thumbnail_path(1, 64, "webp"))).content == answer.content
    assert (await http.get(thumbnail_path(1, 64))).status_code == 404, "another format is another copy"


async def test_formats_do_not_stand_in_for_each_other(http: httpx2.AsyncClient, storage: FileStorage) -> None:
    await storage.put("products/a.png", picture((500, 500)))
    kinds = [
        (await http.get(thumbnail_path(1, 64, s))).headers["content-type"] for s in ("webp/", "avif/", "", "original/")
    ]
    assert kinds == ["image/webp", "image/avif", "image/png", "image/png"]


async def test_many_who_ask_at_once_get_the_same(http: httpx2.AsyncClient, storage: FileStorage) -> None:
    await storage.put("products/a.png", picture((800, 800)))
    answers = await asyncio.gather(*(http.get(thumbnail_path(1, 512)) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    "path",
    [
        thumbnail_path(99), thumbnail_path(2), thumbnail_path(3), thumbnail_path(1, type_name="Order"),
        thumbnail_path(1, 0), thumbnail_path(1, 9_000), thumbnail_path(1, 64, "bmp/"), "/thumbnail/none/64/",
        f"/thumbnail/{to_global('ProductMedia', 'x')}/64/", "/media/products/none.png", "/media/labels/secret.pdf",
        "/media/secret.png", "/media/products/../labels/secret.pdf", "/media/products%2F..%2Flabels%2Fsecret.pdf",
        "/media/products/", "/media/products", "/media/products/%00.png",
    ],
)  # fmt: skip
async def test_what_is_not_there_or_not_public_is_not_found(
    http: httpx2.AsyncClient, storage: FileStorage, path: str
) -> None:
    for key in ("labels/secret.pdf", "secret.png"):
        await storage.put(key, b"private")
    await storage.put("products/broken.png", b"broken")
    answer = await http.get(path)
    assert (answer.status_code, answer.text) == (404, "There is no such file.")


async def test_an_objects_picture_is_found_by_the_objects_id(http: httpx2.AsyncClient, storage: FileStorage) -> None:
    answer = await http.get(f"/image/{to_global('ProductMedia', 1)}/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/media/products/a.png")
    for id in (to_global("ProductMedia", 99), to_global("Order", 1), "none"):
        assert (await http.get(f"/image/{id}/")).status_code == 404


async def test_a_stored_file_cannot_run_as_a_page_of_ours(http: httpx2.AsyncClient, storage: FileStorage) -> None:
    await storage.put("products/a.svg", b"<svg/>")
    answer = await http.get("/media/products/a.svg")
    assert (answer.content, answer.headers["content-type"]) == (b"<svg/>", "image/svg+xml")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_addresses_of_pictures() -> None:
    ctx: Any = FakeCtx({})
    row = {
        "id": 5, "type": "IMAGE", "storage_key": "products/a.png", "source_url": "https://elsewhere/a.png",
        "content_type": "image/png",
    }  # fmt: skip
    copy = f"https://shop.test/thumbnail/{to_global('ProductMedia', 5)}"
    not_fetched, video = {**row, "storage_key": None}, {**row, "type": "VIDEO"}
    original = "https://shop.test/media/products/a.png"
    assert media.media_urls(ctx, [row, None, not_fetched]) == [original, None, "https://elsewhere/a.png"]
    assert media.media_urls(ctx, [row], size=0) == [original]
    assert media.media_urls(ctx, [row, video], size=100) == [f"{copy}/128/", original]
    assert media.media_urls(ctx, [row], size=100, format="ORIGINAL") == [f"{copy}/128/"]
    assert media.media_urls(ctx, [row], format="AVIF") == [f"{copy}/4096/avif/"]
