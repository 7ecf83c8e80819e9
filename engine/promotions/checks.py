"""What a rule may be. Codes and fields are Saleor's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine.core.errors import InvalidId, Refusal
from engine.core.ids import to_global
from engine.core.money import InvalidAmount, MoneyError, millipercent, to_minor
from engine.promotions.rules import Clause, PredicateFault, clauses

MAX_GIFTS = 500
MAX_ORDER_RULES = 100
NAME_LENGTH = 255
WHOLE = 100_000
"""100 % in millipercent."""


@dataclass(frozen=True)
class Rule:
    """A rule as it is asked for. `reward_value` is in major units of the channels' currency, or percent."""

    name: str | None = None
    description: Mapping[str, Any] | None = None
    catalogue_predicate: Mapping[str, Any] | None = None
    order_predicate: Mapping[str, Any] | None = None
    reward_type: str | None = None
    reward_value_type: str | None = None
    reward_value: Decimal | None = None
    channel_ids: frozenset[int] = frozenset()
    gift_ids: frozenset[int] = frozenset()

    def changed(self, asked: Mapping[str, Any]) -> "Rule":
        return replace(self, **asked)


@dataclass(frozen=True)
class Judged:
    """The columns of a rule that may be, and what it chooses."""

    columns: Mapping[str, Any]
    clauses: Sequence[Clause]


def judge(rule: Rule, type: str, currencies: Mapping[int, str]) -> tuple[Judged | None, list[Refusal]]:
    """`currencies`: those of the rule's channels, as far as there are such channels."""
    places: list[str] = sorted(set(currencies.values()))
    faults = list(_faults(rule, type, currencies, places))
    chosen: list[Clause] = []
    try:
        chosen = clauses(rule.catalogue_predicate) if type == "CATALOGUE" else []
    except PredicateFault as fault:
        faults.append(Refusal(str(fault), field="cataloguePredicate", code="INVALID"))
    except InvalidId as fault:
        faults.append(Refusal(str(fault), field="cataloguePredicate", code="GRAPHQL_ERROR"))
    value = None
    if rule.reward_value is not None and rule.reward_value_type is not None and not faults:
        try:
            value = _value(rule.reward_value, rule.reward_value_type, places)
        except Refusal as refusal:
            faults.append(refusal)
    if faults:
        return None, faults
    columns = {
        "name": rule.name,
        "description": rule.description,
        "catalogue_predicate": rule.catalogue_predicate,
        "order_predicate": rule.order_predicate,
        "reward_type": rule.reward_type,
        "reward_value_type": rule.reward_value_type,
        "reward_value": value,
        "currency": places[0] if len(places) == 1 else None,
    }
    return Judged(columns, chosen), []


def _value(value: Decimal, kind: str, currencies: Sequence[str]) -> int:
    try:
        if kind == "FIXED":
            return to_minor(value, currencies[0])
        rate = millipercent(value)
    except InvalidAmount as error:
        raise Refusal(str(error), field="rewardValue", code="INVALID_PRECISION") from error
    except MoneyError as error:
        message = "A percentage has at most three decimals."
        raise Refusal(message, field="rewardValue", code="INVALID_PRECISION") from error
    if rate > WHOLE:
        raise Refusal("Invalid percentage value.", field="rewardValue", code="INVALID")
    return rate


def _faults(rule: Rule, type: str, currencies: Mapping[int, str], places: Sequence[str]) -> Iterator[Refusal]:
    unknown = sorted(rule.channel_ids - currencies.keys())
    if unknown:
        yield Refusal("Couldn't resolve to a channel.", field="channels", code="NOT_FOUND", channels=_named(unknown))
    if rule.name is not None and len(rule.name) > NAME_LENGTH:
        yield Refusal(f"A name has at most {NAME_LENGTH} characters.", field="name", code="INVALID")
    yield from _of_catalogue(rule) if type == "CATALOGUE" else _of_order(rule, places)
    if rule.reward_value_type == "FIXED":
        if not rule.channel_ids:
            message = "Channels must be specified for FIXED rewardValueType."
            yield Refusal(message, field="channels", code="MISSING_CHANNELS")
        elif len(places) > 1:
            message = "For FIXED rewardValueType, all channels must have the same currency."
            channels = _named(sorted(currencies))
            code = "MULTIPLE_CURRENCIES_NOT_ALLOWED"
            yield Refusal(message, field="rewardValueType", code=code, channels=channels)


def _of_catalogue(rule: Rule) -> Iterator[Refusal]:
    if rule.order_predicate is not None:
        yield _foreign("orderPredicate", "catalogue")
    if rule.reward_type is not None:
        yield _foreign("rewardType", "catalogue")
    if rule.gift_ids:
        yield _foreign("gifts", "catalogue")
    if rule.catalogue_predicate is None:
        yield _missing("cataloguePredicate")
    yield from _reward(rule)


def _of_order(rule: Rule, places: Sequence[str]) -> Iterator[Refusal]:
    if rule.catalogue_predicate is not None:
        yield _foreign("cataloguePredicate", "order")
    if rule.order_predicate is None:
        yield _missing("orderPredicate")
    elif len(places) > 1:
        message = "For an order predicate about prices, all channels must have the same currency."
        yield Refusal(message, field="channels", code="MULTIPLE_CURRENCIES_NOT_ALLOWED")
    if rule.reward_type is None:
        yield _missing("rewardType")
    elif rule.reward_type == "GIFT":
        for name in ("reward_value", "reward_value_type"):
            if getattr(rule, name) is not None:
                field = "rewardValue" if name == "reward_value" else "rewardValueType"
                yield Refusal("A gift has no reward value.", field=field, code="INVALID")
        if not rule.gift_ids:
            yield _missing("gifts")
        if len(rule.gift_ids) > MAX_GIFTS:
            message = f"A rule has at most {MAX_GIFTS} gifts."
            yield Refusal(message, field="gifts", code="GIFTS_NUMBER_LIMIT", gifts_limit=MAX_GIFTS,
                          gifts_limit_exceed_by=len(rule.gift_ids) - MAX_GIFTS)  # fmt: skip
    else:
        if rule.gift_ids:
            yield Refusal("Only a rule with the reward GIFT has gifts.", field="gifts", code="INVALID")
        yield from _reward(rule)


def _reward(rule: Rule) -> Iterator[Refusal]:
    if rule.reward_value_type is None:
        yield _missing("rewardValueType")
    if rule.reward_value is None:
        yield _missing("rewardValue")


def _named(channel_ids: Sequence[int]) -> list[str]:
    return [to_global("Channel", id) for id in channel_ids]


def _foreign(field: str, type: str) -> Refusal:
    return Refusal(f"A rule of a promotion of type {type} has no {field}.", field=field, code="INVALID")


def _missing(field: str) -> Refusal:
    return Refusal(f"The {field} is required.", field=field, code="REQUIRED")
