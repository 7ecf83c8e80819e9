"""Attributes, their values, and the types that carry them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.attributes.models import (
    Attribute,
    AttributeTranslation,
    AttributeValue,
    AttributeValueTranslation,
)
from engine.catalog.models import ProductType, ProductTypeAttribute
from engine.cli.demo.parts import data, pk
from engine.cli.demo.words import LANGUAGES, document
from engine.content.models import PageType, PageTypeAttribute
from engine.core.context import WriteCtx

CHOICES = ("DROPDOWN", "MULTISELECT", "SWATCH")
NAME_LENGTH = 200


@dataclass(frozen=True)
class Choices:
    """What is chosen from. `values` has those that are shared: choices by slug, and yes and no."""

    attributes: dict[str, Attribute]
    values: dict[tuple[str, Any], AttributeValue] = field(default_factory=dict)

    def value(self, attribute: str, choice: Any) -> AttributeValue:
        return self.values[attribute, choice]

    def assigned(self, owner_id: int, given: dict[str, Any], targets: dict[str, Any]) -> Iterable[AttributeValue]:
        """The values of one product or page, in order; those made for it alone are new. `targets` are the things a
        reference may point at, by slug."""
        for slug, content in given.items():
            attribute = self.attributes[slug]
            contents = content if isinstance(content, list) else [content]
            for one in contents:
                if (slug, one) in self.values:
                    yield self.values[slug, one]
                else:
                    yield _own(owner_id, attribute, one, targets.get(one) if isinstance(one, str) else None)


def _own(owner_id: int, attribute: Attribute, content: Any, target: Any) -> AttributeValue:
    kind = attribute.input_type
    key = pk(target) if kind.endswith("REFERENCE") else pk(attribute)
    value = AttributeValue(attribute_id=pk(attribute), slug=f"{owner_id}_{key}", name=str(content)[:NAME_LENGTH])
    if kind == "NUMERIC":
        value.numeric = float(content)
    elif kind == "DATE" and isinstance(content, date):
        value.date = content
    elif kind == "RICH_TEXT":
        value.rich_text = document(content)
    elif kind == "PLAIN_TEXT":
        value.plain_text = content
    elif attribute.entity_type == "PRODUCT":
        value.name, value.reference_product_id = target.name, key
    elif attribute.entity_type == "PAGE":
        value.name, value.reference_page_id = target.title, key
    else:
        raise ValueError(f"{attribute.slug} has no value {content!r}")
    return value


async def choices(tx: WriteCtx) -> Choices:
    given = data("attributes")["attribute"]
    found = Choices({one["slug"]: _attribute(one) for one in given})
    tx.add(*found.attributes.values())
    await tx.session.flush()
    for one in given:
        attribute = found.attributes[one["slug"]]
        for place, value in enumerate(one.get("values", ())):
            found.values[one["slug"], value["slug"]] = AttributeValue(
                attribute_id=pk(attribute),
                slug=value["slug"],
                name=value["name"],
                value=value.get("value", ""),
                sort_order=place,
            )
        if one["input_type"] == "BOOLEAN":
            for place, (answer, word) in enumerate(((True, "Yes"), (False, "No"))):
                found.values[one["slug"], answer] = AttributeValue(
                    attribute_id=pk(attribute),
                    slug=f"{attribute.id}_{str(answer).lower()}",
                    name=f"{attribute.name}: {word}",
                    boolean=answer,
                    sort_order=place,
                )
    tx.add(*found.values.values())
    await tx.session.flush()
    _translate(tx, given, found)
    return found


def _attribute(one: dict[str, Any]) -> Attribute:
    return Attribute(
        slug=one["slug"],
        name=one["name"],
        type=one.get("type", "PRODUCT_TYPE"),
        input_type=one["input_type"],
        entity_type=one.get("entity_type"),
        unit=one.get("unit"),
        filterable_in_storefront=one.get("filterable", True),
    )


def _translate(tx: WriteCtx, given: list[dict[str, Any]], found: Choices) -> None:
    yes_and_no = {"de": ("Ja", "Nein"), "ja": ("はい", "いいえ")}
    for one in given:
        attribute_id = pk(found.attributes[one["slug"]])
        for language in LANGUAGES:
            tx.add(AttributeTranslation(attribute_id=attribute_id, language=language, name=one[language]))
            names = {value["slug"]: value[language] for value in one.get("values", ()) if language in value}
            if one["input_type"] == "BOOLEAN":
                names = {
                    answer: f"{one[language]}: {word}"
                    for answer, word in zip((True, False), yes_and_no[language], strict=True)
                }
            for key, name in names.items():
                value_id = pk(found.value(one["slug"], key))
                tx.add(AttributeValueTranslation(value_id=value_id, language=language, name=name))


async def product_types(tx: WriteCtx, found: Choices, tax_classes: dict[str, int]) -> dict[str, ProductType]:
    given = data("types")["product_type"]
    made = {
        one["slug"]: ProductType(
            name=one["name"],
            slug=one["slug"],
            has_variants=bool(one["choose"]),
            is_shipping_required=one.get("shipping", True),
            is_digital=not one.get("shipping", True),
            weight_grams=one.get("weight"),
            tax_class_id=tax_classes.get(one.get("tax_class", "")),
        )
        for one in given
    }
    tx.add(*made.values())
    await tx.session.flush()
    for one in given:
        for scope, slugs in (("PRODUCT", one["attributes"]), ("VARIANT", one["choose"])):
            for place, slug in enumerate(slugs):
                tx.add(
                    ProductTypeAttribute(
                        product_type_id=pk(made[one["slug"]]),
                        attribute_id=pk(found.attributes[slug]),
                        scope=scope,
                        variant_selection=scope == "VARIANT",
                        sort_order=place,
                    )
                )
    await tx.session.flush()
    return made


async def page_types(tx: WriteCtx, found: Choices) -> dict[str, PageType]:
    given = data("types")["page_type"]
    made = {one["slug"]: PageType(name=one["name"], slug=one["slug"]) for one in given}
    tx.add(*made.values())
    await tx.session.flush()
    for one in given:
        for place, slug in enumerate(one["attributes"]):
            attribute_id = pk(found.attributes[slug])
            tx.add(PageTypeAttribute(page_type_id=pk(made[one["slug"]]), attribute_id=attribute_id, sort_order=place))
    await tx.session.flush()
    return made
