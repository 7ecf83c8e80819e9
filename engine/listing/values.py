"""Which attribute values a shopper's wish names: the groups of a `ListingFilter`."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, TypeAlias

import sqlalchemy as sa

from engine.attributes.models import Attribute, AttributeValue
from engine.catalog.models import Category, Collection, Product, ProductVariant
from engine.content.models import Page
from engine.core.context import Ctx
from engine.core.statements import ShapeCache
from engine.core.tables import table
from engine.listing.rules import ReferenceCriterion, ValueCriterion

MAX_NAMED = 100
"""Values that a group names by their ids: each product's are compared with every one of them. A criterion that more of
them meet is left to the statement that asks."""

# under names of their own, for the statements around them may read the same tables
_v = table(AttributeValue).alias("met")
_attribute = table(Attribute).alias("met_attribute")
_page, _product, _variant = (
    table(model).alias(f"met_{table(model).name}") for model in (Page, Product, ProductVariant)
)
_category, _collection = (table(model).alias(f"met_{table(model).name}") for model in (Category, Collection))
_statements = ShapeCache(256)

_IDS = sa.ARRAY(sa.BigInteger)
_TEXTS = sa.ARRAY(sa.Text)
_TIME = sa.DateTime(timezone=True)
Bind: TypeAlias = Callable[[Any], Any]
"""Makes the next bound parameter of a type."""

_PARTS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "attribute_slug": (
        sa.Text,
        lambda slug: _v.c.attribute_id == sa.select(_attribute.c.id).where(_attribute.c.slug == slug).scalar_subquery(),
    ),
    "slugs": (_TEXTS, lambda slugs: _v.c.slug == sa.any_(slugs)),
    "names": (_TEXTS, lambda names: _v.c.name == sa.any_(names)),
    "numbers": (sa.ARRAY(sa.Double), lambda numbers: _v.c.numeric == sa.any_(numbers)),
    "number_from": (sa.Double, lambda bound: _v.c.numeric >= bound),
    "number_to": (sa.Double, lambda bound: _v.c.numeric <= bound),
    "boolean": (sa.Boolean, lambda wanted: _v.c.boolean == wanted),
    "date_from": (sa.Date, lambda bound: _v.c.date >= bound),
    "date_to": (sa.Date, lambda bound: _v.c.date <= bound),
    "moment_from": (_TIME, lambda bound: _v.c.date_time >= bound),
    "moment_to": (_TIME, lambda bound: _v.c.date_time <= bound),
}


def _called(column: Any, key: Any, target: Any) -> tuple[Any, Callable[[Any], Any]]:
    def clause(names: Any) -> Any:
        ids = sa.select(target.c.id).where(key == sa.any_(names)).scalar_subquery()
        # in this form also an "or" of several ways has an index for each
        return column == sa.any_(sa.func.array(ids, type_=_IDS))

    return (_TEXTS, clause)


_REFERENCES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "page_ids": (_IDS, lambda ids: _v.c.reference_page_id == sa.any_(ids)),
    "product_ids": (_IDS, lambda ids: _v.c.reference_product_id == sa.any_(ids)),
    "variant_ids": (_IDS, lambda ids: _v.c.reference_variant_id == sa.any_(ids)),
    "category_ids": (_IDS, lambda ids: _v.c.reference_category_id == sa.any_(ids)),
    "collection_ids": (_IDS, lambda ids: _v.c.reference_collection_id == sa.any_(ids)),
    "page_slugs": _called(_v.c.reference_page_id, _page.c.slug, _page),
    "product_slugs": _called(_v.c.reference_product_id, _product.c.slug, _product),
    "variant_skus": _called(_v.c.reference_variant_id, _variant.c.sku, _variant),
    "category_slugs": _called(_v.c.reference_category_id, _category.c.slug, _category),
    "collection_slugs": _called(_v.c.reference_collection_id, _collection.c.slug, _collection),
}
assert set(_PARTS) | {"reference"} == set(ValueCriterion.__dataclass_fields__)
assert set(_REFERENCES) == set(ReferenceCriterion.__dataclass_fields__)


async def value_groups(ctx: Ctx, criteria: Sequence[ValueCriterion]) -> tuple[tuple[int, ...] | ValueCriterion, ...]:
    """For each criterion the ids of the values that meet it, or itself where there are more than MAX_NAMED; one that
    none meets has an empty group."""
    return tuple([await _group(ctx, criterion) for criterion in criteria])


async def _group(ctx: Ctx, criterion: ValueCriterion) -> tuple[int, ...] | ValueCriterion:
    statement = _statements.get(shape(criterion), lambda: _some(criterion))
    given = {f"part_{number}": value for number, (_, value) in enumerate(binds(criterion))}
    found = [row["id"] for row in await ctx.fetch(statement, **given)]
    return criterion if len(found) > MAX_NAMED else tuple(sorted(found))


def _some(criterion: ValueCriterion) -> sa.Select[Any]:
    names = (f"part_{number}" for number in count())
    met = meeting(criterion, lambda kind: sa.bindparam(next(names), type_=kind))
    return met.limit(sa.literal_column(str(MAX_NAMED + 1)))


def shape(criterion: ValueCriterion) -> tuple[Any, ...]:
    """Equal for criteria whose statements differ in values only."""
    reference = criterion.reference
    return (
        *(name for name in _PARTS if getattr(criterion, name) is not None),
        None if reference is None else tuple(name for name in _REFERENCES if getattr(reference, name)),
    )


def meeting(criterion: ValueCriterion, bind: Bind) -> sa.Select[Any]:
    """The ids of the values that meet a criterion; `bind` is called for each of `binds`, in that order."""
    met = [clause(bind(kind)) for name, (kind, clause) in _PARTS.items() if getattr(criterion, name) is not None]
    reference = criterion.reference
    if reference is not None:
        ways = [clause(bind(kind)) for name, (kind, clause) in _REFERENCES.items() if getattr(reference, name)]
        # not SQLAlchemy's own false, which drops what it makes superfluous and its parameters with it
        met.append(sa.or_(*ways) if ways else sa.literal_column("false", sa.Boolean))
    return sa.select(_v.c.id).where(*met)


def binds(criterion: ValueCriterion) -> list[tuple[Any, Any]]:
    """The types and the values of what a criterion binds."""
    given = [(kind, getattr(criterion, name)) for name, (kind, _) in _PARTS.items()]
    found = [(kind, list(value) if isinstance(value, tuple) else value) for kind, value in given if value is not None]
    if criterion.reference is not None:
        listed = [(kind, list(getattr(criterion.reference, name))) for name, (kind, _) in _REFERENCES.items()]
        found += [(kind, ids) for kind, ids in listed if ids]
    return found
