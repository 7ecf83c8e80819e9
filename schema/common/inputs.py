"""Input objects: what was given, as opposed to left out.

Optional input fields are declared `name: str | None = strawberry.UNSET`, so that null and absent differ.
"""

from collections.abc import Mapping
from typing import Any

import strawberry

from engine.core.errors import Refusal


def given(value: Any) -> dict[str, Any]:
    """The fields of an input object that the document or its variables gave, by Python name."""
    fields = value.__strawberry_definition__.fields
    found = {field.python_name: getattr(value, field.python_name) for field in fields}
    return {name: item for name, item in found.items() if item is not strawberry.UNSET}


def set_or(value: Any, default: Any = None) -> Any:
    """`value`, or `default` when it was left out."""
    return default if value is strawberry.UNSET else value


def refuse_other_facts(asked: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """Take out of `asked` what the shop does anyway: `facts` by Python name.

    Raises Refusal for what would be otherwise, so that nothing is taken and passed over.
    """
    for name, fact in facts.items():
        value = asked.pop(name, None)
        if value is not None and value != fact:
            words = name.split("_")
            field = words[0] + "".join(word.capitalize() for word in words[1:])
            raise Refusal(f"This can only be {str(fact).lower()}.", field=field, code="INVALID")


@strawberry.input(description="How many places an item moves towards the end of its list, or below zero the beginning.")
class ReorderInput:
    id: strawberry.ID
    sort_order: int | None = strawberry.UNSET
