"""Warehouses with their address and stock, and the listing that shows what can be had."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.accounts import addresses
from engine.accounts import queries as accounts
from engine.catalog import queries as catalog
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound
from engine.core.locking import Rank, lock_rows
from engine.core.statements import Statement
from engine.inventory import places
from engine.listing.service import refresh, refresh_variants
from engine.shipping import zones

_STOCKS = Statement(
    sa.text(
        "SELECT id, variant_id, warehouse_id, allocated FROM stock"
        " WHERE variant_id = :variant_id AND warehouse_id = ANY(:ids) ORDER BY id FOR UPDATE"
    ).bindparams(sa.bindparam("variant_id", type_=sa.BigInteger), sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
)


async def create(
    tx: WriteCtx, values: Mapping[str, Any], address: Mapping[str, Any], zone_ids: Sequence[int] = ()
) -> Row:
    """`address` are the given fields of an address. Raises Refusal, Refusals for a faulty address, NotFound."""
    data = addresses.address_values(address)
    addresses.validate_address(data)
    await zones.require(tx, zone_ids, "shippingZones")
    return await places.create(tx, {**values, "address_id": await addresses.store_address(tx, data)}, zone_ids)


async def update(
    tx: WriteCtx, warehouse_id: uuid.UUID, values: Mapping[str, Any], address: Mapping[str, Any] | None
) -> Row:
    """`address`: what changes of it. Raises NotFound, Refusal, Refusals."""
    before = await places.lock(tx, warehouse_id)
    if address is None:
        return await places.update(tx, warehouse_id, values)
    (base,) = await accounts.addresses_by_ids(tx, [before["address_id"]])
    data = addresses.address_values(address, base)
    addresses.validate_address(data)
    row = await places.update(tx, warehouse_id, {**values, "address_id": await addresses.store_address(tx, data)})
    await addresses.drop_copies(tx, [before["address_id"]])
    return row


async def delete(tx: WriteCtx, warehouse_id: uuid.UUID) -> Row:
    """Raises NotFound, and Refusal while units in it are claimed."""
    row = await places.lock(tx, warehouse_id)
    variant_ids = await places.delete(tx, warehouse_id)
    await addresses.drop_copies(tx, [row["address_id"]])
    await refresh_variants(tx, variant_ids)
    return row


async def assign_zones(
    tx: WriteCtx, warehouse_id: uuid.UUID, add: Sequence[int] = (), remove: Sequence[int] = ()
) -> Row:
    """Raises NotFound."""
    row = await places.lock(tx, warehouse_id)
    await zones.require(tx, [*add, *remove], "shippingZoneIds")
    await places.assign_zones(tx, warehouse_id, add)
    if remove:
        await places.unassign_zones(tx, warehouse_id, remove)
    tx.emit("warehouse.updated", "Warehouse", warehouse_id)
    return row


async def drop_stocks(tx: WriteCtx, variant_id: int, warehouse_ids: Sequence[uuid.UUID]) -> Row:
    """Forget what warehouses keep of a variant, whose row is returned; of those without any nothing is said.

    Raises NotFound, and Refusal while units are claimed.
    """
    (variant,) = await catalog.variants_of_keys(tx, [(variant_id, None)])
    if variant is None:
        raise NotFound("There is no such product variant.", field="variantId")
    await drop_stock_rows(tx, variant_id, warehouse_ids)
    await refresh(tx, [variant["product_id"]])
    tx.emit("product_variant.stock_updated", "ProductVariant", variant_id, product_id=variant["product_id"])
    return variant


async def drop_stock_rows(tx: WriteCtx, variant_id: int, warehouse_ids: Sequence[uuid.UUID]) -> None:
    """What `drop_stocks` does to the stock alone: its caller brings the listing up to date."""
    stocks = await lock_rows(tx, Rank.STOCK, _STOCKS, variant_id=variant_id, ids=list(warehouse_ids))
    await places.drop_stocks(tx, stocks)
