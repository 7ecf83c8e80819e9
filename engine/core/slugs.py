"""Rows with a slug of their own, made and changed so that two at once cannot both have it."""

import re
import secrets
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from engine.core.context import WriteCtx
from engine.core.errors import Refusal
from engine.core.text import SLUG_LENGTH, unique_slugs

SLUG = re.compile(rf"[\w-]{{1,{SLUG_LENGTH}}}")
NAME_LENGTH = 250
_TRIES = 10
Taken: TypeAlias = Mapping[str, Callable[[], Refusal]]
"""What to raise, by the name of the constraint or unique index that a write breaks."""


async def add_with_slug(tx: WriteCtx, t: sa.Table, values: Mapping[str, Any], *, name: str, taken: Taken) -> int:
    """Insert a row and return its id. Without a slug in `values` the row gets the first free one made of `name`."""
    if values.get("slug"):
        return int((await uniquely(tx, sa.insert(t).values(**values).returning(t.c.id), taken)).scalar_one())
    candidates = [*islice(unique_slugs(name, t.name.replace("_", "-")), _TRIES)]
    candidates.append(f"{candidates[0][: SLUG_LENGTH - 17]}-{secrets.token_hex(8)}")
    rest = {key: value for key, value in values.items() if key != "slug"}
    for slug in candidates:
        new = insert(t).values(**rest, slug=slug).on_conflict_do_nothing(index_elements=["slug"]).returning(t.c.id)
        made = (await uniquely(tx, new, taken)).scalar_one_or_none()
        if made is not None:
            return int(made)
    raise AssertionError(f"{candidates[-1]} is random")


async def uniquely(tx: WriteCtx, statement: sa.Executable, taken: Taken) -> sa.CursorResult[Any]:
    """Run a write; the breach of a constraint named in `taken` raises its refusal."""
    try:
        return await tx.execute(statement)
    except IntegrityError as error:
        for constraint, refused in taken.items():
            if f'"{constraint}"' in str(error.orig):
                raise refused() from error
        raise


def judge_name(values: Mapping[str, Any], column: str = "name") -> None:
    """Raises Refusal for a name that is blank or too long; one that is not given passes."""
    if column in values:
        name = values[column]
        if not name or not name.strip():
            raise Refusal("This field cannot be blank.", field=column, code="REQUIRED")
        if len(name) > NAME_LENGTH:
            raise Refusal(f"Ensure this value has at most {NAME_LENGTH} characters.", field=column)


def judge_slug(values: Mapping[str, Any]) -> None:
    """Raises Refusal for a slug that is given and is none."""
    if "slug" in values:
        if not values["slug"]:
            raise Refusal("Slug value cannot be blank.", field="slug", code="REQUIRED")
        if not SLUG.fullmatch(values["slug"]):
            raise Refusal("A slug has letters, digits, hyphens and underscores only.", field="slug")


def slug_taken(thing: str) -> Callable[[], Refusal]:
    return lambda: Refusal(f"{thing} with this Slug already exists.", field="slug", code="UNIQUE")


def reference_taken(thing: str) -> Callable[[], Refusal]:
    message = f"{thing} with this External reference already exists."
    return lambda: Refusal(message, field="externalReference", code="UNIQUE")
