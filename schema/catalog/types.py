"""The catalogue's types, by the names other domains refer to them."""

from schema.catalog.groups import Category, CategoryCountableConnection, Collection, CollectionCountableConnection
from schema.catalog.media import ProductMedia
from schema.catalog.product_types import ProductType, ProductTypeCountableConnection
from schema.catalog.products import Product, ProductCountableConnection
from schema.catalog.variants import ProductVariant, ProductVariantCountableConnection
from schema.tax.types import TaxClass

__all__ = [
    "Category",
    "CategoryCountableConnection",
    "Collection",
    "CollectionCountableConnection",
    "Product",
    "ProductCountableConnection",
    "ProductMedia",
    "ProductType",
    "ProductTypeCountableConnection",
    "ProductVariant",
    "ProductVariantCountableConnection",
    "TaxClass",
]
