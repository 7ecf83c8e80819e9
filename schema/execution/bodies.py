"""Bodies that are not JSON: forms, bare documents, and files by the GraphQL multipart request specification.

https://github.com/jaydenseric/graphql-multipart-request-spec: `operations` is the JSON body with null in each place of
a file, `map` tells for each part that is a file where it stands, and the files follow.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from engine.core.context import Ctx
from schema.execution.limits import Limits

FILES = 10
"""In one request."""
FIELDS = 8
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
DOCUMENT = "application/graphql"
_ROOM = 64_000
"""For the boundaries and headers of the parts."""


class TooLarge(Exception):
    """The body is longer than this caller may send."""

    def __init__(self, limit: int):
        super().__init__(f"The request is larger than {limit} bytes.")


class Unreadable(Exception):
    """The body is not what it says it is, or not for this caller to send."""

    def __init__(self, message: str, code: str = "GraphQLError"):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Sent:
    """What a body said. `raw` is the JSON in it; close it once its files are read."""

    raw: bytes
    payload: Any
    form: FormData = field(default_factory=FormData)

    async def close(self) -> None:
        await self.form.close()


async def read_body(request: Request, limit: int, declared: bytes = b"") -> bytes:
    """Raises TooLarge as soon as more than `limit` bytes have come, whatever Content-Length (`declared`) claims."""
    if declared.isdigit() and int(declared[:20]) > limit:
        raise TooLarge(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(limit)
    return bytes(body)


async def read_other(request: Request, kind: str, ctx: Ctx, limits: Limits) -> Sent:
    """A body whose media type is not JSON. Raises TooLarge, Unreadable."""
    if kind == JSON:
        raw = await read_body(request, limits.body_bytes)
        return Sent(raw, _json(raw, "The request body"))
    if kind == DOCUMENT:
        return Sent(b"", {"query": _text(await read_body(request, limits.body_bytes))})
    if kind == FORM:
        return await _read_form(request, limits)
    if kind == MULTIPART:
        return await _read_multipart(request, ctx, limits)
    raise Unreadable(f"A body of type {kind[:80]!r} is not understood; send application/json.")


async def _read_form(request: Request, limits: Limits) -> Sent:
    stream = _bounded(request, limits.body_bytes)
    parser = FormParser(request.headers, stream, max_fields=FIELDS, max_part_size=limits.body_bytes)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Unreadable(error.message) from error
    return _of_fields(form)


def _of_fields(form: FormData) -> Sent:
    """Fields named as the keys of the JSON body; `variables` and `extensions` are JSON themselves."""
    fields = {name: _without_nul(value) for name, value in form.items() if isinstance(value, str)}
    written = fields.get("variables", "").encode()
    variables = _json(written, '"variables"') if written.strip() else None
    payload = {"query": fields.get("query"), "operationName": fields.get("operationName"), "variables": variables}
    return Sent(written, payload, form)


async def _read_multipart(request: Request, ctx: Ctx, limits: Limits) -> Sent:
    if not ctx.caller.is_staff and ctx.caller.app_id is None:
        raise Unreadable("Only staff and apps may send files.", ctx.caller.token_fault or "PermissionDenied")
    stream = _bounded(request, ctx.settings.max_upload_bytes + limits.body_bytes + _ROOM)
    parser = MultiPartParser(
        request.headers, stream, max_files=FILES, max_fields=FIELDS, max_part_size=limits.body_bytes
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Unreadable(error.message) from error
    try:
        return _with_files(form) if "operations" in form else _of_fields(form)
    except Unreadable:
        await form.close()
        raise


def _with_files(form: FormData) -> Sent:
    raw = form["operations"]
    places = form.get("map", "{}")
    if not isinstance(raw, str) or not isinstance(places, str):
        raise Unreadable('"operations" and "map" are JSON, not files.')
    written = raw.encode()
    operation, by_name = _json(written, '"operations"'), _json(places.encode(), '"map"')
    if not isinstance(by_name, dict):
        raise Unreadable('"map" must be an object of lists of paths.')
    for name, paths in by_name.items():
        file = form.get(name)
        if not isinstance(file, UploadFile) or not isinstance(paths, list):
            raise Unreadable(f'"map" names {name[:80]!r}, but no such file came.')
        for path in paths:
            _put(operation, path, file)
    return Sent(written, operation, form)


def _put(operation: Any, path: Any, file: UploadFile) -> None:
    """Set the null at `path`, such as `variables.files.0`, to the file."""
    *above, last = path.split(".") if isinstance(path, str) else [""]
    at = operation
    for step in above:
        at = at.get(step) if isinstance(at, dict) else _item(at, step)
    if above[:1] == ["variables"]:
        if isinstance(at, dict) and at.get(last, file) is None:
            at[last] = file
            return
        if isinstance(at, list) and last.isdecimal() and int(last[:9]) < len(at) and at[int(last[:9])] is None:
            at[int(last[:9])] = file
            return
    raise Unreadable(f"There is no null at {str(path)[:80]!r} for a file to take the place of.")


def _item(values: Any, index: str) -> Any:
    known = isinstance(values, list) and index.isdecimal() and int(index[:9]) < len(values)
    return values[int(index[:9])] if known else None


def _json(raw: bytes, name: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{name} is not valid JSON.") from error


def _text(raw: bytes) -> str:
    try:
        return _without_nul(raw.decode())
    except UnicodeDecodeError as error:
        raise Unreadable("The document is not text in UTF-8.") from error


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise Unreadable("The request has a NUL character in it; no text of a shop does.")
    return text


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit:
            raise TooLarge(limit)
        yield chunk
