"""What others find under `/.well-known/`."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.accounts.keys import public_jwks
from engine.flows.shop import Shop

JWKS_SECONDS = 300


async def jwks(request: Request) -> Response:
    """The public keys (RFC 7517) with which others verify our tokens."""
    shop: Shop = request.app.state.shop
    ctx = shop.ctx()
    try:
        keys = await public_jwks(ctx)
    finally:
        await ctx.release()
    return JSONResponse(keys, headers={"cache-control": f"public, max-age={JWKS_SECONDS}"})


def wellknown_routes() -> list[Route]:
    return [Route("/.well-known/jwks.json", jwks)]
