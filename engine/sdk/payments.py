"""The contract of a payment provider.

The engine writes down what it is about to ask, commits, calls the provider with no transaction open, and records
the answer. A provider therefore says what happened as data: a decline is a `PaymentResult`, not an exception.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from engine.sdk.amounts import Address, Amount


class ProviderFault(Exception):
    """The provider could not be asked, or its answer is not to be understood: whether it acted is unknown.

    The engine keeps the payment pending and asks `status` later.
    """


class InvalidPaymentData(Exception):
    """What the storefront sent for this payment makes no sense; the message is shown to it."""


class WebhookRefused(Exception):
    """Signature, age or shape of a webhook is wrong; nothing of it is kept."""


class Flow(StrEnum):
    AUTHORIZATION = "AUTHORIZATION"
    CHARGE = "CHARGE"


class EventType(StrEnum):
    """Saleor's `TransactionEventTypeEnum`, as far as a provider reports it."""

    AUTHORIZATION_SUCCESS = "AUTHORIZATION_SUCCESS"
    AUTHORIZATION_FAILURE = "AUTHORIZATION_FAILURE"
    AUTHORIZATION_REQUEST = "AUTHORIZATION_REQUEST"
    AUTHORIZATION_ACTION_REQUIRED = "AUTHORIZATION_ACTION_REQUIRED"
    CHARGE_SUCCESS = "CHARGE_SUCCESS"
    CHARGE_FAILURE = "CHARGE_FAILURE"
    CHARGE_REQUEST = "CHARGE_REQUEST"
    CHARGE_ACTION_REQUIRED = "CHARGE_ACTION_REQUIRED"
    CHARGE_BACK = "CHARGE_BACK"
    REFUND_SUCCESS = "REFUND_SUCCESS"
    REFUND_FAILURE = "REFUND_FAILURE"
    REFUND_REQUEST = "REFUND_REQUEST"
    REFUND_REVERSE = "REFUND_REVERSE"
    CANCEL_SUCCESS = "CANCEL_SUCCESS"
    CANCEL_FAILURE = "CANCEL_FAILURE"
    CANCEL_REQUEST = "CANCEL_REQUEST"
    INFO = "INFO"


class Action(StrEnum):
    """What staff may still do with a payment."""

    CHARGE = "CHARGE"
    REFUND = "REFUND"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class ConfigRequest:
    """What a storefront needs before it can show this provider."""

    amount: Amount
    data: Any = None


@dataclass(frozen=True)
class InitializeRequest:
    """Begin a payment. `idempotency_key` is the same on every try of it; `reference` is our transaction id."""

    reference: str
    idempotency_key: str
    amount: Amount
    flow: Flow
    data: Any = None
    """From the storefront, as it came: validate it."""
    email: str | None = None
    billing_address: Address | None = None
    customer_address: str | None = None
    """The shopper's network address."""
    return_url: str | None = None


@dataclass(frozen=True)
class ProcessRequest:
    """Go on with a payment that waited for the shopper. `provider_data` is what the last result asked to keep."""

    reference: str
    idempotency_key: str
    psp_reference: str | None
    amount: Amount
    flow: Flow
    data: Any = None
    provider_data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ActionRequest:
    """Capture, refund or cancel. `amount` is what to move now, in the payment's currency."""

    reference: str
    idempotency_key: str
    psp_reference: str | None
    amount: Amount
    reason: str = ""
    provider_data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PaymentResult:
    """What happened. `data` goes to the storefront; `provider_data` stays with us and comes back in later requests.

    `amount` None means the amount asked for.
    """

    type: EventType
    psp_reference: str | None = None
    amount: Amount | None = None
    message: str = ""
    actions: tuple[Action, ...] | None = None
    """What can be done next; None: the engine derives it from amounts and capabilities."""
    data: Any = None
    provider_data: Mapping[str, Any] = field(default_factory=dict)
    external_url: str = ""


@dataclass(frozen=True)
class WebhookMessage:
    """The raw request. Header names are lower-case."""

    body: bytes
    headers: Mapping[str, str]
    now: float
    """Unix seconds, to judge the message's age by."""


@dataclass(frozen=True)
class ProviderEvent:
    """One thing a webhook reports. `event_id` is the provider's own: the same report is applied once.

    `psp_reference` names the payment (for a refund too); `reference` is our transaction id if the provider echoes it.
    """

    event_id: str
    result: PaymentResult
    psp_reference: str | None = None
    reference: str | None = None


@runtime_checkable
class PaymentProvider(Protocol):
    """All methods are idempotent under their request's `idempotency_key`.

    A provider whose attribute `offered` is False is left out of what buyers may choose from; who knows its id can use
    it. For one that works at this end only, such as a fake without the provider's own page in the browser.
    """

    async def gateway_config(self, request: ConfigRequest) -> Any:
        """JSON for `paymentGatewayInitialize`: publishable keys and the like, never a secret."""
        ...

    async def initialize(self, request: InitializeRequest) -> PaymentResult:
        """One of AUTHORIZATION_* or CHARGE_* (SUCCESS, FAILURE, REQUEST, ACTION_REQUIRED)."""
        ...

    async def process(self, request: ProcessRequest) -> PaymentResult: ...

    async def capture(self, request: ActionRequest) -> PaymentResult:
        """CHARGE_SUCCESS, CHARGE_FAILURE or CHARGE_REQUEST (the rest comes by webhook)."""
        ...

    async def refund(self, request: ActionRequest) -> PaymentResult: ...

    async def cancel(self, request: ActionRequest) -> PaymentResult: ...

    async def status(self, request: ProcessRequest) -> PaymentResult:
        """Where the payment stands now, for one whose last answer never reached us."""
        ...


@runtime_checkable
class WebhookProvider(PaymentProvider, Protocol):
    async def parse_webhook(self, message: WebhookMessage) -> Sequence[ProviderEvent]:
        """Check the signature and age, then translate; events of no interest are left out.

        Raises WebhookRefused.
        """
        ...
