"""Files that staff send with an operation."""

import json
from typing import Any

import pytest
from PIL import Image

from engine.core.settings import Settings
from engine.flows.shop import Shop
from tests.api import Api, open_api
from tests.people import PASSWORD, make_staff, make_user
from tests.uploading import FILE_UPLOAD, picture, send_files, send_parts

pytestmark = pytest.mark.anyio
PICTURE = Image.new("RGB", (4, 4))
AVATAR = (
    "mutation($image: Upload!) { userAvatarUpdate(image: $image) {"
    " user { avatar(size: 0) { url } } errors { field code } } }"
)


@pytest.fixture(scope="module")
async def staff(api: Api, shop: Shop) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "staff@example.com")
    await make_user(ctx, "customer@example.com")
    await ctx.release()
    return await api.log_in("staff@example.com", PASSWORD)


async def uploaded(api: Api, name: str, data: bytes) -> Any:
    return (await send_files(api, FILE_UPLOAD, file=(name, data))).json()["data"]["fileUpload"]


@pytest.mark.parametrize(
    ("name", "data", "extension", "content_type"),
    [
        ("Blue Coat.PNG", picture("PNG"), "png", "image/png"),
        ("photo", picture("JPEG"), "jpg", "image/jpeg"),
        ("telephone.jpg", picture("MPO", save_all=True, append_images=[PICTURE]), "jpg", "image/jpeg"),
        ("wrong.jpg", picture("WEBP"), "webp", "image/webp"),
        ("size guide.pdf", b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n", "pdf", "application/pdf"),
        ("sizes.csv", "größe;cm\nM;98\n".encode(), "csv", "text/csv"),
        ("clip.mp4", b"\0\0\0\x18ftypisom" + b"\0" * 40, "mp4", "video/mp4"),
    ],
)
async def test_a_file_is_stored_as_what_it_is(
    api: Api, staff: Api, name: str, data: bytes, extension: str, content_type: str
) -> None:
    answer = await uploaded(staff, name, data)
    assert answer["errors"] == []
    url = answer["uploadedFile"]["url"]
    assert (answer["uploadedFile"]["contentType"], url.rpartition(".")[2]) == (content_type, extension)
    served = await api.http.get(url)
    assert (served.status_code, served.content) == (200, data)
    assert served.headers["content-type"].startswith(content_type)
    assert served.headers["x-content-type-options"] == "nosniff"


async def test_the_name_of_a_file_is_kept_as_far_as_an_address_can_hold_it(staff: Api) -> None:
    url = (await uploaded(staff, "../../etc/Blue Coat (1).png", picture()))["uploadedFile"]["url"]
    assert url.startswith("http://shop.test/media/file_upload/blue-coat-1-")


async def test_two_files_of_one_name_are_two_files(staff: Api) -> None:
    first, second = [(await uploaded(staff, "a.png", picture()))["uploadedFile"]["url"] for _ in range(2)]
    assert first != second


async def test_staff_have_a_picture_until_they_take_it_away(api: Api, staff: Api) -> None:
    answer = (await send_files(staff, AVATAR, image=("me.jpg", picture("JPEG")))).json()["data"]["userAvatarUpdate"]
    assert answer["errors"] == []
    old = answer["user"]["avatar"]["url"]
    assert (await api.http.get(old)).status_code == 200
    answer = (await send_files(staff, AVATAR, image=("me.png", picture("PNG")))).json()["data"]["userAvatarUpdate"]
    assert (await api.http.get(old)).status_code == 404
    small = (await staff.run("{ me { avatar(size: 64, format: WEBP) { url } } }"))["me"]["avatar"]["url"]
    assert (await api.http.get(small)).headers["content-type"] == "image/webp"
    gone = await staff.run("mutation { userAvatarDelete { user { avatar { url } } errors { code } } }")
    assert gone == {"userAvatarDelete": {"user": {"avatar": None}, "errors": []}}
    assert (await api.http.get(answer["user"]["avatar"]["url"])).status_code == 404


async def test_only_staff_send_files(api: Api, staff: Api) -> None:
    customer = await api.log_in("customer@example.com", PASSWORD)
    for who, code in (
        (api, "PermissionDenied"),
        (customer, "PermissionDenied"),
        (Api(api.http, "x.y.z"), "InvalidTokenError"),
    ):
        response = await send_files(who, FILE_UPLOAD, file=("a.png", picture()))
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_a_customer_has_no_picture_to_set(api: Api) -> None:
    customer = await api.log_in("customer@example.com", PASSWORD)
    (error,) = await customer.errors("mutation { userAvatarDelete { errors { code } } }")
    assert error["extensions"]["code"] == "PermissionDenied"


async def test_one_file_can_stand_in_two_places(staff: Api) -> None:
    query = (
        "mutation($one: Upload!, $two: Upload!) { a: fileUpload(file: $one) { uploadedFile { contentType } }"
        " b: fileUpload(file: $two) { uploadedFile { contentType } } }"
    )
    operations = json.dumps({"query": query, "variables": {"one": None, "two": None}})
    places = json.dumps({"0": ["variables.one", "variables.two"]})
    response = await send_parts(staff, {"operations": operations, "map": places}, {"0": ("a.csv", b"a;b")})
    assert response.json()["data"] == {
        "a": {"uploadedFile": {"contentType": "text/csv"}},
        "b": {"uploadedFile": {"contentType": "text/csv"}},
    }


@pytest.mark.parametrize(
    ("operations", "places", "message"),
    [
        ("{", "{}", '"operations" is not valid JSON'),
        ("{}", "[", '"map" is not valid JSON'),
        ("{}", "[]", '"map" must be an object'),
        ("{}", '{"1": ["variables.file"]}', "no such file came"),
        ("{}", '{"0": "variables.file"}', "no such file came"),
        ('{"query": "{ __typename }"}', '{"0": ["query"]}', "no null"),
        ('{"variables": {"file": "text"}}', '{"0": ["variables.file"]}', "no null"),
        ('{"variables": {"file": [null]}}', '{"0": ["variables.file.1"]}', "no null"),
        ('{"variables": {"file": null}}', '{"0": ["variables.file.0.x"]}', "no null"),
        ('{"variables": {"file": null}}', '{"0": [7]}', "no null"),
    ],
)
async def test_a_map_that_does_not_fit_is_refused_in_words(
    staff: Api, operations: str, places: str, message: str
) -> None:
    response = await send_parts(staff, {"operations": operations, "map": places}, {"0": ("a.png", picture())})
    assert response.status_code == 400
    assert message in response.json()["errors"][0]["message"]


async def test_no_file_can_be_made_up_in_the_document_or_its_variables(staff: Api) -> None:
    (error,) = await staff.errors('mutation { fileUpload(file: "a.png") { errors { code } } }')
    assert "multipart" in error["message"]
    (error,) = await staff.errors(FILE_UPLOAD, file="a.png")
    assert "multipart" in error["message"]


async def test_files_that_are_larger_than_the_shop_takes_are_refused(settings: Settings, staff: Api) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 1_000, "max_staff_body_bytes": 1_000})
    async with open_api(small) as api:
        member = Api(api.http, staff.token)
        answer = (await send_files(member, FILE_UPLOAD, file=("a.txt", b"a" * 1_001))).json()["data"]["fileUpload"]
        assert answer["errors"][0]["field"] == "file"
        assert (await send_files(member, FILE_UPLOAD, file=("a.txt", b"a" * 100_000))).status_code == 413
