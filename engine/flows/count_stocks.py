"""Counts of many stocks at once, as another system reports them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.statements import Statement
from engine.inventory import pages, service
from engine.listing.service import restock

MOST = 1_000
_FIND = Statement(
    sa.text(
        "SELECT w.place, s.id, v.id AS variant_id, v.product_id, h.id AS warehouse_id"
        " FROM unnest(:variant_ids, :variant_references, :warehouse_ids, :warehouse_references)"
        " WITH ORDINALITY AS w(variant_id, variant_reference, warehouse_id, warehouse_reference, place)"
        " LEFT JOIN product_variant v ON v.id = coalesce("
        "w.variant_id, (SELECT id FROM product_variant WHERE external_reference = w.variant_reference))"
        " LEFT JOIN warehouse h ON h.id = coalesce("
        "w.warehouse_id, (SELECT id FROM warehouse WHERE external_reference = w.warehouse_reference))"
        " LEFT JOIN stock s ON s.variant_id = v.id AND s.warehouse_id = h.id ORDER BY w.place"
    ).bindparams(
        sa.bindparam("variant_ids", type_=sa.ARRAY(sa.BigInteger)),
        sa.bindparam("variant_references", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("warehouse_ids", type_=sa.ARRAY(sa.Uuid)),
        sa.bindparam("warehouse_references", type_=sa.ARRAY(sa.Text)),
    )
)


@dataclass(frozen=True)
class StockCount:
    """A variant and a warehouse, each by its id or by what the other system calls it."""

    quantity: int
    variant_id: int | None = None
    variant_reference: str | None = None
    warehouse_id: uuid.UUID | None = None
    warehouse_reference: str | None = None


@dataclass(frozen=True)
class Counted:
    """Of one count its stock as it is then, or why it was not taken."""

    stock: Row | None = None
    refusal: Refusal | None = None


class Undone(Exception):
    """Some counts were refused, and with them all."""

    def __init__(self, results: Sequence[Counted]):
        super().__init__("some counts were refused")
        self.results = results


async def count_stocks(tx: WriteCtx, counts: Sequence[StockCount], *, all_or_nothing: bool) -> list[Counted]:
    """Record counts of stocks that there are, in order. Raises Undone, and Refusal for too many of them."""
    if len(counts) > MOST:
        raise Refusal(f"At most {MOST} stocks are counted at once.", field="stocks", code="INVALID")
    places = await tx.fetch(
        _FIND,
        variant_ids=[count.variant_id for count in counts],
        variant_references=[count.variant_reference for count in counts],
        warehouse_ids=[count.warehouse_id for count in counts],
        warehouse_references=[count.warehouse_reference for count in counts],
    )
    refusals = [_missing(place) for place in places]
    # stock rows are locked in the order of their ids, as everybody does
    order = sorted((place["id"], index) for index, place in enumerate(places) if refusals[index] is None)
    for _, index in order:
        place = places[index]
        try:
            await service.set_on_hand(
                tx,
                variant_id=place["variant_id"],
                warehouse_id=place["warehouse_id"],
                quantity=counts[index].quantity,
                cause_type="staff",
                cause_id=str(tx.caller.user_id or tx.caller.app_id or ""),
            )
        except Refusal as refusal:
            refusals[index] = refusal
    stocks = await pages.stocks_by_ids(tx, [place["id"] or 0 for place in places])
    results = [
        Counted(refusal=refusal) if refusal is not None else Counted(stock)
        for stock, refusal in zip(stocks, refusals, strict=True)
    ]
    if all_or_nothing and any(refusals):
        raise Undone([Counted(refusal=refusal) for refusal in refusals])
    taken = [place for place, refusal in zip(places, refusals, strict=True) if refusal is None]
    await restock(tx, {place["product_id"] for place in taken})
    for variant_id, product_id in {place["variant_id"]: place["product_id"] for place in taken}.items():
        tx.emit("product_variant.stock_updated", "ProductVariant", variant_id, product_id=product_id)
    return results


def _missing(place: Row) -> Refusal | None:
    for column, field, what in (
        ("variant_id", "variantId", "product variant"),
        ("warehouse_id", "warehouseId", "warehouse"),
        ("id", "stock", "stock"),
    ):
        if place[column] is None:
            return NotFound(f"There is no such {what}.", field=field)
    return None
