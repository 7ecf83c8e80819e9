"""The API as staff with some permissions call it, for tests of what staff change."""

from typing import Any

import pytest
import sqlalchemy as sa

from engine.core.context import Caller, WriteCtx
from engine.core.ids import to_global
from tests.api import Api


def gid(type_name: str, pk: int) -> str:
    return to_global(type_name, pk)


class Staff:
    """`do` runs one mutation that must succeed; `refused` gives the `(field, code)` of its errors."""

    def __init__(self, api: Api):
        self.api = api

    async def do(self, mutation: str, **variables: Any) -> Any:
        (answer,) = (await self.api.run(mutation, **variables)).values()
        assert answer["errors"] == [], answer["errors"]
        return answer

    async def refused(self, mutation: str, **variables: Any) -> list[tuple[str | None, str]]:
        (answer,) = (await self.api.run(mutation, **variables)).values()
        return [(error["field"], error["code"]) for error in answer["errors"]]


async def number_from_here(tx: WriteCtx) -> None:
    """Rows made from now on do not meet the ids that a test's data were given by hand."""
    tables = "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attidentity <> ''"
    for (name,) in (await tx.execute(sa.text(tables))).all():
        await tx.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), 1000)"))


def acting(api: Api, monkeypatch: pytest.MonkeyPatch, *permissions: str) -> Staff:
    """Everybody who calls is staff with these permissions until the test ends."""
    caller = Caller(user_id=None, is_staff=True, permissions=frozenset(permissions))

    async def caller_of(*_: object) -> Caller:
        return caller

    monkeypatch.setattr("schema.execution.endpoint.caller_of", caller_of)
    return Staff(Api(api.http, "any"))
