"""What the events of a payment amount to, and what may be done with it next.

The arithmetic is that of Saleor's Transactions API: events of one action and one provider reference belong together,
a request is pending until its outcome is known, and what is charged, refunded or cancelled leaves the amount it came
from. It differs in one point: where a success and a failure share a reference, their order does not matter, because
webhooks come in any order. A success stands, save for refunds, which a bank can still return.

All amounts are minor units of the payment's currency.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields

ACTIONS = ("CHARGE", "REFUND", "CANCEL")
CLAIMING_CALLS = frozenset({"capture", "refund", "cancel"})
"""Calls that claim their amount from the moment they are written down. Beginning a payment claims nothing."""

_SOURCE = {"AUTHORIZATION": None, "CHARGE": "authorized", "REFUND": "charged", "CANCEL": "authorized"}
_REACHED = {"AUTHORIZATION": "authorized", "CHARGE": "charged", "REFUND": "refunded", "CANCEL": "canceled"}
_PENDING = {
    "AUTHORIZATION": "authorize_pending",
    "CHARGE": "charge_pending",
    "REFUND": "refund_pending",
    "CANCEL": "cancel_pending",
}
_FAILURE_IS_FINAL = frozenset({"REFUND"})

_PAYING = frozenset(
    f"{action}_{outcome}"
    for action in ("AUTHORIZATION", "CHARGE")
    for outcome in ("SUCCESS", "FAILURE", "REQUEST", "ACTION_REQUIRED")
)
ANSWERS = {
    "initialize": _PAYING,
    "process": _PAYING,
    "capture": frozenset({"CHARGE_SUCCESS", "CHARGE_FAILURE", "CHARGE_REQUEST"}),
    "refund": frozenset({"REFUND_SUCCESS", "REFUND_FAILURE", "REFUND_REQUEST"}),
    "cancel": frozenset({"CANCEL_SUCCESS", "CANCEL_FAILURE", "CANCEL_REQUEST"}),
}
"""What a provider may answer to each call."""


NAME_LENGTH = 256
SHOWN_DIGITS = 4
CARD_DIGITS = 12
"""So many digits may be a card's whole number (ISO/IEC 7812)."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a payment's history. `call` names our own call when the event is the claim of one."""

    type: str
    amount: int
    reference: str | None = None
    call: str | None = None
    answered: bool = False

    @property
    def counts(self) -> bool:
        return self.call is None or (self.call in CLAIMING_CALLS and not self.answered)

    @property
    def action(self) -> str:
        return self.type.split("_", 1)[0]

    @property
    def outcome(self) -> str:
        return self.type.split("_", 1)[1] if "_" in self.type else ""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Where the money of a payment, or of several, stands."""

    authorized: int = 0
    charged: int = 0
    refunded: int = 0
    canceled: int = 0
    authorize_pending: int = 0
    charge_pending: int = 0
    refund_pending: int = 0
    cancel_pending: int = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Amounts)))

    @property
    def authorizing(self) -> int:
        """Authorised, or accepted by the provider and not finished: what covers a checkout."""
        return self.authorized + self.authorize_pending

    @property
    def charging(self) -> int:
        """Charged, or accepted by the provider and not finished."""
        return self.charged + self.charge_pending

    @property
    def processed(self) -> int:
        """Money that is on its way to the shop or has arrived."""
        return self.authorizing + self.charging

    @property
    def untouched(self) -> bool:
        return not any(getattr(self, f.name) for f in fields(Amounts))


def amounts_of(events: Sequence[Event]) -> Amounts:
    """Amounts that follow from a payment's events, oldest first. Only an AUTHORIZATION_ADJUSTMENT looks at order."""
    sums: dict[str, int] = defaultdict(int)
    groups: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for event in _since_last_adjustment([event for event in events if event.counts]):
        if event.reference is None:
            _add_unreferenced(sums, event)
        else:
            groups[event.action, event.reference].setdefault(event.outcome, event.amount)
    for (action, _), outcomes in groups.items():
        _add_group(sums, action, outcomes)
    return Amounts(**{f.name: max(0, sums[f.name]) for f in fields(Amounts)})


def _since_last_adjustment(events: list[Event]) -> Iterable[Event]:
    last = max((i for i, event in enumerate(events) if event.type == "AUTHORIZATION_ADJUSTMENT"), default=-1)
    return (event for i, event in enumerate(events) if i >= last or event.action != "AUTHORIZATION")


def _add_group(sums: dict[str, int], action: str, outcomes: dict[str, int]) -> None:
    """One action under one reference; `outcomes` has the amount of each outcome reported for it."""
    if action == "CHARGE":
        sums["charged"] -= outcomes.get("BACK", 0)
    elif action == "REFUND":
        sums["charged"] += outcomes.get("REVERSE", 0)
        sums["refunded"] -= outcomes.get("REVERSE", 0)
    elif action == "AUTHORIZATION":
        sums["authorized"] += outcomes.get("ADJUSTMENT", 0)
    succeeded = "SUCCESS" in outcomes and not ("FAILURE" in outcomes and action in _FAILURE_IS_FINAL)
    if succeeded:
        _move(sums, action, _REACHED, outcomes["SUCCESS"])
    elif "REQUEST" in outcomes and "FAILURE" not in outcomes:
        _move(sums, action, _PENDING, outcomes["REQUEST"])


def _add_unreferenced(sums: dict[str, int], event: Event) -> None:
    """A claim of ours moves money as any request does; what people recorded by hand states each amount by itself."""
    if event.call is not None:
        _move(sums, event.action, _PENDING, event.amount)
    elif event.type == "CHARGE_BACK":
        sums["charged"] -= event.amount
    elif event.type == "REFUND_REVERSE":
        sums["refunded"] -= event.amount
    elif event.type == "AUTHORIZATION_ADJUSTMENT":
        sums["authorized"] += event.amount
    elif event.outcome == "SUCCESS":
        sums[_REACHED[event.action]] += event.amount


def _move(sums: dict[str, int], action: str, target: dict[str, str], amount: int) -> None:
    sums[target[action]] += amount
    source = _SOURCE.get(action)
    if source is not None:
        sums[source] -= amount


def room(action: str, amounts: Amounts) -> int:
    """The most that CHARGE, REFUND or CANCEL can move now."""
    return amounts.charged if action == "REFUND" else amounts.authorized


def available_actions(amounts: Amounts, supported: Collection[str]) -> list[str]:
    return [action for action in ACTIONS if action in supported and room(action, amounts) > 0]


def actions_after(
    report_type: str,
    said: Collection[str] | None,
    previous: Collection[str],
    amounts: Amounts,
    supported: Collection[str],
) -> list[str]:
    """What may be done once a report is in. `said` is what the provider allows next (None: whatever it supports).

    A report about a refund or dispute says nothing about charging, and one about an authorisation nothing once money
    was charged, so that late reports cannot bring an action back or take one away.
    """
    action = report_type.split("_", 1)[0]
    if action == "REFUND" or report_type == "CHARGE_BACK":
        allowed = set(previous) - {"REFUND"} | {"REFUND"} & set(supported)
    elif action == "INFO" or (action == "AUTHORIZATION" and _was_charged(amounts)):
        allowed = set(previous)
    else:
        allowed = set(supported if said is None else said)
    return available_actions(amounts, allowed)


def _was_charged(amounts: Amounts) -> bool:
    return amounts.charged + amounts.charge_pending + amounts.refunded + amounts.refund_pending > 0


def order_authorize_status(amounts: Amounts, total: int) -> str:
    """NONE, PARTIAL or FULL: how far the gross total is covered. Unlike for a checkout (`engine.checkout.rules`),
    what the provider has accepted but not finished does not count."""
    covered = amounts.authorized + amounts.charged
    return "FULL" if covered == total == 0 else _authorize_status(covered, total)


def order_charge_status(amounts: Amounts, total: int) -> str:
    """NONE, PARTIAL, FULL or OVERCHARGED."""
    if amounts.charged == total:
        return "FULL"
    return _charge_status(amounts.charged, total)


def _authorize_status(covered: int, total: int) -> str:
    if covered <= 0:
        return "NONE"
    return "FULL" if covered >= total else "PARTIAL"


def _charge_status(charged: int, total: int) -> str:
    if charged <= 0:
        return "NONE"
    if charged < total:
        return "PARTIAL"
    return "FULL" if charged == total else "OVERCHARGED"


def legacy_payment_status(amounts: Amounts, total: int) -> str:
    """Saleor's old `PaymentChargeStatusEnum` of an order, from where its money stands now."""
    if amounts.refunded > 0:
        return "FULLY_REFUNDED" if amounts.charged <= 0 else "PARTIALLY_REFUNDED"
    if amounts.charged >= total:
        return "FULLY_CHARGED"
    if amounts.charged > 0:
        return "PARTIALLY_CHARGED"
    if amounts.charge_pending or amounts.authorize_pending:
        return "PENDING"
    if amounts.canceled > 0 and amounts.authorized <= 0:
        return "CANCELLED"
    return "NOT_CHARGED"


def flow_for(wanted: str, *, can_charge: bool, can_authorize: bool) -> str:
    """AUTHORIZATION or CHARGE: what is wanted, or the only one of the two that the provider can do."""
    if wanted == "CHARGE" and not can_charge and can_authorize:
        return "AUTHORIZATION"
    if wanted == "AUTHORIZATION" and not can_authorize and can_charge:
        return "CHARGE"
    return wanted


def manual_events(before: Amounts, wanted: dict[str, int]) -> list[Event]:
    """Events without a reference that take a payment kept by hand from `before` to the amounts `wanted`.

    Keys of `wanted`: authorized, charged, refunded, canceled; those left out stay. Raises ValueError where an amount
    cannot go down (canceled).
    """
    events = []
    for name, raised, lowered in (
        ("authorized", "AUTHORIZATION_SUCCESS", "AUTHORIZATION_ADJUSTMENT"),
        ("charged", "CHARGE_SUCCESS", "CHARGE_BACK"),
        ("refunded", "REFUND_SUCCESS", "REFUND_REVERSE"),
        ("canceled", "CANCEL_SUCCESS", None),
    ):
        change = wanted.get(name, getattr(before, name)) - getattr(before, name)
        if change > 0:
            events.append(Event(raised, change))
        elif change < 0 and lowered is None:
            raise ValueError(name)
        elif change < 0 and lowered is not None:
            events.append(Event(lowered, wanted[name] if lowered == "AUTHORIZATION_ADJUSTMENT" else -change))
    return events


@dataclass(frozen=True)
class PaymentMethod:
    """How a payment was paid, as far as it may be kept: never a whole card number. `type` is CARD or OTHER."""

    type: str
    name: str
    brand: str | None = None
    first_digits: str | None = None
    last_digits: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None

    def faults(self) -> list[tuple[str, str]]:
        """(field, message) of what cannot be kept."""
        found = []
        for field, words in (("name", self.name), ("brand", self.brand or "")):
            if len(words) > NAME_LENGTH or sum(character.isdigit() for character in words) >= CARD_DIGITS:
                found.append((field, f"At most {NAME_LENGTH} characters, and no card number."))
        for field, digits in (("firstDigits", self.first_digits), ("lastDigits", self.last_digits)):
            if digits is not None and not (digits.isascii() and digits.isdecimal() and len(digits) <= SHOWN_DIGITS):
                found.append((field, f"At most {SHOWN_DIGITS} digits of a card are kept."))
        if self.exp_month is not None and not 1 <= self.exp_month <= 12:
            found.append(("expMonth", "A month is a number from 1 to 12."))
        if self.exp_year is not None and not 2000 <= self.exp_year <= 2100:
            found.append(("expYear", "A year is a number from 2000 to 2100."))
        return found
