"""`ObjectWithMetadata`: string pairs that clients and apps keep on an object. Rows carry `meta` and `private_meta`."""

import strawberry

from engine.core.context import Row
from schema.common.scalars import Metadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF
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
    @row_field
    def metadata(row: Row) -> list[MetadataItem]:
        return items_of(row["meta"])

    @row_field
    def metafield(row: Row, key: str) -> str | None:
        return row["meta"].get(key)

    @row_field
    def metafields(row: Row, keys: list[str] | None = None) -> Metadata | None:
        meta: Row = row["meta"]
        if keys is None:
            return meta
        return Metadata({key: meta[key] for key in keys if key in meta})

    @batch_field(guard=STAFF)
    async def private_metadata(parents: Rows, info: BatchInfo) -> list[list[MetadataItem]]:
        return [items_of(row["private_meta"]) for row in parents]

    @batch_field(guard=STAFF)
    async def private_metafield(parents: Rows, info: BatchInfo, key: str) -> list[str | None]:
        return [row["private_meta"].get(key) for row in parents]
