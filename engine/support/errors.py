from engine.core.errors import NotFound, Refusal


class TicketNotFound(NotFound):
    """Also for a ticket of somebody else, which must look the same."""

    def __init__(self, field: str = "id"):
        super().__init__("Ticket not found.", field=field)


class TicketClosed(Refusal):
    code = "TICKET_CLOSED"

    def __init__(self) -> None:
        super().__init__("This ticket is closed; open a new one.", field="id")


class StatusNotAllowed(Refusal):
    code = "INVALID_STATUS"

    def __init__(self, now: str, wanted: str):
        super().__init__(f"A {now} ticket cannot become {wanted}.", field="status")


class TooManyTickets(Refusal):
    code = "LIMIT_REACHED"

    def __init__(self) -> None:
        super().__init__("Too many tickets were opened from here; try again in an hour.")
