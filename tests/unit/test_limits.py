"""What a document may ask for is decided before anything is validated or run."""

from dataclasses import replace

import orjson
import pytest
from graphql import build_schema, get_introspection_query, parse

from engine.core.errors import BadRequest
from engine.core.settings import Settings
from schema.execution.documents import Documents
from schema.execution.errors import Refused
from schema.execution.limits import Limits, check_body, check_cost, check_document, check_text
from tests import clients
from tests.hostile import LONG, REPEATED

LIMITS = Limits(
    body_bytes=1_000, tokens=2_000, depth=5, aliases=3, directives=4, repeats=3, fields=300, values=40, cost=1_000
)
SETTINGS = Settings(_env_file=None)


def check(text: str) -> None:
    check_document(parse(text), LIMITS)


def test_an_ordinary_document_passes() -> None:
    check("query A { a { b { c { d { e } } } } } fragment F on X { a }")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ a { b { c { d { e { f } } } } } }", "6 levels deep; at most 5"),
        ("{ a { ...F } } fragment F on X { b { c { d { e { f } } } } }", "6 levels deep"),
        ("{ a { ... on X { b { c { d { e { f } } } } } } }", "6 levels deep"),
        ("{ a: x b: x c: x d: x }", "4 aliases; at most 3"),
        ("fragment F on X { a: x b: x c: x d: x } { x }", "4 aliases"),
        ("{ a @skip(if: true) @a @b @c @d }", "5 directives; at most 4"),
        ("{ a a a a a }", "repeats fields 4 times; at most 3"),
        ("{ a { b } ... on X { a { b } a { b } } ... { a { b } a { b } } }", "repeats fields 4 times"),
        ("{ ...A ...B a b } fragment A on X { a b } fragment B on X { a b }", "repeats fields 4 times"),
        ("{ __schema { t { fields { t { fields { n } } } } } }", "from type to type"),
        ("{ __schema { ...T } } fragment T on X { interfaces { possibleTypes { n } } }", "from type to type"),
        ("{ a: __schema { t } b: __schema { t } }", "asks for the schema may not use aliases"),
        ("{ __type { a: fields { n } b: fields { n } } }", "asks for the schema may not use aliases"),
        ("{ ...A } fragment A on X { ...B } fragment B on X { ...A }", 'spread fragment "A" within itself'),
        ("{ a(b: [" + "1 " * 41 + "]) }", "more than 40 keys and values"),
        ("{ a(b: {c: {c: {c: {c: {c: 1}}}}}) }", "more than 40 keys and values"),
        ("{ " + "... { " * 61 + "a" + " }" * 61 + " }", "nested too deeply"),
    ],
)
def test_too_much_is_refused_with_the_number_and_the_limit(text: str, message: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        check(text)
    assert message in str(refusal.value)


def test_fragments_that_double_at_each_step_are_measured_once_each() -> None:
    steps = " ".join(f"fragment F{i} on X {{ ...F{i + 1} ...F{i + 1} }}" for i in range(50))
    check(f"{{ ...F0 }} {steps} fragment F50 on X {{ x }}")


@pytest.mark.parametrize("length", [60, 5_000])
def test_a_chain_of_fragments_is_as_deep_as_selections_inside_one_another(length: int) -> None:
    steps = " ".join(f"fragment F{i} on X {{ ...F{i + 1} }}" for i in range(length))
    with pytest.raises(BadRequest, match="nested too deeply"):
        check(f"{{ ...F0 }} {steps} fragment F{length} on X {{ x }}")


def test_fields_count_wherever_their_fragment_is_spread() -> None:
    def branching(levels: int) -> str:
        steps = " ".join(f"fragment F{i} on X {{ a {{ ...F{i + 1} }} b {{ ...F{i + 1} }} }}" for i in range(levels))
        return f"{{ ...F0 }} {steps} fragment F{levels} on X {{ x }}"

    roomy = Limits(body_bytes=1, tokens=1, depth=50, aliases=0, fields=1_000)
    check_document(parse(branching(8)), roomy)
    with pytest.raises(BadRequest, match="selects 1534 fields; at most 1000"):
        check_document(parse(branching(9)), roomy)
    with pytest.raises(BadRequest, match="selects 1000000000 fields"):
        check_document(parse(branching(29)), roomy)


def test_introspection_may_be_as_deep_as_the_tools_write_it() -> None:
    check("{ __schema { a { b { c { d { e { f { g } } } } } } } }")


def test_the_same_field_in_other_places_is_no_repetition() -> None:
    check("{ a { id } b { id } c { id ...F } d { id ...F ...F } e { id } } fragment F on X { name }")


def test_the_introspection_of_the_tools_passes() -> None:
    check_document(parse(get_introspection_query(input_value_deprecation=True)), LIMITS)


@pytest.mark.parametrize("name", [*clients.STOREFRONT, *clients.DASHBOARD])
@pytest.mark.parametrize("staff", [False, True])
def test_what_clients_send_is_far_within_the_limits(name: str, staff: bool) -> None:
    document, variables = (clients.STOREFRONT | clients.DASHBOARD)[name]
    limits = Limits.of(SETTINGS, staff=staff)
    half = replace(
        limits, tokens=limits.tokens // 2, aliases=limits.aliases // 2, directives=limits.directives // 2,
        repeats=limits.repeats // 2, fields=limits.fields // 2, values=limits.values // 2,
    )  # fmt: skip
    check_body(orjson.dumps({"query": document, "variables": variables}), half)
    assert check_text(document, half) == parse(document).token_count
    check_document(parse(document), half)


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (b"[" + b"1," * 38 + b"1]", True),
        (b"[" + b"1," * 40 + b"1]", False),
        (b'{"v":[' + b"{}," * 2 + b"{}]}", True),
        (b'{"v":[' + b"{}," * 4 + b"{}]}", False),
        (b'{"v":"' + b'\\\\",{["' * 200 + b'"}', False),
        (b'{"v":"' + b'\\",{[' * 200 + b'"}', True),
        (b'{"v":"' + b"{[,]}" * 200 + b'"}', True),
        (b'{"v":"' + b'\\"' * 200, True),
        (b'{"query":"{ a { b { c { d } } } }","variables":{"a":1}}', True),
    ],
)
def test_values_are_counted_outside_the_strings_of_a_body(body: bytes, fits: bool) -> None:
    if fits:
        check_body(body, LIMITS)
    else:
        with pytest.raises(BadRequest, match="more than 40 keys and values"):
            check_body(body, LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        *(make(7) for name, make in (REPEATED | LONG).items() if "never" not in name),
        '{ a(b: """ x \\""" "" # { \n """, c: "\\"#{", d: -1.5e+3) } # end',
        "query($a:[Int!]!=[1,2],$b:T){...F@x...on T{a:b}}",
        "\ufeff{ a }",
    ],
)
def test_tokens_are_counted_as_the_parser_counts_them(text: str) -> None:
    assert check_text(text, LIMITS) == parse(text).token_count


def test_a_document_has_as_many_tokens_and_characters_as_its_limits_say() -> None:
    few = replace(LIMITS, tokens=4)
    assert check_text("{ a b }", few) == 4
    with pytest.raises(BadRequest, match="more than 4 tokens"):
        check_text("{ a b c }", few)
    assert check_text("{ a }" + " " * 95, few) == 3
    with pytest.raises(BadRequest, match="has 101 characters; at most 100"):
        check_text("{ a }" + " " * 96, few)


def test_a_cost_is_refused_with_the_number_and_the_limit() -> None:
    check_cost(1_000, LIMITS)
    with pytest.raises(BadRequest) as refusal:
        check_cost(1_001, LIMITS)
    assert str(refusal.value) == (
        "The document costs 1001; at most 1000 is allowed. Ask for fewer items or fewer nested lists."
    )


def test_parsed_documents_are_kept_within_bounds_and_refused_ones_not_at_all() -> None:
    documents = Documents(build_schema("type Query { a: Int b: Int }"), size=3, characters=40)
    first = documents.get("{ a }", LIMITS)
    assert documents.get("{ a }", LIMITS) is first
    for text in ("{ c }", "{", "{ b b b b b }"):
        with pytest.raises(Refused):
            documents.get(text, LIMITS)
    assert documents.get("{ a }", LIMITS) is first
    assert len(documents) == 1
    for text in ("query A { a }", "query B { a }", "query C { a }", "query D { a }"):
        documents.get(text, LIMITS)
        assert len(documents) <= 3
    assert documents.get("{ a }", LIMITS) is not first
    documents.get("query Long { a b }" + " " * 40, LIMITS)
    assert len(documents) == 0
