"""Variants made and changed by staff, with their stock, prices and listing, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine.attributes.assign import Given
from engine.catalog import queries as catalog
from engine.catalog import variant_service as variants
from engine.catalog.errors import UnknownVariant
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.money import to_decimal
from engine.flows.edit_warehouse import drop_stock_rows
from engine.flows.set_stock import Count
from engine.inventory import queries as inventory
from engine.inventory import service as stock
from engine.listing.service import refresh
from engine.pricing import queries as pricing
from engine.pricing.service import Price, set_prices, unset_prices


@dataclass(frozen=True)
class Draft:
    """What is given of a variant. `values` as in `catalog.variant_service.create_variant`."""

    values: Mapping[str, Any] = field(default_factory=dict)
    attributes: Sequence[Given] = ()
    stocks: Sequence[Count] = ()
    prices: Sequence[Price] = ()


@dataclass(frozen=True)
class Change(Draft):
    """What changes of a variant: a draft's values, attributes, stocks by warehouse and prices, and besides them stocks
    by their own id, prices as far as they change (amount, before, cost), and what is no longer there."""

    variant_id: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)
    no_stocks: Sequence[int] = ()
    reprice: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    unprice: Sequence[int] = ()


async def create(tx: WriteCtx, product_id: int, draft: Draft) -> Row:
    """The new variant's row, without a channel. Raises what the services raise."""
    (row,) = await create_many(tx, product_id, [draft])
    return row


async def create_many(tx: WriteCtx, product_id: int, drafts: Sequence[Draft]) -> list[Row]:
    """All of them or none. A refusal carries the `row` it is about, from 0."""
    ids: list[int] = []
    for number, draft in enumerate(drafts):
        with _about(number):
            id = await variants.create_variant(tx, product_id, draft.values, draft.attributes)
            await set_prices(tx, id, draft.prices)
        ids.append(id)
    # stock rows are locked before products
    for number, (id, draft) in enumerate(zip(ids, drafts, strict=True)):
        with _about(number):
            await _stock(tx, id, product_id, draft.stocks)
    return await _settled(tx, product_id, ids)


async def update(tx: WriteCtx, variant_id: int, draft: Draft) -> Row:
    """The changed variant's row, without a channel; its stock is counted as given. Raises what the services raise."""
    product_id = await variants.update_variant(tx, variant_id, draft.values, draft.attributes)
    await set_prices(tx, variant_id, draft.prices)
    await _stock(tx, variant_id, product_id, draft.stocks)
    (row,) = await _settled(tx, product_id, [variant_id])
    return row


async def update_many(tx: WriteCtx, product_id: int, changes: Sequence[Change]) -> list[Row]:
    """All of them or none. A refusal carries the `row` it is about, from 0."""
    ids = [change.variant_id for change in changes]
    for number, change in enumerate(changes):
        with _about(number):
            if await variants.update_variant(tx, change.variant_id, change.values, change.attributes) != product_id:
                message = "Variant is not one of the product's."
                raise Refusal(message, field="id", code="NOT_PRODUCTS_VARIANT")
            await _reprice(tx, change)
    known = await inventory.stocks_of(tx, ids)
    for number, (change, own) in enumerate(zip(changes, known, strict=True)):
        with _about(number):
            stocks = {row["id"]: row for row in own}
            if not stocks.keys() >= {*change.counts, *change.no_stocks}:
                raise NotFound("Couldn't resolve to a stock of the variant.", field="stocks")
            moved = [Count(stocks[id]["warehouse_id"], quantity) for id, quantity in change.counts.items()]
            await _stock(tx, change.variant_id, product_id, [*change.stocks, *moved])
            if change.no_stocks:
                houses = [stocks[id]["warehouse_id"] for id in change.no_stocks]
                await drop_stock_rows(tx, change.variant_id, houses)
    return await _settled(tx, product_id, ids)


async def delete(tx: WriteCtx, variant_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there. Raises Claimed."""
    gone = await variants.delete_variants(tx, variant_ids)
    products = {row["product_id"] for row in gone}
    for product_id in sorted(products):
        tx.emit("product.updated", "Product", product_id)
    await refresh(tx, products)
    return gone


async def delete_known(tx: WriteCtx, variant_ids: Sequence[int], skus: Sequence[str]) -> list[Row]:
    """As `delete`, and those of these SKUs."""
    named = [await catalog.visible_variant_by_sku(tx, sku, None) for sku in skus]
    return await delete(tx, [*variant_ids, *(row["id"] for row in named if row is not None)])


async def known(tx: WriteCtx, sku: str | None, reference: str | None = None) -> int:
    """The id of the variant with that SKU, or that external reference. Raises UnknownVariant."""
    if sku is not None:
        found = await catalog.visible_variant_by_sku(tx, sku, None)
    else:
        found = await catalog.visible_variant_by_reference(tx, reference or "", None)
    if found is None:
        raise UnknownVariant
    return int(found["id"])


@contextmanager
def _about(number: int) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        refusal.facts["row"] = number
        raise


async def _reprice(tx: WriteCtx, change: Change) -> None:
    await set_prices(tx, change.variant_id, change.prices)
    (own,) = await pricing.price_rows(tx, [change.variant_id]) if change.reprice or change.unprice else [[]]
    listed = {row["channel_id"]: row for row in own}
    if not listed.keys() >= {*change.reprice, *change.unprice}:
        raise NotFound("Couldn't resolve to a price of the variant.", field="channelListings")
    again = []
    for channel_id, values in change.reprice.items():
        row = listed[channel_id]
        amount = values.get("amount")
        same = to_decimal(row["amount"], row["currency"]) if amount is None else amount
        again.append(Price(channel_id, same, **{name: values[name] for name in ("before", "cost") if name in values}))
    await set_prices(tx, change.variant_id, again)
    for channel_id in change.unprice:
        await unset_prices(tx, [change.variant_id], channel_id)


async def _stock(tx: WriteCtx, variant_id: int, product_id: int, counts: Sequence[Count]) -> None:
    if len({count.warehouse_id for count in counts}) < len(counts):
        raise Refusal("Duplicated warehouse ID.", field="stocks", code="DUPLICATED_INPUT_ITEM")
    for count in sorted(counts, key=lambda each: each.warehouse_id):
        try:
            await stock.set_on_hand(
                tx,
                variant_id=variant_id,
                warehouse_id=count.warehouse_id,
                quantity=count.quantity,
                cause_type="staff",
                cause_id=str(tx.caller.user_id or tx.caller.app_id or ""),
            )
        except Refusal as refusal:
            refusal.field = "stocks"
            raise
    if counts:
        tx.emit("product_variant.stock_updated", "ProductVariant", variant_id, product_id=product_id)


async def _settled(tx: WriteCtx, product_id: int, variant_ids: Sequence[int]) -> list[Row]:
    await variants.settle(tx, product_id, variant_ids)
    tx.emit("product.updated", "Product", product_id)
    await refresh(tx, [product_id])
    rows = await catalog.variants_of_keys(tx, [(id, None) for id in variant_ids])
    return [row for row in rows if row is not None]
