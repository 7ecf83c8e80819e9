"""The same schema and resolvers as most shops would serve them: Strawberry's own view and executor, nothing kept."""

from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from engine.accounts.tokens import caller_of
from engine.flows.shop import Shop
from schema.attributes.assigned import ASSIGNED_TYPES
from schema.common.scalars import SCALARS
from schema.execution.batching import Execution
from schema.execution.endpoint import bearer_token, headers_of, request_ctx
from schema.execution.types import build_schema
from schema.root import Mutation, Query

_EXECUTION = "benchmark.execution"


class _View(GraphQL[Any, None]):
    """As it comes, but for the context, which every shop gives it."""

    async def get_context(self, request: Any, response: Any) -> Any:
        return request.scope[_EXECUTION]


def stock_app(shop: Shop) -> ASGIApp:
    """Resolvers stand behind DataLoaders, one set for each request."""
    schema = build_schema(
        Query, Mutation, scalar_map=SCALARS, types=ASSIGNED_TYPES, executor=StrawberryGraphQLCoreExecutionContext
    )
    view = _View(schema)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        ctx = request_ctx(request, shop)
        ctx = ctx.acting_as(await caller_of(ctx, bearer_token(headers_of(request))))
        execution = scope[_EXECUTION] = Execution(ctx)
        try:
            await view(scope, receive, send)
        finally:
            await execution.close()
            await ctx.release()

    return app
