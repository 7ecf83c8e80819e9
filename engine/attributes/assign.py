"""Giving products, variants and pages their attribute values.

Values of DROPDOWN, MULTISELECT, SWATCH and BOOLEAN are shared by all who carry them; those of other types belong to
one owner, whose key stands in their slug.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.attributes.models import AttributePageReference, AttributeProductReference, AttributeValue
from engine.attributes.rules import CHOICES
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.core.ids import to_global
from engine.core.richtext import clean_document
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import editorjs_to_text, slugify, unique_slugs

NAME_LENGTH = 250
_v = table(AttributeValue)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_ATTRIBUTE = sa.bindparam("attribute_id", type_=sa.BigInteger)
_CHOICE = Statement(
    sa.select(_v.c.id, _v.c.slug, _v.c.name, _v.c.external_reference)
    .where(
        _v.c.attribute_id == _ATTRIBUTE,
        sa.or_(
            _v.c.id == sa.any_(_IDS),
            *(
                column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(sa.Text)))
                for name, column in (
                    ("names", _v.c.name), ("slugs", _v.c.slug), ("references", _v.c.external_reference),
                )
            ),
        ),
    )
    .order_by(_v.c.id)
)  # fmt: skip
_TARGETS = {
    "PRODUCT": ("product", "reference_product_id", "t.name", "t.product_type_id"),
    "PRODUCT_VARIANT": (
        "product_variant",
        "reference_variant_id",
        "(SELECT p.name FROM product p WHERE p.id = t.product_id) || ': ' || t.name",
        "(SELECT p.product_type_id FROM product p WHERE p.id = t.product_id)",
    ),
    "PAGE": ("page", "reference_page_id", "t.title", "t.page_type_id"),
    "CATEGORY": ("category", "reference_category_id", "t.name", "NULL::bigint"),
    "COLLECTION": ("collection", "reference_collection_id", "t.name", "NULL::bigint"),
}
# what is pointed at lies in domains above; it stays while it is pointed at
_POINTED_AT = {
    kind: Statement(
        sa.text(
            f"SELECT t.id, {name} AS name, {type_id} AS type_id FROM {target} t"  # noqa: S608  (names of ours)
            " WHERE t.id = ANY(:ids) ORDER BY t.id FOR KEY SHARE OF t"
        ).bindparams(_IDS)
    )
    for kind, (target, _, name, type_id) in _TARGETS.items()
}
_LIMITS = {
    kind: Statement(sa.select(t.c[column]).where(t.c.attribute_id == _ATTRIBUTE))
    for kind, t, column in (
        ("PRODUCT", table(AttributeProductReference), "product_type_id"),
        ("PRODUCT_VARIANT", table(AttributeProductReference), "product_type_id"),
        ("PAGE", table(AttributePageReference), "page_type_id"),
    )
}


@dataclass(frozen=True)
class Choice:
    """One of an attribute's shared values; by its text a new one is made where there is none."""

    id: int | None = None
    reference: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Given:
    """The values somebody gives for one attribute, named by its id or external reference.

    `values` has what was given by the names choices, numeric, file (key, content type), references (type name, key),
    rich_text, plain_text, boolean, date and date_time. What is not given, or null, leaves the attribute without value.
    """

    attribute_id: int | None
    reference: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Holder:
    """Who carries values: `table` has the columns `owner`, `value_id` and `sort_order`."""

    kind: str
    table: sa.Table
    owner: str


class Faulty(Refusal):
    """Carries the global ids of the attributes it is about."""

    def __init__(self, message: str, attribute_ids: Iterable[int] = (), code: str = "INVALID"):
        ids = [to_global("Attribute", id) for id in attribute_ids]
        super().__init__(message, field="attributes", code=code, attributes=ids)


async def assign(
    tx: WriteCtx,
    holder: Holder,
    owner_id: int,
    attributes: Sequence[Row],
    given: Sequence[Given],
    *,
    complete: bool,
) -> None:
    """Set the values of those of the owner's `attributes` that are given.

    `complete` for a new owner: all that must have a value are to be among them. Raises Faulty.
    """
    by_id = {row["id"]: row for row in attributes}
    by_reference = {row["external_reference"]: row for row in attributes if row["external_reference"]}
    chosen: dict[int, Given] = {}
    for one in given:
        row = by_id.get(one.attribute_id) if one.attribute_id is not None else by_reference.get(one.reference)
        if row is None:
            known = () if one.attribute_id is None else (one.attribute_id,)
            raise Faulty("The given attribute doesn't belong to the type.", known, "NOT_FOUND")
        if row["id"] in chosen:
            raise Faulty("An attribute is given twice.", [row["id"]], "DUPLICATED_INPUT_ITEM")
        chosen[row["id"]] = one
    missing = [id for id, row in by_id.items() if complete and row["value_required"] and id not in chosen]
    if missing:
        raise Faulty("All required attributes must take a value.", missing, "REQUIRED")
    for id, one in chosen.items():
        ids = await _value_ids(tx, holder, owner_id, by_id[id], one.values)
        if not ids and by_id[id]["value_required"]:
            raise Faulty("Attribute expects a value but none were given.", [id], "REQUIRED")
        await _replace(tx, holder, owner_id, id, ids)


async def forget(tx: WriteCtx, holder: Holder, owner_ids: Sequence[int]) -> None:
    """Delete the values that belong to these owners alone; before the owners go."""
    held, owner = holder.table, holder.table.c[holder.owner]
    own = sa.func.starts_with(_v.c.slug, sa.func.concat(f"{holder.kind}-", owner, "_"))
    wanted = sa.select(held.c.value_id).join(_v, _v.c.id == held.c.value_id)
    wanted = wanted.where(owner == sa.any_(sa.literal(list(owner_ids), sa.ARRAY(sa.BigInteger))), own)
    await tx.execute(sa.delete(_v).where(_v.c.id.in_(wanted)))


async def _replace(tx: WriteCtx, holder: Holder, owner_id: int, attribute_id: int, ids: Sequence[int]) -> None:
    held, owner = holder.table, holder.table.c[holder.owner]
    own = sa.select(_v.c.id).where(_v.c.attribute_id == attribute_id)
    kept = sa.literal(list(ids), sa.ARRAY(sa.BigInteger))
    gone = held.c.value_id.in_(own) & (held.c.value_id != sa.all_(kept))
    await tx.execute(sa.delete(held).where(owner == owner_id, gone))
    if ids:
        rows = [{holder.owner: owner_id, "value_id": id, "sort_order": place} for place, id in enumerate(ids)]
        new = insert(held).values(rows)
        key = [holder.owner, "value_id"]
        await tx.execute(new.on_conflict_do_update(index_elements=key, set_={"sort_order": new.excluded.sort_order}))
    else:
        slug = _own_slug(holder, owner_id, attribute_id)
        await tx.execute(sa.delete(_v).where(_v.c.attribute_id == attribute_id, _v.c.slug == slug))


def _own_slug(holder: Holder, owner_id: int, attribute_id: int) -> str:
    return f"{holder.kind}-{owner_id}_{attribute_id}"


async def _value_ids(
    tx: WriteCtx, holder: Holder, owner_id: int, attribute: Row, values: Mapping[str, Any]
) -> list[int]:
    kind = attribute["input_type"]
    if kind in CHOICES:
        return await _choices(tx, attribute, values.get("choices") or ())
    if kind in ("REFERENCE", "SINGLE_REFERENCE"):
        return await _references(tx, holder, owner_id, attribute, values.get("references") or ())
    content = _content(attribute, values)
    if content is None:
        return []
    slug = content.pop("slug", None) or _own_slug(holder, owner_id, attribute["id"])
    return [await keep_value(tx, attribute["id"], slug, content)]


async def keep_value(tx: WriteCtx, attribute_id: int, slug: str, content: Mapping[str, Any]) -> int:
    """The id of the attribute's value with that slug, which now has this content."""
    new = insert(_v).values(attribute_id=attribute_id, slug=slug, **content)
    kept = new.on_conflict_do_update(index_elements=["attribute_id", "slug"], set_=dict(content)).returning(_v.c.id)
    return int((await tx.execute(kept)).scalar_one())


def _content(attribute: Row, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The columns of a value that belongs to one owner, or of a BOOLEAN; None for no value."""
    id, kind = attribute["id"], attribute["input_type"]
    if kind == "NUMERIC":
        return _number(id, values.get("numeric"))
    if kind == "BOOLEAN":
        told = values.get("boolean")
        name = f"{attribute['name']}: {'Yes' if told else 'No'}"[:NAME_LENGTH]
        return None if told is None else {"slug": f"{id}_{str(told).lower()}", "name": name, "boolean": told}
    if kind == "PLAIN_TEXT":
        text = (values.get("plain_text") or "").replace("\x00", "")
        return {"name": text[:NAME_LENGTH], "plain_text": text} if text.strip() else None
    if kind == "RICH_TEXT":
        document = clean_document(values.get("rich_text"), field="attributes")
        words = editorjs_to_text(document)
        return {"name": words[:NAME_LENGTH], "rich_text": document} if words else None
    if kind == "DATE":
        day = values.get("date")
        return None if day is None else {"name": day.isoformat(), "date": day}
    if kind == "DATE_TIME":
        moment = values.get("date_time")
        if moment is None:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return {"name": aware.isoformat(), "date_time": aware}
    file = values.get("file")
    if file is None:
        return None
    key, content_type = file
    return {"name": key.rpartition("/")[2][:NAME_LENGTH], "file_key": key, "content_type": content_type}


def _number(attribute_id: int, given: str | None) -> dict[str, Any] | None:
    if given is None or not given.strip():
        return None
    try:
        number = Decimal(given.strip())
    except InvalidOperation as error:
        raise Faulty("Numeric value is required.", [attribute_id]) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 100:
        raise Faulty("Numeric value is required.", [attribute_id])
    return {"name": format(number.normalize(), "f")[:NAME_LENGTH], "numeric": float(number)}


async def _choices(tx: WriteCtx, attribute: Row, given: Sequence[Choice]) -> list[int]:
    if len(given) > 1 and attribute["input_type"] != "MULTISELECT":
        raise Faulty("Attribute must take only one value.", [attribute["id"]])
    texts = [one.text.strip() for one in given if one.text and one.text.strip()]
    found = await tx.fetch(
        _CHOICE,
        attribute_id=attribute["id"],
        ids=[one.id for one in given if one.id is not None],
        names=texts,
        slugs=[*texts, *(slugify(text) for text in texts)],
        references=[one.reference for one in given if one.reference],
    )
    ids: list[int] = []
    for one in given:
        id = _known(one, found)
        if id is None:
            text = (one.text or "").strip()
            if one.id is not None or not text:
                raise Faulty("Attribute value doesn't belong to the attribute.", [attribute["id"]])
            id = await add_choice(tx, attribute["id"], text, {"external_reference": one.reference})
        ids.append(id)
    if len(set(ids)) < len(ids):
        raise Faulty("Duplicated attribute values are provided.", [attribute["id"]], "DUPLICATED_INPUT_ITEM")
    return ids


def _known(one: Choice, found: Sequence[Row]) -> int | None:
    text = (one.text or "").strip()
    for column, wanted in (
        ("id", one.id), ("external_reference", one.reference), ("name", text), ("slug", text), ("slug", slugify(text)),
    ):  # fmt: skip
        if wanted:
            id = next((int(row["id"]) for row in found if row[column] == wanted), None)
            if id is not None or column == "id":
                return id
    return None


async def add_choice(tx: WriteCtx, attribute_id: int, name: str, content: Mapping[str, Any]) -> int:
    """The id of a new shared value, last in the attribute's order; one of that very name that is there already stays.

    Raises Faulty for a name that is too long.
    """
    if len(name) > NAME_LENGTH:
        raise Faulty(f"Ensure this value has at most {NAME_LENGTH} characters.", [attribute_id])
    last = sa.select(sa.func.coalesce(sa.func.max(_v.c.sort_order), 0) + 1).where(_v.c.attribute_id == attribute_id)
    for slug in unique_slugs(name, "value"):
        place = {"attribute_id": attribute_id, "slug": slug, "name": name, "sort_order": last.scalar_subquery()}
        new = insert(_v).values(**place, **content)
        made = new.on_conflict_do_nothing(index_elements=["attribute_id", "slug"]).returning(_v.c.id)
        id = (await tx.execute(made)).scalar_one_or_none()
        if id is not None:
            return int(id)
        (same,) = await tx.fetch(_CHOICE, attribute_id=attribute_id, ids=[], names=[], slugs=[slug], references=[]) or (
            None,
        )
        if same is not None and same["name"] == name:
            return int(same["id"])
    raise AssertionError("slugs do not end")


async def _references(
    tx: WriteCtx, holder: Holder, owner_id: int, attribute: Row, given: Sequence[tuple[str, int]]
) -> list[int]:
    id, kind = attribute["id"], attribute["entity_type"]
    _, column, _, _ = _TARGETS[kind]
    type_name = {"PRODUCT_VARIANT": "ProductVariant"}.get(kind, kind.title())
    if any(named != type_name for named, _ in given):
        raise Faulty(f"Only references to a {type_name} are allowed.", [id])
    if len(given) > 1 and attribute["input_type"] == "SINGLE_REFERENCE":
        raise Faulty("Attribute must take only one value.", [id])
    wanted = list(dict.fromkeys(pk for _, pk in given))
    found = {row["id"]: row for row in await tx.fetch(_POINTED_AT[kind], ids=wanted)} if wanted else {}
    if len(found) < len(wanted):
        raise Faulty("What the attribute points at does not exist.", [id], "NOT_FOUND")
    limits = {row[0] for row in await tx.fetch(_LIMITS[kind], attribute_id=id)} if kind in _LIMITS and wanted else set()
    if limits and any(row["type_id"] not in limits for row in found.values()):
        raise Faulty("The attribute may not point at something of that type.", [id])
    own = _own_slug(holder, owner_id, id)
    return [
        await keep_value(tx, id, f"{own}_{pk}", {"name": found[pk]["name"][:NAME_LENGTH], column: pk}) for pk in wanted
    ]
