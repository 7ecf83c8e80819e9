"""The official SDK, talking to a fake in the same process."""

import httpx2
import stripe
from starlette.types import ASGIApp

from plugins.stripe.fake.state import API_KEY
from plugins.stripe.transport import HTTPClient


def client_for(app: ASGIApp, *, api_key: str = API_KEY) -> stripe.StripeClient:
    """An async-only `StripeClient` whose requests go straight to `app`, with no socket and no retries.

    The ASGI transport knows no timeouts: set a budget around the calls.
    """
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app))
    return stripe.StripeClient(api_key, http_client=HTTPClient(http), max_network_retries=0)
