"""The life of a ticket."""

import pytest

from engine.support.rules import TicketStatus, after_message, may_become

OPEN, PENDING, RESOLVED, CLOSED = TicketStatus


@pytest.mark.parametrize("now", [OPEN, PENDING, RESOLVED])
def test_a_customer_s_message_puts_it_before_staff(now: TicketStatus) -> None:
    assert after_message(now, from_staff=False, internal=False) is OPEN


@pytest.mark.parametrize(("now", "after"), [(OPEN, PENDING), (PENDING, PENDING), (RESOLVED, RESOLVED)])
def test_a_public_answer_waits_for_the_customer(now: TicketStatus, after: TicketStatus) -> None:
    assert after_message(now, from_staff=True, internal=False) is after


@pytest.mark.parametrize("now", list(TicketStatus))
def test_a_note_changes_nothing(now: TicketStatus) -> None:
    assert after_message(now, from_staff=True, internal=True) is now


def test_what_is_closed_can_only_be_opened_again() -> None:
    assert [status for status in TicketStatus if may_become(CLOSED, status)] == [OPEN, CLOSED]
    assert all(may_become(now, CLOSED) for now in TicketStatus)
