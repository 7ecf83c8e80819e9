"""The admins' playground: GraphiQL with a sign-in and ready tabs, served by us with no outside request.

`dist/` is the built bundle of the sources beside it (see docs/playground.md): a running shop needs no Node.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

SOURCES = Path(__file__).parent
DIST = SOURCES / "dist"

_CONFIG_TAG = '<script id="argosy-playground" type="application/json">'

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # The Monaco editor writes its colours and line positions as <style> elements and style attributes,
        # and takes no nonce for them. Scripts get no such leave: neither inline nor eval.
        "style-src 'self' 'unsafe-inline'",
        # Monaco's stylesheet draws its squiggles and checkboxes as data: pictures.
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        # The sign-in is sent by script; no form may ever carry the password anywhere.
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_SECURITY_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class _Assets(StaticFiles):
    """The bundle's files: their names carry a hash of their content, so a copy never goes stale.

    They carry the page's policy too, since a worker obeys the policy its own script came with.
    """

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_SECURITY_HEADERS)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def playground_routes(endpoint: str = "/graphql/") -> list[Route | Mount]:
    """Routes for `/playground` and its assets, GET and HEAD only.

    `endpoint` is the path (same origin) that the page sends its GraphQL requests to.
    Raises `RuntimeError` if the bundle in `dist/` has no place for the page's configuration.
    """
    before, tag, after = (DIST / "index.html").read_text("utf-8").partition(_CONFIG_TAG)
    if not tag:
        raise RuntimeError("dist/index.html has no configuration tag: build it again (docs/playground.md)")
    # An escaped "<" keeps any value from closing the script element.
    config = orjson.dumps({"endpoint": endpoint}).decode().replace("<", "\\u003c")
    page = before + tag + config + after.removeprefix("{}")
    headers = {**_SECURITY_HEADERS, "Cache-Control": "no-cache"}

    async def playground(request: Request) -> Response:
        return HTMLResponse(page, headers=headers)

    return [
        Route("/playground", playground, methods=["GET"]),
        Mount("/playground/assets", _Assets(directory=DIST / "assets")),
    ]
