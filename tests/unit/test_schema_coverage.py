"""What `argosy schema coverage` counts: names, types, nullability and arguments, of the types that a file lists."""

from pathlib import Path

import pytest
from graphql import build_schema

from engine.cli.coverage import UnreadableSignatures, covered
from engine.cli.main import app

SCHEMA = build_schema("""
interface Node { id: ID! }
scalar Date
enum Kind { A B C }
type Cat { name: String }
type Dog { name: String }
union Pet = Cat | Dog
input Wish { name: String!, more: Int }
type Thing implements Node { id: ID!, name(first: Int, more: Int): String, pets: [Pet!] }
type Query { thing: Thing }
""")


def missing(text: str) -> dict[str, str]:
    return {name: why for each in covered(SCHEMA, text) for name, why in each.missing.items()}


def test_what_is_there_is_covered_even_if_there_is_more() -> None:
    text = """# Signatures

## Thing : Node
- id: ID!
- name(first: Int): String
## input Wish
- name: String!
## enum Kind: A B … 3 values: every one of its kind
## union Pet = Cat | Dog
## scalar Date
"""
    found = covered(SCHEMA, text)
    assert [len(each.names) for each in found] == [3, 2, 1, 1, 1]
    assert missing(text) == {}


@pytest.mark.parametrize(
    ("text", "differences"),
    [
        ("## Thing\n- title: String", {"Thing.title": "is missing"}),
        ("## Thing\n- id: ID", {"Thing.id": "is ID!, not ID"}),
        ("## Thing\n- name(last: Int): String", {"Thing.name": "has no argument last"}),
        ("## Thing\n- name(first: Int!): String", {"Thing.name": "takes first: Int, not Int!"}),
        ("## Thing : Node & Other", {"Thing": "lacks Other"}),
        ("## enum Kind: A D", {"Kind": "lacks D"}),
        ("## union Pet = Cat | Bird", {"Pet": "lacks Bird"}),
        ("## input Thing\n- id: ID!", {"Thing": "is missing", "Thing.id": "is missing"}),
        ("## None\n- id: ID!", {"None": "is missing", "None.id": "is missing"}),
    ],
)
def test_what_differs_is_named(text: str, differences: dict[str, str]) -> None:
    assert missing(text) == differences


def test_a_line_that_is_no_signature_is_refused() -> None:
    with pytest.raises(UnreadableSignatures, match="line 2"):
        covered(SCHEMA, "## Thing\nid: ID!")


def test_the_command_prints_the_share_and_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "signatures.md"
    file.write_text("## Product\n- id: ID!\n- nothing: Int\n## Checkout\n")
    with pytest.raises(SystemExit) as ended:
        app(["schema", "coverage", str(file), "--missing", "--minimum", "80"])
    assert ended.value.code == 1
    shown = capsys.readouterr()
    assert shown.out == "Product.nothing is missing\n75.0 % of 4 signatures exist, 1 are missing or differ.\n"
    assert "80 %" in shown.err
