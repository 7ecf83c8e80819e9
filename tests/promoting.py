"""Promotions for tests."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.core.context import Ctx, transact
from engine.core.ids import to_global
from engine.flows import promote
from engine.promotions.checks import Rule


def choosing(**ids: Iterable[int]) -> dict[str, Any]:
    """`choosing(product=[1], category=[2])`: things of any of these."""
    types = {"product": "Product", "variant": "ProductVariant", "category": "Category", "collection": "Collection"}
    parts = [{f"{kind}Predicate": {"ids": [to_global(types[kind], id) for id in given]}} for kind, given in ids.items()]
    return parts[0] if len(parts) == 1 else {"OR": parts}


def off(value: str | int, predicate: dict[str, Any], channels: Iterable[int], *, fixed: bool = False) -> Rule:
    """A rule that takes a percentage, or with `fixed` an amount in major units, off what `predicate` chooses."""
    return Rule(
        catalogue_predicate=predicate,
        reward_value_type="FIXED" if fixed else "PERCENTAGE",
        reward_value=Decimal(value),
        channel_ids=frozenset(channels),
    )


async def promotion(
    ctx: Ctx, rules: Sequence[Rule], start: datetime | None = None, end: datetime | None = None, name: str = "Sale"
) -> uuid.UUID:
    made = await transact(ctx, promote.create, "CATALOGUE", {"name": name, "start_date": start, "end_date": end}, rules)
    id: uuid.UUID = made["id"]
    return id
