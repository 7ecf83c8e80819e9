import uuid
from datetime import datetime
from typing import Any

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint_pk,
    bigint_ref,
    binary,
    boolean,
    enum_text,
    jsonb,
    sa,
    text,
    text_array,
    timestamp,
    uuid_pk,
)


class Address(Timestamps, SQLModel, table=True):
    """As typed by the person. A customer's own addresses carry `user_id`; checkouts and orders have copies."""

    __tablename__ = "address"
    __table_args__ = (
        sa.Index(
            "ix_address_name",
            sa.literal_column("(first_name || ' ' || last_name)").label("text"),
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
        ),
        sa.Index("ix_address_phone", "phone", postgresql_where=sa.text("phone <> ''")),
    )

    id: int | None = bigint_pk()
    user_id: int | None = bigint_ref("account_user.id", nullable=True, index=True)
    first_name: str = text(default="")
    last_name: str = text(default="")
    company_name: str = text(default="")
    street_address_1: str = text(default="")
    street_address_2: str = text(default="")
    city: str = text(default="")
    city_area: str = text(default="")
    postal_code: str = text(default="")
    country: str = text()
    country_area: str = text(default="")
    phone: str = text(default="")
    """E.164, or empty."""
    validation_skipped: bool = boolean(False)
    """Staff stored it without asking its country's rules."""
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class User(Timestamps, SQLModel, table=True):
    """A customer or a member of staff. `email` is stored lower-case."""

    __tablename__ = "account_user"
    __table_args__ = (
        sa.Index("ix_account_user_email", sa.text('email COLLATE "C"'), "id"),
        sa.Index("ix_account_user_first_name", sa.text('first_name COLLATE "C"'), "id"),
        sa.Index("ix_account_user_last_name", sa.text('last_name COLLATE "C"'), "id"),
        sa.Index("ix_account_user_created", "created_at", "id"),
        sa.Index("ix_account_user_updated", "updated_at", "id"),
        sa.Index("ix_account_user_staff", "id", postgresql_where=sa.text("is_staff")),
        sa.Index(
            "ix_account_user_search",
            sa.literal_column("lower(first_name || ' ' || last_name || ' ' || email)").label("text"),
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
        ),
        sa.Index("ix_account_user_shipping_address", "default_shipping_address_id"),
        sa.Index("ix_account_user_billing_address", "default_billing_address_id"),
    )

    id: int | None = bigint_pk()
    email: str = text(unique=True)
    first_name: str = text(default="")
    last_name: str = text(default="")
    password_hash: str | None = text(nullable=True)
    is_staff: bool = boolean(False)
    is_superuser: bool = boolean(False)
    """Holds every permission."""
    is_active: bool = boolean(True)
    is_confirmed: bool = boolean(False)
    language_code: str = text(default="en")
    default_shipping_address_id: int | None = bigint_ref("address.id", ondelete="SET NULL", nullable=True, cyclic=True)
    default_billing_address_id: int | None = bigint_ref("address.id", ondelete="SET NULL", nullable=True, cyclic=True)
    token_key: str = text()
    """Random; part of every token, so that changing it ends all of the user's sessions."""
    avatar_key: str | None = text(nullable=True)
    note: str = text(default="")
    last_login: datetime | None = timestamp(nullable=True)
    external_reference: str | None = text(nullable=True, unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class Group(SQLModel, table=True):
    """Permissions given to staff together; optionally only within some channels."""

    __tablename__ = "account_group"

    id: int | None = bigint_pk()
    name: str = text(unique=True)
    permissions: list[str] = text_array()
    restricted_to_channels: bool = boolean(False)


class GroupUser(SQLModel, table=True):
    __tablename__ = "account_group_user"

    group_id: int = bigint_ref("account_group.id", primary_key=True)
    user_id: int = bigint_ref("account_user.id", primary_key=True, index=True)


class GroupChannel(SQLModel, table=True):
    __tablename__ = "account_group_channel"

    group_id: int = bigint_ref("account_group.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True)


class App(Timestamps, SQLModel, table=True):
    """A program that calls the API with its own token. What is nullable is from its manifest, if it has one."""

    __tablename__ = "app"

    id: int | None = bigint_pk()
    name: str = text()
    identifier: str | None = text(nullable=True, unique=True)
    type: str = enum_text("type", ("LOCAL", "THIRDPARTY"), default="LOCAL")
    is_active: bool = boolean(True)
    permissions: list[str] = text_array()
    version: str | None = text(nullable=True)
    author: str | None = text(nullable=True)
    about: str | None = text(nullable=True)
    app_url: str | None = text(nullable=True)
    homepage_url: str | None = text(nullable=True)
    support_url: str | None = text(nullable=True)
    data_privacy_url: str | None = text(nullable=True)
    manifest_url: str | None = text(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class AppToken(Timestamps, SQLModel, table=True):
    """Only the SHA-256 of the 30-character token is kept, and its last four characters to tell it by."""

    __tablename__ = "app_token"

    id: int | None = bigint_pk()
    app_id: int = bigint_ref("app.id", index=True)
    name: str = text(default="")
    token_hash: bytes = binary()
    last_4: str = text()

    __table_args__ = (sa.UniqueConstraint("token_hash"),)


class AppInstallation(Timestamps, SQLModel, table=True):
    """An app on its way in, or that did not get in; gone once it is there."""

    __tablename__ = "app_installation"

    id: int | None = bigint_pk()
    app_name: str = text()
    manifest_url: str = text()
    permissions: list[str] = text_array()
    activates: bool = boolean(True)
    status: str = enum_text("status", ("PENDING", "FAILED"), default="PENDING")
    message: str | None = text(nullable=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True, index=True)
    """Of the try under way: one that was cut short left it behind."""


class AppExtension(SQLModel, table=True):
    """A place in the dashboard where an app shows itself."""

    __tablename__ = "app_extension"

    id: int | None = bigint_pk()
    app_id: int = bigint_ref("app.id", index=True)
    identifier: str | None = text(nullable=True)
    label: str = text()
    url: str = text()
    mount_name: str = text()
    target_name: str = text()
    permissions: list[str] = text_array()
    settings: dict[str, Any] = jsonb()


class Session(Timestamps, SQLModel, table=True):
    """One login. Its id is the `jti` of the refresh token; revoking the row ends it."""

    __tablename__ = "account_session"

    id: uuid.UUID = uuid_pk()
    user_id: int = bigint_ref("account_user.id", index=True)
    expires_at: datetime = timestamp()
    last_used_at: datetime | None = timestamp(nullable=True)
    revoked_at: datetime | None = timestamp(nullable=True)
    user_agent: str = text(default="")


class ExternalIdentity(Timestamps, SQLModel, table=True):
    """An account elsewhere that signs in to one of ours. `subject` is the issuer's own name for the person."""

    __tablename__ = "account_external_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    id: int | None = bigint_pk()
    user_id: int = bigint_ref("account_user.id", index=True)
    issuer: str = text()
    subject: str = text()


class SigningKey(Timestamps, SQLModel, table=True):
    """An RS256 key pair for tokens, shared by all processes; the private half is sealed."""

    __tablename__ = "signing_key"

    kid: str = text(primary_key=True)
    sealed_private_key: bytes = binary()
    public_jwk: dict[str, Any] = jsonb()
    retired_at: datetime | None = timestamp(nullable=True)
