"""`/media/{key}` serves stored files, `/thumbnail/{global id}/{size}/[format]/` smaller copies of pictures, and
`/image/{global id}/` leads to the picture itself."""

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from engine.core.storage import open_storage
from engine.flows import media
from engine.flows.shop import Shop

# a stored SVG or HTML file must not run as a page of ours
SAFE_HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox"}
YEAR = "public, max-age=31536000, immutable"
DAY = "public, max-age=86400"
PRIVATE = "private, no-store"
_FORMATS = {"": None, "original": None, "webp": "WEBP", "avif": "AVIF"}


def media_routes() -> list[BaseRoute]:
    turns = asyncio.Semaphore(media.AT_ONCE)

    async def thumbnail(request: Request) -> Response:
        format = request.path_params.get("format", "").lower()
        size = request.path_params["size"]
        if format not in _FORMATS or not 0 < size <= 2 * media.LARGEST:
            return _missing()
        shop: Shop = request.app.state.shop
        ctx = shop.ctx()
        try:
            found = await media.thumbnail(
                ctx, open_storage(shop.settings), turns, request.path_params["id"], size, _FORMATS[format]
            )
        finally:
            await ctx.release()
        return _answer(found, DAY)

    return [
        Route("/media/{key:path}", stored),
        Route("/image/{id}/", image),
        Route("/image/{id}", image),
        Route("/thumbnail/{id}/{size:int}/{format}/", thumbnail),
        Route("/thumbnail/{id}/{size:int}/{format}", thumbnail),
        Route("/thumbnail/{id}/{size:int}/", thumbnail),
        Route("/thumbnail/{id}/{size:int}", thumbnail),
    ]


async def stored(request: Request) -> Response:
    shop: Shop = request.app.state.shop
    found = await media.public_file(open_storage(shop.settings), request.path_params["key"])
    return _answer(found, PRIVATE if request.path_params["key"].startswith("invoices/") else YEAR)


async def image(request: Request) -> Response:
    shop: Shop = request.app.state.shop
    ctx = shop.ctx()
    try:
        found = await media.original_path(ctx, request.path_params["id"])
    finally:
        await ctx.release()
    return _missing() if found is None else RedirectResponse(found, 302, {"cache-control": DAY})


def _answer(found: media.Picture | None, cache: str) -> Response:
    if found is None:
        return _missing()
    return Response(found.data, media_type=found.content_type, headers={"cache-control": cache, **SAFE_HEADERS})


def _missing() -> Response:
    return PlainTextResponse("There is no such file.", 404)
