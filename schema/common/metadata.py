"""`ObjectWithMetadata`: string pairs that clients and apps keep on an object. Rows carry `meta` and `private_meta`."""

from collections.abc import Callable
from typing import Any

import strawberry

from engine.core.context import Row
from engine.core.errors import PermissionDenied
from engine.flows.metadata import PERMISSIONS, required
from schema.common.scalars import Metadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import Guard
from schema.execution.info import BatchInfo


@strawberry.type
class MetadataItem:
    key: str
    value: str


@strawberry.input
class MetadataInput:
    key: str
    value: str


def items_of(meta: dict[str, str]) -> list[Row]:
    return [{"key": key, "value": value} for key, value in meta.items()]


def as_meta(items: list[MetadataInput] | None) -> dict[str, str]:
    return {item.key: item.value for item in items or []}


@strawberry.interface
class ObjectWithMetadata:
    """A type that has it says no more: who may read its private part stands in `engine.flows.metadata`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "private_metadata" not in cls.__dict__:
            for name, field in _private_fields(cls.__name__).items():
                setattr(cls, name, field)

    @row_field
    def metadata(row: Row) -> list[MetadataItem]:
        return items_of(row["meta"])

    @row_field
    def metafield(row: Row, key: str) -> str | None:
        return row["meta"].get(key)

    @row_field
    def metafields(row: Row, keys: list[str] | None = None) -> Metadata | None:
        return _chosen(row["meta"], keys)

    @batch_field(guard=Guard())
    async def private_metadata(parents: Rows, info: BatchInfo) -> list[list[MetadataItem]]:
        raise PermissionDenied

    @batch_field(guard=Guard())
    async def private_metafield(parents: Rows, info: BatchInfo, key: str) -> list[str | None]:
        raise PermissionDenied

    @batch_field(guard=Guard())
    async def private_metafields(
        parents: Rows, info: BatchInfo, keys: list[str] | None = None
    ) -> list[Metadata | None]:
        raise PermissionDenied


def _private_fields(type_name: str) -> dict[str, Any]:
    """The private part of a type, shut to all who lack the permission of that type; a type nobody has said anything
    about is shut to everybody."""
    guard = Guard(PERMISSIONS.get(type_name, ()))

    @batch_field(guard=guard)
    async def private_metadata(parents: Rows, info: BatchInfo) -> list[list[MetadataItem]]:
        return _each(type_name, info, parents, items_of)

    @batch_field(guard=guard)
    async def private_metafield(parents: Rows, info: BatchInfo, key: str) -> list[str | None]:
        return _each(type_name, info, parents, lambda pairs: pairs.get(key))

    @batch_field(guard=guard)
    async def private_metafields(
        parents: Rows, info: BatchInfo, keys: list[str] | None = None
    ) -> list[Metadata | None]:
        return _each(type_name, info, parents, lambda pairs: _chosen(pairs, keys))

    made: dict[str, Any] = {
        "private_metadata": private_metadata,
        "private_metafield": private_metafield,
        "private_metafields": private_metafields,
    }
    return made


def _each(type_name: str, info: BatchInfo, parents: Rows, read: Callable[[dict[str, str]], Any]) -> Rows:
    caller = info.context.caller
    values: Rows = []
    for row in parents:
        wanted = required(type_name, row)
        values.append(read(row["private_meta"]) if caller.has(*wanted) else PermissionDenied(wanted))
    return values


def _chosen(pairs: Row, keys: list[str] | None) -> Any:
    return pairs if keys is None else {key: pairs[key] for key in keys if key in pairs}
