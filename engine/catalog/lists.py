"""Categories, collections and product types as they are listed: narrowed by a `Wish`, in one of Saleor's orders."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from engine.catalog.groups import collection_visible
from engine.catalog.models import (
    Category,
    Collection,
    CollectionChannel,
    CollectionProduct,
    Product,
    ProductType,
)
from engine.core.conditions import Conditions, flag, metadata, of
from engine.core.lists import Listed
from engine.core.tables import table

_c = table(Category)
_collection = table(Collection)
_published = table(CollectionChannel).alias("published_in")
_member = table(CollectionProduct)
_type = table(ProductType)
_p = table(Product)
_within = _c.alias("within")
_below = _c.alias("below")

_IDS = sa.ARRAY(sa.BigInteger)
_TEXTS = sa.ARRAY(sa.Text)
_MOMENT = sa.DateTime(timezone=True)
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)


def _named(t: Any) -> dict[str, Any]:
    """The parts that everything with a name and a slug is asked for by; `search` is folded text."""
    return {
        "ids": of(_IDS, lambda ids: t.c.id == sa.any_(ids)),
        "slugs": of(_TEXTS, lambda slugs: t.c.slug == sa.any_(slugs)),
        "metadata": metadata(t.c.meta),
        "search": of(
            sa.Text, lambda text: sa.or_(sa.func.strpos(_key(t), text) > 0, sa.func.strpos(t.c.slug, text) > 0)
        ),
        "updated_from": of(_MOMENT, lambda moment: t.c.updated_at >= moment),
        "updated_to": of(_MOMENT, lambda moment: t.c.updated_at <= moment),
    }


def _key(t: Any) -> Any:
    return t.c.name_key if "name_key" in t.c else sa.func.lower(t.c.name)


def _count(select: sa.Select[Any]) -> Any:
    return select.correlate(_c, _collection).scalar_subquery()


_NOTHING = {"nothing": flag(lambda _: sa.false())}
CATEGORIES = Listed(
    sa.select(_c),
    _c.c.id,
    Conditions({**_named(_c), **_NOTHING, "level": of(sa.Integer, lambda level: _c.c.level == level)}),
    {
        "NAME": _c.c.name_key,
        "PRODUCT_COUNT": _count(
            sa.select(sa.func.count())
            .select_from(_p.join(_within, _within.c.id == _p.c.category_id))
            .where(_within.c.path.contains(array([_c.c.id])))
        ),
        "SUBCATEGORY_COUNT": _count(
            sa.select(sa.func.count()).select_from(_below).where(_below.c.parent_id == _c.c.id)
        ),
    },
)
"""Products count with those of all categories below."""

_own = sa.and_(_published.c.collection_id == _collection.c.id, _published.c.channel_id == _CHANNEL)
_shown = sa.func.coalesce(_published.c.is_published, sa.false())
COLLECTIONS = Listed(
    sa.select(_collection, _CHANNEL.label("channel_id"))
    .select_from(_collection.outerjoin(_published, _own))
    .where(collection_visible(_collection.c.id, _CHANNEL)),
    _collection.c.id,
    Conditions(
        {
            **_named(_collection),
            **_NOTHING,
            "published": flag(lambda wanted: _shown if wanted else sa.not_(_shown)),
            "listed": flag(lambda wanted: _published.c.channel_id.is_not(None)),
        }
    ),
    {
        "NAME": _collection.c.name_key,
        "AVAILABILITY": _shown,
        "PRODUCT_COUNT": _count(
            sa.select(sa.func.count()).select_from(_member).where(_member.c.collection_id == _collection.c.id)
        ),
        "PUBLISHED_AT": sa.func.coalesce(_published.c.published_at, _collection.c.created_at),
    },
)
"""Rows also carry `channel_id`. Page and count want `channel_id`, `sees_all` and `now`; the orders by publication are
those of that channel, and so are the parts `published` and `listed` (in the channel at all)."""

TYPES = Listed(
    sa.select(_type),
    _type.c.id,
    Conditions(
        {
            **_named(_type),
            "has_variants": flag(lambda wanted: _type.c.has_variants.is_(wanted)),
            "is_digital": flag(lambda wanted: _type.c.is_digital.is_(wanted)),
            "is_shipping_required": flag(lambda wanted: _type.c.is_shipping_required.is_(wanted)),
            "kind": flag(lambda kind: _type.c.kind == sa.literal_column(f"'{kind}'", sa.Text)),
        }
    ),
    {
        "SLUG": _type.c.slug,
        "NAME": _type.c.name,
        "DIGITAL": _type.c.is_digital,
        "SHIPPING_REQUIRED": _type.c.is_shipping_required,
    },
    total=("SLUG",),
)
