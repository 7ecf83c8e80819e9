"""Makes the provider for a configuration: with Stripe, with another address of its API, or with the fake."""

from collections.abc import Callable

import httpx2
import stripe

from engine.sdk.plugins import PluginEnvironment
from plugins.stripe.config import StripeConfig, resolve
from plugins.stripe.fake import API_KEY, PUBLISHABLE_KEY, client_for, create_fake_stripe
from plugins.stripe.provider import StripeProvider
from plugins.stripe.transport import HTTPClient

FAKE_STATE = "fake-stripe.db"
FAKE_PAGES = "http://127.0.0.1:8420"
"""Where `python -m plugins.stripe.fake` serves the 3-D Secure pages."""


def create_provider(config: StripeConfig, environment: PluginEnvironment) -> StripeProvider:
    """Raises ValueError when the configuration cannot work here. Connects at the first request."""
    resolved = resolve(config, environment)
    connect = _fake(environment) if resolved.mode == "fake" else _real(resolved)
    return StripeProvider(
        resolved,
        connect,
        publishable_key=resolved.publishable_key or PUBLISHABLE_KEY,
        webhook_secret=resolved.webhook_secret.get_secret_value(),
    )


def _fake(environment: PluginEnvironment) -> Callable[[], stripe.StripeClient]:
    def connect() -> stripe.StripeClient:
        # A file, so that the API and the worker see the same payments and a restart forgets none.
        app = create_fake_stripe(path=environment.data_dir / FAKE_STATE, base_url=FAKE_PAGES)
        return client_for(app, api_key=API_KEY)

    return connect


def _real(config: StripeConfig) -> Callable[[], stripe.StripeClient]:
    key = config.secret_key.get_secret_value()

    def connect() -> stripe.StripeClient:
        timeout = httpx2.Timeout(config.timeout_seconds, connect=min(3.0, config.timeout_seconds))
        http = HTTPClient(httpx2.AsyncClient(timeout=timeout))
        if config.api_base:
            return stripe.StripeClient(
                key, http_client=http, max_network_retries=0, base_addresses={"api": config.api_base}
            )
        return stripe.StripeClient(key, http_client=http, max_network_retries=0)

    return connect
