"""After stock has moved: bring the listing of the products up to date, last in the transaction."""

from collections.abc import Iterable

import sqlalchemy as sa

from engine.catalog.models import ProductVariant
from engine.core.context import WriteCtx
from engine.core.statements import Statement
from engine.core.tables import table
from engine.listing.service import refresh

_v = table(ProductVariant)
_PRODUCTS = Statement(
    sa.select(_v.c.product_id)
    .where(_v.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))), _v.c.track_inventory)
    .distinct()
)


async def refresh_variants(tx: WriteCtx, variant_ids: Iterable[int | None]) -> None:
    """Variants whose stock is not tracked, and None for one that is gone, are passed over."""
    ids = list({variant_id for variant_id in variant_ids if variant_id is not None})
    if ids:
        await refresh(tx, [row["product_id"] for row in await tx.fetch(_PRODUCTS, ids=ids)])
