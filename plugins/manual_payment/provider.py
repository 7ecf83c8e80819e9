"""Promises to pay. Nothing here moves money: an authorisation is the buyer's word, a capture is staff's."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.sdk.payments import (
    ActionRequest,
    ConfigRequest,
    EventType,
    InitializeRequest,
    InvalidPaymentData,
    PaymentResult,
    ProcessRequest,
)


class Method(StrEnum):
    INVOICE = "invoice"
    BANK_TRANSFER = "bank_transfer"
    CASH_ON_DELIVERY = "cash_on_delivery"


NAMES = {
    Method.INVOICE: "Invoice",
    Method.BANK_TRANSFER: "Bank transfer",
    Method.CASH_ON_DELIVERY: "Cash on delivery",
}


class ManualConfig(BaseModel):
    """Which ways of paying later are offered."""

    model_config = ConfigDict(extra="forbid")

    methods: list[Method] = Field(
        default=[Method.BANK_TRANSFER], min_length=1, description="Offered in this order; the first is the default."
    )
    instructions: dict[Method, str] = Field(
        default={}, description="What the buyer is told for each method, such as the account to pay to."
    )


class Choice(BaseModel):
    """What a storefront may send; other members are ignored."""

    model_config = ConfigDict(extra="ignore")

    method: Method | None = None


class ManualProvider:
    """Keeps `engine.sdk.payments.PaymentProvider`. What was promised travels in `provider_data`."""

    def __init__(self, config: ManualConfig):
        self._config = config

    async def gateway_config(self, request: ConfigRequest) -> Any:
        return {"methods": [self._shown(method) for method in self._config.methods]}

    async def initialize(self, request: InitializeRequest) -> PaymentResult:
        method = self._chosen(request.data)
        return PaymentResult(
            type=EventType.AUTHORIZATION_SUCCESS,
            psp_reference=f"manual-{request.idempotency_key}",
            amount=request.amount,
            message=NAMES[method],
            data=self._shown(method),
            provider_data={"method": method.value, "promised": request.amount.minor},
        )

    async def process(self, request: ProcessRequest) -> PaymentResult:
        return await self.status(request)

    async def capture(self, request: ActionRequest) -> PaymentResult:
        """Staff say that the money has come; `provider_data` tells what was promised."""
        reference = f"manual-{request.idempotency_key}"
        if request.amount.minor > int(request.provider_data.get("promised", 0)):
            return PaymentResult(EventType.CHARGE_FAILURE, reference, message="More than was promised")
        return PaymentResult(EventType.CHARGE_SUCCESS, reference, request.amount, message="Recorded by staff")

    async def refund(self, request: ActionRequest) -> PaymentResult:
        """Not offered: paying back happens outside and is recorded as an event."""
        return PaymentResult(EventType.REFUND_FAILURE, message="Pay back outside the shop, then record it")

    async def cancel(self, request: ActionRequest) -> PaymentResult:
        return PaymentResult(EventType.CANCEL_SUCCESS, f"manual-{request.idempotency_key}", request.amount)

    async def status(self, request: ProcessRequest) -> PaymentResult:
        """A promise once given stands; one whose answer was lost is given again under the same name."""
        promised = request.psp_reference or f"manual-{request.reference}"
        return PaymentResult(
            EventType.AUTHORIZATION_SUCCESS,
            promised,
            request.amount,
            provider_data={"promised": request.amount.minor},
        )

    def _chosen(self, data: Any) -> Method:
        try:
            method = Choice.model_validate({} if data is None else data).method
        except ValidationError as error:
            raise InvalidPaymentData("Name a payment method as {'method': ...}") from error
        if method is None:
            return self._config.methods[0]
        if method not in self._config.methods:
            raise InvalidPaymentData(f"{NAMES[method]} is not offered")
        return method

    def _shown(self, method: Method) -> dict[str, str]:
        instructions = self._config.instructions.get(method, "")
        return {"id": method.value, "name": NAMES[method], "instructions": instructions}
