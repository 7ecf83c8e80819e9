"""Amounts of a payment from its events, and the statuses that follow from them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.payments import rules
from engine.payments.models import EVENT_TYPES
from engine.payments.rules import Amounts, Event

SIMPLE = [kind for kind in EVENT_TYPES if kind != "AUTHORIZATION_ADJUSTMENT"]
references = st.sampled_from(["a", "b", "c"])
amounts = st.integers(0, 10_000)
reports = st.builds(Event, st.sampled_from(SIMPLE), amounts, references)


def unique(events: list[Event]) -> list[Event]:
    """As the table keeps them: one report per type and reference."""
    return list({(event.type, event.reference): event for event in events}.values())


def amounts_of(*events: Event) -> Amounts:
    return rules.amounts_of(events)


def test_a_charge_goes_from_request_to_charged() -> None:
    request = Event("CHARGE_REQUEST", 100, "p")
    assert amounts_of(request) == Amounts(charge_pending=100)
    assert amounts_of(request, Event("CHARGE_SUCCESS", 100, "p")) == Amounts(charged=100)
    assert amounts_of(request, Event("CHARGE_FAILURE", 100, "p")) == Amounts()


def test_a_capture_takes_from_what_is_authorised() -> None:
    held = Event("AUTHORIZATION_SUCCESS", 100, "p")
    assert amounts_of(held, Event("CHARGE_REQUEST", 60, "p")) == Amounts(authorized=40, charge_pending=60)
    assert amounts_of(held, Event("CHARGE_SUCCESS", 60, "p")) == Amounts(authorized=40, charged=60)
    assert amounts_of(held, Event("CHARGE_SUCCESS", 60, "p"), Event("CANCEL_SUCCESS", 40, "c")) == Amounts(
        charged=60, canceled=40
    )


def test_refunds_of_one_charge_add_up() -> None:
    charged = Event("CHARGE_SUCCESS", 100, "p")
    assert amounts_of(
        charged,
        Event("REFUND_SUCCESS", 30, "r1"),
        Event("REFUND_REQUEST", 20, "r2"),
        Event("REFUND_FAILURE", 10, "r3"),
    ) == Amounts(charged=50, refunded=30, refund_pending=20)


def test_a_refund_that_the_bank_returned_is_undone_however_the_reports_come() -> None:
    events = [Event("CHARGE_SUCCESS", 100, "p"), Event("REFUND_SUCCESS", 30, "r"), Event("REFUND_FAILURE", 30, "r")]
    assert amounts_of(*events) == amounts_of(*reversed(events)) == Amounts(charged=100)


def test_a_payment_that_failed_first_and_then_succeeded_is_charged_however_the_reports_come() -> None:
    events = [Event("CHARGE_FAILURE", 100, "p"), Event("CHARGE_SUCCESS", 100, "p")]
    assert amounts_of(*events) == amounts_of(*reversed(events)) == Amounts(charged=100)


def test_charge_back_and_reversed_refund() -> None:
    charged = Event("CHARGE_SUCCESS", 100, "p")
    assert amounts_of(charged, Event("CHARGE_BACK", 25, "d")) == Amounts(charged=75)
    refund = Event("REFUND_SUCCESS", 40, "r")
    assert amounts_of(charged, refund, Event("REFUND_REVERSE", 40, "v")) == Amounts(charged=100)


def test_an_adjustment_replaces_what_was_authorised_before_it() -> None:
    before = Event("AUTHORIZATION_SUCCESS", 100, "a")
    adjusted = Event("AUTHORIZATION_ADJUSTMENT", 80, "b")
    after = Event("AUTHORIZATION_SUCCESS", 5, "c")
    assert amounts_of(before, adjusted) == Amounts(authorized=80)
    assert amounts_of(before, adjusted, after) == Amounts(authorized=85)
    assert amounts_of(before, Event("CHARGE_SUCCESS", 30, "p"), adjusted) == Amounts(authorized=50, charged=30)


def test_action_required_moves_nothing() -> None:
    assert amounts_of(Event("CHARGE_ACTION_REQUIRED", 100, "p")).untouched
    assert amounts_of(Event("AUTHORIZATION_ACTION_REQUIRED", 100, "p"), Event("INFO", 100, "p")).untouched


def test_beginning_a_payment_claims_nothing_until_the_provider_answers() -> None:
    for call in ("initialize", "process"):
        assert amounts_of(Event("CHARGE_REQUEST", 100, call=call)).untouched


def test_an_unanswered_refund_already_takes_its_amount_and_its_answer_stands_in_for_it() -> None:
    charged = Event("CHARGE_SUCCESS", 100, "p")
    asked = Event("REFUND_REQUEST", 60, call="refund")
    assert amounts_of(charged, asked) == Amounts(charged=40, refund_pending=60)
    answered = Event("REFUND_REQUEST", 60, call="refund", answered=True)
    assert amounts_of(charged, answered) == Amounts(charged=100)
    assert amounts_of(charged, answered, Event("REFUND_SUCCESS", 60, "r")) == Amounts(charged=40, refunded=60)


def test_amounts_recorded_by_hand_stand_for_themselves() -> None:
    assert amounts_of(Event("AUTHORIZATION_SUCCESS", 100), Event("CHARGE_SUCCESS", 60)) == Amounts(
        authorized=100, charged=60
    )


@given(st.lists(reports, max_size=12), st.randoms(use_true_random=False))
def test_reports_may_come_in_any_order(events: list[Event], shuffler: random.Random) -> None:
    once = unique(events)
    shuffled = once.copy()
    shuffler.shuffle(shuffled)
    assert rules.amounts_of(shuffled) == rules.amounts_of(once)


@given(st.lists(reports, max_size=12))
def test_a_repeated_report_changes_nothing(events: list[Event]) -> None:
    once = unique(events)
    assert rules.amounts_of([*once, *once]) == rules.amounts_of(once)


@given(st.lists(reports, max_size=12))
def test_no_amount_is_negative(events: list[Event]) -> None:
    found = rules.amounts_of(events)
    assert min(getattr(found, name) for name in Amounts.__slots__) >= 0


@given(st.integers(1, 10_000), st.data())
def test_money_is_only_moved_by_steps_that_are_allowed(total: int, data: st.DataObject) -> None:
    """Whatever staff do within the room they have, all parts still sum to what was authorised."""
    events = [Event("AUTHORIZATION_SUCCESS", total, "p")]
    for step in range(data.draw(st.integers(0, 10))):
        now = rules.amounts_of(events)
        possible = rules.available_actions(now, rules.ACTIONS)
        if not possible:
            break
        action = data.draw(st.sampled_from(possible))
        amount = data.draw(st.integers(1, rules.room(action, now)))
        outcome = data.draw(st.sampled_from(["SUCCESS", "REQUEST", "FAILURE"]))
        events.append(Event(f"{action}_{outcome}", amount, f"s{step}"))
    found = rules.amounts_of(events)
    assert sum(getattr(found, name) for name in Amounts.__slots__) == total


def test_actions_need_both_money_and_support() -> None:
    held = Amounts(authorized=5)
    assert rules.available_actions(held, rules.ACTIONS) == ["CHARGE", "CANCEL"]
    assert rules.available_actions(held, {"CHARGE", "REFUND"}) == ["CHARGE"]
    assert rules.available_actions(Amounts(charged=5), rules.ACTIONS) == ["REFUND"]
    assert rules.available_actions(Amounts(refunded=5), rules.ACTIONS) == []


@pytest.mark.parametrize(
    ("found", "authorize", "charge"),
    [
        (Amounts(), "NONE", "NONE"),
        (Amounts(authorized=40), "PARTIAL", "NONE"),
        (Amounts(authorized=60, charged=40), "FULL", "PARTIAL"),
        (Amounts(charged=100), "FULL", "FULL"),
        (Amounts(charged=101), "FULL", "OVERCHARGED"),
    ],
)
def test_statuses_of_an_order(found: Amounts, authorize: str, charge: str) -> None:
    assert rules.order_authorize_status(found, 100) == authorize
    assert rules.order_charge_status(found, 100) == charge


def test_what_the_provider_has_not_finished_does_not_cover_an_order() -> None:
    waiting = Amounts(charge_pending=100)
    assert rules.order_authorize_status(waiting, 100) == "NONE"
    assert rules.order_charge_status(waiting, 100) == "NONE"


def test_an_order_that_costs_nothing_is_paid() -> None:
    assert rules.order_authorize_status(Amounts(), 0) == "FULL"
    assert rules.order_charge_status(Amounts(), 0) == "FULL"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (Amounts(), "NOT_CHARGED"),
        (Amounts(authorized=100), "NOT_CHARGED"),
        (Amounts(charge_pending=100), "PENDING"),
        (Amounts(charged=50), "PARTIALLY_CHARGED"),
        (Amounts(charged=100), "FULLY_CHARGED"),
        (Amounts(charged=70, refunded=30), "PARTIALLY_REFUNDED"),
        (Amounts(refunded=100), "FULLY_REFUNDED"),
        (Amounts(canceled=100), "CANCELLED"),
    ],
)
def test_the_old_payment_status(found: Amounts, status: str) -> None:
    assert rules.legacy_payment_status(found, 100) == status


def test_the_flow_is_what_the_provider_can_do() -> None:
    assert rules.flow_for("CHARGE", can_charge=False, can_authorize=True) == "AUTHORIZATION"
    assert rules.flow_for("AUTHORIZATION", can_charge=True, can_authorize=False) == "CHARGE"
    assert rules.flow_for("AUTHORIZATION", can_charge=True, can_authorize=True) == "AUTHORIZATION"


by_hand = st.fixed_dictionaries({}, optional=dict.fromkeys(("authorized", "charged", "refunded", "canceled"), amounts))


@given(st.lists(by_hand, max_size=6))
def test_amounts_kept_by_hand_become_what_was_written(updates: list[dict[str, int]]) -> None:
    events: list[Event] = []
    for wanted in updates:
        before = rules.amounts_of(events)
        if wanted.get("canceled", before.canceled) < before.canceled:
            with pytest.raises(ValueError, match="canceled"):
                rules.manual_events(before, wanted)
            continue
        events += rules.manual_events(before, wanted)
        after = rules.amounts_of(events)
        expected = {name: getattr(before, name) for name in ("authorized", "charged", "refunded", "canceled")} | wanted
        assert {name: getattr(after, name) for name in expected} == expected


@given(st.permutations(["AUTHORIZATION_SUCCESS", "CHARGE_SUCCESS", "REFUND_SUCCESS"]))
def test_what_may_be_done_next_does_not_depend_on_the_order_of_reports(order: list[str]) -> None:
    """The provider says: hold (charge or cancel), then charged in part (only refund), then refunded (nothing said)."""
    told: dict[str, tuple[Event, list[str] | None]] = {
        "AUTHORIZATION_SUCCESS": (Event("AUTHORIZATION_SUCCESS", 100, "p"), ["CHARGE", "CANCEL"]),
        "CHARGE_SUCCESS": (Event("CHARGE_SUCCESS", 60, "p"), ["REFUND"]),
        "REFUND_SUCCESS": (Event("REFUND_SUCCESS", 20, "r"), None),
    }
    actions: list[str] = []
    events: list[Event] = []
    for kind in order:
        event, said = told[kind]
        events.append(event)
        actions = rules.actions_after(kind, said, actions, rules.amounts_of(events), rules.ACTIONS)
    assert actions == ["REFUND"]


def test_a_refund_that_failed_may_be_tried_again() -> None:
    assert rules.actions_after("REFUND_FAILURE", None, [], Amounts(charged=10), rules.ACTIONS) == ["REFUND"]
