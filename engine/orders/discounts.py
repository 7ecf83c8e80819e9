"""What reduced an order and who paid for it besides money: written when it is made, read ever after."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.checkout.priced import PricedCheckout, PricedLine, Reduced
from engine.core.context import Ctx, Row, WriteCtx
from engine.core.ids import uuid7
from engine.core.rows import grouped
from engine.core.statements import Statement
from engine.core.tables import table
from engine.orders.models import Order, OrderDiscount, OrderGiftCard, OrderLine, OrderLineDiscount

_d, _ld, _gc = table(OrderDiscount), table(OrderLineDiscount), table(OrderGiftCard)
_o, _l = table(Order), table(OrderLine)
_UUIDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_RULES = Statement(
    sa.text(
        "SELECT r.id, o.name AS promotion, r.name, r.reward_value_type, r.reward_value,"
        " coalesce(rt.name, ot.name) AS translated"
        " FROM promotion_rule r JOIN promotion o ON o.id = r.promotion_id"
        " LEFT JOIN promotion_translation ot ON ot.promotion_id = o.id AND ot.language = :language"
        " LEFT JOIN promotion_rule_translation rt ON rt.rule_id = r.id AND rt.language = :language"
        " WHERE r.id = ANY(:ids)"
    ).bindparams(_UUIDS, sa.bindparam("language", type_=sa.Text))
)
_OF_ORDERS = Statement(
    sa.select(_d, _o.c.currency)
    .join(_o, _o.c.id == _d.c.order_id)
    .where(_d.c.order_id == sa.any_(_UUIDS))
    .order_by(_d.c.order_id, _d.c.position, _d.c.id)
)
_OF_LINES = Statement(
    sa.select(_ld, _o.c.currency)
    .join(_l, _l.c.id == _ld.c.order_line_id)
    .join(_o, _o.c.id == _l.c.order_id)
    .where(_ld.c.order_line_id == sa.any_(_UUIDS))
    .order_by(_ld.c.order_line_id, _ld.c.position, _ld.c.id)
)
_CARDS_OF = Statement(
    sa.select(_gc.c.order_id, _gc.c.gift_card_id)
    .where(_gc.c.order_id == sa.any_(_UUIDS), _gc.c.gift_card_id.is_not(None))
    .order_by(_gc.c.order_id, _gc.c.id)
)
_TAKEN = Statement(
    sa.select(_gc.c.gift_card_id, _gc.c.amount).where(
        _gc.c.order_id == sa.bindparam("id", type_=sa.Uuid),
        _gc.c.given_back_at.is_(None),
        _gc.c.gift_card_id.is_not(None),
    )
)


async def record(
    tx: WriteCtx, order_id: uuid.UUID, priced: PricedCheckout, became: Mapping[uuid.UUID, uuid.UUID], language: str
) -> None:
    """The rows of all reductions of an order just made, and of the gift cards that pay for it."""
    rules = await _rules(tx, priced, language)
    whole = [
        {"id": uuid7(), "order_id": order_id, "position": place, **_values(each, rules)}
        for place, each in enumerate(priced.reductions)
    ]
    if whole:
        await tx.execute(sa.insert(_d).values(whole))
    of_lines = [
        {
            "id": uuid7(),
            "order_line_id": became[line.line_id],
            "position": place,
            "unit_amount": each.unit_amount,
            **_values(each, rules),
        }
        for line in priced.lines
        for place, each in enumerate(line.reductions)
    ]
    if of_lines:
        await tx.execute(sa.insert(_ld).values(of_lines))
    cards = [
        {"id": uuid7(), "order_id": order_id, "gift_card_id": card.gift_card_id, "amount": card.amount}
        for card in priced.gift_cards
        if card.amount
    ]
    if cards:
        await tx.execute(sa.insert(_gc).values(cards))


def of_line(line: PricedLine) -> dict[str, Any]:
    """The columns of an order line that say what reduced it."""
    last = line.reductions[-1] if line.reductions else None
    return {
        "unit_discount_type": last.value_type if last else None,
        "unit_discount_value": last.value if last else 0,
        "unit_discount_reason": _reason(last) if last else None,
        "voucher_code": last.voucher_code if last else None,
        "is_price_overridden": line.price_overridden,
        "price_override_reason": line.price_override_reason,
    }


async def of_orders(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """The reductions of each order as a whole, with its `currency`."""
    return grouped(order_ids, await ctx.fetch(_OF_ORDERS, ids=list(order_ids)), "order_id")


async def of_lines(ctx: Ctx, line_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """The reductions of each order line by itself, with the order's `currency`."""
    return grouped(line_ids, await ctx.fetch(_OF_LINES, ids=list(line_ids)), "order_line_id")


async def gift_cards_of(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[list[int]]:
    """The ids of the gift cards that each order was paid with."""
    rows = await ctx.fetch(_CARDS_OF, ids=list(order_ids))
    return [[row["gift_card_id"] for row in group] for group in grouped(order_ids, rows, "order_id")]


async def taken_from_cards(tx: WriteCtx, order_id: uuid.UUID) -> dict[int, int]:
    """What an order took off gift cards and has not given back, by the card's id."""
    return {row["gift_card_id"]: row["amount"] for row in await tx.fetch(_TAKEN, id=order_id)}


async def mark_given_back(tx: WriteCtx, order_id: uuid.UUID) -> None:
    await tx.execute(
        _gc.update()
        .where(_gc.c.order_id == order_id, _gc.c.given_back_at.is_(None))
        .values(given_back_at=tx.clock.now())
    )


async def _rules(tx: WriteCtx, priced: PricedCheckout, language: str) -> dict[uuid.UUID, Row]:
    """Names of the catalogue's promotions, which a cart does not need and an order keeps."""
    every: Iterable[Reduced] = (each for line in priced.lines for each in line.reductions)
    ids = {each.promotion_rule_id for each in every if each.type == "PROMOTION" and each.promotion_rule_id}
    if not ids:
        return {}
    return {row["id"]: row for row in await tx.fetch(_RULES, ids=sorted(ids), language=language)}


def _values(each: Reduced, rules: Mapping[uuid.UUID, Row]) -> dict[str, Any]:
    values = {
        "type": each.type,
        "name": each.name,
        "translated_name": each.translated_name,
        "value_type": each.value_type,
        "value": each.value,
        "reason": _reason(each),
        "amount": each.amount,
        "voucher_code": each.voucher_code,
        "promotion_rule_id": each.promotion_rule_id,
    }
    rule = rules.get(each.promotion_rule_id) if each.promotion_rule_id else None
    if rule is not None:
        values |= {
            "name": ": ".join(name for name in (rule["promotion"], rule["name"]) if name),
            "translated_name": rule["translated"],
            "value_type": rule["reward_value_type"],
            "value": rule["reward_value"],
        }
    return values


def _reason(each: Reduced) -> str | None:
    if each.type == "VOUCHER":
        return f"Voucher code: {each.voucher_code}"
    return f"Promotion rule: {each.promotion_rule_id}" if each.promotion_rule_id else None
