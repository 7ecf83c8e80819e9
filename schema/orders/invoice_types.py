"""Invoices."""

import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.core.context import Row
from engine.flows import invoices
from engine.orders import queries as orders
from schema.common.enums import JobStatusEnum
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.orders.types import Order


@strawberry.type(description="A document that asks for the money of an order.")
class Invoice(ObjectWithMetadata, Node):
    id: strawberry.ID = global_id("Invoice")
    status: JobStatusEnum
    number: str | None
    message: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime

    @batch_field(description="Where the PDF is, once it was made.")
    async def url(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [invoices.url_of(info.context, row) for row in parents]

    @row_field(description="The same as `url` for a document that is kept elsewhere.")
    def external_url(row: Row) -> str | None:
        return row["external_url"]

    @batch_field
    async def order(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Order", strawberry.lazy("schema.orders.types")] | None]:
        return await orders.by_ids(info.context, [row["order_id"] for row in parents])
