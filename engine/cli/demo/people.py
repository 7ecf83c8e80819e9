"""Customers with their addresses, staff and their groups."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from engine.accounts.models import Address, Group, GroupChannel, GroupUser, User
from engine.accounts.tokens import new_token_key
from engine.channels import queries as channels
from engine.cli.demo.parts import data, pk
from engine.core.context import WriteCtx

STAFF_SINCE = timedelta(days=300)


async def people(tx: WriteCtx) -> None:
    given = data("people")
    await _staff(tx, given["staff"], await _groups(tx, given["group"]))
    now = tx.clock.now()
    for one in given["customer"]:
        joined = now - timedelta(days=one["joined_days_ago"])
        user = User(**_names(one), language_code=one.get("language", "en"), created_at=joined, updated_at=joined)
        tx.add(user)
        await tx.session.flush()
        names = {name: one[name] for name in ("first_name", "last_name")}
        addresses = [Address(user_id=pk(user), **{**names, **address}) for address in one["addresses"]]
        tx.add(*addresses)
        await tx.session.flush()
        user.default_shipping_address_id = user.default_billing_address_id = pk(addresses[0])
    await tx.session.flush()


async def _groups(tx: WriteCtx, given: Iterable[dict[str, Any]]) -> dict[str, int]:
    slugs = {row["slug"]: row["id"] for row in await channels.all_channels(tx)}
    made: dict[str, int] = {}
    for one in given:
        group = Group(name=one["name"], permissions=one["permissions"], restricted_to_channels="channels" in one)
        tx.add(group)
        await tx.session.flush()
        made[one["name"]] = pk(group)
        tx.add(*(GroupChannel(group_id=pk(group), channel_id=slugs[slug]) for slug in one.get("channels", ())))
    return made


async def _staff(tx: WriteCtx, given: Iterable[dict[str, Any]], groups: dict[str, int]) -> None:
    since = tx.clock.now() - STAFF_SINCE
    for one in given:
        user = User(**_names(one), is_staff=True, created_at=since, updated_at=since)
        tx.add(user)
        await tx.session.flush()
        tx.add(*(GroupUser(group_id=groups[name], user_id=pk(user)) for name in one["groups"]))


def _names(one: dict[str, Any]) -> dict[str, Any]:
    names = {name: one[name] for name in ("email", "first_name", "last_name")}
    return {**names, "is_confirmed": True, "token_key": new_token_key()}
