"""What a merchant sets for Stripe, and where unset keys come from."""

import os
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from engine.sdk.plugins import PluginEnvironment

SECRET_KEY = "STRIPE_API_KEY"  # noqa: S105 - names of environment variables
PUBLISHABLE_KEY = "STRIPE_PUBLISHABLE_KEY"
WEBHOOK_SECRET = "STRIPE_WEBHOOK_SECRET"  # noqa: S105


class StripeConfig(BaseModel):
    """Keys left empty come from STRIPE_API_KEY, STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["stripe", "fake"] | None = None
    """Unset: Stripe when there is a secret key, else (never in production) the fake in this process."""
    secret_key: SecretStr = Field(default=SecretStr(""), description="Secret or restricted key, `sk_` or `rk_`")
    publishable_key: str = Field(default="", pattern=r"^(pk_\w+)?$")
    webhook_secret: SecretStr = Field(default=SecretStr(""), description="Signing secret of the endpoint, `whsec_`")
    api_base: str = Field(default="", pattern=r"^(https?://[^\s/]+)?$")
    """Another address of the API, such as a fake run as a server."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    """Longest wait for one answer of Stripe; the engine's own budget may be shorter."""


def resolve(
    config: StripeConfig, environment: PluginEnvironment, variables: Mapping[str, str] | None = None
) -> StripeConfig:
    """The configuration with its keys and mode filled in.

    Raises ValueError, in words for the merchant, when it cannot work here.
    """
    given = os.environ if variables is None else variables
    secret = config.secret_key.get_secret_value() or given.get(SECRET_KEY, "")
    publishable = config.publishable_key or given.get(PUBLISHABLE_KEY, "")
    webhook = config.webhook_secret.get_secret_value() or given.get(WEBHOOK_SECRET, "")
    mode = config.mode or ("stripe" if secret or environment.production else "fake")
    if mode == "fake":
        if environment.production:
            raise ValueError("The fake Stripe moves no money and cannot be used in the production profile")
        return config.model_copy(update={"mode": mode})
    if not secret or not publishable:
        raise ValueError(f"Stripe needs two keys: set them here, or as {SECRET_KEY} and {PUBLISHABLE_KEY}")
    if not secret.startswith(("sk_", "rk_")):
        raise ValueError("The secret key of Stripe begins with sk_ or rk_")
    found = {"secret_key": SecretStr(secret), "webhook_secret": SecretStr(webhook)}
    return config.model_copy(update={"mode": mode, "publishable_key": publishable} | found)
