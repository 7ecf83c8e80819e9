"""Lines of a cart and what may be wrong with them."""

import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.catalog import queries as catalog
from engine.core.context import Row
from schema.checkout.loading import SHARED, Shared, priced_lines
from schema.common.ids import global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, TaxedMoney, money_row, taxed_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.catalog.types import ProductVariant


@strawberry.type(description="Fewer units are to be had than the line asks for.")
class CheckoutLineProblemInsufficientStock:
    available_quantity: int | None
    line: "CheckoutLine"


@strawberry.type(description="The line's variant is no longer for sale in the channel.")
class CheckoutLineProblemVariantNotAvailable:
    line: "CheckoutLine"


CheckoutLineProblem = Annotated[
    CheckoutLineProblemInsufficientStock | CheckoutLineProblemVariantNotAvailable,
    strawberry.union("CheckoutLineProblem"),
]


@strawberry.type(description="Some units of a variant in a cart.")
class CheckoutLine(ObjectWithMetadata):
    """The row is made by `line_row`."""

    id: strawberry.ID = global_id("CheckoutLine")
    quantity: int
    is_gift: bool | None

    @row_field
    def created_at(row: Row) -> datetime.datetime:
        return row["created_at"]

    @batch_field
    async def variant(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["ProductVariant", strawberry.lazy("schema.catalog.types")]]:
        keys = [(row["variant_id"], row["channel_id"]) for row in parents]
        rows: Rows = await catalog.variants_of_keys(info.context, keys)
        return rows

    @batch_field(description="One unit as it is sold now.")
    async def unit_price(parents: Rows, info: BatchInfo) -> list[TaxedMoney]:
        lines = await priced_lines(parents)
        return [
            taxed_row(line.unit_net, line.unit_gross, row["currency"]) for row, line in zip(parents, lines, strict=True)
        ]

    @batch_field(description="One unit before reductions, as the channel enters prices: with tax or without.")
    async def undiscounted_unit_price(parents: Rows, info: BatchInfo) -> list[Money]:
        lines = await priced_lines(parents)
        return [
            money_row(line.undiscounted_unit_amount, row["currency"]) for row, line in zip(parents, lines, strict=True)
        ]

    @batch_field(description="What the line costs; tax is rounded once for the whole line.")
    async def total_price(parents: Rows, info: BatchInfo) -> list[TaxedMoney]:
        lines = await priced_lines(parents)
        return [
            taxed_row(line.total_net, line.total_gross, row["currency"])
            for row, line in zip(parents, lines, strict=True)
        ]

    @batch_field(description="The line before reductions, as the channel enters prices: with tax or without.")
    async def undiscounted_total_price(parents: Rows, info: BatchInfo) -> list[Money]:
        lines = await priced_lines(parents)
        return [
            money_row(line.undiscounted_unit_amount * line.quantity, row["currency"])
            for row, line in zip(parents, lines, strict=True)
        ]

    @batch_field
    async def requires_shipping(parents: Rows, info: BatchInfo) -> list[bool]:
        return [line.is_shipping_required for line in await priced_lines(parents)]

    @batch_field
    async def problems(parents: Rows, info: BatchInfo) -> list[list[CheckoutLineProblem] | None]:
        rows: Rows = []
        for row in parents:
            found = (await row[SHARED].problems())[row["checkout_id"]]
            rows.append([{**problem, "line": row} for problem in found.lines.get(row["id"], [])])
        return rows


def line_row(line: Row, checkout: Row, shared: Shared) -> Row:
    """A row of `engine.checkout.queries.lines_of` that answers as `CheckoutLine`."""
    return {**line, "currency": checkout["currency"], SHARED: shared}
