"""Pictures and videos of products."""

from enum import StrEnum

import strawberry

from engine.core.context import Ctx, Row
from engine.flows import media
from schema.common.enums import ThumbnailFormatEnum
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.scalars import JSONString
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo


@strawberry.enum
class ProductMediaType(StrEnum):
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"


@strawberry.type(description="A picture or video of a product.")
class ProductMedia(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("ProductMedia")
    alt: str
    type: ProductMediaType
    sort_order: int | None
    product_id: strawberry.ID = global_id("Product", "product_id")

    @row_field(description="How a video of another site is shown in a page, as oEmbed has it.")
    def oembed_data(row: Row) -> JSONString:
        return row["oembed"]

    @batch_field(description="Its address; with `size` that of a copy whose longer side has about so many pixels.")
    async def url(
        parents: Rows, info: BatchInfo, size: int | None = None, format: ThumbnailFormatEnum | None = None
    ) -> list[str]:
        found: Rows = media.media_urls(info.context, parents, size=size, format=format)
        return found


def image_rows(ctx: Ctx, rows: Rows, size: int | None, format: str | None) -> Rows:
    """The row of an `Image` for each row of `product_media`."""
    urls = media.media_urls(ctx, rows, size=size, format=format)
    return [row and {"url": url, "alt": row["alt"]} for row, url in zip(rows, urls, strict=True)]


def background_row(ctx: Ctx, type_name: str, row: Row, size: int | None, format: str | None) -> Row | None:
    """The row of an `Image` for the background of a category or collection."""
    key = row["background_image_key"]
    if key is None:
        return None
    url = media.picture_url(ctx, type_name, row["id"], key, size=size, format=format)
    return {"url": url, "alt": row["background_image_alt"]}
