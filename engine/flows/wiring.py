"""Which handler runs which job, which jobs follow which event, and what runs on a timetable."""

from engine.core.jobs import Wiring

WIRING = Wiring(jobs={}, subscriptions={}, schedules=())
