"""Vouchers, gift cards and order promotions for tests, made without the API."""

import uuid
from datetime import UTC, datetime
from itertools import count
from typing import Any

from engine.core.context import Ctx, WriteCtx, transact
from engine.gift_cards.models import GiftCard
from engine.promotions.models import Promotion, PromotionRule, PromotionRuleChannel, PromotionRuleGift
from engine.vouchers.models import (
    Voucher,
    VoucherCategory,
    VoucherChannel,
    VoucherCode,
    VoucherCollection,
    VoucherProduct,
    VoucherVariant,
)
from tests.stockroom import Stockroom

_number = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_CATALOGUE = {
    "products": (VoucherProduct, "product_id"),
    "variants": (VoucherVariant, "variant_id"),
    "categories": (VoucherCategory, "category_id"),
    "collections": (VoucherCollection, "collection_id"),
}


async def voucher(
    ctx: Ctx,
    room: Stockroom,
    value: int,
    *,
    value_type: str = "FIXED",
    min_spent: int | None = None,
    codes: int = 1,
    **values: Any,
) -> list[str]:
    """Codes of a voucher that holds in the room's channel; `value` is minor units or millipercent."""
    n = next(_number)
    named = {key: values.pop(key) for key in list(values) if key in _CATALOGUE}

    async def work(tx: WriteCtx) -> list[str]:
        made = Voucher(**{"name": f"Voucher {n}", "value_type": value_type, "start_date": LONG_AGO, **values})
        tx.add(made)
        await tx.session.flush()
        assert made.id
        channel = {"voucher_id": made.id, "channel_id": room.channel_id, "currency": "EUR"}
        tx.add(VoucherChannel(**channel, value=value, min_spent=min_spent))
        texts = [f"CODE-{n}-{i}" for i in range(codes)]
        tx.add(*(VoucherCode(voucher_id=made.id, code=text) for text in texts))
        for key, ids in named.items():
            model, column = _CATALOGUE[key]
            tx.add(*(model(voucher_id=made.id, **{column: id}) for id in ids))
        return texts

    return await transact(ctx, work)


async def gift_card(ctx: Ctx, amount: int, currency: str = "EUR", **values: Any) -> GiftCard:
    n = next(_number)

    async def work(tx: WriteCtx) -> GiftCard:
        code = values.pop("code", f"GIFT-{n:04d}-CARD")
        made = GiftCard(code=code, currency=currency, initial_amount=amount, current_amount=amount, **values)
        tx.add(made)
        await tx.session.flush()
        return made

    return await transact(ctx, work)


async def order_promotion(
    ctx: Ctx,
    room: Stockroom,
    *,
    at_least: str | None = "0",
    value: int | None = None,
    value_type: str = "FIXED",
    gifts: list[int] | None = None,
    **values: Any,
) -> uuid.UUID:
    """A rule of its own promotion: off the goods of carts of `at_least`, or one of the `gifts`."""
    n = next(_number)
    predicate = {"discountedObjectPredicate": {"baseSubtotalPrice": {"range": {"gte": at_least}}}}

    async def work(tx: WriteCtx) -> uuid.UUID:
        name = f"Promotion {n}"
        of = Promotion(**{"name": name, "name_key": name.lower(), "type": "ORDER", "start_date": LONG_AGO, **values})
        tx.add(of)
        await tx.session.flush()
        rule = PromotionRule(
            promotion_id=of.id,
            name="Rule",
            order_predicate=predicate,
            reward_type="GIFT" if gifts else "SUBTOTAL_DISCOUNT",
            reward_value_type=None if gifts else value_type,
            reward_value=value,
            currency="EUR",
        )
        tx.add(rule)
        await tx.session.flush()
        tx.add(PromotionRuleChannel(rule_id=rule.id, channel_id=room.channel_id))
        tx.add(*(PromotionRuleGift(rule_id=rule.id, variant_id=variant) for variant in gifts or ()))
        return rule.id

    return await transact(ctx, work)
