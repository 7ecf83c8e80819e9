"""What can be wrong with a claim on stock."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global


@dataclass(frozen=True)
class Shortage:
    """`available` units could be had of a variant of which more were asked for."""

    variant_id: int
    available: int
    name: str = ""


class InsufficientStock(Refusal):
    """Not enough to claim; nothing was claimed. `shortages` names every variant that fell short."""

    code = "INSUFFICIENT_STOCK"

    def __init__(self, shortages: Sequence[Shortage], *, field: str = "lines"):
        self.shortages = tuple(shortages)
        # Storefronts find the line that fell short by the variant's name in this sentence.
        said = (
            f"Could not add items{each.name and f' {each.name}'}. Only {each.available} remaining in stock."
            for each in self.shortages[:10]
        )
        super().__init__(
            " ".join(said),
            field=field,
            variants=[to_global("ProductVariant", shortage.variant_id) for shortage in self.shortages],
        )


class BelowAllocated(Refusal):
    """A count lower than what checkouts and orders have already claimed."""

    code = "INVALID"

    def __init__(self, allocated: int):
        self.allocated = allocated
        super().__init__(f"{allocated} units are allocated; the quantity cannot be lower.", field="quantity")


class UnknownWarehouse(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such warehouse.", field="warehouse")


class StockExists(Refusal):
    """The warehouse already keeps stock of the variant; its quantity is updated, not created."""

    code = "UNIQUE"

    def __init__(self) -> None:
        super().__init__("Stock for this warehouse already exists for this product variant.", field="warehouse")
