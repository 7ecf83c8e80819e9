"""Connections: a small read pool (asyncpg) and a small write pool (SQLModel sessions) per process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from engine.core.statements import BY_VALUES

JSONB_VERSION = b"\x01"
CLOSE_SECONDS = 5.0
TAKE_SECONDS = 10.0


def asyncpg_dsn(url: str) -> str:
    """`postgresql://…` as asyncpg reads it, whatever driver the given address names."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def sqlalchemy_url(url: str) -> sa.URL:
    return make_url(url).set(drivername="postgresql+asyncpg")


def _encode_jsonb(value: Any) -> bytes:
    return JSONB_VERSION + (value.encode() if isinstance(value, str) else orjson.dumps(value))


def _decode_jsonb(value: bytes) -> Any:
    return orjson.loads(value[1:])


async def _use_jsonb(connection: Any) -> None:
    """Rows carry jsonb as Python values on every connection, read or write."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_encode_jsonb, decoder=_decode_jsonb, format="binary"
    )


_READS = {
    "default_transaction_read_only": "on",
    "application_name": "argosy-read",
    # reading by ids has one good plan; left to choose, PostgreSQL plans it at every run
    "plan_cache_mode": "force_generic_plan",
    # many requests share the processors, and what they read lies in memory or on flash
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "jit": "off",
}
_PLAN_ONCE = "SET plan_cache_mode = force_generic_plan"
_PLAN_BY_VALUES = "SET plan_cache_mode = force_custom_plan"


async def _plan_once(connection: Any) -> None:
    """In place of asyncpg's RESET: reads change nothing else of a session."""
    await connection.execute(_PLAN_ONCE)


def _usable(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        # the server ended it, and the pool has taken it back by itself
        return False


class Database:
    """One per process. `connect()` before use, `close()` at the end."""

    def __init__(self, url: str, *, read_pool_size: int = 8, write_pool_size: int = 8):
        self.url = url
        self.kept: dict[str, Any] = {}
        """What this process has read from the database and may keep a while, such as the signing keys."""
        self._read_pool_size = read_pool_size
        self._pool: asyncpg.Pool | None = None
        self._idle: list[Held] = []
        self._waiting = 0
        self._closing = False
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=write_pool_size,
            max_overflow=0,
            pool_timeout=10,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=lambda value: value,
        )

        @sa.event.listens_for(self.engine.sync_engine, "connect")
        def _prepare(dbapi_connection: Any, _record: Any) -> None:
            dbapi_connection.run_async(_use_jsonb)

    async def connect(self) -> None:
        self._pool = await asyncpg.create_pool(
            asyncpg_dsn(self.url),
            min_size=1,
            max_size=self._read_pool_size,
            init=_use_jsonb,
            reset=_plan_once,
            server_settings=_READS,
        )
        self._closing = False

    async def close(self) -> None:
        """Waits CLOSE_SECONDS for what is running."""
        self._closing = True
        if self._pool is not None:
            idle, self._idle = self._idle, []
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    for held in idle:
                        await self._pool.release(held.connection)
                    await self._pool.close()
            except TimeoutError:
                # somebody never gave a connection back; the end of the process is no time to wait for them
                self._pool.terminate()
            self._pool = None
        await self.engine.dispose()

    async def __aenter__(self) -> "Database":
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def pool(self) -> asyncpg.Pool:
        if self._pool is None:
            raise RuntimeError("Database.connect() was not called")
        return self._pool

    async def take(self) -> "Held":
        """A read connection of our own until `give`. Waits up to TAKE_SECONDS, then TimeoutError."""
        while self._idle:
            held = self._idle.pop()
            if _usable(held.connection):
                return held
            await self.pool.release(held.connection)
        self._waiting += 1
        try:
            return Held(await self.pool.acquire(timeout=TAKE_SECONDS))
        finally:
            self._waiting -= 1

    async def give(self, held: "Held") -> None:
        """Connections stay at hand between requests: the pool's own taking and giving costs more than a query. One that
        somebody waits for, or whose last query did not end as it should, goes back to the pool."""
        if held.sound and not self._waiting and not self._closing and _usable(held.connection):
            self._idle.append(held)
        elif self._pool is not None:
            await self._pool.release(held.connection)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session whose transaction is rolled back unless the caller commits it."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session


class Held:
    """A read connection and what is known of it."""

    __slots__ = ("by_values", "connection", "sound")

    def __init__(self, connection: Any):
        self.connection = connection
        self.by_values = False
        """Whether it plans statements anew for the values of each run; it begins without."""
        self.sound = True
        """Whether its last query ended as it should."""

    async def fetch(self, sql: str, arguments: list[Any]) -> list[Any]:
        self.sound = False
        by_values = sql.endswith(BY_VALUES)
        if by_values is not self.by_values:
            await self.connection.execute(_PLAN_BY_VALUES if by_values else _PLAN_ONCE)
            self.by_values = by_values
        rows: list[Any] = await self.connection.fetch(sql, *arguments)
        self.sound = True
        return rows


class HeldReads:
    """One read connection, taken at the first query, held for the request, and shared by turns."""

    __slots__ = ("_database", "_held", "_turn")

    def __init__(self, database: Database):
        self._database = database
        self._held: Held | None = None
        self._turn = asyncio.Lock()

    async def fetch(self, sql: str, arguments: list[Any]) -> list[Any]:
        async with self._turn:
            if self._held is None:
                self._held = await self._database.take()
            return await self._held.fetch(sql, arguments)

    async def release(self) -> None:
        """Give the connection back; a later query takes another."""
        if self._held is None and not self._turn.locked():
            return
        async with self._turn:
            if self._held is not None:
                held, self._held = self._held, None
                await self._database.give(held)
