"""What a document may ask for is decided before anything is validated or run."""

import pytest
from graphql import build_schema, get_introspection_query, parse

from engine.core.errors import BadRequest
from schema.execution.documents import Documents
from schema.execution.errors import Refused
from schema.execution.limits import Limits, check_document

LIMITS = Limits(body_bytes=1_000, tokens=2_000, depth=5, aliases=3, directives=4, repeats=3)


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
    ],
)
def test_too_much_is_refused_with_the_number_and_the_limit(text: str, message: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        check(text)
    assert message in str(refusal.value)


def test_fragments_that_double_at_each_step_are_measured_once_each() -> None:
    steps = " ".join(f"fragment F{i} on X {{ ...F{i + 1} ...F{i + 1} }}" for i in range(200))
    check(f"{{ ...F0 }} {steps} fragment F200 on X {{ x }}")


def test_introspection_may_be_as_deep_as_the_tools_write_it() -> None:
    check("{ __schema { a { b { c { d { e { f { g } } } } } } } }")


def test_the_same_field_in_other_places_is_no_repetition() -> None:
    check("{ a { id } b { id } c { id ...F } d { id ...F ...F } e { id } } fragment F on X { name }")


def test_the_introspection_of_the_tools_passes() -> None:
    check_document(parse(get_introspection_query(input_value_deprecation=True)), LIMITS)


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
