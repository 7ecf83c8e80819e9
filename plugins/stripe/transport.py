"""How the official SDK reaches Stripe: its own extension point, on the project's HTTP client.

The SDK's ready-made httpx client takes no transport and no limits, and passes bodies in a way httpx has
deprecated, which is an error where warnings are.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

import anyio
import httpx2
import stripe


class HTTPClient(stripe.HTTPClient):
    """Async only. Every failure to get an answer is an `APIConnectionError`; whether it acted is unknown."""

    name = "httpx2"

    def __init__(self, client: httpx2.AsyncClient) -> None:
        super().__init__()
        self._client = client

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = await self._client.request(method, url, headers=dict(headers), content=post_data)
        except (httpx2.HTTPError, OSError) as error:
            message = f"Could not talk to Stripe ({type(error).__name__})"
            raise stripe.APIConnectionError(message, should_retry=True) from error  # type: ignore[no-untyped-call]
        return answer.content, answer.status_code, answer.headers

    def sleep_async(self, secs: float) -> Awaitable[None]:
        return anyio.sleep(secs)

    async def close_async(self) -> None:
        await self._client.aclose()
