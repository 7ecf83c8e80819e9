"""What happened to a payment, before and after it is written down."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.core.context import Row
from engine.payments.rules import Amounts


@dataclass(frozen=True)
class Report:
    """Something a provider, staff or an app says happened. `amount` is minor units of the payment's currency."""

    type: str
    amount: int
    psp_reference: str | None = None
    message: str = ""
    external_url: str = ""
    actions: tuple[str, ...] | None = None
    """What the provider says can be done next; None: derived."""
    payment_reference: str | None = None
    """The provider's name for the payment as a whole, when the report tells it."""
    provider_data: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True)
class Recorded:
    """`event` is the row written, or the one that was there already when the same had been reported before."""

    transaction: Row
    event: Row
    before: Amounts
    after: Amounts
    new: bool


@dataclass(frozen=True)
class Begun:
    """`claim` is the request event that waits for the provider's answer."""

    transaction: Row
    claim: Row


@dataclass(frozen=True)
class NewPayment:
    """Exactly one of `checkout_id` and `order_id`. `action` is AUTHORIZATION or CHARGE."""

    channel_id: int
    provider_id: str
    name: str
    action: str
    currency: str
    amount: int
    checkout_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None
    idempotency_key: str | None = None
