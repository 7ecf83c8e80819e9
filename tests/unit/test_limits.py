"""What a document may ask for is decided before anything is validated or run."""

import pytest
from graphql import parse

from engine.core.errors import BadRequest
from schema.execution.limits import Limits, check_document

LIMITS = Limits(body_bytes=1_000, tokens=2_000, depth=5, aliases=3, directives=4)


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
