"""A document's cost is told from the schema, without running it."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from engine.core.paging import MAX_PAGE
from engine.core.settings import Settings
from schema.execution import cost as costs
from schema.execution.cost import Cost, CostModel
from schema.execution.limits import Limits, check_document
from schema.root import schema
from tests import clients
from tests.benchmarks import documents
from tests.hostile import DEAR

MODEL = CostModel(schema._schema)
SHOPPER = Limits.of(Settings(_env_file=None), staff=False)
STAFF = Limits.of(Settings(_env_file=None), staff=True)


def measure(text: str, model: CostModel = MODEL) -> Cost:
    document = parse(text)
    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return model.measure(document, operation)


def most(text: str) -> int:
    return measure(text).most


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # found by its slug: 1; read from its row: 0.1 each
        ('{ product(slug: "a") { id name } }', 1.2),
        ("{ me { email defaultBillingAddress { city country { code } } } }", 2.4),
        # five variants: the look-up, a row each, and a field of each
        ('{ product(slug: "a") { variants { id } } }', 1 + 1 + 5 * 1.1),
        # a list kept in the row: five values read from it
        ('{ product(slug: "a") { attributes { values { name } } } }', 1 + 1 + 5 * (1 + 0.1 + 5 * 0.2)),
        # a page: a row and its node each
        ("{ products(first: 20) { edges { node { id } cursor } pageInfo { hasNextPage } } }", 1.2 + 20 * 1.3),
        ("{ products(last: 20) { edges { cursor } } }", 1 + 20 * 1.1),
        ("{ products(first: null, last: 7) { edges { cursor } } }", 1 + 7 * 1.1),
        ("{ products(first: 0) { edges { cursor } } }", 1),
        # what the engine refuses counts as the longest page
        ("{ products { edges { cursor } } }", 1 + MAX_PAGE * 1.1),
        ("{ products(first: 1000000000000) { edges { cursor } } }", 1 + MAX_PAGE * 1.1),
        ("{ products(first: -1) { edges { cursor } } }", 1 + MAX_PAGE * 1.1),
        ('{ products(first: "many") { edges { cursor } } }', 1 + MAX_PAGE * 1.1),
        # over the whole of a connection
        ("{ products { totalCount } }", 1 + 10),
        ("{ products { facets { values { count } } } }", 1 + 100 + 5 * (1 + 0.1 + 5 * 0.2)),
        # a change
        ('mutation { tokenVerify(token: "a") { isValid } }', 10.1),
        # a limit shortens a list
        ('{ product(slug: "a") { assignedAttributes(limit: 3) { __typename } } }', 1 + 1 + 3),
        ('{ product(slug: "a") { assignedAttributes(limit: 100) { __typename } } }', 1 + 1 + 5),
        # the schema has limits of its own
        ("{ __schema { types { name fields { name } } } __typename }", 0),
    ],
)
def test_a_document_costs_what_it_makes_the_engine_find_and_write(text: str, expected: float) -> None:
    assert most(text) == -(-round(expected * 10) // 10)


def test_pages_in_pages_multiply() -> None:
    one = "{ products(first: 10) { edges { cursor } } }"
    assert most(one) == 12
    nested = "{ categories(first: 20) { edges { node { products(first: 10) { edges { cursor } } } } } }"
    assert most(nested) == 1 + 20 * (1 + 0.1) + 20 * 12


def test_fragments_cost_what_stands_in_them_where_they_are_spread() -> None:
    assert most(
        '{ a: product(slug: "a") { ...P ... on Product { name ... { slug } } } b: product(slug: "b") { ...P } } '
        "fragment P on Product { id variants { ...V } } fragment V on ProductVariant { sku }"
    ) == most(
        '{ a: product(slug: "a") { id variants { sku } name slug } b: product(slug: "b") { id variants { sku } } }'
    )
    connection = (
        "{ products(first: 5) { ...C } } fragment C on ProductCountableConnection { edges { ...E } totalCount } "
    )
    assert most(connection + "fragment E on ProductCountableEdge { node { id } }") == most(
        "{ products(first: 5) { edges { node { id } } totalCount } }"
    )


def test_of_the_types_of_a_union_the_dearest_counts() -> None:
    def attributes(fragments: str) -> int:
        return most(f'{{ product(slug: "a") {{ assignedAttributes {{ __typename {fragments} }} }} }}')

    dear = "... on AssignedMultiProductReferenceAttribute { value { id name } }"
    cheap = "... on AssignedSwatchAttribute { value { slug } } ... on AssignedBooleanAttribute { value }"
    assert attributes(dear) == attributes(dear + cheap) > attributes(cheap)
    everywhere = "... on AssignedAttribute { attribute { slug } }"
    assert attributes(dear + everywhere) - attributes(dear) == attributes(everywhere) - attributes("") > 0


def paged(outer: int, inner: int) -> str:
    return f"""{{ categories(first: {outer}) {{ edges {{ node {{
      products(first: {inner}) {{ edges {{ cursor }} }} }} }} }} }}"""


PAGED = """query($first: Int, $last: Int = 30, $inner: Int!, $other: Int) {
  categories(first: $first, last: $last) { edges { node { products(first: $inner) { edges { cursor } } } } } }"""


@pytest.mark.parametrize(
    ("variables", "outer", "inner"),
    [
        ({"first": 20, "last": None, "inner": 10}, 20, 10),
        ({"inner": 10}, 30, 10),
        ({"last": 5, "inner": 10}, 5, 10),
        ({"last": None, "inner": 10}, MAX_PAGE, 10),
        ({"last": 5}, 5, MAX_PAGE),
        ({"last": 5, "inner": None}, 5, MAX_PAGE),
        ({"last": 5, "inner": "10"}, 5, MAX_PAGE),
        ({"last": 5, "inner": True}, 5, MAX_PAGE),
        ({"last": 5, "inner": -1}, 5, MAX_PAGE),
        ({"last": 5, "inner": 10**30}, 5, MAX_PAGE),
        ({"last": 5, "inner": [1]}, 5, MAX_PAGE),
        ({"last": 5, "inner": 1.0}, 5, MAX_PAGE),
        ({"last": 5, "inner": 0}, 5, 0),
    ],
)
def test_variables_size_pages(variables: dict[str, Any], outer: int, inner: int) -> None:
    found = measure(PAGED)
    assert found.of(variables) == most(paged(outer, inner))
    assert found.most == most(paged(MAX_PAGE, MAX_PAGE))


def test_what_the_schema_does_not_know_costs_nothing() -> None:
    found = measure(
        "{ nothing(first: 3) { x } product { nothing { x } ...Missing ...N } me { ... on Nothing { x } } } "
        "fragment N on Nothing { products(first: 5) { x } }"
    )
    assert found.most == 2
    assert measure("subscription { x { y } }").most == 0
    assert measure("{ a { b } }", CostModel(build_schema("type Query { a: Query b: Int }"))).most == 1


def test_a_ring_of_fragments_is_measured_and_left_to_validation() -> None:
    ring = "{ ...A } fragment A on Query { me { id } ...B } fragment B on Query { me { id } ...A }"
    assert most(ring) == 3


def test_each_fragment_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    field = costs._Measure.field
    monkeypatch.setattr(costs._Measure, "field", lambda *given: (counted.append(1), field(*given))[1])
    steps = " ".join(
        f"fragment F{i} on Category {{ a: parent {{ ...F{i + 1} }} b: parent {{ ...F{i + 1} }} ...F{i + 1} }}"
        for i in range(28)
    )
    found = measure(
        f'query($n: Int) {{ category(slug: "a") {{ ...F0 }} }} {steps} '
        "fragment F28 on Category { products(first: $n) { edges { node { id } } } }"
    )
    assert len(counted) == 1 + 2 * 28 + 4
    assert found.most == found.of({"n": 1}) == costs.CEILING // 10


def test_sums_of_very_many_pages_count_as_if_they_were_full() -> None:
    names = [f"v{i}" for i in range(100)]
    pages = " ".join(f"a{name}: products(first: ${name}) {{ edges {{ cursor }} }}" for name in names)
    found = measure(f"query({', '.join(f'${name}: Int' for name in names)}) {{ {pages} }}")
    assert found.most == 100 + 100 * MAX_PAGE * 1.1
    assert found.most // 3 < found.of(dict.fromkeys(names, 0)) <= found.most
    assert len(found._terms) <= costs.MAX_TERMS


@pytest.mark.parametrize("name", clients.STOREFRONT)
def test_what_a_storefront_sends_costs_less_than_half_of_what_is_allowed(name: str) -> None:
    text, variables = clients.STOREFRONT[name]
    assert 0 < measure(text).of(variables) * 2 < SHOPPER.cost


@pytest.mark.parametrize("name", clients.DASHBOARD)
def test_what_a_dashboard_sends_costs_less_than_half_of_what_staff_are_allowed(name: str) -> None:
    text, variables = clients.DASHBOARD[name]
    assert 0 < measure(text).of(variables) * 2 < STAFF.cost


@pytest.mark.parametrize("name", ["LISTING", "DETAIL", "SEARCH", "CATEGORY", "ORDERS"])
def test_the_pages_that_reads_are_measured_with_cost_little(name: str) -> None:
    assert 100 < measure(getattr(documents, name)).of({"first": 24}) < 1_000


@pytest.mark.parametrize("name", DEAR)
def test_pages_in_pages_cost_more_than_is_allowed(name: str) -> None:
    check_document(parse(DEAR[name]), SHOPPER)
    assert most(DEAR[name]) > SHOPPER.cost
