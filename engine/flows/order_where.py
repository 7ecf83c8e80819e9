"""SQL of `engine.orders.where`: here, since it speaks of tables of several domains."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.accounts.models import Address
from engine.core.tables import table
from engine.inventory.models import Stock, Warehouse
from engine.invoices.models import Invoice
from engine.orders.models import Fulfillment, FulfillmentLine, Order, OrderEvent, OrderGiftCard, OrderLine
from engine.orders.where import Every, Has, Test, Where
from engine.payments.models import TransactionItem
from engine.payments.queries import moved_for

_o, _l, _e, _i = table(Order), table(OrderLine), table(OrderEvent), table(Invoice)
_f, _fl, _t, _a = table(Fulfillment), table(FulfillmentLine), table(TransactionItem), table(Address)
_s, _w, _g = table(Stock), table(Warehouse), table(OrderGiftCard)

_CHARGED = moved_for(_o.c.id, "charged")
_COVERED = _CHARGED + moved_for(_o.c.id, "authorized")
_TOTAL = _o.c.total_gross
# as `engine.payments.rules` has them
_CHARGE_STATUS = sa.case(
    (_CHARGED == _TOTAL, "FULL"), (_CHARGED <= 0, "NONE"), (_CHARGED < _TOTAL, "PARTIAL"), else_="OVERCHARGED"
)
_AUTHORIZE_STATUS = sa.case(
    (sa.and_(_COVERED == 0, _TOTAL == 0), "FULL"),
    (_COVERED <= 0, "NONE"),
    (_COVERED >= _TOTAL, "FULL"),
    else_="PARTIAL",
)
_p = sa.table("product", sa.column("id", sa.BigInteger), sa.column("product_type_id", sa.BigInteger))
_v = sa.table("product_variant", sa.column("id", sa.BigInteger), sa.column("product_id", sa.BigInteger))
_SOLD = _l.join(_v, _v.c.id == _l.c.variant_id).join(_p, _p.c.id == _v.c.product_id)
_STOCKED = _fl.join(_s, _s.c.id == _fl.c.stock_id).join(_w, _w.c.id == _s.c.warehouse_id)


def _any(of: sa.Table, *also: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists(sa.select(of.c.id).where(of.c.order_id == _o.c.id, *also))


def _warehouse(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Of the fulfilment's goods; they come from one warehouse."""
    return sa.select(column).select_from(_STOCKED).where(_fl.c.fulfillment_id == _f.c.id).limit(1).scalar_subquery()


_COLUMNS: Mapping[str, Mapping[str, sa.ColumnElement[Any]]] = {
    "order": {
        "id": _o.c.id, "number": _o.c.number, "channel_id": _o.c.channel_id, "created_at": _o.c.created_at,
        "updated_at": _o.c.updated_at, "user_id": _o.c.user_id, "user_email": _o.c.user_email, "status": _o.c.status,
        "checkout_id": _o.c.checkout_id, "voucher_code": _o.c.voucher_code, "total_gross": _o.c.total_gross,
        "total_net": _o.c.total_net, "currency": _o.c.currency, "meta": _o.c.meta,
        "charge_status": _CHARGE_STATUS, "authorize_status": _AUTHORIZE_STATUS,
        "lines_count": sa.select(sa.func.count()).select_from(_l).where(_l.c.order_id == _o.c.id).scalar_subquery(),
        "pickup": _o.c.collection_point_id.is_not(None),
        "gift_card_used": _any(_g),
        "gift_card_bought": sa.false(),  # none are sold as goods
        "invoices": _any(_i, _i.c.status != "DELETED"),
        "fulfillments": _any(_f),
    },
    "lines": {"meta": _l.c.meta},
    "products": {"product_type_id": _p.c.product_type_id},
    "invoices": {"created_at": _i.c.created_at},
    "events": {"date": _e.c.created_at, "type": _e.c.type},
    "fulfillments": {
        "status": _f.c.status, "meta": _f.c.meta, "warehouse": _warehouse(_w.c.id), "slug": _warehouse(_w.c.slug),
        "external_reference": _warehouse(_w.c.external_reference),
    },
    "transactions": {
        "psp_reference": _t.c.psp_reference,
        "meta": _t.c.meta,
        "method": _t.c.payment_method["type"].astext,
        "brand": _t.c.payment_method["brand"].astext,
    },
    "billing_address": {"phone": _a.c.phone, "country": _a.c.country},
    "shipping_address": {"phone": _a.c.phone, "country": _a.c.country},
}  # fmt: skip
_TABLES: Mapping[str, Callable[..., sa.ColumnElement[bool]]] = {
    "lines": lambda *tests: _any(_l, *tests),
    "products": lambda *tests: sa.exists(sa.select(_l.c.id).select_from(_SOLD).where(_l.c.order_id == _o.c.id, *tests)),
    "invoices": lambda *tests: _any(_i, _i.c.status != "DELETED", *tests),
    "events": lambda *tests: _any(_e, *tests),
    "fulfillments": lambda *tests: _any(_f, *tests),
    "transactions": lambda *tests: _any(_t, *tests),
    "billing_address": lambda *tests: sa.exists(sa.select(_a.c.id).where(_a.c.id == _o.c.billing_address_id, *tests)),
    "shipping_address": lambda *tests: sa.exists(sa.select(_a.c.id).where(_a.c.id == _o.c.shipping_address_id, *tests)),
}


@dataclass
class Built:
    """A condition with its values by name, and what tells its text from others."""

    values: dict[str, Any] = field(default_factory=dict)
    shape: list[Any] = field(default_factory=list)

    def bound(self, value: Any, kind: sa.types.TypeEngine[Any]) -> sa.BindParameter[Any]:
        name = f"where_{len(self.values)}"
        self.values[name] = list(value) if isinstance(value, tuple) else value
        return sa.bindparam(name, type_=kind)


def built(where: Where) -> tuple[sa.ColumnElement[bool], Built]:
    made = Built()
    return _condition(where, made), made


def _condition(where: Where, made: Built) -> sa.ColumnElement[bool]:
    if isinstance(where, Test):
        return _test("order", where, made)
    if isinstance(where, Has):
        made.shape += ["has", where.table, len(where.tests)]
        return _TABLES[where.table](*(_test(where.table, test, made) for test in where.tests))
    joined = sa.and_ if isinstance(where, Every) else sa.or_
    made.shape += [type(where).__name__, len(where.parts)]
    start = sa.true() if isinstance(where, Every) or not where.parts else sa.false()
    return joined(start, *(_condition(part, made) for part in where.parts))


def _test(at: str, test: Test, made: Built) -> sa.ColumnElement[bool]:
    made.shape += [at, test.name, test.op]
    column = _COLUMNS[at][test.name]
    kind = column.type
    if test.op == "is":
        made.shape.append(test.value)
        return column if test.value else sa.not_(column)
    if test.op in ("key", "pair", "pairs"):
        return _metadata(column, test, made)
    if test.op == "eq":
        return column == made.bound(test.value, kind)
    if test.op in ("gte", "lte"):
        bound = made.bound(test.value, kind)
        return column >= bound if test.op == "gte" else column <= bound
    among = column == sa.any_(made.bound(tuple(test.value), sa.ARRAY(kind)))
    return among if test.op == "one_of" else sa.not_(among)


def _metadata(column: sa.ColumnElement[Any], test: Test, made: Built) -> sa.ColumnElement[bool]:
    if test.op == "pair":
        key, value = test.value
        return column.op("@>")(made.bound({key: value}, JSONB()))
    if test.op == "key":
        return column.op("?")(made.bound(test.value, sa.Text()))
    key, values = test.value
    found = column.op("->>")(made.bound(key, sa.Text()))
    return found == sa.any_(made.bound(tuple(values), sa.ARRAY(sa.Text)))
