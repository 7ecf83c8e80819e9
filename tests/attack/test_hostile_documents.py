"""Requests written to keep the server busy are refused in words, and before they have cost much."""

from typing import Any

import orjson
import pytest

from engine.core.context import ANONYMOUS
from engine.core.settings import Settings
from schema.execution import documents, endpoint, plan
from schema.execution.limits import Limits
from tests.doorstep import NO_DATABASE, STAFF, Answer, Doorstep
from tests.hostile import BODIES, DEAR, LONG, LONG_VARIABLES, REPEATED, VARIABLES, request, zoo

pytestmark = pytest.mark.anyio

FEWER = {"max_staff_tokens": 3_000}
"""Staff may send ten thousand; so many would only make the tests take longer."""
SETTINGS = Settings(_env_file=None, **FEWER)
SHOPPER, MEMBER = (Limits.of(SETTINGS, staff=staff) for staff in (False, True))
TOO_MANY_TOKENS = "The document has more than {0.tokens} tokens."
TOO_LONG = "characters; at most {0.characters} are allowed."
TOO_MANY_VALUES = "The request has more than {0.values} keys and values."
NO_JSON = "The request body is not valid JSON."
ANSWERED = ""

WITHIN_TOKENS = {
    "fields nobody knows": "fields; at most {0.fields} are allowed.",
    "fields almost known": "fields; at most {0.fields} are allowed.",
    "one field again and again": "repeats fields",
    "one object again and again": "repeats fields",
    "one object with many fields again and again": "fields; at most {0.fields} are allowed.",
    "aliases": "aliases; at most {0.aliases} are allowed.",
    "aliased pages": "aliases; at most {0.aliases} are allowed.",
    "aliased objects": "aliases; at most {0.aliases} are allowed.",
    "braces that never close": "Document is nested too deeply.",
    "selections inside one another": "Document is nested too deeply.",
    "inline fragments inside one another": "Document is nested too deeply.",
    "inline fragments beside one another": "repeats fields",
    "lists inside one another": "Document is nested too deeply.",
    "objects inside one another": "Document is nested too deeply.",
    "list types inside one another": "Document is nested too deeply.",
    "a list of strings": "Invalid ID: a0. Expected: ProductVariant.",
    "a list of empty objects": TOO_MANY_VALUES,
    "a list of wrong values": (TOO_MANY_VALUES, "ID cannot represent a non-string and non-integer value"),
    "an object of unknown keys": "not to include unknown field 'key0'",
    "an object of one key": "There can be only one input field named 'ids'.",
    "arguments nobody knows": "Unknown argument 'a0' on field 'Query.product'.",
    "one argument again and again": "There can be only one argument named 'slug'.",
    "directives on one field": "directives; at most 50 are allowed.",
    "directives nobody knows": "directives; at most 50 are allowed.",
    "directives on every field": "directives; at most 50 are allowed.",
    "fragments nobody uses": "Fragment 'F0' is never used.",
    "fragments of types nobody knows": "Unknown type 'T0'.",
    "fragments of one name": "There can be only one fragment named 'F'.",
    "fragments in a chain": "The document is nested too deeply.",
    "fragments in a ring": 'Cannot spread fragment "F0" within itself.',
    "fragments that double": "The document is nested too deeply.",
    "fragments that branch": "selects 24575 fields; at most {0.fields} are allowed.",
    "fragments that spread themselves": 'Cannot spread fragment "F0" within itself.',
    "fragments side by side": "Validation aborted.",
    "fragments of one field side by side": "repeats fields",
    "fragments that spread all later ones": "repeats fields",
    "fragments that spread one another": 'Cannot spread fragment "F0" within itself.',
    "spreads of no fragment": "Unknown fragment 'F0'.",
    "operations": "Must provide operation name",
    "operations of one name": "There can be only one operation named 'Q'.",
    "operations without a name": "This anonymous operation must be the only defined operation.",
    "operations that spread one chain": "The document is nested too deeply.",
    "variables": "Variable '$v0' is never used.",
    "variables of types nobody knows": "Variable '$v0' is never used.",
    "variables of one name": "There can be only one variable named '$v'.",
    "variables that are all used": "aliases; at most {0.aliases} are allowed.",
    "variables that are not declared": "aliases; at most {0.aliases} are allowed.",
    "definitions of types": "The 'T0' definition is not executable.",
    "the schema, widely": "repeats fields",
    "the schema, deeply": "Document is nested too deeply.",
}
"""By name; where two are given, the first is what a shopper is told and the second what staff are."""
WITHIN_CHARACTERS = {
    "a long name": "Cannot query field 'aaa",
    "a long type name": "Unknown type 'AAA",
    "a long string": NO_DATABASE,
    "a long string for a number": "Int cannot represent non-integer value",
    "a string of escapes": NO_DATABASE,
    "a long block string": NO_DATABASE,
    "a block string of many lines": NO_DATABASE,
    "a string that never ends": "Unterminated string.",
    "a string of quotes that never ends": "Unterminated string.",
    "block strings that never end": "Unterminated string.",
    "a long whole number": "Expected value of type 'Int'.",
    "a long whole number for an id": "Invalid ID: 1000",
    "a long fraction": NO_DATABASE,
    "a long exponent": NO_DATABASE,
    "a long comment": ANSWERED,
    "short comments": TOO_MANY_TOKENS,
    "blanks": ANSWERED,
    "line ends": ANSWERED,
    "commas": ANSWERED,
    "what is almost a NUL": ANSWERED,
}
WITHIN_VALUES = {
    "variables: lists inside one another": "ID cannot represent value: [[[...]]]",
    "variables: a list of lists": "ID cannot represent value: []",
    "variables: a list of numbers": "Invalid ID: 1. Expected: ProductVariant.",
    "variables: a list of strings": "Invalid ID: . Expected: ProductVariant.",
    "variables: a list of wrong values": "ID cannot represent value: {{}}",
    "variables: a list of empty objects": "`where` nests at most 5 deep and has at most 100 conditions.",
    "variables: a list of nulls": "Expected value of non-null type 'ProductWhereInput!' not to be None.",
    "variables: conditions inside one another": "`where` nests at most 5 deep and has at most 100 conditions.",
    "variables: an object of unknown keys": "not to include unknown field 'key0'",
    "variables: an object of one key": NO_DATABASE,
    "variables: objects without what they need": "to include required field",
    "variables: variables nobody declared": NO_DATABASE,
    "variables: a list for a number": "Int cannot represent non-integer value",
}
OTHERS = {
    "variables: a long whole number": NO_JSON,
    "variables: a long whole number for a string": NO_JSON,
    "variables: a long fraction": "Int cannot represent non-integer value",
    "variables: a long string for a number": "Int cannot represent non-integer value",
    "variables: a long string for a decimal": "Float cannot represent non numeric value",
    "variables: a long string for a time": "Value cannot represent a DateTime",
    "fragments that branch, to the last field": NO_DATABASE,
    "all that is allowed": NO_DATABASE,
    "no JSON": TOO_MANY_VALUES,
    "quotes": TOO_MANY_VALUES,
    "quotes that never close": NO_JSON,
    "lists deeper than JSON is read": TOO_MANY_VALUES,
    "a batch": TOO_MANY_VALUES,
    "one key again and again": TOO_MANY_VALUES,
    "keys nobody knows": TOO_MANY_VALUES,
    "extensions": TOO_MANY_VALUES,
    "a long operation name": "Unknown operation named 'aaa",
}


def expected(name: str, staff: bool) -> str:
    base, _, within = name.partition(", to the last ")
    found: Any
    if within == "token":
        found = WITHIN_TOKENS[base]
    elif within == "value":
        found = WITHIN_VALUES[base]
    elif name in OTHERS:
        found = OTHERS[name]
    elif name in VARIABLES:
        found = TOO_MANY_VALUES
    elif name == "fragments that branch":
        found = WITHIN_TOKENS[name]
    elif staff:
        found = TOO_LONG
    else:
        found = WITHIN_CHARACTERS[name] if name in LONG else TOO_MANY_TOKENS
    said: str = found[staff] if isinstance(found, tuple) else found
    return said.format(MEMBER if staff else SHOPPER)


def told(answer: Answer) -> tuple[int, str]:
    body = orjson.loads(answer.body)
    errors = body.get("errors", [])
    assert ("data" in body) is (answer.status == 200)
    code = "QueryCostError" if "extensions" in body and answer.status == 400 else "GraphQLError"
    assert all(error["extensions"]["code"] == code for error in errors)
    return answer.status, errors[0]["message"] if errors else ""


@pytest.mark.parametrize(
    ("size", "staff"), [pytest.param(28_000, False, id="a shopper's"), pytest.param(200_000, True, id="of staff")]
)
async def test_everything_in_the_zoo_is_refused_in_words_or_answered_without_harm(size: int, staff: bool) -> None:
    limits, caller = (MEMBER, STAFF) if staff else (SHOPPER, ANONYMOUS)
    seen = set()
    doorstep = Doorstep(caller, **FEWER)
    for name, body in zoo(size, limits):
        assert len(body) <= size
        status, message = told(await doorstep.post(body))
        want = expected(name, staff)
        assert want in message if want else message == "", name
        answered = want in (ANSWERED, NO_DATABASE) or want.startswith(("Invalid ID", "`where`"))
        assert status == (200 if answered else 400), name
        seen.add(name.partition(", to the last ")[0])
    assert seen == {*REPEATED, *LONG, *VARIABLES, *LONG_VARIABLES, *BODIES, "all that is allowed"}


@pytest.mark.parametrize("name", DEAR)
async def test_a_document_that_asks_for_too_much_is_refused_before_it_is_planned(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "Plan", _never)
    status, message = told(await Doorstep().post(request(DEAR[name])))
    assert status == 400
    assert message.startswith("The document costs ")
    assert message.endswith("at most 50000 is allowed. Ask for fewer items or fewer nested lists.")


async def test_the_page_size_that_a_variable_gives_decides_what_a_known_document_costs() -> None:
    document = """query($n: Int!) { products(first: $n) { edges { node { category {
      products(first: $n) { edges { node { id name variants { id } } } } } } } } }"""
    doorstep = Doorstep()
    for size, status in ((10, 200), (100, 400), (10, 200), ("many", 400), (None, 400)):
        body = orjson.dumps({"query": document, "variables": {"n": size}})
        answer = await doorstep.post(body)
        assert answer.status == status, size
        assert ("The document costs" in told(answer)[1]) is (status == 400)


@pytest.mark.parametrize("staff", [False, True])
async def test_what_is_too_large_is_refused_without_being_parsed(staff: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    limits, caller = (MEMBER, STAFF) if staff else (SHOPPER, ANONYMOUS)
    monkeypatch.setattr(documents, "parse", _never)
    doorstep = Doorstep(caller, **FEWER)
    for document, message in (
        (REPEATED["aliases"](limits.tokens), TOO_MANY_TOKENS),
        (LONG["short comments"](limits.tokens), TOO_MANY_TOKENS),
        (LONG["blanks"](limits.characters), TOO_LONG),
    ):
        status, said = told(await doorstep.post(request(document)))
        assert (status, message.format(limits) in said) == (400, True)


async def test_the_values_of_a_body_are_counted_before_any_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint.orjson, "loads", _never)
    for make in (*BODIES.values(), VARIABLES["variables: a list of lists"][1]):
        answer = await Doorstep().post(b"[" * 3_000 + make(2).encode())
        assert answer.status == 400


async def test_a_plan_has_no_more_fields_than_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[str] = []
    made = plan.PlanField.__init__

    def counted(self: Any, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        planned.append(self.field_name)

    monkeypatch.setattr(plan.PlanField, "__init__", counted)
    doorstep = Doorstep()
    for name, body in zoo(28_000, SHOPPER):
        planned.clear()
        await doorstep.post(body)
        assert len(planned) <= SHOPPER.fields, name


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("This is not to be called.")
