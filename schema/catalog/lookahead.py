"""The neighbours that products and variants are read with."""

from engine.catalog import groups, pictures, queries
from engine.pricing.queries import PRICE
from schema.common.lookahead import ALL_META, METADATA, Neighbours

_MOMENTS = {"created_at": ("created",), "updated_at": ("updatedAt",)}
_OF_A_CATEGORY_PAGE = ("description", "seoTitle", "seoDescription", "backgroundImage", "updatedAt", *ALL_META)
_OF_A_PRODUCT_PAGE = {
    "description": ("description",),
    "seo_title": ("seoTitle",),
    "seo_description": ("seoDescription",),
    "weight_grams": ("weight",),
    "tax_class_id": ("taxClass",),
    "rating": ("rating",),
    "hs_code": ("hsCode",),
    "origin_country": ("originCountry",),
    "external_reference": ("externalReference",),
    "default_variant_id": ("defaultVariant",),
}

PRODUCT = Neighbours(
    {
        "category": (groups.CATEGORY, _OF_A_CATEGORY_PAGE),
        "productType": (queries.PRODUCT_TYPE, ALL_META),
        "thumbnail": (pictures.FIRST_IMAGE, ()),
    },
    {**_OF_A_PRODUCT_PAGE, **_MOMENTS, **METADATA},
)
VARIANT = Neighbours({"pricing": (PRICE, ())}, {**_MOMENTS, **METADATA})
