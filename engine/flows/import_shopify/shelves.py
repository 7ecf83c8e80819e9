"""What products stand on: types, and attributes with their values, found or made.

What the shop has already is used when it fits (same name, same kind); nothing of it is changed, but a type gets
the attributes it lacks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any

from engine.attributes import imports as attributes
from engine.catalog import group_imports as groups
from engine.core.context import Row, WriteCtx
from engine.core.text import slugify, unique_slugs
from engine.flows.import_shopify.drafts import Draft

VENDOR, TAGS = "vendor", "tags"
_TRIES = 8
_CHOSEN = ("DROPDOWN", "SWATCH")

AttributeKey = tuple[str, str]
"""("vendor", ""), ("tags", "") or ("option", name in lower case)."""
TypeKey = tuple[str, bool, bool]
"""Name, gift card, shipped."""


@dataclass
class Shelf:
    """Ids by what the file calls things; names in lower case."""

    attributes: dict[AttributeKey, int] = field(default_factory=dict)
    types: dict[tuple[TypeKey, frozenset[int]], int] = field(default_factory=dict)
    values: dict[tuple[int, str], int] = field(default_factory=dict)

    def type_of(self, draft: Draft) -> int:
        return self.types[type_key(draft), self._options(draft)]

    def vendor_of(self, draft: Draft) -> list[int]:
        return [self.value(self.attributes[VENDOR, ""], draft.vendor)] if draft.vendor else []

    def tags_of(self, draft: Draft) -> list[int]:
        return [self.value(self.attributes[TAGS, ""], tag) for tag in draft.tags]

    def options_of(self, draft: Draft, options: Iterable[str]) -> list[int]:
        attributes = (self.attributes["option", name.casefold()] for name in draft.option_names)
        return [self.value(attribute, option) for attribute, option in zip(attributes, options, strict=True)]

    def value(self, attribute_id: int, name: str) -> int:
        return self.values[attribute_id, name.casefold()]

    def _options(self, draft: Draft) -> frozenset[int]:
        return frozenset(self.attributes["option", name.casefold()] for name in draft.option_names)


def type_key(draft: Draft) -> TypeKey:
    return (draft.type or "Imported", draft.gift_card, draft.shipped and not draft.gift_card)


def _type_name(key: TypeKey) -> str:
    name, gift_card, shipped = key
    return f"{name} (gift card)" if gift_card else name if shipped else f"{name} (not shipped)"


async def stand(tx: WriteCtx, drafts: list[Draft]) -> Shelf:
    """Types, attributes and values of these products. Raises LookupError when somebody else takes their slugs."""
    shelf = Shelf()
    await _attributes(tx, drafts, shelf)
    await _types(tx, drafts, shelf)
    await _values(tx, drafts, shelf)
    return shelf


def candidates(name: str, fallback: str) -> list[str]:
    """Slugs a name may have: its own, numbered ones, and one that no other name has."""
    own = blake2b(name.casefold().encode(), digest_size=6).hexdigest()
    return [*islice(unique_slugs(name, fallback), _TRIES), f"{slugify(name, 200) or fallback}-{own}"]


def choose(
    name: str, fallback: str, rows: Mapping[str, Row], fits: Callable[[Row], bool], taken: set[str]
) -> tuple[Row | None, str]:
    """The row of a slug of this name that fits; else None and the first free slug, which is taken from now on."""
    free = ""
    for slug in candidates(name, fallback):
        row = rows.get(slug)
        if row is not None and fits(row):
            return row, slug
        if row is None and slug not in taken and not free:
            free = slug
    taken.add(free)
    return None, free


async def _attributes(tx: WriteCtx, drafts: list[Draft], shelf: Shelf) -> None:
    wanted: dict[AttributeKey, tuple[str, tuple[str, ...]]] = {
        (VENDOR, ""): ("Vendor", ("DROPDOWN",)),
        (TAGS, ""): ("Tags", ("MULTISELECT",)),
    }
    for draft in drafts:
        for name in draft.option_names:
            wanted.setdefault(("option", name.casefold()), (name, _CHOSEN))
    refs = {key: ":".join(("shopify", *filter(None, key))) for key in wanted}
    slugs = [slug for key, (name, _) in wanted.items() for slug in candidates(name, key[0])]
    for attempt in (1, 2):
        rows = await attributes.find_attributes(tx, slugs, refs.values())
        by_ref = {row["external_reference"]: row for row in rows}
        by_slug = {row["slug"]: row for row in rows}
        taken: set[str] = set()
        missing = []
        for key, (name, kinds) in wanted.items():
            row = by_ref.get(refs[key])
            slug = ""
            if row is None:
                row, slug = choose(name, key[0], by_slug, _attribute_fits(name, kinds, shelf, key), taken)
            if row is not None:
                shelf.attributes[key] = row["id"]
            else:
                missing.append({"slug": slug, "name": name, "input_type": kinds[0], "external_reference": refs[key]})
        if not missing:
            return
        if attempt == 1:
            await attributes.add_attributes(tx, missing)
    raise LookupError(f"no room for the attributes {[row['name'] for row in missing]}")


def _attribute_fits(name: str, kinds: tuple[str, ...], shelf: Shelf, key: AttributeKey) -> Callable[[Row], bool]:
    def fits(row: Row) -> bool:
        if row["type"] != "PRODUCT_TYPE" or row["input_type"] not in kinds:
            return False
        # An option called Vendor is not the vendor: a type carries an attribute only once.
        used = row["id"] in (shelf.attributes.get((VENDOR, "")), shelf.attributes.get((TAGS, "")))
        return row["name"].casefold() == name.casefold() and not (key[0] == "option" and used)

    return fits


async def _types(tx: WriteCtx, drafts: list[Draft], shelf: Shelf) -> None:
    """A type whose attributes have the other scope does not fit: products and variants cannot share one."""
    common = [shelf.attributes[VENDOR, ""], shelf.attributes[TAGS, ""]]
    wanted = {(type_key(draft), shelf._options(draft)) for draft in drafts}
    ordered = sorted(wanted, key=lambda one: (one[0], sorted(one[1])))
    slugs = [slug for key, _ in ordered for slug in candidates(_type_name(key), "imported")]
    for attempt in (1, 2):
        by_slug = await groups.types_by_slug(tx, slugs)
        taken: set[str] = set()
        missing: dict[TypeKey, dict[str, Any]] = {}
        links: list[dict[str, Any]] = []
        for key, options in ordered:
            name = _type_name(key)
            row, slug = choose(name, "imported", by_slug, _type_fits(key, common, options), taken)
            if row is None:
                kind = "GIFT_CARD" if key[1] else "NORMAL"
                missing.setdefault(key, {"slug": slug, "name": name, "kind": kind, "shipped": key[2]})
                continue
            shelf.types[key, options] = row["id"]
            links += [
                {"type_id": row["id"], "attribute_id": attribute, "scope": scope, "position": place}
                for scope, ids in (("PRODUCT", common), ("VARIANT", sorted(options)))
                for place, attribute in enumerate(ids)
                if attribute not in row[f"{scope.lower()}_attributes"]
            ]
        if not missing:
            await groups.add_type_attributes(tx, links)
            return
        if attempt == 1:
            await groups.add_types(tx, list(missing.values()))
    raise LookupError(f"no room for the product types {[row['name'] for row in missing.values()]}")


def _type_fits(key: TypeKey, common: list[int], options: frozenset[int]) -> Callable[[Row], bool]:
    def fits(row: Row) -> bool:
        return (
            row["name"].casefold() == _type_name(key).casefold()
            and row["kind"] == ("GIFT_CARD" if key[1] else "NORMAL")
            and row["is_shipping_required"] == key[2]
            and options.isdisjoint(row["product_attributes"])
            and not any(attribute in row["variant_attributes"] for attribute in common)
        )

    return fits


async def _values(tx: WriteCtx, drafts: list[Draft], shelf: Shelf) -> None:
    wanted: dict[tuple[int, str], str] = {}

    def want(attribute_id: int, name: str) -> None:
        wanted.setdefault((attribute_id, name.casefold()), name)

    for draft in drafts:
        if draft.vendor:
            want(shelf.attributes[VENDOR, ""], draft.vendor)
        for tag in draft.tags:
            want(shelf.attributes[TAGS, ""], tag)
        for place, name in enumerate(draft.option_names):
            for variant in draft.variants:
                want(shelf.attributes["option", name.casefold()], variant.options[place])
    for attempt in (1, 2):
        tried = [(key[0], slug) for key, name in wanted.items() for slug in candidates(name, "value")]
        rows = await attributes.find_values(tx, tried)
        by_slug: dict[int, dict[str, Row]] = {}
        for row in rows:
            by_slug.setdefault(row["attribute_id"], {})[row["slug"]] = row
        taken: dict[int, set[str]] = {}
        missing = []
        for (attribute_id, same), name in wanted.items():
            found = by_slug.get(attribute_id, {})
            row, slug = choose(name, "value", found, _named(same), taken.setdefault(attribute_id, set()))
            if row is None:
                missing.append({"attribute_id": attribute_id, "slug": slug, "name": name})
            else:
                shelf.values[attribute_id, same] = row["id"]
        if not missing:
            return
        if attempt == 1:
            await attributes.add_values(tx, missing)
    raise LookupError(f"no room for the values {[row['name'] for row in missing]}")


def _named(same: str) -> Callable[[Row], bool]:
    return lambda row: row["name"].casefold() == same
