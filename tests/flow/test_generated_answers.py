"""The pages a shop serves most are answered by generated code: nothing in them is completed position by position."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from engine.core.context import Caller, Ctx
from engine.core.statements import Statement
from engine.flows.shop import Shop
from engine.search.service import backend_of
from schema.execution import compile as generated
from schema.execution.executor import execute
from schema.root import schema
from tests.benchmarks import documents
from tests.executing import prepared

pytestmark = pytest.mark.anyio

SHOWN = Statement(
    sa.text(
        "SELECT p.slug AS slug, c.slug AS category, split_part(p.name, ' ', 1) AS word,"
        " (SELECT user_id FROM sales_order WHERE user_id IS NOT NULL LIMIT 1) AS user_id,"
        " (SELECT slug FROM channel ORDER BY id LIMIT 1) AS channel"
        " FROM product p JOIN category c ON c.id = p.category_id ORDER BY p.id LIMIT 1"
    )
)


@pytest.fixture(scope="module", autouse=True)
async def indexed(demo_shop: Shop) -> None:
    ctx = demo_shop.ctx()
    await backend_of(ctx).reindex(ctx)
    await ctx.release()


@pytest.mark.parametrize("name", ["LISTING", "DETAIL", "SEARCH", "CATEGORY", "ORDERS"])
async def test_a_page_of_the_demo_shop_is_the_usual_case(
    demo_ctx: Ctx, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    careful: list[str] = []
    complete: Callable[..., Any] = vars(generated)["complete"]

    async def completed(run: Any, field: Any, *rest: Any) -> Any:
        careful.append(f"{field.parent_type}.{field.field_name}")
        return await complete(run, field, *rest)

    async def assembled(run: Any, scope: Any, *rest: Any) -> Any:
        raise AssertionError(f"generated code failed for {scope.type}")

    monkeypatch.setattr(generated, "complete", completed)
    monkeypatch.setattr(generated, "assemble", assembled)
    shown = await demo_ctx.first(SHOWN)
    assert shown is not None
    texts = {"slug": shown["category" if name == "CATEGORY" else "slug"], "search": shown["word"]}
    values = {**texts, "channel": shown["channel"], "first": 24}
    operation = prepared(schema, getattr(documents, name))
    given = {node.variable.name.value for node in operation.node.variable_definitions or ()} & values.keys()
    result, run = await execute(
        operation, {key: values[key] for key in given}, demo_ctx.acting_as(Caller(user_id=shown["user_id"]))
    )
    assert run is not None
    assert result.errors is None
    assert _rows(result.data) > 0
    assert careful == []


def _rows(data: Any) -> int:
    """How many rows there are in the longest list of the answer."""
    if isinstance(data, list):
        return max([len(data), *map(_rows, data)])
    return max(map(_rows, data.values()), default=0) if isinstance(data, dict) else 0
