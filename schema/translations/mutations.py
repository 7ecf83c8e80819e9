"""What staff write in other languages."""

from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import Row, transact
from engine.flows import translate
from engine.promotions import queries as promotions
from engine.shipping import queries as shipping
from engine.vouchers import queries as vouchers
from schema.attributes.types import Attribute, AttributeValue
from schema.catalog.types import Category, Collection, Product, ProductVariant
from schema.common.enums import LanguageCodeEnum
from schema.common.inputs import given
from schema.common.scalars import JSONString
from schema.content.types import MenuItem
from schema.execution.fields import mutation_field, payload
from schema.execution.info import BatchInfo
from schema.promotions.types import Promotion, PromotionRule
from schema.shipping.types import ShippingMethodType
from schema.translations.queries import TRANSLATORS, translatable_pk
from schema.translations.types import PageTranslatableContent, TranslationError, content_row, own
from schema.vouchers.types import Voucher


@strawberry.input
class TranslationInput:
    slug: str | None = UNSET
    seo_title: str | None = UNSET
    seo_description: str | None = UNSET
    name: str | None = UNSET
    description: JSONString | None = UNSET


@strawberry.input
class NameTranslationInput:
    name: str | None = UNSET


@strawberry.input
class PageTranslationInput:
    slug: str | None = UNSET
    seo_title: str | None = UNSET
    seo_description: str | None = UNSET
    title: str | None = UNSET
    content: JSONString | None = UNSET


@strawberry.input
class AttributeValueTranslationInput:
    name: str | None = UNSET
    rich_text: JSONString | None = UNSET
    plain_text: str | None = UNSET


@strawberry.input
class ShippingPriceTranslationInput:
    name: str | None = UNSET
    description: JSONString | None = UNSET


@strawberry.input
class PromotionTranslationInput:
    name: str | None = UNSET
    description: JSONString | None = UNSET


@strawberry.input
class PromotionRuleTranslationInput:
    name: str | None = UNSET
    description: JSONString | None = UNSET


@strawberry.type
class ProductTranslate:
    product: Product | None
    errors: list[TranslationError]


@strawberry.type
class ProductVariantTranslate:
    product_variant: ProductVariant | None
    errors: list[TranslationError]


@strawberry.type
class CategoryTranslate:
    category: Category | None
    errors: list[TranslationError]


@strawberry.type
class CollectionTranslate:
    collection: Collection | None
    errors: list[TranslationError]


@strawberry.type
class PageTranslate:
    page: PageTranslatableContent | None
    errors: list[TranslationError]


@strawberry.type
class MenuItemTranslate:
    menu_item: MenuItem | None
    errors: list[TranslationError]


@strawberry.type
class AttributeTranslate:
    attribute: Attribute | None
    errors: list[TranslationError]


@strawberry.type
class AttributeValueTranslate:
    attribute_value: AttributeValue | None
    errors: list[TranslationError]


@strawberry.type
class ShippingPriceTranslate:
    shipping_method: ShippingMethodType | None
    errors: list[TranslationError]


@strawberry.type
class VoucherTranslate:
    voucher: Voucher | None
    errors: list[TranslationError]


@strawberry.type
class PromotionTranslate:
    promotion: Promotion | None
    errors: list[TranslationError]


@strawberry.type
class PromotionRuleTranslate:
    promotion_rule: PromotionRule | None
    errors: list[TranslationError]


@strawberry.type
class TranslationsMutations:
    @mutation_field(TRANSLATORS, description="Write a product's texts in a language.")
    async def product_translate(
        self, info: BatchInfo, id: strawberry.ID, input: TranslationInput, language_code: LanguageCodeEnum
    ) -> ProductTranslate:
        return payload(product=own(await _written(info, "PRODUCT", id, input, language_code)))

    @mutation_field(TRANSLATORS, description="Write a variant's name in a language.")
    async def product_variant_translate(
        self, info: BatchInfo, id: strawberry.ID, input: NameTranslationInput, language_code: LanguageCodeEnum
    ) -> ProductVariantTranslate:
        return payload(product_variant=own(await _written(info, "VARIANT", id, input, language_code)))

    @mutation_field(TRANSLATORS, description="Write a category's texts in a language.")
    async def category_translate(
        self, info: BatchInfo, id: strawberry.ID, input: TranslationInput, language_code: LanguageCodeEnum
    ) -> CategoryTranslate:
        return payload(category=own(await _written(info, "CATEGORY", id, input, language_code)))

    @mutation_field(TRANSLATORS, description="Write a collection's texts in a language.")
    async def collection_translate(
        self, info: BatchInfo, id: strawberry.ID, input: TranslationInput, language_code: LanguageCodeEnum
    ) -> CollectionTranslate:
        return payload(collection=own(await _written(info, "COLLECTION", id, input, language_code)))

    @mutation_field(TRANSLATORS, description="Write a page's texts in a language.")
    async def page_translate(
        self, info: BatchInfo, id: strawberry.ID, input: PageTranslationInput, language_code: LanguageCodeEnum
    ) -> PageTranslate:
        return payload(page=content_row("PAGE", await _written(info, "PAGE", id, input, language_code)))

    @mutation_field(TRANSLATORS, description="Write a menu item's name in a language.")
    async def menu_item_translate(
        self, info: BatchInfo, id: strawberry.ID, input: NameTranslationInput, language_code: LanguageCodeEnum
    ) -> MenuItemTranslate:
        return payload(menu_item=own(await _written(info, "MENU_ITEM", id, input, language_code)))

    @mutation_field(TRANSLATORS, description="Write an attribute's name in a language.")
    async def attribute_translate(
        self, info: BatchInfo, id: strawberry.ID, input: NameTranslationInput, language_code: LanguageCodeEnum
    ) -> AttributeTranslate:
        return payload(attribute=own(await _written(info, "ATTRIBUTE", id, input, language_code)))

    @mutation_field(TRANSLATORS, description="Write an attribute value's texts in a language.")
    async def attribute_value_translate(
        self,
        info: BatchInfo,
        id: strawberry.ID,
        input: AttributeValueTranslationInput,
        language_code: LanguageCodeEnum,
    ) -> AttributeValueTranslate:
        return payload(attribute_value=own(await _written(info, "ATTRIBUTE_VALUE", id, input, language_code)))

    @mutation_field(TRANSLATORS, description="Write a delivery method's texts in a language.")
    async def shipping_price_translate(
        self,
        info: BatchInfo,
        id: strawberry.ID,
        input: ShippingPriceTranslationInput,
        language_code: LanguageCodeEnum,
    ) -> ShippingPriceTranslate:
        row = await _written(info, "SHIPPING_METHOD", id, input, language_code)
        (method,) = await shipping.methods_by_ids(info.context, [row["id"]])
        return payload(shipping_method=method)

    @mutation_field(TRANSLATORS, description="Write a voucher's name in a language.")
    async def voucher_translate(
        self, info: BatchInfo, id: strawberry.ID, input: NameTranslationInput, language_code: LanguageCodeEnum
    ) -> VoucherTranslate:
        row = await _written(info, "VOUCHER", id, input, language_code)
        (voucher,) = await vouchers.by_ids(info.context, [row["id"]])
        return payload(voucher=voucher)

    @mutation_field(TRANSLATORS, description="Write a promotion's texts in a language.")
    async def promotion_translate(
        self, info: BatchInfo, id: strawberry.ID, input: PromotionTranslationInput, language_code: LanguageCodeEnum
    ) -> PromotionTranslate:
        row = await _written(info, "PROMOTION", id, input, language_code)
        (promotion,) = await promotions.by_ids(info.context, [row["id"]])
        return payload(promotion=promotion)

    @mutation_field(TRANSLATORS, description="Write the texts of a promotion's rule in a language.")
    async def promotion_rule_translate(
        self,
        info: BatchInfo,
        id: strawberry.ID,
        input: PromotionRuleTranslationInput,
        language_code: LanguageCodeEnum,
    ) -> PromotionRuleTranslate:
        row = await _written(info, "PROMOTION_RULE", id, input, language_code)
        (rule,) = await promotions.rules_by_ids(info.context, [row["id"]])
        return payload(promotion_rule=rule)


async def _written(info: BatchInfo, kind: str, id: str, input: Any, language: str) -> Row:
    return await transact(info.context, translate.translate, kind, translatable_pk(id, kind), language, given(input))
