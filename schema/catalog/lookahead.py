"""The neighbours that products and variants are read with."""

from engine.catalog import groups, pictures, queries
from engine.pricing.queries import PRICE
from schema.common.lookahead import ALL_META, METADATA, Neighbours

_MOMENTS = {"created_at": ("created",), "updated_at": ("updatedAt",)}
_OF_A_CATEGORY_PAGE = ("description", "seoTitle", "seoDescription", "backgroundImage", "updatedAt", *ALL_META)

PRODUCT = Neighbours(
    {
        "category": (groups.CATEGORY, _OF_A_CATEGORY_PAGE),
        "productType": (queries.PRODUCT_TYPE, ALL_META),
        "thumbnail": (pictures.FIRST_IMAGE, ()),
    },
    {"description": ("description",), **_MOMENTS, **METADATA},
)
VARIANT = Neighbours({"pricing": (PRICE, ())}, {**_MOMENTS, **METADATA})
