"""Every type, field, argument and value that a Saleor storefront names stays, with its type and nullability."""

from pathlib import Path

from engine.cli.coverage import covered
from schema.root import schema

SIGNATURES = Path(__file__).parent / "storefront_signatures.md"


def test_what_a_storefront_names_is_all_there() -> None:
    types = covered(schema._schema, SIGNATURES.read_text())
    assert len(types) == len({each.type_name for each in types}) > 150
    differing = {name: how for each in types for name, how in each.missing.items()}
    assert differing == {}, "argosy schema coverage tests/clients_typed/storefront_signatures.md --missing"
