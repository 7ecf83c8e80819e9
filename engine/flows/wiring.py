"""Which handler runs which job, which jobs follow which event, and what runs on a timetable."""

from engine.accounts import mails, sessions
from engine.core.jobs import Wiring
from engine.flows import release_holds
from engine.support import mails as support_mails

WIRING = Wiring(
    jobs={
        mails.JOB: mails.deliver,
        support_mails.JOB: support_mails.deliver,
    },
    subscriptions={},
    schedules=(
        (release_holds.JOB, "* * * * *", release_holds.release_expired),
        ("accounts.sweep_sessions", "17 3 * * *", sessions.sweep),
    ),
)
