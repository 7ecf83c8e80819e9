"""`ctx`: who asks, in which language, at what time, on which database. The first argument everywhere.

`Ctx` can only read. `WriteCtx`, which `transact` makes, adds the open transaction.
"""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Hashable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from engine.core.clock import Clock, SystemClock
from engine.core.cookies import Cookies
from engine.core.database import Database, HeldReads
from engine.core.errors import Busy, PermissionDenied
from engine.core.settings import Settings
from engine.core.statements import Statement

if TYPE_CHECKING:
    from engine.core.outbox import Outbox

Row: TypeAlias = Any
"""A mapping from column name to value, read with `row["name"]`: an asyncpg Record or a dict."""

P = ParamSpec("P")
T = TypeVar("T")

LOCK_TIMEOUT_MS = 4_000
ATTEMPTS = 5
_RETRIED = {"40001", "40P01"}
_LOCK_TIMEOUT_STATE = "55P03"
_transaction_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


@dataclass(frozen=True)
class Caller:
    """Who asks. Without user and app it is an anonymous shopper."""

    user_id: int | None = None
    app_id: int | None = None
    email: str | None = None
    is_staff: bool = False
    permissions: frozenset[str] = frozenset()
    channel_ids: frozenset[int] | None = None
    """The channels a staff member is limited to; None: all."""
    token_fault: str | None = None
    """Why a token that was sent is not valid: `ExpiredSignatureError` or `InvalidTokenError`."""
    session_id: uuid.UUID | None = None
    """The login that the token is of; None for apps."""

    @property
    def authenticated(self) -> bool:
        return self.user_id is not None or self.app_id is not None

    def has(self, *permissions: str) -> bool:
        """True when at least one of them is held."""
        return not self.permissions.isdisjoint(permissions)

    def require(self, *permissions: str) -> None:
        if not self.has(*permissions):
            raise PermissionDenied(permissions)


ANONYMOUS = Caller()


@dataclass(frozen=True)
class Ctx:
    """Reads only. `fetch` and its kin run on one held connection of the read pool."""

    settings: Settings
    database: Database
    reads: HeldReads
    plugins: Any = None
    """`engine.extensions.registry.Registry`; core cannot name it."""
    caller: Caller = ANONYMOUS
    clock: Clock = field(default_factory=SystemClock)
    language: str = "en"
    base_url: str = ""
    """`https://shop.example`, no trailing slash, as the client called us."""
    client_address: str | None = None
    idempotency_key: str | None = None
    cookies: Cookies | None = None
    """None where nobody calls by HTTP."""
    _memo: list[dict[Hashable, Any]] = field(default_factory=lambda: [{}], init=False, repr=False, compare=False)

    @classmethod
    def background(cls, settings: Settings, database: Database, plugins: Any = None, **kwargs: Any) -> "Ctx":
        """For jobs, commands and tests. Release it with `await ctx.release()`."""
        kwargs.setdefault("base_url", settings.public_url or f"http://{settings.host}:{settings.port}")
        return cls(settings, database, HeldReads(database), plugins=plugins, **kwargs)

    async def fetch(self, statement: Statement, **parameters: Any) -> list[Row]:
        return await self.reads.fetch(statement.sql, statement.arguments(parameters))

    async def first(self, statement: Statement, **parameters: Any) -> Row | None:
        rows = await self.fetch(statement, **parameters)
        return rows[0] if rows else None

    async def value(self, statement: Statement, **parameters: Any) -> Any:
        rows = await self.fetch(statement, **parameters)
        return rows[0][0] if rows else None

    def kept(self) -> dict[Hashable, Any]:
        """What this caller's request has read and may use again, by what was asked. Empty anew after a write or a
        `release`: take it before reading and fill that one, so that nothing read before a write outlives it."""
        return self._memo[0]

    def forget(self) -> None:
        self._memo[0] = {}

    async def release(self) -> None:
        self.forget()
        await self.reads.release()

    def acting_as(self, caller: Caller) -> "Ctx":
        return replace(self, caller=caller)


@dataclass(frozen=True)
class WriteCtx(Ctx):
    """An open transaction. Nothing here commits: `transact` does, when the work returns."""

    session: AsyncSession = field(kw_only=True)
    outbox: "Outbox" = field(kw_only=True)
    _held_ranks: list[int] = field(default_factory=list, kw_only=True)

    async def fetch(self, statement: Statement, **parameters: Any) -> list[Row]:
        if self.session.new or self.session.dirty or self.session.deleted:
            await self.session.flush()
        raw = await (await self.session.connection()).get_raw_connection()
        driver: Any = raw.driver_connection
        rows: list[Row] = await driver.fetch(statement.sql, *statement.arguments(parameters))
        return rows

    def kept(self) -> dict[Hashable, Any]:
        """Nothing: what a transaction reads may be what it changes next."""
        return {}

    async def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """A Core statement through the session; for writes whose shape is built on the spot."""
        result: Any = await self.session.execute(statement, parameters)
        return result  # type: ignore[no-any-return]

    def add(self, *rows: Any) -> None:
        self.session.add_all(rows)

    def emit(self, kind: str, object_type: str, object_id: object, **payload: Any) -> None:
        """Record that something happened; handlers get it after, and only after, the commit."""
        self.outbox.emit(kind, object_type, str(object_id), payload)

    def enqueue(self, job: str, **payload: Any) -> None:
        """A background job that exists if and only if this transaction commits."""
        self.outbox.enqueue(job, payload)


async def transact(
    ctx: Ctx, work: Callable[Concatenate[WriteCtx, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run `work(tx, …)` in one transaction and commit it; deadlocks and serialization failures run again.

    `work` must therefore be safe to repeat from its start. A lock not had in time raises Busy.
    """
    if isinstance(ctx, WriteCtx):
        return await work(ctx, *args, **kwargs)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            result: T = await _once(ctx, work, args, kwargs)
            return result
        except Exception as error:
            state = _sqlstate(error)
            if state == _LOCK_TIMEOUT_STATE:
                raise Busy("Somebody else is changing this right now; please try again.") from error
            if state not in _RETRIED or attempt == ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311
    raise AssertionError("unreachable")


async def _once(ctx: Ctx, work: Any, args: Iterable[Any], kwargs: dict[str, Any]) -> Any:
    from engine.core.outbox import Outbox

    token = _transaction_open.set(True)
    try:
        async with ctx.database.session() as session:
            # This first statement also makes SQLAlchemy send BEGIN, which it otherwise puts off:
            # raw-connection work before it would commit by itself.
            await session.execute(sa.text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            outbox = Outbox()
            tx = WriteCtx(
                ctx.settings,
                ctx.database,
                ctx.reads,
                plugins=ctx.plugins,
                caller=ctx.caller,
                clock=ctx.clock,
                language=ctx.language,
                base_url=ctx.base_url,
                client_address=ctx.client_address,
                idempotency_key=ctx.idempotency_key,
                session=session,
                outbox=outbox,
            )
            result = await work(tx, *args, **kwargs)
            await session.flush()
            await outbox.write(tx)
            await session.commit()
            return result
    finally:
        ctx.forget()
        _transaction_open.reset(token)


def transaction_open() -> bool:
    """Whether the current task is inside `transact`."""
    return _transaction_open.get()


def _sqlstate(error: BaseException) -> str | None:
    original: Any = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return state if isinstance(state, str) else None
