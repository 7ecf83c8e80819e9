"""What may be granted of an order, and where a granted refund stands."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.core.money import round_half_up

CLOSED = frozenset({"PENDING", "SUCCESS"})
"""Nothing of it can be changed any more."""


@dataclass(frozen=True)
class LineFault:
    line_id: uuid.UUID | int | str
    code: str
    message: str
    field: str = "quantity"
    type_name: str = "OrderLine"


@dataclass(frozen=True)
class Sold:
    """A line of the order; `granted` units were granted before. `total` is its gross in minor units."""

    quantity: int
    granted: int
    total: int


def line_faults(wanted: Mapping[uuid.UUID, int], sold: Mapping[uuid.UUID, Sold]) -> list[LineFault]:
    faults = []
    for line_id, quantity in wanted.items():
        line = sold.get(line_id)
        if line is None:
            faults.append(LineFault(line_id, "NOT_FOUND", "Could not resolve to a line of this order.", "id"))
        elif quantity <= 0:
            faults.append(LineFault(line_id, "INVALID", "The quantity must be above zero."))
        elif quantity > line.quantity - line.granted:
            faults.append(
                LineFault(line_id, "QUANTITY_GREATER_THAN_AVAILABLE", "More than is left of this line to be granted.")
            )
    return faults


def worth(wanted: Mapping[uuid.UUID, int], sold: Mapping[uuid.UUID, Sold], shipping: int) -> int:
    """What the lines and the shipping were sold for, in minor units."""
    parts = (round_half_up(sold[id].total * quantity, sold[id].quantity) for id, quantity in wanted.items())
    return sum(parts) + shipping


def status_of(events: Iterable[tuple[str, str | None]]) -> str:
    """From the types and references of the payment events made for a refund. Of one reference a bank's failure is
    final; a later try has another reference."""
    outcomes: dict[str | None, set[str]] = defaultdict(set)
    for kind, reference in events:
        action, _, outcome = kind.partition("_")
        if action == "REFUND":
            outcomes[reference].add(outcome)
    stands = [_stands(found) for found in outcomes.values()]
    return next((status for status in ("SUCCESS", "PENDING", "FAILURE") if status in stands), "NONE")


def _stands(outcomes: set[str]) -> str:
    if outcomes & {"FAILURE", "REVERSE"}:
        return "FAILURE"
    return "SUCCESS" if "SUCCESS" in outcomes else "PENDING"
