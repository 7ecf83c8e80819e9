"""The worker's whole wiring: that of the engine, and the jobs that answer GraphQL."""

from dataclasses import replace

from engine.flows import wiring as engine
from engine.webhooks.events import BY_KIND
from schema.events import tell

WIRING = replace(
    engine.WIRING,
    jobs={**engine.WIRING.jobs, tell.JOB: tell.tell},
    gathered={
        kind: (*engine.WIRING.gathered.get(kind, ()), *((tell.JOB,) if kind in BY_KIND else ()))
        for kind in {*engine.WIRING.gathered, *BY_KIND}
    },
)
