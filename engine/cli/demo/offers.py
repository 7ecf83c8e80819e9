"""Promotions of the demo. They begin when it is made, so that the past orders know nothing of them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from engine.cli.demo.parts import data
from engine.cli.demo.words import LANGUAGES, document
from engine.core.context import WriteCtx
from engine.core.ids import to_global
from engine.core.statements import Statement
from engine.flows import promote
from engine.promotions import service
from engine.promotions.checks import Rule

_SLUG = sa.bindparam("slug", type_=sa.Text)
_CHANNELS = Statement(sa.text("SELECT slug, id FROM channel ORDER BY slug"))
_CATEGORY = Statement(sa.text("SELECT id FROM category WHERE slug = :slug").bindparams(_SLUG))
_COLLECTION = Statement(sa.text("SELECT id FROM collection WHERE slug = :slug").bindparams(_SLUG))


def promised() -> list[str]:
    return [one["key"] for one in data("promotions")["promotion"]]


async def promise(tx: WriteCtx, key: str) -> None:
    channels = {row["slug"]: row["id"] for row in await tx.fetch(_CHANNELS)}
    one = data("promotions")["promotion"][promised().index(key)]
    predicate = await _predicate(tx, one)
    if "percent" in one:
        rules = [_rule(predicate, "PERCENTAGE", one["percent"], channels.values())]
    else:
        rules = [_rule(predicate, "FIXED", off, [channels[slug]]) for slug, off in one["amounts"].items()]
    end = tx.clock.now() + timedelta(days=one["days"]) if "days" in one else None
    values = {"name": one["name"], "description": document(one["text"]), "end_date": end}
    made = await promote.create(tx, "CATALOGUE", values, rules)
    for language in LANGUAGES:
        told = {"name": one[language]["name"], "description": document(one[language]["text"])}
        await service.translate(tx, made["id"], language, told)


async def _predicate(tx: WriteCtx, one: dict[str, Any]) -> dict[str, Any]:
    if "category" in one:
        return {"categoryPredicate": {"ids": [to_global("Category", await tx.value(_CATEGORY, slug=one["category"]))]}}
    id = to_global("Collection", await tx.value(_COLLECTION, slug=one["collection"]))
    return {"collectionPredicate": {"ids": [id]}}


def _rule(predicate: dict[str, Any], kind: str, off: str, channel_ids: Any) -> Rule:
    return Rule(
        catalogue_predicate=predicate,
        reward_value_type=kind,
        reward_value=Decimal(off),
        channel_ids=frozenset(channel_ids),
    )
