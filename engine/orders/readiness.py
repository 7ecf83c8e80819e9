"""Which orders wait for somebody: what is said of an order and of its money together."""

import uuid
from collections.abc import Callable
from typing import Any, TypeAlias

import sqlalchemy as sa

from engine.core.tables import table
from engine.orders.models import Order
from engine.orders.queries import Conditions
from engine.orders.rules import ENDED, FULFILLABLE

Moved: TypeAlias = Callable[[sa.ColumnElement[uuid.UUID], str], sa.ColumnElement[int]]
"""What stands in `authorized` or `charged` of an order, in a statement about orders: payments know."""
Holding: TypeAlias = Callable[[str], sa.Select[Any]]
"""The ids of the orders of which a payment has anything there."""

_o = table(Order)
_OPEN = sa.or_(*(_o.c.status == status for status in sorted(FULFILLABLE)))
_ALIVE = sa.and_(*(_o.c.status != status for status in sorted({*ENDED, "DRAFT"})))


def readiness(moved: Moved, holding: Holding) -> Conditions:
    """The conditions that `OrderFilter.ready_for` names."""
    # few have anything authorized: they are found by it, and then looked at
    authorized = _o.c.id == sa.any_(sa.func.array(holding("authorized").scalar_subquery(), type_=sa.ARRAY(sa.Uuid)))
    return {
        "READY_TO_FULFILL": sa.and_(_OPEN, moved(_o.c.id, "charged") >= _o.c.total_gross),
        "READY_TO_CAPTURE": sa.and_(_ALIVE, authorized, moved(_o.c.id, "authorized") > 0),
    }
