"""Changes to promotions. What they mean for prices is the flow's to bring about (`engine.flows.promote`)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.channels.models import Channel
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal, Refusals
from engine.core.locking import Rank, lock_rows
from engine.core.money import to_decimal
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import fold
from engine.promotions import membership
from engine.promotions.checks import MAX_ORDER_RULES, NAME_LENGTH, Judged, Rule, judge
from engine.promotions.errors import UnknownPromotion, UnknownRule
from engine.promotions.models import (
    Promotion,
    PromotionEvent,
    PromotionRule,
    PromotionRuleChannel,
    PromotionRuleGift,
    PromotionTranslation,
)
from engine.promotions.rules import holds, next_turn

Lists: TypeAlias = tuple[frozenset[int], frozenset[int]]
"""Channels and gifts."""
NONE: Lists = (frozenset(), frozenset())

_p = table(Promotion)
_r = table(PromotionRule)
_place = table(PromotionRuleChannel)
_gift = table(PromotionRuleGift)
_channel = table(Channel)
_translation = table(PromotionTranslation)
_variant = sa.table("product_variant", sa.column("id"))
_ID = sa.bindparam("id", type_=sa.Uuid)
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_BIGINTS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))

_LOCK = Statement(sa.select(_p).where(_p.c.id == _ID).with_for_update())
_LOCK_OF_RULE = Statement(
    sa.select(_p)
    .where(_p.c.id == sa.select(_r.c.promotion_id).where(_r.c.id == _ID).scalar_subquery())
    .with_for_update()
)
_DUE = Statement(
    sa.select(_p).where(_p.c.next_turn_at <= _NOW).order_by(_p.c.next_turn_at, _p.c.id).limit(1)
    .with_for_update(skip_locked=True)
)  # fmt: skip
_RULE = Statement(sa.select(_r).where(_r.c.id == _ID))
_RULE_IDS = Statement(sa.select(_r.c.id).where(_r.c.promotion_id == _ID).order_by(_r.c.id))
_CURRENCIES = Statement(sa.select(_channel.c.id, _channel.c.currency).where(_channel.c.id == sa.any_(_BIGINTS)))
_VARIANTS = Statement(sa.select(_variant.c.id).where(_variant.c.id == sa.any_(_BIGINTS)))
_PLACES = Statement(sa.select(_place.c.channel_id).where(_place.c.rule_id == _ID))
_GIFTS = Statement(sa.select(_gift.c.variant_id).where(_gift.c.rule_id == _ID))
_ORDER_RULES = Statement(
    sa.select(sa.func.count()).select_from(_r.join(_p, _p.c.id == _r.c.promotion_id)).where(_p.c.type == "ORDER")
)


async def create(tx: WriteCtx, type: str, values: Mapping[str, Any], rules: Sequence[Rule]) -> uuid.UUID:
    """`values`: name, and description, start_date, end_date as far as given. Raises Refusals; those of a rule have
    its `index`."""
    now = tx.clock.now()
    start, end = values.get("start_date") or now, values.get("end_date")
    faults = _named(values.get("name")) + _dated(start, end)
    judged = []
    for index, rule in enumerate(rules):
        found, refusals = await _judge(tx, rule, type)
        for refusal in refusals:
            refusal.facts["index"] = index
        faults += refusals
        judged.append(found)
    faults += await _limited(tx, type, len(rules))
    if faults:
        raise Refusals(faults)
    promotion = Promotion(
        name=values["name"],
        name_key=fold(values["name"]),
        type=type,
        description=values.get("description"),
        start_date=start,
        end_date=end,
        next_turn_at=next_turn(start, end, now),
    )
    tx.add(promotion)
    await tx.session.flush()
    _note(tx, promotion.id, "PROMOTION_CREATED")
    tx.emit("promotion.created", "Promotion", promotion.id)
    if holds(start, end, now):
        _turned(tx, promotion.id, "started")
    for rule, found in zip(rules, judged, strict=True):
        assert found is not None
        await _write_rule(tx, promotion.id, None, rule, found)
    return promotion.id


async def update(tx: WriteCtx, promotion_id: uuid.UUID, values: Mapping[str, Any]) -> None:
    """Set name, description, start_date, end_date as far as given. Raises UnknownPromotion, Refusals."""
    promotion = await _locked(tx, promotion_id)
    now = tx.clock.now()
    start = values.get("start_date") or promotion["start_date"]
    end = values.get("end_date", promotion["end_date"])
    faults = (_named(values["name"]) if "name" in values else []) + _dated(start, end)
    if faults:
        raise Refusals(faults)
    columns = {name: values[name] for name in ("name", "description") if name in values}
    if "name" in columns:
        columns["name_key"] = fold(columns["name"])
    columns |= {"start_date": start, "end_date": end, "next_turn_at": next_turn(start, end, now), "updated_at": now}
    await tx.execute(sa.update(_p).where(_p.c.id == promotion_id).values(columns))
    _note(tx, promotion_id, "PROMOTION_UPDATED")
    tx.emit("promotion.updated", "Promotion", promotion_id)
    held, held_before = holds(start, end, now), _told(promotion, now)
    if held != held_before:
        _turned(tx, promotion_id, "started" if held else "ended")


async def delete(tx: WriteCtx, promotion_ids: Sequence[uuid.UUID]) -> None:
    """Raises UnknownPromotion for the first that is not there."""
    for promotion_id in sorted(promotion_ids):
        await _locked(tx, promotion_id)
        await tx.execute(sa.delete(_p).where(_p.c.id == promotion_id))
        tx.emit("promotion.deleted", "Promotion", promotion_id)


async def turn(tx: WriteCtx) -> tuple[uuid.UUID, datetime] | None:
    """Tell of one start or end that has passed: the promotion and that moment; None: there is none left to tell of."""
    found = await lock_rows(tx, Rank.CODES, _DUE, now=tx.clock.now())
    if not found:
        return None
    (promotion,) = found
    moment: datetime = promotion["next_turn_at"]
    start, end = promotion["start_date"], promotion["end_date"]
    await tx.execute(sa.update(_p).where(_p.c.id == promotion["id"]).values(next_turn_at=next_turn(start, end, moment)))
    _turned(tx, promotion["id"], "started" if moment == start else "ended")
    return promotion["id"], moment


async def create_rule(tx: WriteCtx, promotion_id: uuid.UUID, rule: Rule) -> uuid.UUID:
    """Raises UnknownPromotion, Refusals."""
    promotion = await _locked(tx, promotion_id, field="promotion")
    judged, faults = await _judge(tx, rule, promotion["type"])
    faults += await _limited(tx, promotion["type"], 1)
    if judged is None or faults:
        raise Refusals(faults)
    return await _write_rule(tx, promotion_id, None, rule, judged)


async def update_rule(
    tx: WriteCtx,
    rule_id: uuid.UUID,
    asked: Mapping[str, Any],
    add: Lists = NONE,
    remove: Lists = NONE,
) -> None:
    """`asked`: what changes of a `Rule`; `add` and `remove`: channels and gifts. Raises UnknownRule, Refusals."""
    promotion, row = await _locked_rule(tx, rule_id)
    for (added, removed), field in zip(zip(add, remove, strict=True), ("addChannels", "addGifts"), strict=True):
        if added & removed:
            message = "The same object cannot be in both lists for adding and removing items."
            raise Refusal(message, field=field, code="DUPLICATED_INPUT_ITEM")
    current = _rule(row, await _keys(tx, _PLACES, rule_id), await _keys(tx, _GIFTS, rule_id))
    rule = current.changed(
        {
            **asked,
            "channel_ids": (current.channel_ids | add[0]) - remove[0],
            "gift_ids": (current.gift_ids | add[1]) - remove[1],
        }
    )
    judged, faults = await _judge(tx, rule, promotion["type"])
    if judged is None:
        raise Refusals(faults)
    await _write_rule(tx, promotion["id"], rule_id, rule, judged)


async def delete_rule(tx: WriteCtx, rule_id: uuid.UUID) -> Row:
    """The rule as it was. Raises UnknownRule."""
    promotion, row = await _locked_rule(tx, rule_id)
    await tx.execute(sa.delete(_r).where(_r.c.id == rule_id))
    _note(tx, promotion["id"], "RULE_DELETED", rule_id)
    tx.emit("promotion_rule.deleted", "PromotionRule", rule_id, promotion_id=str(promotion["id"]))
    return row


async def rule_ids(tx: WriteCtx, promotion_id: uuid.UUID) -> list[uuid.UUID]:
    return [row["id"] for row in await tx.fetch(_RULE_IDS, id=promotion_id)]


async def translate(tx: WriteCtx, promotion_id: uuid.UUID, language: str, values: Mapping[str, Any]) -> None:
    """Set name and description of a promotion that exists in a language."""
    key = {"promotion_id": promotion_id, "language": language}
    new = insert(_translation).values(**key, **values)
    await tx.execute(new.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
    tx.emit("translation.updated", "Promotion", promotion_id, language=language)


async def _locked(tx: WriteCtx, promotion_id: uuid.UUID, field: str = "id") -> Row:
    found = await lock_rows(tx, Rank.CODES, _LOCK, id=promotion_id)
    if not found:
        raise UnknownPromotion(field)
    return found[0]


async def _locked_rule(tx: WriteCtx, rule_id: uuid.UUID) -> tuple[Row, Row]:
    found = await lock_rows(tx, Rank.CODES, _LOCK_OF_RULE, id=rule_id)
    rule = await tx.first(_RULE, id=rule_id)
    if not found or rule is None:
        raise UnknownRule
    return found[0], rule


async def _judge(tx: WriteCtx, rule: Rule, type: str) -> tuple[Judged | None, list[Refusal]]:
    allowed = tx.caller.channel_ids
    rows = await tx.fetch(_CURRENCIES, ids=sorted(rule.channel_ids)) if rule.channel_ids else []
    currencies = {row["id"]: row["currency"] for row in rows if allowed is None or row["id"] in allowed}
    judged, faults = judge(rule, type, currencies)
    if rule.gift_ids and not faults:
        known = {row["id"] for row in await tx.fetch(_VARIANTS, ids=sorted(rule.gift_ids))}
        if known != rule.gift_ids:
            faults.append(NotFound("Couldn't resolve to a product variant.", field="gifts"))
    return (None if faults else judged), faults


async def _limited(tx: WriteCtx, type: str, more: int) -> list[Refusal]:
    if type != "ORDER" or not more:
        return []
    over = await tx.value(_ORDER_RULES) + more - MAX_ORDER_RULES
    if over <= 0:
        return []
    message = f"A shop has at most {MAX_ORDER_RULES} rules of order promotions."
    limit = {"rules_limit": MAX_ORDER_RULES, "rules_limit_exceed_by": over, "exceed_by": over}
    return [Refusal(message, field="rules", code="RULES_NUMBER_LIMIT", **limit)]


async def _write_rule(
    tx: WriteCtx, promotion_id: uuid.UUID, rule_id: uuid.UUID | None, rule: Rule, judged: Judged
) -> uuid.UUID:
    verb = "created" if rule_id is None else "updated"
    if rule_id is None:
        made = PromotionRule(promotion_id=promotion_id, **judged.columns)
        tx.add(made)
        await tx.session.flush()
        rule_id = made.id
    else:
        changed = sa.update(_r).where(_r.c.id == rule_id).values(**judged.columns, updated_at=tx.clock.now())
        await tx.execute(changed)
    for t, column, ids in ((_place, "channel_id", rule.channel_ids), (_gift, "variant_id", rule.gift_ids)):
        await tx.execute(sa.delete(t).where(t.c.rule_id == rule_id, t.c[column].not_in(ids)))
        if ids:
            rows = [{"rule_id": rule_id, column: id} for id in sorted(ids)]
            await tx.execute(insert(t).values(rows).on_conflict_do_nothing())
    await membership.aim(tx, rule_id, judged.clauses)
    _note(tx, promotion_id, f"RULE_{verb.upper()}", rule_id)
    tx.emit(f"promotion_rule.{verb}", "PromotionRule", rule_id, promotion_id=str(promotion_id))
    return rule_id


async def _keys(tx: WriteCtx, statement: Statement, rule_id: uuid.UUID) -> frozenset[int]:
    return frozenset(row[0] for row in await tx.fetch(statement, id=rule_id))


def _rule(row: Row, channel_ids: frozenset[int], gift_ids: frozenset[int]) -> Rule:
    return Rule(
        name=row["name"],
        description=row["description"],
        catalogue_predicate=row["catalogue_predicate"],
        order_predicate=row["order_predicate"],
        reward_type=row["reward_type"],
        reward_value_type=row["reward_value_type"],
        reward_value=reward_value(row),
        channel_ids=channel_ids,
        gift_ids=gift_ids,
    )


def reward_value(rule: Row) -> Decimal | None:
    """Of a rule's row: in major units of its currency, or in percent."""
    value = rule["reward_value"]
    if value is None:
        return None
    if rule["reward_value_type"] == "FIXED":
        return to_decimal(value, rule["currency"])
    return Decimal(value).scaleb(-3)


def _named(name: str | None) -> list[Refusal]:
    if not name or not name.strip():
        return [Refusal("This field cannot be blank.", field="name", code="REQUIRED")]
    if len(name) > NAME_LENGTH:
        return [Refusal(f"A name has at most {NAME_LENGTH} characters.", field="name", code="INVALID")]
    return []


def _dated(start: datetime, end: datetime | None) -> list[Refusal]:
    if end is None or start < end:
        return []
    return [Refusal("End date cannot be before the start date.", field="endDate", code="INVALID")]


def _told(promotion: Row, now: datetime) -> bool:
    """Whether the world has been told that it holds."""
    due = promotion["next_turn_at"]
    if due is None:
        return holds(promotion["start_date"], promotion["end_date"], now)
    return bool(due != promotion["start_date"])


def _turned(tx: WriteCtx, promotion_id: uuid.UUID, verb: str) -> None:
    _note(tx, promotion_id, f"PROMOTION_{verb.upper()}")
    tx.emit(f"promotion.{verb}", "Promotion", promotion_id)


def _note(tx: WriteCtx, promotion_id: uuid.UUID, type: str, rule_id: uuid.UUID | None = None) -> None:
    caller = tx.caller
    tx.add(
        PromotionEvent(
            promotion_id=promotion_id,
            type=type,
            rule_id=rule_id,
            user_id=caller.user_id,
            app_id=caller.app_id,
            created_at=tx.clock.now(),
        )
    )
