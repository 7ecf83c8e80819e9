"""Documents are validated by graphql-core's own rules, on a shorter way through the document."""

from typing import Any

import graphql
import pytest
from graphql import GraphQLError, GraphQLSyntaxError, parse
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping

from schema.execution import validation
from schema.execution.validation import RULES, validate
from schema.root import schema
from tests import clients
from tests.hostile import LONG, REPEATED

SCHEMA = schema._schema
PAIRS = ["one object again and again", "fragments side by side", "inline fragments beside one another"]
MIXED = """
query A($id: ID!, $unused: Int, $bad: Nothing) @include(if: true) {
  product(id: $id, nonsense: 1) @skip { id ...P name @unknown attributes }
  channel(slug: $undeclared) { slug { x } }
  me: products(first: "1", filter: {ids: [1, {a: 2}], ids: [], nothing: 3}) { totalCount }
  me { id }
}
fragment P on Product { id ...P weight { unit: value unit } ... on Order { id } ...Missing }
fragment Unused on String { x }
subscription S { a b }
type T { a: Int }
"""


def shown(errors: list[GraphQLError]) -> list[Any]:
    return [(error.message, error.locations) for error in errors]


@pytest.mark.parametrize("max_errors", [5, 100])
def test_a_document_of_many_faults_is_told_the_same(max_errors: int) -> None:
    document = parse(MIXED)
    expected = graphql.validate(SCHEMA, document, max_errors=max_errors, hide_suggestions=True)
    assert len(expected) == min(max_errors + 1, 24)
    assert shown(validate(SCHEMA, document, max_errors)) == shown(expected)


@pytest.mark.parametrize("name", REPEATED | LONG)
def test_hostile_documents_are_told_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MERGE_WORK", 500_000)
    monkeypatch.setattr(validation, "FRAGMENT_WORK", 50_000)
    try:
        document = parse((REPEATED | LONG)[name](9))
    except GraphQLSyntaxError:
        assert "never" in name
        return
    expected = graphql.validate(SCHEMA, document, max_errors=5, hide_suggestions=True)
    assert shown(validate(SCHEMA, document)) == shown(expected)


@pytest.mark.parametrize("name", clients.STOREFRONT | clients.DASHBOARD)
def test_what_clients_send_is_valid(name: str) -> None:
    document, _ = (clients.STOREFRONT | clients.DASHBOARD)[name]
    assert validate(SCHEMA, parse(document)) == []


def test_every_rule_of_graphql_core_is_there() -> None:
    assert len(RULES) == len(graphql.specified_rules)
    assert all(issubclass(ours, theirs) for ours, theirs in zip(RULES, graphql.specified_rules, strict=True))


@pytest.mark.parametrize("name", PAIRS)
def test_comparing_fields_in_pairs_ends_early(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = []
    spend = overlapping.spend_complexity_budget

    def counted(context: Any, cost: int) -> None:
        spent.append(cost)
        spend(context, cost)

    monkeypatch.setattr(overlapping, "spend_complexity_budget", counted)
    (error,) = validate(SCHEMA, parse(REPEATED[name](400)))
    assert error.message == "Validation aborted."
    assert validation.MERGE_WORK < sum(spent) <= validation.MERGE_WORK + 2


def test_a_literal_that_a_scalar_stumbles_over_is_no_fault_of_ours() -> None:
    (error,) = validate(SCHEMA, parse("{ products(first: 1" + "0" * 5_000 + ") { totalCount } }"))
    assert error.message == "Expected value of type 'Int'."
    assert error.original_error is None
