"""What can be wrong with shipping."""

from engine.core.errors import NotFound


class ShipmentNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such shipment.", field="id")
