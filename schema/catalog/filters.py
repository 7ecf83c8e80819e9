"""Saleor's filter inputs as the engine's plain values."""

import datetime
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from engine.core.errors import BadRequest, InvalidId
from engine.core.ids import int_pk, split_global, uuid_pk
from engine.core.paging import page_args
from engine.flows.browse import ANYTHING, Between, Order, Request, Wish
from engine.listing.rules import ReferenceCriterion, Sort, StockRange, ValueCriterion
from schema.catalog import lookahead
from schema.catalog.inputs import (
    AssignedAttributeReferenceInput,
    ProductFilterInput,
    ProductOrder,
    ProductStockFilterInput,
    ProductWhereInput,
    StockAvailability,
)
from schema.common.filters import (
    DateTimeFilterInput,
    DateTimeRangeInput,
    DecimalFilterInput,
    GlobalIDFilterInput,
    MetadataFilter,
    StringFilterInput,
)
from schema.common.inputs import given
from schema.execution.info import BatchInfo

MAX_NESTING = 5
MAX_CONDITIONS = 100
"""How many AND and OR branches one filter may have in all."""

_SORTS = {
    "NAME": Sort.NAME,
    "PRICE": Sort.PRICE,
    "MINIMAL_PRICE": Sort.MINIMAL_PRICE,
    "LAST_MODIFIED": Sort.LAST_MODIFIED_AT,
    "LAST_MODIFIED_AT": Sort.LAST_MODIFIED_AT,
    "DATE": Sort.LAST_MODIFIED_AT,
    "TYPE": Sort.TYPE,
    "PUBLISHED": Sort.PUBLISHED,
    "PUBLICATION_DATE": Sort.PUBLISHED_AT,
    "PUBLISHED_AT": Sort.PUBLISHED_AT,
    "COLLECTION": Sort.COLLECTION,
    "RATING": Sort.RATING,
    "CREATED_AT": Sort.CREATED_AT,
}
_REFERENCED = {
    "Page": "page_ids",
    "Product": "product_ids",
    "ProductVariant": "variant_ids",
    "Category": "category_ids",
    "Collection": "collection_ids",
}
_REFERENCED_BY = {
    "page_slugs": "page_slugs",
    "product_slugs": "product_slugs",
    "product_variant_skus": "variant_skus",
    "category_slugs": "category_slugs",
    "collection_slugs": "collection_slugs",
}


def listing_request(
    info: BatchInfo,
    filter: ProductFilterInput | None,
    where: ProductWhereInput | None,
    sort_by: ProductOrder | None,
    search: str | None,
    channel: str | None,
    before: str | None,
    after: str | None,
    first: int | None,
    last: int | None,
) -> Request:
    """Raises BadRequest in Saleor's words for arguments that do not go together."""
    if filter and where:
        raise BadRequest("Only one filtering argument (filter or where) can be specified.")
    own = given(filter) if filter else {}
    return Request(
        args=page_args("products", first=first, after=after, last=last, before=before, edges=info.selects("edges")),
        wish=filter_wish(filter) if filter else where_wish(where) if where else ANYTHING,
        order=order_of(sort_by),
        channel=channel or own.get("channel") or (given(sort_by).get("channel") if sort_by else None),
        search=_text(search) or _text(own.get("search")),
        counted=info.selects("totalCount"),
        ahead=lookahead.PRODUCT.of_many(info, "edges", "node"),
    )


def order_of(sort_by: ProductOrder | None) -> Order:
    if sort_by is None:
        return Order()
    asked = given(sort_by)
    field, attribute = asked.get("field"), asked.get("attribute_id")
    if field and attribute:
        raise BadRequest("You must provide either `field` or `attributeId` to sort the products.")
    down = asked["direction"] == "DESC"
    if attribute:
        return Order(Sort.ATTRIBUTE, down, attribute_id=int_pk(attribute, "Attribute"))
    if field == "RANK":
        return Order(descending=down, by_rank=True)
    return Order(_SORTS[field], down) if field else Order()


def filter_wish(filter: ProductFilterInput) -> Wish:
    """Here an empty list narrows nothing, as in Saleor."""
    asked = {name: value for name, value in given(filter).items() if value is not None and value != []}
    parts = _plain(asked) | {
        part: ids(asked[name], type_name)
        for name, part, type_name in (
            ("collections", "collection_ids", "Collection"),
            ("categories", "category_ids", "Category"),
            ("product_types", "product_type_ids", "ProductType"),
            ("ids", "product_ids", "Product"),
        )
        if name in asked
    }
    if "slugs" in asked:
        parts["slugs"] = tuple(asked["slugs"])
    if "updated_at" in asked:
        parts |= _moments(asked["updated_at"])
    return Wish(
        parts=parts,
        values=criteria(asked.get("attributes")),
        price=_between(asked.get("price")),
        minimal=_between(asked.get("minimal_price")),
    )


def where_wish(where: ProductWhereInput) -> Wish:
    counted = iter(range(MAX_CONDITIONS))
    return _where(where, MAX_NESTING, counted)


def _where(where: ProductWhereInput, nesting: int, budget: Iterable[int]) -> Wish:
    if nesting == 0 or next(iter(budget), None) is None:
        raise BadRequest(f"`where` nests at most {MAX_NESTING} deep and has at most {MAX_CONDITIONS} conditions.")
    asked = {name: value for name, value in given(where).items() if value is not None}
    if asked.keys() & {"and_", "or_"} and len(asked) > 1:
        raise BadRequest("Cannot mix operators with other filter inputs.")
    if "and_" in asked:
        return Wish(all_of=tuple(_where(nested, nesting - 1, budget) for nested in asked["and_"]))
    if "or_" in asked:
        return Wish(any_of=tuple(_where(nested, nesting - 1, budget) for nested in asked["or_"]))
    parts = _plain(asked)
    if "ids" in asked:
        parts["product_ids"] = ids(asked["ids"], "Product")
    for name, part in (("name", "names"), ("slug", "slugs")):
        if name in asked:
            parts |= _one(part, _texts(asked[name]))
    for name, part, type_name in (
        ("product_type", "product_type_ids", "ProductType"),
        ("category", "own_category_ids", "Category"),
        ("collection", "collection_ids", "Collection"),
    ):
        if name in asked:
            parts |= _one(part, _ids_of(asked[name], type_name))
    nested = [_updated(asked["updated_at"])] if "updated_at" in asked else []
    if "price" in asked:
        nested.append(_amounts(asked["price"], lambda between: Wish(price=between)))
    if "minimal_price" in asked:
        nested.append(_amounts(asked["minimal_price"], lambda between: Wish(minimal=between)))
    return Wish(parts=parts, values=criteria(asked.get("attributes")), all_of=tuple(nested))


def ids(global_ids: Iterable[str], type_name: str) -> tuple[int, ...]:
    return tuple(int_pk(global_id, type_name) for global_id in global_ids)


def _plain(asked: dict[str, Any]) -> dict[str, Any]:
    """The parts that `filter` and `where` have in common."""
    names = {
        "has_category": "has_category",
        "gift_card": "gift_card",
        "is_available": "available",
        "is_published": "is_published",
        "is_visible_in_listing": "visible",
    }
    parts = {part: asked[name] for name, part in names.items() if name in asked}
    for name, part in (("published_from", "published_by"), ("available_from", "available_by")):
        if name in asked:
            parts[part] = utc(asked[name])
    if "stock_availability" in asked:
        parts["in_stock"] = asked["stock_availability"] == StockAvailability.IN_STOCK
    if "stocks" in asked:
        parts["stocks"] = _stocks(asked["stocks"])
    if "metadata" in asked:
        parts["metadata"] = _metadata(asked["metadata"])
    if asked.get("has_preordered_variants"):
        parts["product_ids"] = ()  # nothing is sold before it is in stock
    return parts


def _metadata(pairs: list[MetadataFilter]) -> tuple[tuple[str, str | None], ...]:
    return tuple((pair.key, given(pair).get("value")) for pair in pairs)


def _stocks(input: ProductStockFilterInput) -> StockRange:
    asked = given(input)
    warehouses = asked.get("warehouse_ids")
    quantity = given(asked["quantity"]) if asked.get("quantity") else {}
    found: tuple[uuid.UUID, ...] | None = None
    if warehouses:
        found = tuple(uuid_pk(id, "Warehouse") for id in warehouses)
    return StockRange(found, quantity.get("gte"), quantity.get("lte"))


def _one(part: str, values: tuple[Any, ...] | None) -> dict[str, Any]:
    return {} if values is None else {part: values}


def _texts(input: StringFilterInput) -> tuple[str, ...] | None:
    return _chosen(given(input), str)


def _ids_of(input: GlobalIDFilterInput, type_name: str) -> tuple[int, ...] | None:
    return _chosen(given(input), lambda id: int_pk(id, type_name))


def _chosen(asked: dict[str, Any], convert: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """What `eq` and `oneOf` leave, both given: what is in both; neither: None."""
    equal, several = asked.get("eq"), asked.get("one_of")
    if equal is None and several is None:
        return None
    first = None if equal is None else (convert(equal),)
    rest = None if several is None else tuple(convert(value) for value in several)
    if first is None or rest is None:
        return first if rest is None else rest
    return first if first[0] in rest else ()


def _updated(input: DateTimeFilterInput) -> Wish:
    asked = given(input)
    exact = _chosen(asked, utc)
    parts: list[Wish] = []
    if asked.get("range"):
        parts.append(Wish(parts=_moments(asked["range"])))
    if exact is not None:
        parts.append(_any_of([Wish(parts={"updated_from": at, "updated_to": at}) for at in exact]))
    return Wish(all_of=tuple(parts))


def _amounts(input: DecimalFilterInput, wish: Callable[[Between], Wish]) -> Wish:
    asked = given(input)
    exact = _chosen(asked, Decimal)
    parts: list[Wish] = []
    if asked.get("range"):
        parts.append(wish(_between(asked["range"]) or Between()))
    if exact is not None:
        parts.append(_any_of([wish(Between(amount, amount)) for amount in exact]))
    return Wish(all_of=tuple(parts))


def _any_of(wishes: list[Wish]) -> Wish:
    """One of them; of none, nothing."""
    return Wish(any_of=tuple(wishes)) if wishes else Wish(parts={"product_ids": ()})


def _moments(input: DateTimeRangeInput) -> dict[str, Any]:
    asked = given(input)
    found = {"updated_from": asked.get("gte"), "updated_to": asked.get("lte")}
    return {part: utc(moment) for part, moment in found.items() if moment is not None}


def _between(input: Any) -> Between | None:
    if not input:
        return None
    asked = given(input)
    low, high = asked.get("gte"), asked.get("lte")
    return Between(None if low is None else Decimal(str(low)), None if high is None else Decimal(str(high)))


def criteria(inputs: Iterable[Any] | None) -> tuple[ValueCriterion, ...]:
    """Of `AttributeInput` or `AssignedAttributeWhereInput`: all must hold."""
    return tuple(criterion for input in inputs or () for criterion in _of_attribute(input))


def _of_attribute(input: Any) -> list[ValueCriterion]:
    asked = {name: value for name, value in given(input).items() if value is not None}
    slug = asked.get("slug")
    found = [
        ValueCriterion(slug, **values)
        for values in (
            {"slugs": tuple(asked["values"])} if asked.get("values") else {},
            _numbers(given(asked["values_range"])) if "values_range" in asked else {},
            _dates(asked.get("date"), asked.get("date_time")),
            {"boolean": asked["boolean"]} if "boolean" in asked else {},
        )
        if values
    ]
    if asked.get("value"):
        found += _of_value(slug, {n: v for n, v in given(asked["value"]).items() if v is not None})
    return found or [ValueCriterion(slug)]


def _of_value(slug: str | None, asked: dict[str, Any]) -> list[ValueCriterion]:
    values: dict[str, Any] = {}
    if "slug" in asked:
        values["slugs"] = _texts(asked["slug"])
    if "name" in asked:
        values["names"] = _texts(asked["name"])
    if "numeric" in asked:
        numeric = given(asked["numeric"])
        values |= {
            "numbers": _chosen(numeric, float),
            **_numbers(given(numeric["range"]) if numeric.get("range") else {}),
        }
    if "boolean" in asked:
        values["boolean"] = asked["boolean"]
    values |= _dates(asked.get("date"), asked.get("date_time"))
    found = [ValueCriterion(slug, **values)] if values else []
    if "reference" in asked:
        found += [ValueCriterion(slug, reference=reference) for reference in _references(asked["reference"])]
    return found


def _numbers(asked: dict[str, Any]) -> dict[str, Any]:
    found = {"number_from": asked.get("gte"), "number_to": asked.get("lte")}
    return {name: float(value) for name, value in found.items() if value is not None}


def _dates(date: Any, moment: Any) -> dict[str, Any]:
    days, moments = given(date) if date else {}, given(moment) if moment else {}
    found = {
        "date_from": days.get("gte"),
        "date_to": days.get("lte"),
        "moment_from": utc(moments.get("gte")),
        "moment_to": utc(moments.get("lte")),
    }
    return {name: value for name, value in found.items() if value is not None}


def _references(input: AssignedAttributeReferenceInput) -> list[ReferenceCriterion]:
    found = []
    for name, contains in given(input).items():
        if contains is None:
            continue
        asked = given(contains)
        if asked.get("contains_any") is not None:
            found.append(_reference(name, asked["contains_any"]))
        found += [_reference(name, [one]) for one in asked.get("contains_all") or ()]
    return found


def _reference(name: str, values: list[str]) -> ReferenceCriterion:
    if name != "referenced_ids":
        by_name: dict[str, Any] = {_REFERENCED_BY[name]: tuple(values)}
        return ReferenceCriterion(**by_name)
    by_type: dict[str, Any] = {}
    for global_id in values:
        try:
            type_name, _ = split_global(global_id)
            part = _REFERENCED[type_name]
        except (ValueError, KeyError) as error:
            raise InvalidId(global_id, ", ".join(_REFERENCED)) from error
        by_type[part] = (*by_type.get(part, ()), int_pk(global_id, type_name))
    return ReferenceCriterion(**by_type)


def utc(moment: Any) -> Any:
    """A moment without an offset is one in UTC."""
    if isinstance(moment, datetime.datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.UTC)
    return moment


def _text(search: str | None) -> str | None:
    return search.strip() or None if search else None
