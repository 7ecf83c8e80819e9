"""Metadata of any object that has it, by global id."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from engine.accounts.models import User
from engine.catalog.models import Category, Collection, Product, ProductVariant
from engine.checkout.models import Checkout
from engine.content.models import Page
from engine.core.context import Caller, Row, WriteCtx
from engine.core.errors import NotFound, PermissionDenied, Refusal
from engine.core.ids import int_pk, split_global, uuid_pk
from engine.core.metadata import add_pairs, drop_keys
from engine.core.tables import SQLModel
from engine.orders.models import Fulfillment, Order
from engine.payments.models import TransactionItem
from engine.support.models import Ticket

KEY_LENGTH = 256
VALUE_LENGTH = 10_000


@dataclass(frozen=True)
class Target:
    model: type[SQLModel]
    permission: str
    key: Callable[[str, str], int | uuid.UUID] = int_pk
    open_by_id: bool = False
    """True where the id is the credential: whoever holds it may write public metadata."""


TARGETS = {
    "Category": Target(Category, "MANAGE_PRODUCTS"),
    "Checkout": Target(Checkout, "MANAGE_CHECKOUTS", uuid_pk, open_by_id=True),
    "Collection": Target(Collection, "MANAGE_PRODUCTS"),
    "Fulfillment": Target(Fulfillment, "MANAGE_ORDERS"),
    "Order": Target(Order, "MANAGE_ORDERS", uuid_pk),
    "Page": Target(Page, "MANAGE_PAGES"),
    "Product": Target(Product, "MANAGE_PRODUCTS"),
    "ProductVariant": Target(ProductVariant, "MANAGE_PRODUCTS"),
    "Ticket": Target(Ticket, "MANAGE_TICKETS", uuid_pk),
    "TransactionItem": Target(TransactionItem, "HANDLE_PAYMENTS", uuid_pk),
    "User": Target(User, "MANAGE_USERS"),
}


async def update(tx: WriteCtx, global_id: str, pairs: dict[str, str], *, private: bool = False) -> Row:
    """Add or replace pairs; returns `{"__typename", "id", "meta", "private_meta"}` of the object."""
    if any(not key.strip() for key in pairs):
        raise Refusal("Metadata key cannot be empty.", field="input", code="REQUIRED")
    if any(len(key) > KEY_LENGTH or len(value) > VALUE_LENGTH for key, value in pairs.items()):
        raise Refusal(f"A key has at most {KEY_LENGTH} characters, a value {VALUE_LENGTH}.", field="input")
    target, name, pk = _target(tx.caller, global_id, private)
    return _told(tx, global_id, name, pk, await add_pairs(tx, target.model, pk, pairs, private=private))


async def delete(tx: WriteCtx, global_id: str, keys: list[str], *, private: bool = False) -> Row:
    """Drop pairs by key; keys that are not there are no failure. Returns as `update`."""
    target, name, pk = _target(tx.caller, global_id, private)
    return _told(tx, global_id, name, pk, await drop_keys(tx, target.model, pk, keys, private=private))


def _target(caller: Caller, global_id: str, private: bool) -> tuple[Target, str, int | uuid.UUID]:
    """What a global id names, if the caller may write its pairs: target, type name and primary key."""
    try:
        name, _ = split_global(global_id)
        target = TARGETS[name]
    except (ValueError, KeyError) as error:
        raise _unknown(global_id) from error
    pk = target.key(global_id, name)
    _allow(caller, target, pk, private)
    return target, name, pk


def _told(tx: WriteCtx, global_id: str, name: str, pk: int | uuid.UUID, row: Row | None) -> Row:
    if row is None:
        raise _unknown(global_id)
    tx.emit(f"{name.lower()}.metadata_updated", name, pk)
    return {**row, "__typename": name}


def _unknown(global_id: str) -> NotFound:
    return NotFound(f"Couldn't resolve to an object: {global_id[:80]}", field="id")


def _allow(caller: Caller, target: Target, pk: int | uuid.UUID, private: bool) -> None:
    own = target.model is User and caller.user_id == pk
    if not private and (target.open_by_id or own):
        return
    if not caller.has(target.permission):
        raise PermissionDenied((target.permission,))
