"""Errors in the shape Stripe answers them in: `{"error": {"type", "code", "message", "param", ...}}`."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer other than 200.

    `stored`: the answer belongs to its idempotency key and will be replayed. `keeps`: what the request wrote
    stays written, as when a declined attempt leaves a failed charge behind.
    """

    stored = True
    keeps = False
    status = 400
    type = "invalid_request_error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.param = message, code, param
        self.extra = dict(extra or {})

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.type}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error | self.extra}


class InvalidParameter(ApiError):
    """The request was refused before anything ran, so its idempotency key stays free."""

    stored = False


class Unauthorized(ApiError):
    stored = False
    status = 401


class NotFound(ApiError):
    status = 404


class CardDeclined(ApiError):
    status = 402
    type = "card_error"
    keeps = True


class IdempotencyMismatch(ApiError):
    stored = False
    type = "idempotency_error"


class IdempotencyInUse(IdempotencyMismatch):
    status = 409


class ServerError(ApiError):
    status = 500
    type = "api_error"


def missing(kind: str, wanted: str, param: str, *, in_path: bool) -> ApiError:
    """`resource_missing`: 404 for the object the URL names, 400 for one a parameter names."""
    name = {"payment_intent": "payment_intent", "payment_method": "PaymentMethod"}.get(kind, kind)
    message = f"No such {name}: '{wanted}'"
    error = NotFound if in_path else InvalidParameter
    return error(message, code="resource_missing", param="intent" if name == "payment_intent" else param)


def unexpected_state(message: str, intent: Mapping[str, Any]) -> ApiError:
    extra = {"payment_intent": dict(intent)}
    return ApiError(message, code="payment_intent_unexpected_state", extra=extra)
