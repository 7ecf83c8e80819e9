"""The neighbours that products and variants are read with."""

from engine.catalog import groups, queries
from engine.pricing.queries import PRICE
from schema.common.lookahead import ALL_META, METADATA, Neighbours

PRODUCT = Neighbours(
    {
        "category": (groups.CATEGORY, ("description", *ALL_META)),
        "productType": (queries.PRODUCT_TYPE, ALL_META),
        "thumbnail": (queries.FIRST_IMAGE, ()),
    },
    {"description": ("description",), **METADATA},
)
VARIANT = Neighbours({"pricing": (PRICE, ())})
