"""What a merchant sets for an OpenID Connect provider."""

from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class OpenIdConnectConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")

    issuer: str = Field(
        max_length=500,
        pattern=r"^https?://[^\s?#]+$",
        description="Exactly as the provider's discovery document writes it, with or without a slash at its end",
    )
    client_id: str = Field(min_length=1, max_length=500, title="Client ID")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Empty for a public client")
    client_authentication: Literal["client_secret_basic", "client_secret_post"] = Field(
        default="client_secret_basic", description="How the secret is sent; client_secret_basic or client_secret_post"
    )
    scopes: str = Field(default="openid profile email", pattern=r"^[\x21\x23-\x5b\x5d-\x7e ]+$")
    audience: str = Field(default="", max_length=500, description="Of the API, where the provider asks for it (Auth0)")
    trust_emails: bool = Field(
        default=False,
        description="The provider gives only addresses that were checked, but does not say so (email_verified)",
    )
    staff_sign_in: bool = Field(
        default=False, description="Members of staff may sign in this way, where the provider has checked their address"
    )
    timeout_seconds: float = Field(default=5.0, gt=0, le=20, description="Longest wait for one answer of the provider")


def safe_address(url: object, *, production: bool) -> bool:
    """Whether secrets may be sent there: https, or while developing http on this machine."""
    if not isinstance(url, str) or len(url) > 2_000 or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username is not None or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and not production and _this_machine(host))


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
