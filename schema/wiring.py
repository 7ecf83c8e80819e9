"""The worker's whole wiring: that of the engine, and the jobs that answer GraphQL."""

from dataclasses import replace
from typing import Any

from engine.accounts import installations
from engine.core.context import Ctx
from engine.flows import install_app
from engine.flows import wiring as engine
from engine.webhooks.events import BY_KIND
from schema import root
from schema.events import tell
from schema.events.documents import checked_for


async def install(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Handler of `apps.install`: `{"installation_id"}`."""
    await install_app.install(ctx, payload["installation_id"], checked_for)


SCHEMA = root.schema
"""Made before the first job needs it: that takes a while."""
WIRING = replace(
    engine.WIRING,
    jobs={**engine.WIRING.jobs, tell.JOB: tell.tell, installations.JOB: install},
    gathered={
        kind: (*engine.WIRING.gathered.get(kind, ()), *((tell.JOB,) if kind in BY_KIND else ()))
        for kind in {*engine.WIRING.gathered, *BY_KIND}
    },
)
