"""Decisions about stock that need no database."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_ON_HAND = 2**31 - 1


@dataclass(frozen=True)
class Held:
    """One allocation of an order line: `quantity` units of a stock."""

    allocation_id: int
    stock_id: int
    quantity: int


@dataclass(frozen=True)
class ShipPlan:
    """How much of each allocation a shipment uses up. `unclaimed` units were not allocated to the line before."""

    taken: tuple[tuple[Held, int], ...]
    unclaimed: int


def plan_shipment(held: Sequence[Held], stock_id: int, quantity: int) -> ShipPlan:
    """Take `quantity` units for a line out of `stock_id`, its own allocations there first, then those elsewhere.

    What was allocated elsewhere becomes free there, since the goods came from `stock_id`.
    """
    left = quantity
    taken = []
    for allocation in sorted(held, key=lambda each: (each.stock_id != stock_id, each.allocation_id)):
        used = min(left, allocation.quantity)
        if used:
            taken.append((allocation, used))
            left -= used
    return ShipPlan(tuple(taken), left)


def needed_free(plan: ShipPlan, stock_id: int) -> int:
    """Units that `stock_id` must have free beyond what the line already holds there."""
    here = sum(used for allocation, used in plan.taken if allocation.stock_id == stock_id)
    everywhere = sum(used for _, used in plan.taken)
    return everywhere - here + plan.unclaimed
