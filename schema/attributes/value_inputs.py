"""The values that staff give an owner's attributes, as plain `Given`s."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import strawberry
from strawberry import UNSET

from engine.attributes.assign import Choice, Faulty, Given
from engine.core.errors import InvalidId
from engine.core.ids import int_pk, split_global
from engine.flows.media import PUBLIC_FOLDERS
from schema.common.ids import pk_of
from schema.common.scalars import JSONString
from schema.common.wishes import asked

_POINTED_AT = ("Product", "ProductVariant", "Page", "Category", "Collection")


@strawberry.input(description="One of an attribute's values; a `value` that there is not yet is made.")
class AttributeValueSelectableTypeInput:
    id: strawberry.ID | None = UNSET
    external_reference: str | None = UNSET
    value: str | None = UNSET


@strawberry.input(description="The values of one attribute. Which field counts follows its input type.")
class AttributeValueInput:
    id: strawberry.ID | None = UNSET
    external_reference: str | None = UNSET
    values: list[str] | None = UNSET
    dropdown: AttributeValueSelectableTypeInput | None = UNSET
    swatch: AttributeValueSelectableTypeInput | None = UNSET
    multiselect: list[AttributeValueSelectableTypeInput] | None = UNSET
    numeric: str | None = UNSET
    file: str | None = strawberry.field(default=UNSET, description="The address of an uploaded file.")
    content_type: str | None = UNSET
    reference: strawberry.ID | None = UNSET
    references: list[strawberry.ID] | None = UNSET
    rich_text: JSONString | None = UNSET
    plain_text: str | None = UNSET
    boolean: bool | None = UNSET
    date: datetime.date | None = UNSET
    date_time: datetime.datetime | None = UNSET


@strawberry.input(description="As `AttributeValueInput`, for many owners at once.")
class BulkAttributeValueInput:
    id: strawberry.ID | None = UNSET
    external_reference: str | None = UNSET
    values: list[str] | None = UNSET
    dropdown: AttributeValueSelectableTypeInput | None = UNSET
    swatch: AttributeValueSelectableTypeInput | None = UNSET
    multiselect: list[AttributeValueSelectableTypeInput] | None = UNSET
    numeric: str | None = UNSET
    file: str | None = strawberry.field(default=UNSET, description="The address of an uploaded file.")
    content_type: str | None = UNSET
    reference: strawberry.ID | None = UNSET
    references: list[strawberry.ID] | None = UNSET
    rich_text: JSONString | None = UNSET
    plain_text: str | None = UNSET
    boolean: bool | None = UNSET
    date: datetime.date | None = UNSET
    date_time: datetime.datetime | None = UNSET


def given_values(inputs: Iterable[Any] | None) -> list[Given]:
    """Raises Faulty for what names no attribute, no value or no object."""
    return [_given(asked(one)) for one in inputs or ()]


def _given(fields: Mapping[str, Any]) -> Given:
    id, reference = fields.get("id"), fields.get("external_reference")
    if (id is None) is (reference is None):
        raise Faulty("Exactly one of `id` and `externalReference` of an attribute is needed.", code="REQUIRED")
    pk = None if id is None else pk_of(id, "Attribute", "attributes")
    plain = ("rich_text", "plain_text", "boolean", "date", "date_time")
    values: dict[str, Any] = {name: fields[name] for name in plain if name in fields}
    listed: list[str] = fields.get("values", [])
    picked = [fields[name] for name in ("dropdown", "swatch") if name in fields] + list(fields.get("multiselect", ()))
    values["choices"] = [_choice(asked(one)) for one in picked] or [Choice(text=text) for text in listed]
    values["numeric"] = fields.get("numeric", listed[0] if listed else None)
    if "file" in fields:
        values["file"] = (file_key(fields["file"]), fields.get("content_type"))
    targets = [fields["reference"]] if "reference" in fields else fields.get("references", [])
    values["references"] = [_target(one, pk) for one in targets]
    return Given(pk, reference, values)


def _choice(fields: Mapping[str, Any]) -> Choice:
    id = fields.get("id")
    pk = None if id is None else pk_of(id, "AttributeValue", "attributes")
    return Choice(pk, fields.get("external_reference"), fields.get("value"))


def _target(global_id: str, attribute_id: int | None) -> tuple[str, int]:
    try:
        type_name, _ = split_global(global_id)
        if type_name in _POINTED_AT:
            return type_name, int_pk(global_id, type_name)
    except (ValueError, InvalidId):
        pass
    about = () if attribute_id is None else (attribute_id,)
    raise Faulty(f"Invalid ID: {global_id[:80]}. Expected one of: {', '.join(_POINTED_AT)}.", about, "NOT_FOUND")


def file_key(url: str) -> str:
    """The storage key behind the address of a stored file that anybody may have. Raises Faulty for any other."""
    path = unquote(urlsplit(url).path)
    key = path.partition("/media/")[2] if "/media/" in path else path.lstrip("/")
    if key.partition("/")[0] not in PUBLIC_FOLDERS or ".." in key.split("/"):
        raise Faulty("The file is to be uploaded first.")
    return key
