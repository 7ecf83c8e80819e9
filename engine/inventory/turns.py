"""Telling when the last unit of a stock is taken, and when there are units again."""

import uuid

import sqlalchemy as sa

from engine.core.context import WriteCtx
from engine.core.statements import Statement

# Of an order's lines only the keys are read: their table belongs to a domain above.
_DRY = Statement(
    sa.text(
        "SELECT s.variant_id, s.warehouse_id FROM stock s WHERE s.on_hand <= s.allocated AND s.id IN"
        " (SELECT a.stock_id FROM allocation a JOIN order_line l ON l.id = a.order_line_id"
        " WHERE l.order_id = :order_id) ORDER BY s.id"
    ).bindparams(sa.bindparam("order_id", type_=sa.Uuid))
)


async def taken(tx: WriteCtx, order_id: uuid.UUID) -> None:
    """After an order has its units: tell of the stocks it left nothing in."""
    for row in await tx.fetch(_DRY, order_id=order_id):
        _tell(tx, "out_of_stock", row["variant_id"], row["warehouse_id"])


async def returning(tx: WriteCtx, order_id: uuid.UUID) -> None:
    """Before an order gives its units back: tell of the stocks that have nothing besides."""
    for row in await tx.fetch(_DRY, order_id=order_id):
        _tell(tx, "back_in_stock", row["variant_id"], row["warehouse_id"])


def counted(tx: WriteCtx, variant_id: int, warehouse_id: uuid.UUID, before: int, after: int) -> None:
    """After a count: tell what became of a stock of which so many units were free, and so many are now."""
    if before <= 0 < after:
        _tell(tx, "back_in_stock", variant_id, warehouse_id)
    elif after <= 0 < before:
        _tell(tx, "out_of_stock", variant_id, warehouse_id)


def _tell(tx: WriteCtx, verb: str, variant_id: int, warehouse_id: uuid.UUID) -> None:
    tx.emit(f"product_variant.{verb}", "ProductVariant", variant_id, warehouse_id=str(warehouse_id))
