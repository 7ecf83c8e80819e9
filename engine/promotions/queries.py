"""Reading promotions and their rules, for staff."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.channels.models import Channel
from engine.core.conditions import Conditions, Wish, metadata, of
from engine.core.context import Ctx, Row
from engine.core.lists import EVERY, Listed
from engine.core.paging import Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table
from engine.promotions.models import (
    Promotion,
    PromotionEvent,
    PromotionRule,
    PromotionRuleChannel,
    PromotionRuleGift,
    PromotionRuleTranslation,
    PromotionTranslation,
)

_p = table(Promotion)
_r = table(PromotionRule)
_place = table(PromotionRuleChannel)
_gift = table(PromotionRuleGift)
_event = table(PromotionEvent)
_channel = table(Channel)
_translation = table(PromotionTranslation)
_rule_translation = table(PromotionRuleTranslation)

_UUIDS = sa.ARRAY(sa.Uuid)
_MOMENT = sa.DateTime(timezone=True)
_IDS = sa.bindparam("ids", type_=_UUIDS)
_NEVER: sa.ColumnElement[Any] = sa.literal_column("make_timestamptz(9999, 12, 31, 0, 0, 0, 'UTC')")
_LANGUAGE = sa.bindparam("language", type_=sa.Text)

PROMOTIONS = Listed(
    sa.select(_p),
    _p.c.id,
    Conditions(
        {
            "ids": of(_UUIDS, lambda ids: _p.c.id == sa.any_(ids)),
            "names": of(sa.ARRAY(sa.Text), lambda names: _p.c.name == sa.any_(names)),
            "types": of(sa.ARRAY(sa.Text), lambda types: _p.c.type == sa.any_(types)),
            "metadata": metadata(_p.c.meta),
            "starts": of(sa.ARRAY(_MOMENT), lambda moments: _p.c.start_date == sa.any_(moments)),
            "start_from": of(_MOMENT, lambda moment: _p.c.start_date >= moment),
            "start_to": of(_MOMENT, lambda moment: _p.c.start_date <= moment),
            "ends": of(sa.ARRAY(_MOMENT), lambda moments: _p.c.end_date == sa.any_(moments)),
            "end_from": of(_MOMENT, lambda moment: _p.c.end_date >= moment),
            "end_to": of(_MOMENT, lambda moment: _p.c.end_date <= moment),
        }
    ),
    {
        "NAME": _p.c.name_key,
        "START_DATE": _p.c.start_date,
        # one without an end comes after all that have one
        "END_DATE": sa.func.coalesce(
            _p.c.end_date, sa.literal_column("make_timestamptz(9999, 12, 31, 0, 0, 0, 'UTC')"), type_=_MOMENT
        ),
        "CREATED_AT": _p.c.created_at,
    },
)
_BY_IDS = Statement(sa.select(_p).where(_p.c.id == sa.any_(_IDS)))
_RULES_BY_IDS = Statement(sa.select(_r).where(_r.c.id == sa.any_(_IDS)))
_RULES_OF = Statement(sa.select(_r).where(_r.c.promotion_id == sa.any_(_IDS)).order_by(_r.c.promotion_id, _r.c.id))
_CHANNELS_OF = Statement(
    sa.select(_place.c.rule_id, _channel)
    .join(_channel, _channel.c.id == _place.c.channel_id)
    .where(_place.c.rule_id == sa.any_(_IDS))
    .order_by(_place.c.rule_id, _channel.c.slug)
)
_GIFTS_OF = Statement(
    sa.select(_gift).where(_gift.c.rule_id == sa.any_(_IDS)).order_by(_gift.c.rule_id, _gift.c.variant_id)
)
_EVENTS_OF = Statement(
    sa.select(_event)
    .where(_event.c.promotion_id == sa.any_(_IDS))
    .order_by(_event.c.promotion_id, _event.c.created_at, _event.c.id)
)
_TRANSLATIONS = Statement(
    sa.select(_translation).where(_translation.c.promotion_id == sa.any_(_IDS), _translation.c.language == _LANGUAGE)
)
_RULE_TRANSLATIONS = Statement(
    sa.select(_rule_translation).where(
        _rule_translation.c.rule_id == sa.any_(_IDS), _rule_translation.c.language == _LANGUAGE
    )
)


async def by_ids(ctx: Ctx, ids: Sequence[uuid.UUID]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def page(ctx: Ctx, args: PageArgs, order: str, wish: Wish = EVERY, *, descending: bool = False) -> Page:
    """`order`: NAME, START_DATE, END_DATE or CREATED_AT."""
    return await PROMOTIONS.page(ctx, args, order, wish, descending=descending)


async def count(ctx: Ctx, wish: Wish = EVERY) -> int:
    return await PROMOTIONS.count(ctx, wish)


async def rules_by_ids(ctx: Ctx, ids: Sequence[uuid.UUID | None]) -> list[Row | None]:
    wanted = list({id for id in ids if id is not None})
    return in_order(ids, await ctx.fetch(_RULES_BY_IDS, ids=wanted)) if wanted else [None] * len(ids)


async def rules_of(ctx: Ctx, promotion_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """Oldest first."""
    return grouped(promotion_ids, await ctx.fetch(_RULES_OF, ids=list(promotion_ids)), "promotion_id")


async def channels_of(ctx: Ctx, rule_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """Rows of channels, by slug."""
    return grouped(rule_ids, await ctx.fetch(_CHANNELS_OF, ids=list(rule_ids)), "rule_id")


async def gifts_of(ctx: Ctx, rule_ids: Sequence[uuid.UUID]) -> list[list[int]]:
    """The ids of the variants that each may give."""
    found = grouped(rule_ids, await ctx.fetch(_GIFTS_OF, ids=list(rule_ids)), "rule_id")
    return [[row["variant_id"] for row in rows] for rows in found]


async def events_of(ctx: Ctx, promotion_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """Oldest first."""
    return grouped(promotion_ids, await ctx.fetch(_EVENTS_OF, ids=list(promotion_ids)), "promotion_id")


async def translations_of(ctx: Ctx, promotion_ids: Sequence[uuid.UUID], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_TRANSLATIONS, ids=list(promotion_ids), language=language)
    return in_order(promotion_ids, rows, "promotion_id")


async def rule_translations_of(ctx: Ctx, rule_ids: Sequence[uuid.UUID], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_RULE_TRANSLATIONS, ids=list(rule_ids), language=language)
    return in_order(rule_ids, rows, "rule_id")
