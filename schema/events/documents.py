"""Subscription queries of webhooks: checked when they are given, answered for each event."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    parse,
)
from graphql.language import SelectionSetNode

from engine.core.context import Ctx, Row
from engine.core.errors import BadRequest, Refusal
from engine.core.settings import Settings
from schema.events.subjects import NAMES
from schema.execution.cost import CostModel
from schema.execution.errors import Refused, format_error
from schema.execution.executor import prepare, run_plan
from schema.execution.limits import Limits, check_cost, check_document, check_text
from schema.execution.plan import Operation
from schema.execution.run import Run
from schema.execution.validation import validate

NOTIFY_USER = "notify_user"
INVALID_NOTIFY = "INVALID_NOTIFY_WITH_SUBSCRIPTION"


class Query:
    """A subscription that can be answered. `events`: the names of those it asks for."""

    def __init__(self, operation: Operation, events: frozenset[str]):
        self._operation = operation
        self._variables = operation.variables.coerce({})
        self.events = events

    async def answer(self, ctx: Ctx, event: Row) -> dict[str, Any] | None:
        """What is selected of the event, and `errors` where something could not be told; None when the query says
        nothing about this one."""
        plan = self._operation.plan(self._variables)
        result = await run_plan(plan, Run(ctx, self._variables, root_value={"event": event}))
        found = next((value for value in (result.data or {}).values() if value), None)
        answer: dict[str, Any] = dict(found or {})
        if result.errors:
            masked = ctx.settings.production
            answer["errors"] = [format_error(error, masked=masked) for error in result.errors]
        return answer or None


def checked(settings: Settings, text: str) -> Query:
    """Raises Refusal with a code of Saleor's `WebhookErrorCode`."""
    return _checked(text, Limits.of(settings, staff=True))


@lru_cache(maxsize=1)
def _costs(graphql_schema: GraphQLSchema) -> CostModel:
    return CostModel(graphql_schema)


@lru_cache(maxsize=512)
def _checked(text: str, limits: Limits) -> Query:
    from schema.root import schema  # events are part of it

    graphql_schema = schema._schema
    try:
        check_text(text, limits)
        document = parse(text, max_tokens=limits.tokens)
        check_document(document, limits)
    except GraphQLSyntaxError as error:
        raise _refused(error.message, "SYNTAX") from error
    except (BadRequest, RecursionError) as error:
        raise _refused(str(error) or "The document is nested too deeply.", "UNABLE_TO_PARSE") from error
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.SUBSCRIPTION:
        raise _refused("A webhook's query is exactly one subscription.", "MISSING_SUBSCRIPTION")
    errors = validate(graphql_schema, document)
    if errors:
        raise _refused(errors[0].message, "GRAPHQL_ERROR")
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    events = frozenset(_events(operations[0].selection_set, fragments))
    if not events:
        raise _refused("The subscription names no event.", "MISSING_EVENT")
    try:
        check_cost(_costs(graphql_schema).measure(document, operations[0]).most, limits)
        query = Query(prepare(graphql_schema, document, operations[0]), events)
    except BadRequest as error:
        raise _refused(str(error), "UNABLE_TO_PARSE") from error
    except Refused as error:
        raise _refused(error.errors[0].message, "GRAPHQL_ERROR") from error
    if query._operation.plan(query._variables).introspects:
        raise _refused("A webhook's query may not ask for the schema.", "GRAPHQL_ERROR")
    return query


def _events(selections: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]) -> list[str]:
    """The events that conditions name, in the fragments and the field that lead to them."""
    found: list[str] = []
    below: SelectionSetNode | None
    for node in selections.selections if selections else ():
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            condition, below = fragment.type_condition.name.value, fragment.selection_set
        elif isinstance(node, InlineFragmentNode):
            condition, below = node.type_condition.name.value if node.type_condition else "", node.selection_set
        elif isinstance(node, FieldNode) and node.name.value == "event":
            condition, below = "", node.selection_set
        else:
            continue
        found += [NAMES[condition]] if condition in NAMES else _events(below, fragments)
    return found


def _refused(message: str, code: str) -> Refusal:
    return Refusal(message, field="query", code=code)


def checked_for(settings: Settings, text: str, events: Sequence[str]) -> frozenset[str]:
    """The events that the query names. Raises Refusal as `checked` does, and for events that no query goes with."""
    if NOTIFY_USER in events:
        raise _refused("NOTIFY_USER webhook cannot be created with a subscription query.", INVALID_NOTIFY)
    return checked(settings, text).events
