"""`OrderWhereInput`, and what it is to the engine."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.ids import int_pk, uuid_pk
from engine.core.money import to_minor
from engine.orders.where import Either, Every, Has, Test, Where
from schema.common.filters import (
    AddressFilterInput,
    DateTimeRangeInput,
    GlobalIDFilterInput,
    IntFilterInput,
    MetadataFilterInput,
    PriceFilterInput,
    StringFilterInput,
    UUIDFilterInput,
)
from schema.common.inputs import given, set_or
from schema.common.moments import utc
from schema.orders.enums import (
    FulfillmentStatus,
    OrderAuthorizeStatusEnum,
    OrderChargeStatusEnum,
    OrderEventsEnum,
    OrderStatus,
)


@strawberry.input
class OrderStatusEnumFilterInput:
    eq: OrderStatus | None = UNSET
    one_of: list[OrderStatus] | None = UNSET


@strawberry.input
class OrderAuthorizeStatusEnumFilterInput:
    eq: OrderAuthorizeStatusEnum | None = UNSET
    one_of: list[OrderAuthorizeStatusEnum] | None = UNSET


@strawberry.input
class OrderChargeStatusEnumFilterInput:
    eq: OrderChargeStatusEnum | None = UNSET
    one_of: list[OrderChargeStatusEnum] | None = UNSET


@strawberry.input
class FulfillmentStatusEnumFilterInput:
    eq: FulfillmentStatus | None = UNSET
    one_of: list[FulfillmentStatus] | None = UNSET


@strawberry.input
class OrderEventTypeEnumFilterInput:
    eq: OrderEventsEnum | None = UNSET
    one_of: list[OrderEventsEnum] | None = UNSET


@strawberry.input
class InvoiceFilterInput:
    created_at: DateTimeRangeInput | None = UNSET


@strawberry.input
class LinesFilterInput:
    metadata: MetadataFilterInput | None = UNSET


@strawberry.input
class FulfillmentWarehouseFilterInput:
    id: GlobalIDFilterInput | None = UNSET
    slug: StringFilterInput | None = UNSET
    external_reference: StringFilterInput | None = UNSET


@strawberry.input
class FulfillmentFilterInput:
    status: FulfillmentStatusEnumFilterInput | None = UNSET
    metadata: MetadataFilterInput | None = UNSET
    warehouse: FulfillmentWarehouseFilterInput | None = UNSET


@strawberry.enum
class PaymentMethodTypeEnum(StrEnum):
    CARD = "CARD"
    OTHER = "OTHER"
    GIFT_CARD = "GIFT_CARD"


@strawberry.input
class PaymentMethodTypeEnumFilterInput:
    eq: PaymentMethodTypeEnum | None = UNSET
    one_of: list[PaymentMethodTypeEnum] | None = UNSET


@strawberry.input
class PaymentMethodDetailsCardFilterInput:
    brand: StringFilterInput | None = UNSET


@strawberry.input
class PaymentMethodDetailsFilterInput:
    type: PaymentMethodTypeEnumFilterInput | None = UNSET
    card: PaymentMethodDetailsCardFilterInput | None = UNSET


@strawberry.input
class TransactionFilterInput:
    payment_method_details: PaymentMethodDetailsFilterInput | None = UNSET
    psp_reference: StringFilterInput | None = UNSET
    metadata: MetadataFilterInput | None = UNSET


@strawberry.input
class OrderEventFilterInput:
    date: DateTimeRangeInput | None = UNSET
    type: OrderEventTypeEnumFilterInput | None = UNSET


@strawberry.input
class OrderWhereInput:
    metadata: MetadataFilterInput | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    number: IntFilterInput | None = UNSET
    channel_id: GlobalIDFilterInput | None = UNSET
    created_at: DateTimeRangeInput | None = UNSET
    updated_at: DateTimeRangeInput | None = UNSET
    user: GlobalIDFilterInput | None = UNSET
    user_email: StringFilterInput | None = UNSET
    authorize_status: OrderAuthorizeStatusEnumFilterInput | None = UNSET
    charge_status: OrderChargeStatusEnumFilterInput | None = UNSET
    status: OrderStatusEnumFilterInput | None = UNSET
    checkout_token: UUIDFilterInput | None = UNSET
    checkout_id: GlobalIDFilterInput | None = UNSET
    is_click_and_collect: bool | None = UNSET
    is_gift_card_used: bool | None = UNSET
    is_gift_card_bought: bool | None = UNSET
    voucher_code: StringFilterInput | None = UNSET
    has_invoices: bool | None = UNSET
    invoices: list[InvoiceFilterInput] | None = UNSET
    has_fulfillments: bool | None = UNSET
    fulfillments: list[FulfillmentFilterInput] | None = UNSET
    lines: list[LinesFilterInput] | None = UNSET
    lines_count: IntFilterInput | None = UNSET
    transactions: list[TransactionFilterInput] | None = UNSET
    total_gross: PriceFilterInput | None = UNSET
    total_net: PriceFilterInput | None = UNSET
    product_type_id: GlobalIDFilterInput | None = UNSET
    events: list[OrderEventFilterInput] | None = UNSET
    billing_address: AddressFilterInput | None = UNSET
    shipping_address: AddressFilterInput | None = UNSET
    AND: list["OrderWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    OR: list["OrderWhereInput"] | None = strawberry.field(name="OR", default=UNSET)


def order_where(asked: OrderWhereInput | None) -> Where:
    """All that is given must hold. Raises InvalidId, BadRequest."""
    parts: list[Where] = []
    for name, value in (given(asked) if asked else {}).items():
        if value is not None:
            parts += _READ[name](value)
    return Every(tuple(parts))


def _plain(value: Any) -> Any:
    return str(value)


def _same(value: Any) -> Any:
    return value


def _values(name: str, read: Callable[[Any], Any] = _same) -> Callable[[Any], list[Test]]:
    """Of a filter with eq, oneOf and maybe notOneOf and range."""

    def tests(asked: Any) -> list[Test]:
        made: list[Test] = []
        for op, value in given(asked).items():
            if value is None:
                continue
            if op == "eq":
                made.append(Test(name, op, read(value)))
            elif op == "range":
                made += _range(name)(value)
            else:
                made.append(Test(name, op, tuple(read(item) for item in value)))
        return made

    return tests


def _range(name: str, read: Callable[[Any], Any] = _same) -> Callable[[Any], list[Test]]:
    def tests(asked: Any) -> list[Test]:
        return [Test(name, op, read(value)) for op, value in given(asked).items() if value is not None]

    return tests


def _ids(name: str, type_name: str) -> Callable[[Any], list[Test]]:
    return _values(name, lambda id: int_pk(id, type_name))


def _uuids(name: str, type_name: str) -> Callable[[Any], list[Test]]:
    return _values(name, lambda id: uuid_pk(id, type_name))


def _flag(name: str) -> Callable[[Any], list[Test]]:
    return lambda value: [Test(name, "is", value)]


def _meta(asked: MetadataFilterInput) -> list[Test]:
    value = set_or(asked.value)
    if value is None:
        return [Test("meta", "key", asked.key)]
    exact, several = set_or(value.eq), set_or(value.one_of)
    made = [] if exact is None else [Test("meta", "pair", (asked.key, exact))]
    return made if several is None else [*made, Test("meta", "pairs", (asked.key, tuple(several)))]


def _price(name: str) -> Callable[[Any], list[Test]]:
    """In the currency that is given, else in each order's own: those differ only in how many digits they have."""

    def tests(asked: PriceFilterInput) -> list[Test]:
        currency = set_or(asked.currency)
        places = currency or "EUR"

        def minor(value: Any) -> int:
            return to_minor(value, places, rounding=True)

        amount = asked.amount
        made = _values(name, minor)(_without_range(amount))
        if set_or(amount.range) is not None:
            made += _range(name, minor)(amount.range)
        return made if currency is None else [*made, Test("currency", "eq", currency)]

    return tests


def _without_range(amount: Any) -> Any:
    return type(amount)(eq=amount.eq, one_of=amount.one_of)


def _each(table: str, reads: dict[str, Callable[[Any], list[Test]]]) -> Callable[[Any], list[Where]]:
    """Every item of the list is met by some row."""

    def tests(items: Any) -> list[Where]:
        made: list[Where] = []
        for item in items if isinstance(items, list) else [items]:
            found = [test for name, value in given(item).items() if value is not None for test in reads[name](value)]
            made.append(Has(table, tuple(found)))
        return made

    return tests


def _warehouse(asked: Any) -> list[Test]:
    reads = {
        "id": _uuids("warehouse", "Warehouse"),
        "slug": _values("slug"),
        "external_reference": _values("external_reference"),
    }
    return [test for name, value in given(asked).items() if value is not None for test in reads[name](value)]


def _method(asked: Any) -> list[Test]:
    kind, card = set_or(asked.type), set_or(asked.card)
    made = [] if kind is None else _values("method", _plain)(kind)
    brand = set_or(card.brand) if card is not None else None
    if card is not None:
        made.append(Test("method", "eq", "CARD"))
    return made if brand is None else [*made, *_values("brand")(brand)]


_ADDRESS = {"phone_number": _values("phone"), "country": _values("country", _plain)}
_READ: dict[str, Callable[[Any], Any]] = {
    "metadata": _meta,
    "ids": lambda ids: [Test("id", "one_of", tuple(uuid_pk(id, "Order") for id in ids))],
    "number": _values("number"),
    "channel_id": _ids("channel_id", "Channel"),
    "created_at": _range("created_at", utc),
    "updated_at": _range("updated_at", utc),
    "user": _ids("user_id", "User"),
    "user_email": _values("user_email"),
    "authorize_status": _values("authorize_status", _plain),
    "charge_status": _values("charge_status", _plain),
    "status": _values("status", _plain),
    "checkout_token": _values("checkout_id"),
    "checkout_id": _uuids("checkout_id", "Checkout"),
    "is_click_and_collect": _flag("pickup"),
    "is_gift_card_used": _flag("gift_card_used"),
    "is_gift_card_bought": _flag("gift_card_bought"),
    "voucher_code": _values("voucher_code"),
    "has_invoices": _flag("invoices"),
    "invoices": _each("invoices", {"created_at": _range("created_at", utc)}),
    "has_fulfillments": _flag("fulfillments"),
    "fulfillments": _each(
        "fulfillments", {"status": _values("status", _plain), "metadata": _meta, "warehouse": _warehouse}
    ),
    "lines": _each("lines", {"metadata": _meta}),
    "lines_count": _values("lines_count"),
    "transactions": _each(
        "transactions",
        {"payment_method_details": _method, "psp_reference": _values("psp_reference"), "metadata": _meta},
    ),
    "total_gross": _price("total_gross"),
    "total_net": _price("total_net"),
    "product_type_id": lambda asked: [Has("products", tuple(_ids("product_type_id", "ProductType")(asked)))],
    "events": _each("events", {"date": _range("date", utc), "type": _values("type", _plain)}),
    "billing_address": _each("billing_address", _ADDRESS),
    "shipping_address": _each("shipping_address", _ADDRESS),
    "AND": lambda parts: [order_where(part) for part in parts],
    "OR": lambda parts: [Either(tuple(order_where(part) for part in parts))],
}
