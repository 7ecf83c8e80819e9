"""Files that are not what they seem: refused soon, and nothing of them is kept."""

import io
import resource
import zipfile
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from engine.core.settings import Settings
from tests.api import Api
from tests.people import PASSWORD, make_staff
from tests.uploading import FILE_UPLOAD, claimed_png, picture, send_files, send_parts

pytestmark = pytest.mark.anyio


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("Main.class", b"\xca\xfe\xba\xbe")
    return written.getvalue()


BAD: dict[str, tuple[str, bytes]] = {
    "a program as a picture": ("a.png", b"<script>alert(1)</script>"),
    "a drawing with a program": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "a drawing with a prologue": ("a.svg", b'<?xml version="1.0"?><svg onload="alert(1)"/>'),
    "a drawing called text": ("a.txt", b"<svg onload=alert(1)></svg>"),
    "a page called text": ("a.txt", b"hello <SCRIPT>alert(1)</SCRIPT>"),
    "a picture with an archive behind it": ("a.gif", picture("GIF") + archive()),
    "a PDF with an archive behind it": ("a.pdf", b"%PDF-1.7\n" + archive() + b"\n%%EOF"),
    "a picture with a page behind it": ("a.png", picture("PNG") + b"<html><body onload=alert(1)>"),
    "a picture with PHP in its comment": ("a.jpg", picture("JPEG", comment=b"<?php system($_GET[0]); ?>")),
    "a picture that starts as a script": ("a.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//"),
    "a picture with a PDF in it": ("a.jpg", picture("JPEG", comment=b"%PDF-1.7 1 0 obj")),
    "ten thousand by ten thousand": ("a.png", claimed_png(10_000, 10_000)),
    "a bomb": ("a.png", claimed_png(60_000, 60_000)),
    "half a picture": ("a.png", picture("PNG", (400, 400))[:200]),
    "an executable": ("a.exe", b"MZ" + b"\0" * 200),
    "nothing": ("a.png", b""),
    "text that is none": ("a.txt", b"\xff\xfe\0\0"),
    "an endless PDF": ("a.pdf", b"%PDF-1.7\n"),
}


@pytest.fixture(scope="module")
async def staff(api: Api, shop: Any) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "staff@example.com")
    await ctx.release()
    return await api.log_in("staff@example.com", PASSWORD)


@pytest.mark.parametrize("what", BAD)
async def test_it_is_refused_soon_and_not_kept(settings: Settings, staff: Api, what: str) -> None:
    before, memory = kept(settings.data_dir), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = perf_counter()
    answer = (await send_files(staff, FILE_UPLOAD, file=BAD[what])).json()["data"]["fileUpload"]
    assert perf_counter() - started < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200_000
    assert answer["uploadedFile"] is None
    assert [error["field"] for error in answer["errors"]] == ["file"]
    assert kept(settings.data_dir) == before


def kept(data_dir: Path) -> list[Path]:
    return sorted(path for path in (data_dir / "media").rglob("*") if path.is_file())


async def test_another_site_cannot_make_a_browser_send_files_or_forms(staff: Api) -> None:
    query = '{"query": "{ __typename }"}'
    for origin, status in (("https://evil.example", 400), ("null", 400), ("http://shop.test", 200)):
        response = await send_parts(
            staff, {"operations": query, "map": "{}"}, {"0": ("a.png", picture())}, origin=origin
        )
        assert response.status_code == status
        form = await staff.http.post("/graphql/", data={"query": "{ __typename }"}, headers={"origin": origin})
        assert form.status_code == status


async def test_a_body_of_many_parts_is_refused(staff: Api) -> None:
    files = {str(place): (f"{place}.png", picture()) for place in range(11)}
    response = await send_parts(staff, {"operations": '{"query": "{ __typename }"}', "map": "{}"}, files)
    assert response.status_code == 400
    assert "Too many files" in response.json()["errors"][0]["message"]
    fields = {f"field{place}": "x" for place in range(20)}
    response = await send_parts(staff, fields, {"0": ("a.png", picture())})
    assert response.status_code == 400


async def test_parts_that_never_end_are_refused(staff: Api) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x", "authorization": f"Bearer {staff.token}"}
    for body in (b"--x\r\n", b"garbage", b"--x\r\ncontent-disposition: form-data\r\n\r\n\r\n--x--"):
        response = await staff.http.post("/graphql/", content=body, headers=headers)
        assert response.status_code == 400
    response = await staff.http.post(
        "/graphql/", content=b"", headers={**headers, "content-type": "multipart/form-data"}
    )
    assert response.status_code == 400
