"""What the schema says of itself, in words that clients of today can read."""

from typing import Any

NEWEST_LOCATION = "DIRECTIVE_DEFINITION"
"""graphql-core lists it among the places of directives; graphql-js 16, which most clients use, fails on it."""


def readable(answer: Any) -> Any:
    """An introspection's answer without the place of directives that clients do not know."""
    if isinstance(answer, dict):
        return {name: readable(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [readable(value) for value in answer if not _is_newest(value)]
    return answer


def _is_newest(value: Any) -> bool:
    return bool(value == NEWEST_LOCATION or (isinstance(value, dict) and value.get("name") == NEWEST_LOCATION))
