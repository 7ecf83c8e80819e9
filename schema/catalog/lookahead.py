"""The neighbours that products and variants are read with, by the fields that take them."""

from engine.catalog import groups, queries
from engine.core.joins import Lookahead
from engine.pricing.queries import PRICE
from schema.common.lookahead import lookahead
from schema.execution.info import BatchInfo

_OF_PRODUCT = {
    "category": groups.CATEGORY,
    "productType": queries.PRODUCT_TYPE,
    "thumbnail": queries.FIRST_IMAGE,
}
_OF_VARIANT = {"pricing": PRICE}


def of_products(info: BatchInfo, *path: str) -> Lookahead:
    """`path` leads from the field to the product's."""
    return lookahead(info, path, _OF_PRODUCT)


def of_variants(info: BatchInfo, *path: str) -> Lookahead:
    return lookahead(info, path, _OF_VARIANT)
