"""Top-level errors as Saleor's clients read them: `extensions.code` and `extensions.exception.code`."""

from typing import Any

import structlog
from graphql import GraphQLError

from engine.core.errors import BadRequest, Busy, InvalidId, PermissionDenied, Refusal, Refusals
from schema.execution.limits import TooCostly

log = structlog.get_logger("argosy.api")
_SAID: tuple[tuple[type[Exception], str], ...] = (
    (PermissionDenied, "PermissionDenied"),
    (TooCostly, "QueryCostError"),
    (InvalidId, "GraphQLError"),
    (BadRequest, "GraphQLError"),
    (Busy, "Busy"),
    (Refusal, "GraphQLError"),
    (Refusals, "GraphQLError"),
)
MAX_MESSAGE = 1_000
"""Messages quote what was sent, whatever its length."""
_TOKEN_FAULTS = {"ExpiredSignatureError": "Signature has expired", "InvalidTokenError": "Invalid token"}


class Refused(Exception):
    """Why a document or an operation will not be run."""

    def __init__(self, *errors: GraphQLError, cost: int | None = None):
        super().__init__(*errors)
        self.errors = errors
        self.cost = cost
        """Of the operation, where it came so far as to be reckoned."""


def format_error(error: GraphQLError, *, masked: bool, token_fault: str | None = None) -> dict[str, Any]:
    """`masked` hides what a fault says (production). `token_fault` replaces a denial by what is wrong with the token
    that was sent: clients then refresh it."""
    cause = error.original_error
    message = error.message
    if cause is None or isinstance(cause, GraphQLError):
        code = "GraphQLError"
    elif isinstance(cause, PermissionDenied) and token_fault is not None:
        code, message = token_fault, _TOKEN_FAULTS.get(token_fault, message)
    else:
        code = next((name for kind, name in _SAID if isinstance(cause, kind)), "")
        if not code:
            log.error("fault in a resolver", path=error.path, exc_info=cause)
            code = "InternalServerError" if masked else type(cause).__name__
            message = "Internal Server Error" if masked else f"{type(cause).__name__}: {cause}"
    formatted: dict[str, Any] = {"message": message[:MAX_MESSAGE]}
    if error.locations:
        formatted["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        formatted["path"] = list(error.path)
    formatted["extensions"] = {"code": code, "exception": {"code": code}}
    return formatted


def refusal_body(message: str, code: str = "GraphQLError") -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code, "exception": {"code": code}}}]}
