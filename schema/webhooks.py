"""`POST /webhooks/{provider_id}/`: where payment providers tell the shop what happened."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from engine.flows.receive_webhook import NoSuchProvider, receive
from engine.flows.shop import Shop
from engine.sdk.payments import WebhookRefused
from schema.execution.bodies import TooLarge, read_body
from schema.execution.endpoint import request_ctx


def webhook_routes() -> list[BaseRoute]:
    return [Route("/webhooks/{provider_id}/", webhook, methods=["POST"])]


async def webhook(request: Request) -> Response:
    """200 once the message is kept; 400 for one that is not the provider's. `?channel=slug` names the configuration."""
    shop: Shop = request.app.state.shop
    ctx = request_ctx(request, shop)
    try:
        body = await read_body(request, shop.settings.max_staff_body_bytes)
        channel = request.query_params.get("channel")
        await receive(ctx, request.path_params["provider_id"], dict(request.headers), body, channel=channel)
    except TooLarge:
        return JSONResponse({"detail": "The message is too large."}, 413)
    except NoSuchProvider:
        return JSONResponse({"detail": "There is no such provider here."}, 404)
    except WebhookRefused:
        return JSONResponse({"detail": "The message was refused."}, 400)
    finally:
        await ctx.release()
    return JSONResponse({"status": "kept"})
