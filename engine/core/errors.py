"""Expected failures (`Refusal`) are data in the answer; everything else is a fault and stays an exception."""

from collections.abc import Iterable
from typing import Any


class Refusal(Exception):
    """One expected failure, shaped as the API answers it: `field`, `code`, `message` and named facts.

    A domain subclasses this in its `errors.py` and fixes the code there.
    """

    code: str = "INVALID"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None, **facts: Any):
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code
        self.facts = facts

    def as_row(self) -> dict[str, Any]:
        return {"field": self.field, "code": self.code, "message": self.message, **self.facts}


class NotFound(Refusal):
    code = "NOT_FOUND"


class Refusals(Exception):
    """Several refusals at once, all of them reported."""

    def __init__(self, items: Iterable[Refusal]):
        self.items = tuple(items)
        super().__init__("; ".join(item.message for item in self.items))


class PermissionDenied(Exception):
    """The caller lacks every permission that would allow this; a top-level error in the API."""

    def __init__(self, permissions: Iterable[str] = (), message: str | None = None):
        self.permissions = tuple(permissions)
        super().__init__(
            message
            or "To access this path, you need one of the following permissions: "
            + ", ".join(self.permissions or ("OWNER",))
        )


class BadRequest(Exception):
    """The query cannot be answered as asked (bad id, bad paging): a top-level error with this message."""


class InvalidId(BadRequest):
    """An id that is no global id of the expected type."""

    def __init__(self, given: str, expected: str):
        self.given, self.expected = given[:80], expected
        super().__init__(f"Invalid ID: {self.given}. Expected: {expected}.")


class Busy(Exception):
    """A lock could not be had in time; the same request may succeed a moment later."""


class ConfigurationError(Exception):
    """The shop is set up wrongly; the message says which setting and how to mend it."""
