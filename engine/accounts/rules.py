"""What people and apps may do, and which addresses are fit for them."""

import re
import unicodedata
from collections.abc import Collection, Iterable
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


def permission_name(permission: str) -> str:
    """`MANAGE_ORDERS` in words: "Manage orders"."""
    return permission.replace("_", " ").capitalize()


ALL_PERMISSIONS = frozenset(permission.value for permission in Permission)


_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]+")
EMAIL_LENGTH = 254
URL_LENGTH = 1_000


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
    plain = len(url) <= URL_LENGTH and url.isprintable() and not any(character in url for character in " \\")
    return plain and parts.scheme in ("http", "https") and parts.username is None and host in hosts


def plain_text(value: str, *, lines: bool = False) -> bool:
    """Whether a database and a mail can hold it: no control characters, save line breaks where `lines` allows them."""
    return not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") and not (lines and character in "\n\r\t")
        for character in value
    )


def out_of_scope(held: Collection[str], wanted: Iterable[str]) -> list[str]:
    """What somebody may not hand out or take away, because they do not hold it themselves; sorted."""
    return sorted(set(wanted).difference(held))


def channels_out_of_scope(own: Collection[int] | None, wanted: Collection[int] | None) -> bool:
    """Whether `wanted` has a channel that is not among one's own; None: all channels."""
    return own is not None and (wanted is None or not set(wanted).issubset(own))


def manageable(staff: Iterable[Collection[str]]) -> frozenset[str]:
    """The permissions somebody can still give and take: held by one who also manages staff.

    `staff` is what each active member of staff may do.
    """
    return frozenset(p for held in staff if Permission.MANAGE_STAFF in held for p in held)
