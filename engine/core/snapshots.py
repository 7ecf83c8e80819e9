"""Rows of what is deleted, kept in the payload of the event that tells so."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.core.context import Row

_MARK = "$"
_READ: dict[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "Decimal": Decimal,
    "UUID": UUID,
}


class Snapshot(dict[str, Any]):
    """A row as it was; a column it was kept without is null. Neighbours (`engine.core.joins`) are still to be read."""

    def __missing__(self, key: str) -> None:
        if "__" in key:
            raise KeyError(key)


def packed(row: Row) -> dict[str, Any]:
    """A row as JSON can hold it, without its bytes. `tx.emit("menu.deleted", "Menu", id, row=packed(row))`."""
    return {name: _pack(value) for name, value in dict(row).items() if not isinstance(value, bytes)}


def unpacked(kept: Mapping[str, Any]) -> Snapshot:
    return Snapshot({name: _unpack(value) for name, value in kept.items()})


def _pack(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return {_MARK: type(value).__name__, "value": value.isoformat()}
    if isinstance(value, UUID):
        return {_MARK: "UUID", "value": str(value)}
    if isinstance(value, Decimal):
        return {_MARK: "Decimal", "value": str(value)}
    if isinstance(value, list | tuple):
        return [_pack(item) for item in value]
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {_MARK, "value"}:
        return _READ[value[_MARK]](value["value"])
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    return value
