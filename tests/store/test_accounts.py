"""What the store of accounts keeps, under the services that write it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.accounts import addresses, credentials, group_queries, mails, queries, registration, sessions
from engine.accounts.addresses import AddressType, address_values, store_address, validate_address
from engine.accounts.errors import AccountRefusal, ExpiredToken, InvalidCredentials
from engine.accounts.models import Address, Session, User
from engine.accounts.registration import Registration
from engine.accounts.scope import changing_staff
from engine.accounts.service import anonymise
from engine.accounts.staff import StaffChange, create_staff
from engine.core import ratelimit
from engine.core.addresses import AddressData
from engine.core.clock import FixedClock
from engine.core.context import Caller, Ctx, WriteCtx, transact
from engine.core.errors import NotFound, PermissionDenied, Refusal, Refusals
from engine.core.jobs import run_pending
from engine.core.mail import render
from engine.core.statements import Statement
from engine.core.tables import sa, table
from engine.flows.shop import Shop
from engine.flows.wiring import WIRING
from tests.people import PASSWORD, make_group, make_staff, make_user

pytestmark = pytest.mark.anyio

BERLIN = AddressData(
    first_name="Käthe",
    last_name="Kollwitz",
    street_address_1="Weißenburger Straße 25",
    city="Berlin",
    postal_code="10405",
    country="de",
    phone="030 901820",
)
_SESSIONS = Statement(sa.select(sa.func.count()).select_from(table(Session)))


async def count(ctx: Ctx, model: type[User] | type[Address], *where: sa.ColumnElement[bool]) -> int:
    return int(await ctx.value(Statement(sa.select(sa.func.count()).select_from(table(model)).where(*where))))


async def test_an_address_is_kept_as_typed_save_country_and_phone(ctx: Ctx) -> None:
    address_id = await transact(ctx, store_address, BERLIN)
    (row,) = await queries.addresses_by_ids(ctx, [address_id])
    assert row is not None
    assert (row["city"], row["street_address_1"]) == ("Berlin", "Weißenburger Straße 25")
    assert (row["country"], row["phone"], row["user_id"]) == ("DE", "+4930901820", None)
    assert (row["is_default_shipping_address"], row["is_default_billing_address"]) == (False, False)
    assert await queries.addresses_by_ids(ctx, [address_id + 1, address_id]) == [None, row]


async def test_given_fields_change_an_address_and_others_stay(ctx: Ctx) -> None:
    address_id = await transact(ctx, store_address, BERLIN)
    (row,) = await queries.addresses_by_ids(ctx, [address_id])
    changed = address_values({"city": "Potsdam", "phone": None, "metadata": "passed over"}, row)
    assert changed == replace(BERLIN, city="Potsdam", phone="", country="DE")
    assert address_values({"city": "Potsdam"}) == AddressData(city="Potsdam")


async def test_every_fault_of_an_address_is_told_at_once() -> None:
    with pytest.raises(Refusals) as refused:
        validate_address(AddressData(country="DE", postal_code="1"), address_type=AddressType.SHIPPING)
    assert [(item.field, item.code, item.facts["address_type"]) for item in refused.value.items] == [
        ("streetAddress1", "REQUIRED", "SHIPPING"),
        ("city", "REQUIRED", "SHIPPING"),
        ("postalCode", "INVALID", "SHIPPING"),
    ]
    validate_address(AddressData(country="DE", postal_code="1"), check_required=False, check_format=False)


async def test_a_default_shared_by_both_kinds_is_not_changed_through_one(ctx: Ctx) -> None:
    user_id = await make_user(ctx, "shared@example.com")
    first = await transact(ctx, addresses.add_to_book, user_id, BERLIN, default_for=AddressType.BILLING)
    await transact(ctx, addresses.set_default, user_id, first, AddressType.SHIPPING)
    await transact(ctx, addresses.put_default, user_id, replace(BERLIN, city="Hamburg"), AddressType.SHIPPING)
    ((billing, shipping),) = [await queries.addresses_of(ctx, [user_id])][0]
    assert (billing["city"], billing["is_default_billing_address"], billing["is_default_shipping_address"]) == (
        "Berlin",
        True,
        False,
    )
    assert (shipping["city"], shipping["is_default_shipping_address"]) == ("Hamburg", True)
    await transact(ctx, addresses.put_default, user_id, replace(BERLIN, city="Bremen"), AddressType.SHIPPING)
    (book,) = await queries.addresses_of(ctx, [user_id])
    assert [row["city"] for row in book] == ["Berlin", "Bremen"]


async def test_a_full_address_book_loses_its_oldest_even_at_once(ctx: Ctx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "MAX_ADDRESSES", 3)
    user_id = await make_user(ctx, "hoarder@example.com")
    default = await transact(ctx, addresses.add_to_book, user_id, BERLIN, default_for=AddressType.BILLING)
    made = await asyncio.gather(*(transact(ctx, addresses.add_to_book, user_id, BERLIN) for _ in range(6)))
    (book,) = await queries.addresses_of(ctx, [user_id])
    assert [row["id"] for row in book] == [default, *sorted(made)[-2:]]


async def test_an_address_is_remembered_once(ctx: Ctx) -> None:
    user_id = await make_user(ctx, "regular@example.com")
    first = await transact(ctx, addresses.remember_in_book, user_id, BERLIN)
    assert await transact(ctx, addresses.remember_in_book, user_id, replace(BERLIN, phone="+4930901820")) == first
    assert await transact(ctx, addresses.remember_in_book, user_id, replace(BERLIN, city="Bonn")) != first


async def test_only_who_manages_customers_skips_an_addresss_rules(ctx: Ctx) -> None:
    user_id = await make_user(ctx, "skipper@example.com")
    odd = AddressData(country="DE", city="Somewhere")
    for caller in (Caller(user_id=user_id), Caller(user_id=1, is_staff=True, permissions=frozenset({"MANAGE_ORDERS"}))):
        with pytest.raises(PermissionDenied):
            await transact(ctx.acting_as(caller), addresses.add_to_book, user_id, odd, skip_validation=True)
    clerk = ctx.acting_as(Caller(user_id=1, is_staff=True, permissions=frozenset({"MANAGE_USERS"})))
    address_id = await transact(clerk, addresses.add_to_book, user_id, odd, skip_validation=True)
    (row,) = await queries.addresses_by_ids(ctx, [address_id])
    assert row is not None
    assert row["validation_skipped"] is True


async def test_an_address_in_a_strangers_book_is_not_found(ctx: Ctx) -> None:
    owner, other = await make_user(ctx, "owner@example.com"), await make_user(ctx, "other@example.com")
    address_id = await transact(ctx, addresses.add_to_book, owner, BERLIN)
    copy = await transact(ctx, store_address, BERLIN)
    for foreign in (address_id, copy, 10**12):
        with pytest.raises(NotFound):
            await transact(ctx, addresses.change_in_book, other, foreign, {"city": "Rome"})
        with pytest.raises(NotFound):
            await transact(ctx, addresses.remove_from_book, other, foreign)
        with pytest.raises(NotFound):
            await transact(ctx, addresses.set_default, other, foreign, AddressType.BILLING)
    (kept,) = await queries.addresses_by_ids(ctx, [address_id])
    assert kept is not None
    assert kept["city"] == "Berlin"


async def test_registering_one_address_at_once_makes_one_account(ctx: Ctx) -> None:
    wanted = Registration("twins@example.com", PASSWORD, redirect_url="http://localhost/")
    await asyncio.gather(*(registration.register(ctx, wanted) for _ in range(3)))
    assert await count(ctx, User, table(User).c.email == "twins@example.com") == 1


async def test_staffs_record_of_a_customer_is_not_overwritten_by_a_registration(ctx: Ctx) -> None:
    user_id = await make_user(
        ctx, "phoned-in@example.com", first_name="Known", password_hash=None, is_confirmed=False, meta={"vip": "1"}
    )
    await registration.register(
        ctx, Registration("phoned-in@example.com", PASSWORD, first_name="Fake", redirect_url="http://localhost/")
    )
    (row,) = await queries.users_by_ids(ctx, [user_id])
    assert row is not None
    assert (row["first_name"], row["meta"], row["is_confirmed"]) == ("Known", {"vip": "1"}, False)


async def test_a_refused_registration_leaves_nothing(ctx: Ctx) -> None:
    before = await count(ctx, User)
    for wanted in (
        Registration("new@example.com", "password", redirect_url="http://localhost/"),
        Registration("new@example.com", PASSWORD),
        Registration("new@example.com", PASSWORD, redirect_url="http://localhost/", first_name="\n\x00"),
    ):
        with pytest.raises(AccountRefusal):
            await registration.register(ctx, wanted)
    assert await count(ctx, User) == before


async def test_a_session_ends_with_its_time(ctx: Ctx) -> None:
    await make_user(ctx, "sessions@example.com")
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    then = replace(ctx, clock=clock)
    ctx.database.kept.clear()
    login = await sessions.log_in(then, "sessions@example.com", PASSWORD)
    clock.move_to(clock.now() + timedelta(seconds=ctx.settings.refresh_token_seconds - 1))
    assert (await sessions.refresh(then, login.issued.refresh_token)).user["email"] == "sessions@example.com"
    with pytest.raises(ExpiredToken):
        await sessions.verify(then, login.issued.token)
    clock.move_to(clock.now() + timedelta(seconds=10))
    with pytest.raises(ExpiredToken):
        await sessions.refresh(then, login.issued.refresh_token)
    ctx.database.kept.clear()


async def test_only_sessions_that_ended_a_day_ago_are_swept(ctx: Ctx) -> None:
    user_id = await make_user(ctx, "swept@example.com")
    now = datetime(2026, 6, 1, tzinfo=UTC)
    day = timedelta(days=1)

    async def make(tx: WriteCtx) -> None:
        await tx.execute(sa.delete(Session))
        tx.add(
            Session(user_id=user_id, expires_at=now - 2 * day),
            Session(user_id=user_id, expires_at=now + day, revoked_at=now - 2 * day),
            Session(user_id=user_id, expires_at=now - day / 2),
            Session(user_id=user_id, expires_at=now + day),
        )

    await transact(ctx, make)
    await sessions.sweep(replace(ctx, clock=FixedClock(now)), {})
    assert await ctx.value(_SESSIONS) == 2


async def test_forgetting_a_person_takes_everything_but_the_row(ctx: Ctx) -> None:
    user_id = await make_user(
        ctx, "gone@example.com", first_name="G", last_name="One", note="n", external_reference="crm-1", meta={"a": "1"}
    )
    await transact(ctx, addresses.add_to_book, user_id, BERLIN, default_for=AddressType.BILLING)
    await sessions.log_in(ctx, "gone@example.com", PASSWORD)
    await transact(ctx, anonymise, user_id)
    (row,) = await queries.users_by_ids(ctx, [user_id])
    assert row is not None
    kept = {k: v for k, v in row.items() if v not in (None, "", {}, False)}
    assert kept.keys() == {"id", "email", "language_code", "created_at", "updated_at"}
    assert row["email"] == f"{user_id}@deleted.invalid"
    assert await queries.addresses_of(ctx, [user_id]) == [[]]
    assert await queries.user_by_email(ctx, "gone@example.com") is None


async def test_a_mail_leaves_only_with_its_transaction_and_only_if_it_still_has_sense(ctx: Ctx, shop: Shop) -> None:
    user_id = await make_user(ctx, "mail@example.com", is_confirmed=False)

    async def post_and_fail(tx: WriteCtx) -> None:
        mails.post(tx, mails.MailKind.PASSWORD_CHANGED, user_id)
        raise Refusal("no")

    with pytest.raises(Refusal):
        await transact(ctx, post_and_fail)

    async def post(tx: WriteCtx) -> None:
        mails.post(tx, mails.MailKind.CONFIRM_ACCOUNT, user_id, redirect_url="http://localhost/")
        mails.post(tx, mails.MailKind.PASSWORD_CHANGED, 10**12)
        await tx.execute(sa.update(User).where(table(User).c.id == user_id).values(is_confirmed=True))

    await transact(ctx, post)
    await run_pending(ctx, WIRING)
    folder = ctx.settings.data_dir / "mail"
    assert [path for path in folder.glob("*") if b"mail@example.com" in path.read_bytes()] == []


async def test_mail_files_are_for_their_owner_alone(ctx: Ctx) -> None:
    user_id = await make_user(ctx, "private@example.com")

    async def post(tx: WriteCtx) -> None:
        mails.post(tx, mails.MailKind.PASSWORD_CHANGED, user_id)

    await transact(ctx, post)
    await run_pending(ctx, WIRING)
    folder = ctx.settings.data_dir / "mail"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


async def test_every_kind_of_mail_can_be_written(ctx: Ctx) -> None:
    for kind in mails.MailKind:
        mail = render("engine.accounts", kind.value, "a@example.com", link="http://localhost/?token=t", hours=2)
        assert mail.subject
        assert "\n" not in mail.subject
        assert mail.text.startswith("Hello,\n")
        assert ("http://localhost/?token=t" in mail.text) is (kind in mails._TOKENS)


async def test_links_keep_what_their_address_carried() -> None:
    assert mails.link("http://localhost/a?b=c&d=%20#e", token="x y") == "http://localhost/a?b=c&d=+&token=x+y#e"


async def test_reads_answer_in_the_order_they_are_asked(ctx: Ctx) -> None:
    one = await make_staff(ctx, "one@order.example", "MANAGE_ORDERS")
    two = await make_user(ctx, "two@order.example")
    group = await make_group(ctx, "both", "MANAGE_PAGES", members=(one, two))
    users = await queries.users_by_ids(ctx, [two, 10**12, one])
    assert [row and row["email"] for row in users] == ["two@order.example", None, "one@order.example"]
    staff, customer = users[2], users[0]
    assert staff is not None
    assert customer is not None
    assert await group_queries.permissions_of(ctx, [customer, staff]) == [[], ["MANAGE_ORDERS", "MANAGE_PAGES"]]
    assert [[r["email"] for r in rows] for rows in await group_queries.members_of(ctx, [10**12, group])] == [
        [],
        ["one@order.example", "two@order.example"],
    ]
    assert all("password_hash" not in row and "token_key" not in row for row in (staff, customer))


async def test_two_changes_that_together_leave_nobody_in_charge_do_not_both_pass(ctx: Ctx) -> None:
    left = await make_staff(ctx, "left@charge.example", "MANAGE_STAFF", "MANAGE_MENUS")
    right = await make_staff(ctx, "right@charge.example", "MANAGE_STAFF", "MANAGE_MENUS")

    async def close(tx: WriteCtx, user_id: int) -> None:
        async with changing_staff(tx):
            await tx.execute(sa.update(User).where(table(User).c.id == user_id).values(is_active=False))

    results = await asyncio.gather(transact(ctx, close, left), transact(ctx, close, right), return_exceptions=True)
    refused = [result for result in results if isinstance(result, Refusal)]
    assert [refusal.facts["permissions"] for refusal in refused] == [["MANAGE_MENUS", "MANAGE_STAFF"]]
    users = await queries.users_by_ids(ctx, [left, right])
    assert sorted(user["is_active"] for user in users if user is not None) == [False, True]


async def test_an_account_secured_while_its_old_password_was_verified_stays_secured(
    ctx: Ctx, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = await make_user(ctx, "stolen@example.com")
    verified = sessions.verified_user

    async def verified_then_secured(*args: Any, **kwargs: Any) -> Any:
        row = await verified(*args, **kwargs)
        await transact(ctx, sessions.deactivate_all, user_id)
        return row

    monkeypatch.setattr(sessions, "verified_user", verified_then_secured)
    before = await queries.credentials_by_id(ctx, user_id)
    with pytest.raises(InvalidCredentials):
        await credentials.change_password(ctx, user_id, PASSWORD, "a thief's new password")
    after = await queries.credentials_by_id(ctx, user_id)
    assert before is not None
    assert after is not None
    assert after["password_hash"] == before["password_hash"]


async def test_a_new_colleagues_metadata_is_checked_like_anybody_elses(ctx: Ctx) -> None:
    admin = ctx.acting_as(Caller(user_id=None, permissions=frozenset({"MANAGE_STAFF"})))
    for change in ({"meta": {" ": "x"}}, {"private_meta": {"key": "a\x07b"}}):
        with pytest.raises(AccountRefusal):
            await transact(admin, create_staff, StaffChange(email="new@example.com", **change))
    assert await count(ctx, User, User.email == "new@example.com") == 0


async def test_counters_of_tries_do_not_pile_up(ctx: Ctx) -> None:
    hour = timedelta(hours=1)
    for key in ("old 1", "old 2", "old 3"):
        await ratelimit.hit(
            replace(ctx, clock=FixedClock(ctx.clock.now() - timedelta(days=2))), key, limit=1, window=hour
        )
    await ratelimit.hit(ctx, "young", limit=1, window=hour)
    await ratelimit.sweep(ctx, {})
    left = await ctx.fetch(Statement(sa.text("SELECT key FROM rate_counter WHERE key LIKE 'old%' OR key = 'young'")))
    assert [row["key"] for row in left] == ["young"]
