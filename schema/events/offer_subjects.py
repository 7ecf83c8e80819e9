"""Fields of events about promotions, codes and invoices."""

import uuid

import strawberry

from engine.gift_cards import queries as gift_cards
from engine.invoices import queries as invoices
from engine.orders import queries as orders
from engine.promotions import queries as promotions
from engine.shop import queries as shop
from engine.vouchers import queries as vouchers
from schema.events.loading import by_int, by_uuid
from schema.execution.fields import Rows, batch_field
from schema.execution.info import BatchInfo
from schema.gift_cards.types import GiftCard
from schema.orders.invoice_types import Invoice
from schema.orders.loading import with_paid
from schema.orders.types import Order
from schema.promotions.types import Promotion, PromotionRule
from schema.shop.types import Shop
from schema.vouchers.types import Voucher


@strawberry.type
class PromotionEvent:
    @batch_field
    async def promotion(parents: Rows, info: BatchInfo) -> list[Promotion | None]:
        found: Rows = await by_uuid(parents, lambda ids: promotions.by_ids(info.context, ids))
        return found


@strawberry.type
class PromotionRuleEvent:
    @batch_field
    async def promotion_rule(parents: Rows, info: BatchInfo) -> list[PromotionRule | None]:
        found: Rows = await by_uuid(parents, lambda ids: promotions.rules_by_ids(info.context, ids))
        return found


@strawberry.type
class VoucherEvent:
    @batch_field(description="The voucher.")
    async def voucher(parents: Rows, info: BatchInfo, channel: str | None = None) -> list[Voucher | None]:
        found: Rows = await by_int(parents, lambda ids: vouchers.by_ids(info.context, ids))
        return found


@strawberry.type
class GiftCardEvent:
    @batch_field
    async def gift_card(parents: Rows, info: BatchInfo) -> list[GiftCard | None]:
        found: Rows = await by_int(parents, lambda ids: gift_cards.by_ids(info.context, ids))
        return found


@strawberry.type
class InvoiceEvent:
    @batch_field
    async def invoice(parents: Rows, info: BatchInfo) -> list[Invoice | None]:
        found: Rows = await by_int(parents, lambda ids: invoices.by_ids(info.context, ids))
        return found

    @batch_field(description="The order that the invoice is for.")
    async def order(parents: Rows, info: BatchInfo) -> list[Order]:
        ctx = info.context
        rows: Rows = await by_int(parents, lambda ids: invoices.by_ids(ctx, ids))
        pairs = zip(parents, rows, strict=True)
        told = [event["payload"].get("order_id") or (row and row["order_id"]) for event, row in pairs]
        return with_paid(ctx, await orders.by_ids(ctx, [uuid.UUID(str(each)) for each in told]))


@strawberry.type
class ShopEvent:
    @batch_field
    async def shop(parents: Rows, info: BatchInfo) -> list[Shop | None]:
        found: Rows = await shop.settings(info.context)
        return [found for _ in parents]
