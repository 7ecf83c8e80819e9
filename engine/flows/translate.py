"""Texts in other languages, of everything that has such: what there is to translate, and what staff write.

A text that is null or empty is not translated; readers then see the untranslated one.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.attributes.models import Attribute, AttributeTranslation, AttributeValue, AttributeValueTranslation
from engine.catalog.models import (
    Category,
    CategoryTranslation,
    Collection,
    CollectionTranslation,
    Product,
    ProductTranslation,
    ProductVariant,
    VariantTranslation,
)
from engine.content.models import MenuItem, MenuItemTranslation, Page, PageTranslation
from engine.core.context import Ctx, Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.paging import Key, Keyset, PageArgs
from engine.core.paging import Page as Rows
from engine.core.reference.languages import LANGUAGES
from engine.core.richtext import clean_document
from engine.core.slugs import judge_slug, uniquely
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import SQLModel, table
from engine.flows.index_search import JOB as INDEX
from engine.promotions.models import Promotion, PromotionRule, PromotionRuleTranslation, PromotionTranslation
from engine.search.queries import products_called_by
from engine.shipping.models import ShippingMethod, ShippingMethodTranslation
from engine.vouchers.models import Voucher, VoucherTranslation

Pk: TypeAlias = int | uuid.UUID
_DOCUMENTS = frozenset({"description", "content", "rich_text"})
_SEARCHED = frozenset({"Product", "ProductVariant", "Category", "Collection", "Attribute", "AttributeValue"})
_MOST = 20_000
_statements = ShapeCache(64)


@dataclass(frozen=True)
class Kind:
    """Something that has texts: its table, and that of the translations, whose key is `owner` and the language."""

    type_name: str
    model: type[SQLModel]
    translation: type[SQLModel]
    owner: str
    texts: tuple[str, ...]
    named: bool = False
    """Whether a translation must have a name."""

    @property
    def keyset(self) -> Keyset:
        return Keyset(Key("id", table(self.model).c.id))


_GROUP = ("name", "slug", "description", "seo_title", "seo_description")
_PAGE = ("title", "slug", "content", "seo_title", "seo_description")
KINDS: Mapping[str, Kind] = {
    "PRODUCT": Kind("Product", Product, ProductTranslation, "product_id", _GROUP),
    "VARIANT": Kind("ProductVariant", ProductVariant, VariantTranslation, "variant_id", ("name",), named=True),
    "CATEGORY": Kind("Category", Category, CategoryTranslation, "category_id", _GROUP),
    "COLLECTION": Kind("Collection", Collection, CollectionTranslation, "collection_id", _GROUP),
    "PAGE": Kind(
        "Page", Page, PageTranslation, "page_id", ("title", "slug", "content", "seo_title", "seo_description")
    ),
    "MENU_ITEM": Kind("MenuItem", MenuItem, MenuItemTranslation, "menu_item_id", ("name",), named=True),
    "ATTRIBUTE": Kind("Attribute", Attribute, AttributeTranslation, "attribute_id", ("name",), named=True),
    "ATTRIBUTE_VALUE": Kind(
        "AttributeValue", AttributeValue, AttributeValueTranslation, "value_id", ("name", "plain_text", "rich_text")
    ),
    "SHIPPING_METHOD": Kind(
        "ShippingMethodType", ShippingMethod, ShippingMethodTranslation, "shipping_method_id", ("name", "description")
    ),
    "VOUCHER": Kind("Voucher", Voucher, VoucherTranslation, "voucher_id", ("name",)),
    "PROMOTION": Kind("Promotion", Promotion, PromotionTranslation, "promotion_id", ("name", "description")),
    "PROMOTION_RULE": Kind(
        "PromotionRule", PromotionRule, PromotionRuleTranslation, "rule_id", ("name", "description")
    ),
}


async def page(ctx: Ctx, kind: str, args: PageArgs) -> Rows:
    """What there is to translate of a kind, by id; all columns of its own table."""
    found = KINDS[kind]
    t = table(found.model)
    statement = _statements.get((kind, found.keyset.shape(args)), lambda: found.keyset.apply(sa.select(t), args))
    return found.keyset.page(await ctx.fetch(statement, **found.keyset.parameters(args)), args)


async def count(ctx: Ctx, kind: str) -> int:
    statement = _statements.get(
        (kind, "count"), lambda: sa.select(sa.func.count()).select_from(table(KINDS[kind].model))
    )
    found: int = await ctx.value(statement)
    return found


async def by_id(ctx: Ctx, kind: str, pk: Pk) -> Row | None:
    return await ctx.first(_by_id(kind), id=pk)


async def translate(tx: WriteCtx, kind: str, pk: Pk, language: str, given: Mapping[str, Any]) -> Row:
    """Set texts of an object in a language (`pt-br`), as far as given; the object's own row.

    Raises NotFound; Refusal for a slug that is taken in that language or is none, and for a name that is needed.
    """
    found = KINDS[kind]
    row = await tx.first(_by_id(kind), id=pk)
    if row is None:
        raise NotFound(f"Couldn't resolve to a {found.type_name}.", field="id")
    if language not in _LANGUAGES:
        raise Refusal("There is no such language.", field="languageCode")
    values = _judged(found, given)
    t = table(found.translation)
    key = {found.owner: pk, "language": language}
    if found.named and not values.get("name"):
        raise Refusal("This field cannot be blank.", field="name", code="REQUIRED")
    if kind == "ATTRIBUTE_VALUE" and not values.get("name", "-"):
        del values["name"]
    # an attribute's value is called what it says
    called = {"name": (values.get("plain_text") or row["name"])[:250]} if kind == "ATTRIBUTE_VALUE" else {}
    known = (await tx.execute(sa.select(t.c[found.owner]).filter_by(**key))).first()
    new = insert(t).values(**key, **called | values)
    kept = new.on_conflict_do_update(index_elements=list(key), set_=values) if values else new.on_conflict_do_nothing()
    slugs = {
        f"uq_{t.name}_language_slug": lambda: Refusal(
            f"{found.type_name} with this slug already exists in that language.", field="slug", code="UNIQUE"
        )
    }
    await uniquely(tx, kept, slugs)
    verb = "created" if known is None else "updated"
    tx.emit(f"translation.{verb}", found.type_name, pk, language=language)
    if found.type_name in _SEARCHED and isinstance(pk, int):
        products = await products_called_by(tx, found.type_name, pk)
        if products:
            tx.enqueue(INDEX, product_ids=products[:_MOST])
    return row


def _judged(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: given[name] for name in kind.texts if name in given}
    for name, value in values.items():
        if name in _DOCUMENTS:
            values[name] = clean_document(value, field=name)
        elif name == "slug":
            values[name] = value or None
        elif isinstance(value, str):
            values[name] = value.replace("\x00", "").strip() or None
    if values.get("slug"):
        judge_slug(values)
    return values


def _by_id(kind: str) -> Statement:
    t = table(KINDS[kind].model)
    return _statements.get((kind, "id"), lambda: sa.select(t).where(t.c.id == sa.bindparam("id", type_=t.c.id.type)))


_LANGUAGES = frozenset(dict(LANGUAGES).values())
