"""Pictures and videos of products and variants."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.catalog.models import ProductMedia, VariantMedia
from engine.core.context import Ctx, Row
from engine.core.joins import Edge
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table

_m = table(ProductMedia)
_picture = _m.alias("picture")
_variant_media = table(VariantMedia)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_parent = sa.func.unnest(_IDS).table_valued("id").render_derived(name="parent")

_OF_PRODUCTS = Statement(
    sa.select(_m).where(_m.c.product_id == sa.any_(_IDS)).order_by(_m.c.product_id, _m.c.sort_order, _m.c.id)
)


def _first(product_id: Any) -> sa.ColumnElement[bool]:
    """Whether a `_picture` is the first one of the product."""
    own = sa.select(_m.c.id).where(_m.c.product_id == product_id, _m.c.type == "IMAGE")
    ordered = own.order_by(_m.c.sort_order, _m.c.id).limit(sa.literal_column("1"))
    return _picture.c.id == ordered.correlate_except(_m).scalar_subquery()


PICTURE = ("id", "type", "alt", "storage_key", "source_url", "content_type")
"""What the address of a picture is made of, and its text."""
FIRST_IMAGE = Edge(
    "image",
    [_picture.c[name] for name in PICTURE],
    lambda source, product, channel_id: source.outerjoin(_picture, _first(product.id)),
)
"""A product's first picture, as far as its address and its text go."""

_FIRST_IMAGES = Statement(sa.select(_picture).select_from(_parent.join(_picture, _first(_parent.c.id))))
_OF_VARIANTS = Statement(
    sa.select(_variant_media.c.variant_id, *_m.c)
    .join(_m, _m.c.id == _variant_media.c.media_id)
    .where(_variant_media.c.variant_id == sa.any_(_IDS))
    .order_by(_variant_media.c.variant_id, _m.c.sort_order, _m.c.id)
)
_BY_IDS = Statement(sa.select(_m).where(_m.c.id == sa.any_(_IDS)))


async def of_products(ctx: Ctx, product_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(product_ids, await ctx.fetch(_OF_PRODUCTS, ids=list(product_ids)), "product_id")


async def first_images(ctx: Ctx, product_ids: Sequence[int]) -> list[Row | None]:
    ids = list(dict.fromkeys(product_ids))
    return in_order(product_ids, await ctx.fetch(_FIRST_IMAGES, ids=ids), "product_id")


async def of_variants(ctx: Ctx, variant_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(variant_ids, await ctx.fetch(_OF_VARIANTS, ids=list(variant_ids)), "variant_id")


async def by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))
