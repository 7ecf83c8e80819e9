"""Which tokens are believed, and which passwords may be set."""

import asyncio
import base64
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import RSAKey
from pwdlib.hashers.argon2 import Argon2Hasher

from engine.accounts import keys, passwords
from engine.accounts.errors import WeakPassword
from engine.accounts.keys import public_jwks, signing_keys
from engine.accounts.models import App, AppToken, Group, GroupChannel, GroupUser, Session, SigningKey, User
from engine.accounts.rules import ALL_PERMISSIONS, allowed_redirect, normal_email
from engine.accounts.tokens import TokenType, app_token_hash, caller_of, issue, issuer, new_app_token, sign
from engine.channels.models import Channel
from engine.core.clock import FixedClock
from engine.core.context import ANONYMOUS, Ctx, WriteCtx, transact
from engine.core.database import Database
from engine.core.ids import to_global, uuid7
from engine.core.statements import Statement
from engine.core.tables import table

pytestmark = pytest.mark.anyio


async def make_person(ctx: Ctx, **values: Any) -> tuple[dict[str, Any], Session]:
    async def work(tx: WriteCtx) -> tuple[dict[str, Any], Session]:
        user = User(**{"email": f"{uuid7()}@example.com", "token_key": str(uuid7()), **values})
        tx.add(user)
        await tx.session.flush()
        assert user.id is not None
        session = Session(user_id=user.id, expires_at=tx.clock.now() + timedelta(days=1))
        tx.add(session)
        return user.model_dump(), session

    return await transact(ctx, work)


async def claims_of(ctx: Ctx, user: dict[str, Any], session: Session, **changes: Any) -> dict[str, Any]:
    now = int(ctx.clock.now().timestamp())
    claims = {
        "iat": now,
        "exp": now + 60,
        "iss": issuer(ctx),
        "type": "access",
        "token": user["token_key"],
        "user_id": to_global("User", user["id"]),
        "sid": str(session.id),
    } | changes
    return {name: value for name, value in claims.items() if value is not ...}


async def signed(ctx: Ctx, claims: dict[str, Any]) -> str:
    key = (await signing_keys(ctx)).current
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])


def b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_customers_token_names_them_and_gives_no_permission(ctx: Ctx) -> None:
    user, session = await make_person(ctx, is_superuser=True)
    caller = await caller_of(ctx, (await issue(ctx, user, session.id)).token)
    assert (caller.user_id, caller.email, caller.is_staff) == (user["id"], user["email"], False)
    assert (caller.permissions, caller.channel_ids, caller.token_fault) == (frozenset(), None, None)


async def test_staff_hold_what_their_groups_give_within_their_channels(ctx: Ctx) -> None:
    user, session = await make_person(ctx, is_staff=True)

    async def groups(tx: WriteCtx) -> int:
        channel = Channel(slug="limited", name="Limited", currency="USD", default_country="US")
        orders = Group(name="orders", permissions=["MANAGE_ORDERS", "MANAGE_USERS"], restricted_to_channels=True)
        users = Group(name="users", permissions=["MANAGE_USERS"], restricted_to_channels=True)
        tx.add(channel, orders, users, Group(name="of others", permissions=["MANAGE_STAFF"]))
        await tx.session.flush()
        tx.add(GroupUser(group_id=orders.id, user_id=user["id"]), GroupUser(group_id=users.id, user_id=user["id"]))
        tx.add(GroupChannel(group_id=orders.id, channel_id=channel.id))
        assert channel.id is not None
        return channel.id

    channel_id = await transact(ctx, groups)
    caller = await caller_of(ctx, (await issue(ctx, user, session.id)).token)
    assert caller.permissions == {"MANAGE_ORDERS", "MANAGE_USERS"}
    assert caller.channel_ids == {channel_id}


async def test_a_superuser_holds_every_permission_everywhere(ctx: Ctx) -> None:
    user, session = await make_person(ctx, is_staff=True, is_superuser=True)
    caller = await caller_of(ctx, (await issue(ctx, user, session.id)).token)
    assert (caller.permissions, caller.channel_ids) == (ALL_PERMISSIONS, None)


async def test_an_app_is_known_by_its_opaque_token(ctx: Ctx) -> None:
    token = new_app_token()

    async def make(tx: WriteCtx, active: bool) -> int:
        app = App(name="erp", permissions=["MANAGE_ORDERS"], is_active=active)
        tx.add(app)
        await tx.session.flush()
        assert app.id is not None
        own = token if active else token[::-1]
        tx.add(AppToken(app_id=app.id, token_hash=app_token_hash(own), last_4=own[-4:]))
        return app.id

    app_id = await transact(ctx, make, True)
    await transact(ctx, make, False)
    caller = await caller_of(ctx, token)
    assert (caller.app_id, caller.user_id, caller.permissions) == (app_id, None, {"MANAGE_ORDERS"})
    for wrong in (token[::-1], token[:-1], token + "x", token.swapcase()):
        assert (await caller_of(ctx, wrong)).token_fault == "InvalidTokenError"


async def test_no_token_is_an_anonymous_shopper(ctx: Ctx) -> None:
    assert await caller_of(ctx, None) is ANONYMOUS
    assert await caller_of(ctx, "") is ANONYMOUS


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"exp": 1}, "ExpiredSignatureError"),
        ({"exp": ...}, "InvalidTokenError"),
        ({"iat": ...}, "InvalidTokenError"),
        ({"iat": 4_000_000_000}, "InvalidTokenError"),
        ({"iss": "https://elsewhere.example/graphql/"}, "InvalidTokenError"),
        ({"iss": ...}, "InvalidTokenError"),
        ({"type": "refresh"}, "InvalidTokenError"),
        ({"type": "reset-password"}, "InvalidTokenError"),
        ({"type": ...}, "InvalidTokenError"),
        ({"token": "another person's key"}, "InvalidTokenError"),
        ({"token": ...}, "InvalidTokenError"),
        ({"user_id": "VXNlcjoxMjM0NTY3ODk="}, "InvalidTokenError"),
        ({"user_id": 1}, "InvalidTokenError"),
        ({"user_id": ...}, "InvalidTokenError"),
        ({"sid": "not a session"}, "InvalidTokenError"),
        ({"sid": str(uuid7())}, "InvalidTokenError"),
        ({"sid": ...}, "InvalidTokenError"),
    ],
)
async def test_a_token_with_a_claim_not_as_we_write_it_is_refused(
    ctx: Ctx, changes: dict[str, Any], fault: str
) -> None:
    user, session = await make_person(ctx, is_staff=True, is_superuser=True)
    assert (await caller_of(ctx, await signed(ctx, await claims_of(ctx, user, session)))).user_id == user["id"]
    caller = await caller_of(ctx, await signed(ctx, await claims_of(ctx, user, session, **changes)))
    assert (caller.user_id, caller.permissions, caller.token_fault) == (None, frozenset(), fault)


async def test_a_signature_that_is_not_ours_is_refused(ctx: Ctx) -> None:
    user, session = await make_person(ctx)
    claims = await claims_of(ctx, user, session)
    genuine = (await signing_keys(ctx)).current
    stranger = RSAKey.generate_key(2048)
    head, body, signature = (await signed(ctx, claims)).split(".")
    confused = f"{b64({'alg': 'HS256', 'kid': genuine.kid, 'typ': 'JWT'})}.{body}"
    mac = hmac.digest(genuine.as_pem(private=False), confused.encode(), "sha256")
    forged = [
        f"{b64({'alg': 'none', 'kid': genuine.kid, 'typ': 'JWT'})}.{body}.",
        f"{b64({'alg': 'none', 'kid': genuine.kid, 'typ': 'JWT'})}.{body}.{signature}",
        f"{confused}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}",
        jwt.encode({"alg": "RS256", "kid": genuine.kid}, claims, stranger, algorithms=["RS256"]),
        jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, stranger, algorithms=["RS256"]),
        jwt.encode({"alg": "RS256"}, claims, stranger, algorithms=["RS256"]),
        jwt.encode({"alg": "RS256", "kid": genuine.kid, "jwk": stranger.as_dict()}, claims, stranger),
        f"{head}.{b64(claims | {'user_id': to_global('User', 1)})}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.AAAA",
        f"{b64([])}.{body}.{signature}",
        f"{b64(['alg'])}.{body}.{signature}",
        f"{'[' * 4000}.{body}.",
        "é.é.é",
        "..",
        "x" * 10_000 + "..",
    ]
    for token in forged:
        caller = await caller_of(ctx, token)
        assert (caller.user_id, caller.token_fault) == (None, "InvalidTokenError"), token[:80]


async def test_a_refresh_token_opens_no_door(ctx: Ctx) -> None:
    user, session = await make_person(ctx)
    issued = await issue(ctx, user, session.id)
    assert (await caller_of(ctx, issued.refresh_token)).token_fault == "InvalidTokenError"
    reset = await sign(ctx, TokenType.RESET_PASSWORD, user, timedelta(minutes=5), sid=str(session.id))
    assert (await caller_of(ctx, reset)).token_fault == "InvalidTokenError"


async def test_disabling_rekeying_or_revoking_ends_access_at_once(ctx: Ctx) -> None:
    for change in ("is_active = false", "token_key = 'changed'"):
        user, session = await make_person(ctx)
        token = (await issue(ctx, user, session.id)).token
        await _execute(ctx, f"UPDATE account_user SET {change} WHERE id = {user['id']}")
        assert (await caller_of(ctx, token)).token_fault == "InvalidTokenError"
    user, session = await make_person(ctx)
    token = (await issue(ctx, user, session.id)).token
    assert (await caller_of(replace(ctx, base_url="https://other.example"), token)).token_fault == "InvalidTokenError"
    await _execute(ctx, f"UPDATE account_session SET revoked_at = now() WHERE id = '{session.id}'")
    assert (await caller_of(ctx, token)).token_fault == "InvalidTokenError"


async def _execute(ctx: Ctx, statement: str) -> None:
    async def work(tx: WriteCtx) -> None:
        await tx.execute(sa.text(statement))

    await transact(ctx, work)


async def test_processes_that_start_together_make_one_key(ctx: Ctx) -> None:
    await _execute(ctx, "DELETE FROM signing_key")
    databases = [Database(ctx.database.url, read_pool_size=1, write_pool_size=1) for _ in range(4)]
    processes = [Ctx.background(ctx.settings, database) for database in databases]
    for database in databases:
        await database.connect()
    try:
        kids = await asyncio.gather(*(signing_keys(process) for process in processes))
    finally:
        for process in processes:
            await process.release()
            await process.database.close()
    assert len({keys.current.kid for keys in kids}) == 1
    assert await ctx.value(Statement(sa.select(sa.func.count()).select_from(SigningKey))) == 1
    ctx.database.kept.clear()


async def test_the_published_key_set_verifies_and_holds_nothing_private(ctx: Ctx) -> None:
    user, session = await make_person(ctx)
    token = (await issue(ctx, user, session.id)).token
    published = await public_jwks(ctx)
    (key,) = published["keys"]
    assert set(key) == {"kty", "n", "e", "use", "alg", "kid"}
    assert jwt.decode(token, RSAKey.import_key(key), algorithms=["RS256"]).claims["iss"] == issuer(ctx)


async def test_the_stored_key_is_sealed(ctx: Ctx) -> None:
    key = (await signing_keys(ctx)).current
    sealed = await ctx.value(Statement(sa.select(table(SigningKey).c.sealed_private_key)))
    private = key.as_dict(private=True)
    assert not any(str(private[part]).encode() in sealed for part in ("d", "p", "q"))


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short12", "PASSWORD_TOO_SHORT"),
        ("8472910563", "PASSWORD_ENTIRELY_NUMERIC"),
        ("PassWord123", "PASSWORD_TOO_COMMON"),
        ("zzzzzzzzzz", "PASSWORD_TOO_COMMON"),
        ("Ada@Example.com", "PASSWORD_TOO_SIMILAR"),
        ("x1" * 65, "INVALID"),
    ],
)
async def test_weak_passwords_are_refused(password: str, code: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        passwords.check_strength(password, email="ada@example.com")
    assert refused.value.code == code


async def test_a_password_of_any_composition_and_script_is_accepted() -> None:
    for password in ("all lower case", "ルビーの靴が三足あります", "ab" * 64):
        passwords.check_strength(password, email="ada@example.com")
        stored = await passwords.hash_password(password)
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert await passwords.verify_password(password, stored) == (True, None)
        assert await passwords.verify_password(password + "!", stored) == (False, None)


async def test_an_accent_is_the_same_however_the_keyboard_composes_it() -> None:
    stored = await passwords.hash_password("caf\u00e9 au lait")
    assert await passwords.verify_password("cafe\u0301 au lait", stored) == (True, None)


async def test_nobodys_password_matches_nothing_at_the_usual_cost() -> None:
    assert await passwords.verify_password("anything at all", None) == (False, None)
    assert not passwords._hash.current_hasher.check_needs_rehash(passwords._NOBODY)


async def test_a_hash_of_another_cost_is_renewed() -> None:
    weak = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")
    matches, renewed = await passwords.verify_password("correct horse", weak)
    assert matches
    assert renewed is not None
    assert await passwords.verify_password("correct horse", renewed) == (True, None)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("o'neil+shop@mail.example.co.uk", "o'neil+shop@mail.example.co.uk"),
        ("用户@例子.广告", "用户@例子.广告"),
        ("no-at.example.com", None),
        ("two@@example.com", None),
        ("a@b", None),
        ("a@b.com\nBcc: x@y.z", None),
        ("a b@example.com", None),
        ("x" * 65 + "@example.com", None),
        ("a@" + "b" * 255 + ".com", None),
        ("", None),
    ],
)
async def test_an_address_is_kept_in_one_spelling_or_not_at_all(given: str, kept: str | None) -> None:
    assert normal_email(given) == kept


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://shop.example/confirm?x=1", True),
        ("http://shop.example:3000/", True),
        ("https://SHOP.example/", True),
        ("https://evil.example/", False),
        ("https://shop.example.evil.example/", False),
        ("https://shop.example@evil.example/", False),
        ("https://evil.example\\@shop.example/", False),
        ("https://user@shop.example/", False),
        ("javascript://shop.example/%0aalert(1)", False),
        ("//shop.example/", False),
        ("https://shop.example/\nSet-Cookie: a", False),
        ("https://[shop.example/", False),
        ("", False),
    ],
)
async def test_links_in_mail_lead_only_to_hosts_the_merchant_named(url: str, allowed: bool) -> None:
    assert allowed_redirect(url, ("shop.example",)) is allowed


async def test_a_key_nobody_has_is_not_searched_for_each_time(ctx: Ctx, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Ctx] = []
    load = keys.load_keys

    async def counted(ctx: Ctx) -> keys.Keys:
        reads.append(ctx)
        return await load(ctx)

    await signing_keys(ctx)
    monkeypatch.setattr(keys, "load_keys", counted)
    header = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": "unknown", "typ": "JWT"}).encode())
    token = header.decode().rstrip("=") + ".e30.AAAA"
    later = replace(ctx, clock=FixedClock(ctx.clock.now() + keys.READ_AGAIN_AFTER))
    assert (await caller_of(later, token)).token_fault == "InvalidTokenError"
    assert len(reads) == 1
    for _ in range(3):
        assert (await caller_of(later, token)).token_fault == "InvalidTokenError"
    assert len(reads) == 1
