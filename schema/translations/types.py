"""What there is to translate: the untranslated texts of an object, and those in another language.

A row is the object's own, with its `__typename`.
"""

from enum import StrEnum
from typing import Annotated, Any

import strawberry

from engine.attributes import queries as attributes
from engine.catalog import assigned, translations
from engine.content import assigned as assigned_to_pages
from engine.content import menus
from engine.content import queries as content
from engine.core.context import Row
from engine.promotions import queries as promotions
from engine.shipping import queries as shipping
from engine.vouchers import pages as voucher_pages
from engine.vouchers import queries as vouchers
from schema.attributes.types import Attribute, AttributeTranslation, AttributeValue, AttributeValueTranslation
from schema.catalog.translations import (
    CategoryTranslation,
    CollectionTranslation,
    ProductTranslation,
    ProductVariantTranslation,
)
from schema.catalog.types import Category, Collection, Product, ProductVariant
from schema.common.connections import PageInfo
from schema.common.enums import LanguageCodeEnum
from schema.common.errors import MutationError
from schema.common.ids import Node, global_id
from schema.common.scalars import JSONString
from schema.content.types import MenuItem, MenuItemTranslation, Page, PageTranslation
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo
from schema.promotions.types import Promotion, PromotionRule, PromotionRuleTranslation, PromotionTranslation
from schema.shipping.types import ShippingMethodTranslation, ShippingMethodType
from schema.vouchers.types import Voucher, VoucherTranslation

_TEXTS = ("PLAIN_TEXT", "RICH_TEXT")
Language = LanguageCodeEnum


@strawberry.enum
class TranslatableKinds(StrEnum):
    ATTRIBUTE = "ATTRIBUTE"
    ATTRIBUTE_VALUE = "ATTRIBUTE_VALUE"
    CATEGORY = "CATEGORY"
    COLLECTION = "COLLECTION"
    MENU_ITEM = "MENU_ITEM"
    PAGE = "PAGE"
    PRODUCT = "PRODUCT"
    PROMOTION = "PROMOTION"
    PROMOTION_RULE = "PROMOTION_RULE"
    SALE = "SALE"
    SHIPPING_METHOD = "SHIPPING_METHOD"
    VARIANT = "VARIANT"
    VOUCHER = "VOUCHER"


@strawberry.enum
class TranslationErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"


@strawberry.type
class TranslationError(MutationError):
    code: TranslationErrorCode


@strawberry.type
class AttributeTranslatableContent(Node):
    id: strawberry.ID = global_id("AttributeTranslatableContent")
    attribute_id: strawberry.ID = global_id("Attribute")
    name: str

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: Language) -> list[AttributeTranslation | None]:
        return await attributes.translations(info.context, _ids(parents), language_code)

    @row_field
    def attribute(row: Row) -> Attribute | None:
        return own(row)


@strawberry.type
class AttributeValueTranslatableContent(Node):
    id: strawberry.ID = global_id("AttributeValueTranslatableContent")
    attribute_value_id: strawberry.ID = global_id("AttributeValue")
    name: str
    rich_text: JSONString | None
    plain_text: str | None

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: Language
    ) -> list[AttributeValueTranslation | None]:
        return await attributes.value_translations(info.context, _ids(parents), language_code)

    @row_field
    def attribute_value(row: Row) -> AttributeValue | None:
        return own(row)

    @batch_field
    async def attribute(parents: Rows, info: BatchInfo) -> list[AttributeTranslatableContent | None]:
        found: Rows = await attributes.by_ids(info.context, [row["attribute_id"] for row in parents])
        return found


@strawberry.type
class ProductTranslatableContent(Node):
    id: strawberry.ID = global_id("ProductTranslatableContent")
    product_id: strawberry.ID = global_id("Product")
    seo_title: str | None
    seo_description: str | None
    slug: str
    name: str
    description: JSONString | None

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: Language) -> list[ProductTranslation | None]:
        return await translations.of_products(info.context, _ids(parents), language_code)

    @row_field
    def product(row: Row) -> Product | None:
        return own(row)

    @batch_field(description="Those of its attributes that are texts.")
    async def attribute_values(parents: Rows, info: BatchInfo) -> list[list[AttributeValueTranslatableContent]]:
        return _worded(await assigned.of_products(info.context, parents, meta=False))


@strawberry.type
class ProductVariantTranslatableContent(Node):
    id: strawberry.ID = global_id("ProductVariantTranslatableContent")
    product_variant_id: strawberry.ID = global_id("ProductVariant")
    name: str

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: Language
    ) -> list[ProductVariantTranslation | None]:
        return await translations.of_variants(info.context, _ids(parents), language_code)

    @row_field
    def product_variant(row: Row) -> ProductVariant | None:
        return own(row)

    @batch_field(description="Those of its attributes that are texts.")
    async def attribute_values(parents: Rows, info: BatchInfo) -> list[list[AttributeValueTranslatableContent]]:
        return _worded(await assigned.of_variants(info.context, parents, meta=False))


@strawberry.type
class CategoryTranslatableContent(Node):
    id: strawberry.ID = global_id("CategoryTranslatableContent")
    category_id: strawberry.ID = global_id("Category")
    seo_title: str | None
    seo_description: str | None
    slug: str
    name: str
    description: JSONString | None

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: Language) -> list[CategoryTranslation | None]:
        return await translations.of_categories(info.context, _ids(parents), language_code)

    @row_field
    def category(row: Row) -> Category | None:
        return own(row)


@strawberry.type
class CollectionTranslatableContent(Node):
    id: strawberry.ID = global_id("CollectionTranslatableContent")
    collection_id: strawberry.ID = global_id("Collection")
    seo_title: str | None
    seo_description: str | None
    slug: str
    name: str
    description: JSONString | None

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: Language
    ) -> list[CollectionTranslation | None]:
        return await translations.of_collections(info.context, _ids(parents), language_code)

    @row_field
    def collection(row: Row) -> Collection | None:
        return own(row)


@strawberry.type
class PageTranslatableContent(Node):
    id: strawberry.ID = global_id("PageTranslatableContent")
    page_id: strawberry.ID = global_id("Page")
    seo_title: str | None
    seo_description: str | None
    slug: str
    title: str
    content: JSONString | None

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: Language) -> list[PageTranslation | None]:
        return await content.page_translations(info.context, _ids(parents), language_code)

    @row_field
    def page(row: Row) -> Page | None:
        return own(row)

    @batch_field(description="Those of its attributes that are texts.")
    async def attribute_values(parents: Rows, info: BatchInfo) -> list[list[AttributeValueTranslatableContent]]:
        return _worded(await assigned_to_pages.of_pages(info.context, parents))


@strawberry.type
class MenuItemTranslatableContent(Node):
    id: strawberry.ID = global_id("MenuItemTranslatableContent")
    menu_item_id: strawberry.ID = global_id("MenuItem")
    name: str

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: Language) -> list[MenuItemTranslation | None]:
        return await menus.item_translations(info.context, _ids(parents), language_code)

    @row_field
    def menu_item(row: Row) -> MenuItem | None:
        return own(row)


@strawberry.type
class ShippingMethodTranslatableContent(Node):
    id: strawberry.ID = global_id("ShippingMethodTranslatableContent")
    shipping_method_id: strawberry.ID = global_id("ShippingMethodType")
    name: str
    description: JSONString | None

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: Language
    ) -> list[ShippingMethodTranslation | None]:
        return await shipping.method_translations(info.context, _ids(parents), language_code)

    @batch_field
    async def shipping_method(parents: Rows, info: BatchInfo) -> list[ShippingMethodType | None]:
        found: Rows = await shipping.methods_by_ids(info.context, _ids(parents))
        return found


@strawberry.type
class VoucherTranslatableContent(Node):
    id: strawberry.ID = global_id("VoucherTranslatableContent")
    voucher_id: strawberry.ID = global_id("Voucher")
    name: str | None

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: Language) -> list[VoucherTranslation | None]:
        found: Rows = await voucher_pages.translations_of(info.context, _ids(parents), language_code)
        return found

    @batch_field
    async def voucher(parents: Rows, info: BatchInfo) -> list[Voucher | None]:
        found: Rows = await vouchers.by_ids(info.context, _ids(parents))
        return found


@strawberry.type
class PromotionTranslatableContent(Node):
    id: strawberry.ID = global_id("PromotionTranslatableContent")
    promotion_id: strawberry.ID = global_id("Promotion")
    name: str
    description: JSONString | None

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: Language) -> list[PromotionTranslation | None]:
        found: Rows = await promotions.translations_of(info.context, _ids(parents), language_code)
        return found

    @batch_field
    async def promotion(parents: Rows, info: BatchInfo) -> list[Promotion | None]:
        found: Rows = await promotions.by_ids(info.context, _ids(parents))
        return found


@strawberry.type
class PromotionRuleTranslatableContent(Node):
    id: strawberry.ID = global_id("PromotionRuleTranslatableContent")
    promotion_rule_id: strawberry.ID = global_id("PromotionRule")
    name: str | None
    description: JSONString | None

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: Language
    ) -> list[PromotionRuleTranslation | None]:
        found: Rows = await promotions.rule_translations_of(info.context, _ids(parents), language_code)
        return found

    @batch_field
    async def promotion_rule(parents: Rows, info: BatchInfo) -> list[PromotionRule | None]:
        found: Rows = await promotions.rules_by_ids(info.context, _ids(parents))
        return found


CONTENTS = {
    "ATTRIBUTE": "AttributeTranslatableContent",
    "ATTRIBUTE_VALUE": "AttributeValueTranslatableContent",
    "CATEGORY": "CategoryTranslatableContent",
    "COLLECTION": "CollectionTranslatableContent",
    "MENU_ITEM": "MenuItemTranslatableContent",
    "PAGE": "PageTranslatableContent",
    "PRODUCT": "ProductTranslatableContent",
    "PROMOTION": "PromotionTranslatableContent",
    "PROMOTION_RULE": "PromotionRuleTranslatableContent",
    "SHIPPING_METHOD": "ShippingMethodTranslatableContent",
    "VARIANT": "ProductVariantTranslatableContent",
    "VOUCHER": "VoucherTranslatableContent",
}
TranslatableItem = Annotated[
    ProductTranslatableContent
    | CollectionTranslatableContent
    | CategoryTranslatableContent
    | AttributeTranslatableContent
    | AttributeValueTranslatableContent
    | ProductVariantTranslatableContent
    | PageTranslatableContent
    | ShippingMethodTranslatableContent
    | VoucherTranslatableContent
    | MenuItemTranslatableContent
    | PromotionTranslatableContent
    | PromotionRuleTranslatableContent,
    strawberry.union("TranslatableItem"),
]


@strawberry.type
class TranslatableItemEdge:
    node: TranslatableItem
    cursor: str


@strawberry.type
class TranslatableItemConnection:
    page_info: PageInfo
    edges: list[TranslatableItemEdge]
    total_count: int | None


def own(row: Row) -> Any:
    """An object's row as read without a channel."""
    return {**row, "channel_id": None}


def content_row(kind: str, row: Row) -> Row:
    return {**row, "channel_id": None, "__typename": CONTENTS[kind]}


def _ids(parents: Rows) -> Any:
    return [row["id"] for row in parents]


def _worded(selections: list[list[Row]]) -> Any:
    return [
        [value for one in rows if one["attribute"]["input_type"] in _TEXTS for value in one["values"]]
        for rows in selections
    ]
