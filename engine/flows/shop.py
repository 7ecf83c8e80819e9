"""One process's view of the shop: settings, connections, plugins, storage. Opened once, closed at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from engine.core.context import Ctx
from engine.core.database import Database
from engine.core.errors import ConfigurationError
from engine.core.settings import Settings
from engine.extensions.registry import Registry

log = structlog.get_logger("argosy.shop")


@dataclass(frozen=True)
class Shop:
    settings: Settings
    database: Database
    plugins: Registry

    def ctx(self, **kwargs: Any) -> Ctx:
        """A context of its own; release it after use (`await ctx.release()`)."""
        return Ctx.background(self.settings, self.database, self.plugins, **kwargs)


@asynccontextmanager
async def open_shop(settings: Settings) -> AsyncIterator[Shop]:
    """Needs `DATABASE_URL` (the supervisor sets it for the embedded server)."""
    if settings.database_url is None:
        raise ConfigurationError("DATABASE_URL is not set. `argosy up` starts a database and sets it.")
    database = Database(
        settings.database_url.get_secret_value(),
        read_pool_size=settings.read_pool_size,
        write_pool_size=settings.write_pool_size,
    )
    async with database:
        plugins = Registry.discover(settings)
        for name, reason in plugins.problems.items():
            log.warning("plugin left out", plugin=name, reason=reason)
        yield Shop(settings, database, plugins)
