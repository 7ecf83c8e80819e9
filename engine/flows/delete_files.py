"""Files that nothing points at any more go after the commit that left them behind."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.catalog.service import DELETE_FILES
from engine.core.context import Ctx
from engine.core.outside import outside_call
from engine.core.statements import Statement
from engine.core.storage import open_storage

JOB = DELETE_FILES
SECONDS = 60.0
# two rows may share a file: the demo's pictures do
_KEPT = Statement(
    sa.text(
        "SELECT storage_key AS key FROM product_media WHERE storage_key = ANY(:keys)"
        " UNION SELECT background_image_key FROM category WHERE background_image_key = ANY(:keys)"
        " UNION SELECT background_image_key FROM collection WHERE background_image_key = ANY(:keys)"
        " UNION SELECT file_key FROM attribute_value WHERE file_key = ANY(:keys)"
    ).bindparams(sa.bindparam("keys", type_=sa.ARRAY(sa.Text)))
)


async def job(ctx: Ctx, payload: Mapping[str, Any]) -> None:
    """`{"keys": […]}`: those that something still points at stay."""
    kept = {row["key"] for row in await ctx.fetch(_KEPT, keys=list(payload["keys"]))}
    async with outside_call(ctx, "storage", seconds=SECONDS):
        for key in payload["keys"]:
            if key not in kept:
                await open_storage(ctx.settings).delete(key)
