"""What people and apps may do, and which addresses are fit for them."""

import re
from collections.abc import Collection
from enum import StrEnum
from urllib.parse import urlsplit


class Permission(StrEnum):
    """Saleor's `PermissionEnum` (3.23), and one of our own for customer service."""

    MANAGE_USERS = "MANAGE_USERS"
    MANAGE_STAFF = "MANAGE_STAFF"
    IMPERSONATE_USER = "IMPERSONATE_USER"
    MANAGE_APPS = "MANAGE_APPS"
    MANAGE_OBSERVABILITY = "MANAGE_OBSERVABILITY"
    MANAGE_CHECKOUTS = "MANAGE_CHECKOUTS"
    HANDLE_CHECKOUTS = "HANDLE_CHECKOUTS"
    HANDLE_TAXES = "HANDLE_TAXES"
    MANAGE_TAXES = "MANAGE_TAXES"
    MANAGE_CHANNELS = "MANAGE_CHANNELS"
    MANAGE_CUSTOMER_TYPES_AND_ATTRIBUTES = "MANAGE_CUSTOMER_TYPES_AND_ATTRIBUTES"
    MANAGE_DISCOUNTS = "MANAGE_DISCOUNTS"
    MANAGE_GIFT_CARD = "MANAGE_GIFT_CARD"
    MANAGE_MENUS = "MANAGE_MENUS"
    MANAGE_ORDERS = "MANAGE_ORDERS"
    MANAGE_ORDERS_IMPORT = "MANAGE_ORDERS_IMPORT"
    MANAGE_PAGES = "MANAGE_PAGES"
    MANAGE_PAGE_TYPES_AND_ATTRIBUTES = "MANAGE_PAGE_TYPES_AND_ATTRIBUTES"
    HANDLE_PAYMENTS = "HANDLE_PAYMENTS"
    MANAGE_PLUGINS = "MANAGE_PLUGINS"
    MANAGE_PRODUCTS = "MANAGE_PRODUCTS"
    MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES = "MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES"
    MANAGE_SHIPPING = "MANAGE_SHIPPING"
    MANAGE_SETTINGS = "MANAGE_SETTINGS"
    MANAGE_TRANSLATIONS = "MANAGE_TRANSLATIONS"
    MANAGE_TICKETS = "MANAGE_TICKETS"
    """Ours: read and answer customer-service tickets."""


ALL_PERMISSIONS = frozenset(permission.value for permission in Permission)


_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]+")
EMAIL_LENGTH = 254


def normal_email(email: str) -> str | None:
    """The address as accounts keep it: trimmed and lower-case; None when it is no address mail could go to."""
    trimmed = email.strip().lower()
    if len(trimmed) > EMAIL_LENGTH or not trimmed.isprintable() or not _EMAIL.fullmatch(trimmed):
        return None
    return trimmed


def allowed_redirect(url: str, hosts: Collection[str]) -> bool:
    """Whether a link in our mail may lead there: http or https, to a host the merchant named."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    plain = url.isprintable() and not any(character in url for character in " \\")
    return plain and parts.scheme in ("http", "https") and parts.username is None and host in hosts
