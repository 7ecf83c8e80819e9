"""`Weight`: rows carry grams, the API speaks kilograms as Saleor does by default."""

from typing import Any

import strawberry

from schema.common.enums import WeightUnitsEnum


@strawberry.type
class Weight:
    unit: WeightUnitsEnum
    value: float


def weight_row(grams: int | None) -> Any:
    """The row of a `Weight`, or None where the weight is not known."""
    return None if grams is None else {"unit": "KG", "value": grams / 1000}
