import uuid

import strawberry

from engine.checkout import queries
from engine.core.errors import BadRequest
from engine.core.ids import uuid_pk
from engine.core.paging import page_args
from schema.checkout.loading import shown, with_shared
from schema.checkout.types import Checkout, CheckoutCountableConnection
from schema.execution.fields import Rows, root_field
from schema.execution.guards import PUBLIC, needs
from schema.execution.info import BatchInfo


@strawberry.type
class CheckoutQueries:
    @root_field(PUBLIC, description="A cart by its id, which is the credential.")
    async def checkout(
        self, info: BatchInfo, id: strawberry.ID | None = None, token: uuid.UUID | None = None
    ) -> Checkout | None:
        if (id is None) == (token is None):
            raise BadRequest("Give one of id and token.")
        checkout_id = uuid_pk(id, "Checkout") if id is not None else token
        (row,) = await queries.by_ids(info.context, [checkout_id])  # type: ignore[list-item]
        return shown(info.context, row)

    @root_field(needs("MANAGE_CHECKOUTS", "HANDLE_PAYMENTS"), description="All carts, newest first.")
    async def checkouts(
        self,
        info: BatchInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> CheckoutCountableConnection | None:
        args = page_args("checkouts", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        page = await queries.page(info.context, args)
        total = await queries.count(info.context) if info.selects("totalCount") else None
        connection: Rows = page.as_connection(total_count=total)
        nodes = with_shared(info.context, page.rows)
        for edge, node in zip(connection["edges"], nodes, strict=True):
            edge["node"] = node
        return connection
