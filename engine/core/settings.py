"""Every setting of the shop, read once from the environment (or a `.env` file beside it)."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Profile(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """What a merchant may set. A name below is the environment variable, with `ARGOSY_` before it
    unless an alias says otherwise. Nothing is required: unset means the embedded shape."""

    model_config = SettingsConfigDict(
        env_prefix="ARGOSY_", env_file=".env", extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    profile: Profile = Profile.DEVELOPMENT
    data_dir: Path = Path(".argosy")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str | None = None
    """Base address clients call, without a trailing slash; unset: taken from each request's Host header."""

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    database_direct_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_DIRECT_URL")
    read_pool_size: int = Field(default=8, ge=1)
    write_pool_size: int = Field(default=8, ge=1)

    meilisearch_url: str | None = Field(default=None, validation_alias="MEILISEARCH_URL")
    meilisearch_api_key: SecretStr | None = Field(default=None, validation_alias="MEILISEARCH_API_KEY")
    valkey_url: SecretStr | None = Field(default=None, validation_alias="VALKEY_URL")
    storage_url: str | None = Field(default=None, validation_alias="STORAGE_URL")
    """`file:///path`; unset: `<data-dir>/media`."""

    secret_key: SecretStr | None = None
    """At least 32 characters; unset with the embedded database: `<data-dir>/secret.key`."""
    admin_email: str = "admin@example.com"
    admin_password: SecretStr | None = None

    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins a browser may call from, comma separated; in development also any on this machine, and `*` for all."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses and networks whose X-Forwarded-For, -Host and -Proto are believed, comma separated."""
    allowed_client_hosts: Annotated[tuple[str, ...], NoDecode] = ("localhost", "127.0.0.1")
    """Hosts a `redirectUrl` in mail may point at, comma separated."""

    smtp_url: SecretStr | None = None
    """`smtp://user:password@host:port`; unset: mail is written to `<data-dir>/mail`."""
    mail_from: str = "shop@example.com"

    max_body_bytes: int = 100_000
    max_staff_body_bytes: int = 1_000_000
    max_upload_bytes: int = 20_000_000
    """Of one file that staff or an app send, and of all files of one request together."""
    max_batch: int = Field(default=1, ge=1, le=50)
    """Operations in one request, sent as a list."""
    max_tokens: int = 2_000
    max_staff_tokens: int = 3_000
    max_depth: int = 15
    max_aliases: int = 30
    max_staff_aliases: int = 100
    max_cost: int = 50_000
    max_staff_cost: int = 200_000
    """What the rows and values a document asks for may add up to; a unit is about five microseconds of work."""

    access_token_seconds: int = 300
    registrations_per_address: int = Field(default=300, ge=1)
    """Accounts that one network address may register in an hour; a storefront's server is one for all customers."""
    refresh_token_seconds: int = 30 * 24 * 3600
    reservation_seconds: int = 900
    """How long stock stays claimed for a checkout whose payment has begun."""

    webhook_local_addresses: bool = True
    """Webhooks may lead to this machine and its network; never in production."""

    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """What Prometheus sends as a bearer token; unset: `/metrics` is open in development and closed in production."""
    metrics: bool = True
    """Count requests and their times for `/metrics`."""
    slow_document_ms: int = Field(default=1_000, ge=0)
    """A document that takes longer is logged by its hash; 0: none is."""
    trace_fields: bool = False
    """Time every resolver: in `extensions.fields` of answers (not in production), in `/metrics`, in the log."""
    log_json: bool = False

    @field_validator("allowed_origins", "allowed_client_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def production(self) -> bool:
        return self.profile is Profile.PRODUCTION

    @property
    def webhooks_to_local_addresses(self) -> bool:
        return self.webhook_local_addresses and not self.production

    @property
    def embedded(self) -> bool:
        """True when no `DATABASE_URL` is given, so the engine runs its own PostgreSQL."""
        return self.database_url is None
