"""Answers as told. `data` is `{"event": {"type": "CHARGE_SUCCESS", "includePspReference": true}}`, as storefronts for
Saleor send it; without it every payment succeeds. No money moves."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.sdk.payments import (
    ActionRequest,
    ConfigRequest,
    EventType,
    Flow,
    InitializeRequest,
    InvalidPaymentData,
    PaymentResult,
    ProcessRequest,
)

REMEMBERED = 1_000
_PAYING = [type for type in EventType if type.value.startswith(("AUTHORIZATION_", "CHARGE_")) and type != "CHARGE_BACK"]
_SUCCESS = {Flow.AUTHORIZATION: EventType.AUTHORIZATION_SUCCESS, Flow.CHARGE: EventType.CHARGE_SUCCESS}
_FAILURE = {Flow.AUTHORIZATION: EventType.AUTHORIZATION_FAILURE, Flow.CHARGE: EventType.CHARGE_FAILURE}


class DummyConfig(BaseModel):
    """Nothing has to be set."""

    model_config = ConfigDict(extra="forbid")

    decline_from: int | None = Field(
        default=None, ge=1, description="Decline payments of this many minor units and more; unset: none."
    )


class Event(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: EventType
    include_psp_reference: bool = Field(default=True, alias="includePspReference")


class Told(BaseModel):
    model_config = ConfigDict(extra="ignore")

    event: Event | None = None


@dataclass(frozen=True)
class Ledger:
    """What a pretended payment holds, in minor units. `last` is the last word on its beginning; of two ledgers of a
    payment the one with more `steps` is the later."""

    steps: int = 0
    last: str = ""
    authorized: int = 0
    charged: int = 0

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Ledger":
        numbers = {name: int(data.get(name, 0)) for name in ("steps", "authorized", "charged")}
        return cls(last=str(data.get("last", "")), **numbers)


class DummyProvider:
    """Keeps `engine.sdk.payments.PaymentProvider`. A payment's ledger travels in `provider_data`, so that any process
    can go on with it."""

    def __init__(self, config: DummyConfig):
        self._config = config
        self._answers: OrderedDict[str, PaymentResult] = OrderedDict()
        self._ledgers: OrderedDict[str, Ledger] = OrderedDict()

    async def gateway_config(self, request: ConfigRequest) -> Any:
        return {"events": [type.value for type in _PAYING]}

    async def initialize(self, request: InitializeRequest) -> PaymentResult:
        told = _told(request.data)
        kind = told.type if told is not None else _SUCCESS[request.flow]
        psp = _reference(request.reference) if told is None or told.include_psp_reference else None
        return self._once("initialize", request.idempotency_key, lambda: self._begin(request, kind, psp))

    async def process(self, request: ProcessRequest) -> PaymentResult:
        told = _told(request.data)
        kind = told.type if told is not None else _SUCCESS[request.flow]
        return self._once("process", request.idempotency_key, lambda: self._begin(request, kind, request.psp_reference))

    async def status(self, request: ProcessRequest) -> PaymentResult:
        """What was at work has succeeded meanwhile; what never began has failed."""
        ledger = self._ledger(request.psp_reference or request.reference, request.provider_data)
        if not ledger.last:
            return PaymentResult(_FAILURE[request.flow], message="No such payment")
        psp = request.psp_reference or _reference(request.reference)
        if ledger.last.endswith("_REQUEST"):
            return self._begin(request, EventType(ledger.last.replace("_REQUEST", "_SUCCESS")), psp)
        return PaymentResult(EventType(ledger.last), psp, request.amount, provider_data=asdict(ledger))

    async def capture(self, request: ActionRequest) -> PaymentResult:
        def move(ledger: Ledger, amount: int) -> Ledger | None:
            if amount > ledger.authorized:
                return None
            return replace(ledger, authorized=ledger.authorized - amount, charged=ledger.charged + amount)

        return self._move("capture", request, EventType.CHARGE_SUCCESS, EventType.CHARGE_FAILURE, move)

    async def refund(self, request: ActionRequest) -> PaymentResult:
        def move(ledger: Ledger, amount: int) -> Ledger | None:
            return None if amount > ledger.charged else replace(ledger, charged=ledger.charged - amount)

        return self._move("refund", request, EventType.REFUND_SUCCESS, EventType.REFUND_FAILURE, move)

    async def cancel(self, request: ActionRequest) -> PaymentResult:
        def move(ledger: Ledger, amount: int) -> Ledger | None:
            return None if amount > ledger.authorized else replace(ledger, authorized=ledger.authorized - amount)

        return self._move("cancel", request, EventType.CANCEL_SUCCESS, EventType.CANCEL_FAILURE, move)

    def _begin(self, request: InitializeRequest | ProcessRequest, kind: EventType, psp: str | None) -> PaymentResult:
        declined = self._config.decline_from is not None and request.amount.minor >= self._config.decline_from
        if declined:
            kind = _FAILURE[request.flow]
        ledger = Ledger(
            steps=1,
            last=kind.value,
            authorized=request.amount.minor if kind is EventType.AUTHORIZATION_SUCCESS else 0,
            charged=request.amount.minor if kind is EventType.CHARGE_SUCCESS else 0,
        )
        self._keep(psp or request.reference, ledger)
        waits = kind.value.endswith("_ACTION_REQUIRED")
        return PaymentResult(
            type=kind,
            psp_reference=psp,
            amount=request.amount,
            message="Declined, as told" if kind.value.endswith("_FAILURE") else "",
            data={"continue": "Send the event that the payment should end with."} if waits else None,
            provider_data=asdict(ledger),
        )

    def _move(
        self, call: str, request: ActionRequest, success: EventType, failure: EventType,
        move: Callable[[Ledger, int], Ledger | None],
    ) -> PaymentResult:  # fmt: skip
        def answer() -> PaymentResult:
            psp = _reference(request.idempotency_key)
            name = request.psp_reference or request.reference
            after = move(self._ledger(name, request.provider_data), request.amount.minor)
            if after is None:
                return PaymentResult(failure, psp, request.amount, message="There is not that much to move")
            after = replace(after, steps=after.steps + 1)
            self._keep(name, after)
            return PaymentResult(success, psp, request.amount, provider_data=asdict(after))

        return self._once(call, request.idempotency_key, answer)

    def _once(self, call: str, key: str, answer: Callable[[], PaymentResult]) -> PaymentResult:
        name = f"{call}:{key}"
        if name not in self._answers:
            self._answers[name] = answer()
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return self._answers[name]

    def _ledger(self, name: str, data: Mapping[str, Any]) -> Ledger:
        return max(self._ledgers.get(name, Ledger()), Ledger.read(data), key=lambda ledger: ledger.steps)

    def _keep(self, name: str, ledger: Ledger) -> None:
        self._ledgers[name] = ledger
        while len(self._ledgers) > REMEMBERED:
            self._ledgers.popitem(last=False)


def _told(data: Any) -> Event | None:
    try:
        event = Told.model_validate({} if data is None else data).event
    except ValidationError as error:
        raise InvalidPaymentData("The event must be {'type': ..., 'includePspReference': true or false}") from error
    if event is not None and event.type not in _PAYING:
        raise InvalidPaymentData(f"{event.type} does not begin a payment")
    return event


def _reference(key: str) -> str:
    return f"dummy-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
