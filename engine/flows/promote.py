"""Promotions with all that follows from them: which variants they choose, and the listings that their prices order.

What shoppers are shown is right without any of it: prices ask the rules and the clock.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.listing.service import refresh
from engine.promotions import membership, queries, service
from engine.promotions.checks import Rule
from engine.promotions.service import NONE, Lists

TURN_JOB = "promotions.turn"
MEND_JOB = "promotions.mend"
REPRICE_JOB = "promotions.reprice"
AT_ONCE = 200
"""So many products are refreshed within the change itself; the rest is left to jobs of as many each."""


async def create(tx: WriteCtx, type: str, values: Mapping[str, Any], rules: Sequence[Rule]) -> Row:
    """Raises what `promotions.service.create` raises."""
    promotion_id = await service.create(tx, type, values, rules)
    await _follow(tx, await service.rule_ids(tx, promotion_id))
    return await _promotion(tx, promotion_id)


async def update(tx: WriteCtx, promotion_id: uuid.UUID, values: Mapping[str, Any]) -> Row:
    """Raises what `promotions.service.update` raises."""
    await service.update(tx, promotion_id, values)
    if values.keys() & {"start_date", "end_date"}:
        await _reprice(tx, await _chosen(tx, promotion_id))
    return await _promotion(tx, promotion_id)


async def delete(tx: WriteCtx, promotion_ids: Sequence[uuid.UUID]) -> list[Row]:
    """What they were. Raises UnknownPromotion, and then none of them is gone."""
    found = await queries.by_ids(tx, promotion_ids)
    products = {id for promotion_id in promotion_ids for id in await _chosen(tx, promotion_id)}
    await service.delete(tx, promotion_ids)
    await _reprice(tx, sorted(products))
    return [row for row in found if row is not None]


async def create_rule(tx: WriteCtx, promotion_id: uuid.UUID, rule: Rule) -> Row:
    """Raises what `promotions.service.create_rule` raises."""
    rule_id = await service.create_rule(tx, promotion_id, rule)
    await _follow(tx, [rule_id])
    return await _rule(tx, rule_id)


async def update_rule(
    tx: WriteCtx, rule_id: uuid.UUID, asked: Mapping[str, Any], add: Lists = NONE, remove: Lists = NONE
) -> Row:
    """Raises what `promotions.service.update_rule` raises."""
    await service.update_rule(tx, rule_id, asked, add, remove)
    await _follow(tx, [rule_id])
    return await _rule(tx, rule_id)


async def delete_rule(tx: WriteCtx, rule_id: uuid.UUID) -> Row:
    """The rule as it was. Raises UnknownRule."""
    products = await membership.chosen_products(tx, [rule_id])
    row = await service.delete_rule(tx, rule_id)
    await _reprice(tx, products)
    return row


async def turns(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """On a timetable: tell of the promotions that have begun or ended, and have what they choose ordered anew."""
    while await transact(ctx, _turn):
        pass


async def mend(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Look once more which variants rules choose (`rule_ids`; without them: all rules).

    A category or collection may have changed at the very moment in which a rule did, neither knowing of the other.
    """
    given = payload.get("rule_ids")

    async def work(tx: WriteCtx) -> None:
        rule_ids = [uuid.UUID(id) for id in given] if given else await membership.all_rules(tx)
        _later(tx, await membership.choose(tx, rule_ids))

    await transact(ctx, work)


async def reprice(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Order products anew whose prices have changed (`at`: when)."""
    at = datetime.fromisoformat(payload["at"]) if payload.get("at") else None
    await transact(ctx, refresh, payload["product_ids"], at=at)


async def _turn(tx: WriteCtx) -> bool:
    turned = await service.turn(tx)
    if turned is None:
        return False
    promotion_id, moment = turned
    _later(tx, await _chosen(tx, promotion_id), moment)
    return True


async def _follow(tx: WriteCtx, rule_ids: Sequence[uuid.UUID]) -> None:
    """Bring about what new or changed rules mean."""
    before = await membership.chosen_products(tx, rule_ids)
    changed = await membership.choose(tx, rule_ids)
    tx.enqueue(MEND_JOB, rule_ids=[str(id) for id in rule_ids])
    await _reprice(tx, sorted({*before, *changed}))


async def _reprice(tx: WriteCtx, product_ids: Sequence[int]) -> None:
    if len(product_ids) <= AT_ONCE:
        await refresh(tx, product_ids)
    else:
        _later(tx, product_ids)


def _later(tx: WriteCtx, product_ids: Sequence[int], at: datetime | None = None) -> None:
    moment = at.isoformat() if at else None
    for first in range(0, len(product_ids), AT_ONCE):
        tx.enqueue(REPRICE_JOB, product_ids=list(product_ids[first : first + AT_ONCE]), at=moment)


async def _chosen(tx: WriteCtx, promotion_id: uuid.UUID) -> list[int]:
    return await membership.chosen_products(tx, await service.rule_ids(tx, promotion_id))


async def _promotion(tx: WriteCtx, promotion_id: uuid.UUID) -> Row:
    (row,) = await queries.by_ids(tx, [promotion_id])
    return row


async def _rule(tx: WriteCtx, rule_id: uuid.UUID) -> Row:
    (row,) = await queries.rules_by_ids(tx, [rule_id])
    return row
