"""Identifiers: global ids (`base64("Type:pk")`, as Relay and Saleor shape them) and random-tailed UUIDv7."""

import base64
import binascii
import os
import time
import uuid
from functools import lru_cache

from engine.core.errors import InvalidId

BIGINT_MAX = 2**63 - 1


@lru_cache(maxsize=65_536)
def to_global(type_name: str, pk: int | uuid.UUID | str) -> str:
    return base64.b64encode(f"{type_name}:{pk}".encode()).decode()


@lru_cache(maxsize=8_192)
def split_global(global_id: str) -> tuple[str, str]:
    """`("Product", "12")` for a global id; raises ValueError for anything else."""
    if len(global_id) > 256:
        raise ValueError(global_id[:80])
    try:
        text = base64.b64decode(global_id, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, UnicodeEncodeError, ValueError) as error:
        raise ValueError(global_id) from error
    type_name, separator, pk = text.partition(":")
    if not separator or not type_name or not pk:
        raise ValueError(global_id)
    return type_name, pk


def int_pk(global_id: str, type_name: str) -> int:
    """The bigint key inside a global id of that type; raises InvalidId."""
    pk = _pk_text(global_id, type_name)
    if not (pk.isascii() and pk.isdecimal()) or int(pk[:20]) > BIGINT_MAX or len(pk) > 19:
        raise InvalidId(global_id, type_name)
    return int(pk)


def uuid_pk(global_id: str, type_name: str) -> uuid.UUID:
    """The UUID key inside a global id of that type; raises InvalidId."""
    try:
        return uuid.UUID(_pk_text(global_id, type_name))
    except ValueError as error:
        raise InvalidId(global_id, type_name) from error


def _pk_text(global_id: str, type_name: str) -> str:
    try:
        given_type, pk = split_global(global_id)
    except ValueError as error:
        raise InvalidId(global_id, type_name) from error
    if given_type != type_name:
        raise InvalidId(global_id, type_name)
    return pk


def uuid7() -> uuid.UUID:
    """UUIDv7 (RFC 9562) whose 74 free bits are all random: these ids are credentials."""
    milliseconds = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | (tail >> 62 & 0xFFF) << 64 | 0b10 << 62 | tail & (2**62 - 1)
    return uuid.UUID(int=value)
