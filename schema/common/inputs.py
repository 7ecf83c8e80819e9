"""Input objects: what was given, as opposed to left out.

Optional input fields are declared `name: str | None = strawberry.UNSET`, so that null and absent differ.
"""

from typing import Any

import strawberry


def given(value: Any) -> dict[str, Any]:
    """The fields of an input object that the document or its variables gave, by Python name."""
    fields = value.__strawberry_definition__.fields
    found = {field.python_name: getattr(value, field.python_name) for field in fields}
    return {name: item for name, item in found.items() if item is not strawberry.UNSET}


def set_or(value: Any, default: Any = None) -> Any:
    """`value`, or `default` when it was left out."""
    return default if value is strawberry.UNSET else value


@strawberry.input(description="How many places an item moves towards the end of its list, or below zero the beginning.")
class ReorderInput:
    id: strawberry.ID
    sort_order: int | None = strawberry.UNSET
