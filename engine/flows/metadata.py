"""Metadata of any object that has it, by global id."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from engine.accounts.models import Address, App, User
from engine.attributes.models import Attribute
from engine.catalog.models import Category, Collection, Product, ProductType, ProductVariant
from engine.channels.models import Channel
from engine.checkout.models import Checkout, CheckoutLine
from engine.content.models import Menu, MenuItem, Page, PageType
from engine.core.context import Caller, Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.ids import int_pk, split_global, uuid_pk
from engine.core.metadata import add_pairs, drop_keys
from engine.core.tables import SQLModel
from engine.gift_cards.models import GiftCard
from engine.inventory.models import Warehouse
from engine.invoices.models import Invoice
from engine.orders.models import Fulfillment, Order, OrderLine
from engine.payments.models import TransactionItem
from engine.promotions.models import Promotion
from engine.shipping.models import ShippingMethod, ShippingZone
from engine.shop.models import ShopSettings
from engine.support.models import Ticket
from engine.tax.models import TaxClass, TaxConfiguration
from engine.vouchers.models import Voucher

KEY_LENGTH = 256
VALUE_LENGTH = 10_000


_ORDERS, _PRODUCTS, _SHIPPING = ("MANAGE_ORDERS",), ("MANAGE_PRODUCTS",), ("MANAGE_SHIPPING",)
_MENUS, _DISCOUNTS, _PAYMENTS = ("MANAGE_MENUS",), ("MANAGE_DISCOUNTS",), ("HANDLE_PAYMENTS",)
_CHECKOUTS, _TAXES = ("MANAGE_CHECKOUTS",), ("MANAGE_TAXES",)
_PRODUCT_TYPES = ("MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES",)
_PAGE_TYPES = ("MANAGE_PAGE_TYPES_AND_ATTRIBUTES",)
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "Address": ("MANAGE_USERS",),
    "App": ("MANAGE_APPS",),
    "Attribute": (*_PRODUCT_TYPES, *_PAGE_TYPES),
    "Category": _PRODUCTS,
    "Channel": ("MANAGE_CHANNELS",),
    "Checkout": _CHECKOUTS,
    "CheckoutLine": _CHECKOUTS,
    "Collection": _PRODUCTS,
    "DigitalContent": _PRODUCTS,
    "Fulfillment": _ORDERS,
    "GiftCard": ("MANAGE_GIFT_CARD",),
    "Group": ("MANAGE_STAFF",),
    "Invoice": _ORDERS,
    "Menu": _MENUS,
    "MenuItem": _MENUS,
    "Order": _ORDERS,
    "OrderLine": _ORDERS,
    "Page": ("MANAGE_PAGES",),
    "PageType": _PAGE_TYPES,
    "Payment": _PAYMENTS,
    "Product": _PRODUCTS,
    "ProductMedia": _PRODUCTS,
    "ProductType": _PRODUCT_TYPES,
    "ProductVariant": _PRODUCTS,
    "Promotion": _DISCOUNTS,
    "Sale": _DISCOUNTS,
    "ShippingMethod": _SHIPPING,
    "ShippingMethodType": _SHIPPING,
    "ShippingZone": _SHIPPING,
    "Shop": ("MANAGE_SETTINGS",),
    "TaxClass": _TAXES,
    "TaxConfiguration": _TAXES,
    "Ticket": ("MANAGE_TICKETS",),
    "TransactionItem": _PAYMENTS,
    "User": ("MANAGE_USERS", "MANAGE_STAFF"),
    "Voucher": _DISCOUNTS,
    "Warehouse": _PRODUCTS,
}
"""By type, who reads and writes private metadata, and writes public metadata; which of them, see `required`."""


def required(type_name: str, row: Row) -> tuple[str, ...]:
    """One of these is needed for the private metadata of an object, as Saleor has it: the row may narrow them."""
    if type_name == "User":
        return ("MANAGE_STAFF",) if row["is_staff"] else ("MANAGE_USERS",)
    if type_name == "Attribute":
        return _PAGE_TYPES if row["type"] == "PAGE_TYPE" else _PRODUCT_TYPES
    return PERMISSIONS[type_name]


@dataclass(frozen=True)
class Target:
    model: type[SQLModel]
    key: Callable[[str, str], int | uuid.UUID] = int_pk
    open_by_id: bool = False
    """True where the id is the credential: whoever holds it may write public metadata."""
    owned: bool = False
    """True where the row has a `user_id`, and that user may write public metadata."""


TARGETS = {
    "Address": Target(Address, owned=True),
    "App": Target(App),
    "Attribute": Target(Attribute),
    "Category": Target(Category),
    "Channel": Target(Channel),
    "Checkout": Target(Checkout, uuid_pk, open_by_id=True),
    "CheckoutLine": Target(CheckoutLine, uuid_pk, open_by_id=True),
    "Collection": Target(Collection),
    "Fulfillment": Target(Fulfillment),
    "GiftCard": Target(GiftCard),
    "Invoice": Target(Invoice),
    "Menu": Target(Menu),
    "MenuItem": Target(MenuItem),
    "Order": Target(Order, uuid_pk),
    "OrderLine": Target(OrderLine, uuid_pk),
    "Page": Target(Page),
    "PageType": Target(PageType),
    "Product": Target(Product),
    "ProductType": Target(ProductType),
    "ProductVariant": Target(ProductVariant),
    "Promotion": Target(Promotion, uuid_pk),
    "ShippingMethodType": Target(ShippingMethod),
    "ShippingZone": Target(ShippingZone),
    "Shop": Target(ShopSettings),
    "TaxClass": Target(TaxClass),
    "TaxConfiguration": Target(TaxConfiguration),
    "Ticket": Target(Ticket, uuid_pk),
    "TransactionItem": Target(TransactionItem, uuid_pk),
    "User": Target(User),
    "Voucher": Target(Voucher),
    "Warehouse": Target(Warehouse, uuid_pk),
}


async def update(tx: WriteCtx, global_id: str, pairs: dict[str, str], *, private: bool = False) -> Row:
    """Add or replace pairs; returns the object's row with its `__typename`. Raises Refusal, NotFound."""
    if any(not key.strip() for key in pairs):
        raise Refusal("Metadata key cannot be empty.", field="input", code="REQUIRED")
    if any(len(key) > KEY_LENGTH or len(value) > VALUE_LENGTH for key, value in pairs.items()):
        raise Refusal(f"A key has at most {KEY_LENGTH} characters, a value {VALUE_LENGTH}.", field="input")
    found = _found(tx.caller, global_id, private)
    return _told(tx, found, await add_pairs(tx, found.target.model, found.pk, pairs, private=private))


async def delete(tx: WriteCtx, global_id: str, keys: list[str], *, private: bool = False) -> Row:
    """Drop pairs by key; keys that are not there are no failure. Returns as `update`."""
    found = _found(tx.caller, global_id, private)
    return _told(tx, found, await drop_keys(tx, found.target.model, found.pk, keys, private=private))


@dataclass(frozen=True)
class _Found:
    """What a global id names; `open`: whoever asks may write these pairs whatever their permissions."""

    global_id: str
    name: str
    target: Target
    pk: int | uuid.UUID
    open: bool


def _found(caller: Caller, global_id: str, private: bool) -> _Found:
    try:
        name, _ = split_global(global_id)
        target = TARGETS[name]
    except (ValueError, KeyError) as error:
        raise _unknown(global_id) from error
    pk = target.key(global_id, name)
    own = target.model is User and caller.user_id == pk
    found = _Found(global_id, name, target, pk, open=not private and (target.open_by_id or own))
    may_own = target.owned and not private and caller.user_id is not None
    if not found.open and not may_own:
        caller.require(*PERMISSIONS[name])
    return found


def _told(tx: WriteCtx, found: _Found, row: Row | None) -> Row:
    """The row as the API answers it. What it forbids undoes the write: nothing is committed yet."""
    if row is None:
        raise _unknown(found.global_id)
    if not found.open and not _is_owner(tx.caller, found, row):
        channels = tx.caller.channel_ids
        if channels is not None and row.get("channel_id") is not None and row["channel_id"] not in channels:
            raise _unknown(found.global_id)
        tx.caller.require(*required(found.name, row))
    tx.emit(f"{found.name.lower()}.metadata_updated", found.name, found.pk)
    return {**row, "__typename": found.name}


def _is_owner(caller: Caller, found: _Found, row: Row) -> bool:
    """An owner, or nobody for whom there is such a row; staff come by their permissions."""
    if not found.target.owned or caller.has(*PERMISSIONS[found.name]):
        return False
    if row["user_id"] != caller.user_id:
        raise _unknown(found.global_id)
    return True


def _unknown(global_id: str) -> NotFound:
    return NotFound(f"Couldn't resolve to an object: {global_id[:80]}", field="id")
