"""A fake OpenID Connect provider: discovery, code flow with PKCE, keys that rotate, user info, logging out.

It refuses what a real one refuses (unknown clients and redirect addresses, used and expired codes, a wrong verifier),
and lies only where a test tells it to.
"""

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "the shop", "a s%cret:of the shop"
CODE_SECONDS = 60


@dataclass
class Person:
    """Who sits before the browser."""

    sub: str = "anna-1"
    email: str | None = "anna@example.com"
    email_verified: Any = True
    given_name: str = "Anna"
    family_name: str = "Berg"

    def claims(self) -> dict[str, Any]:
        told = {
            "sub": self.sub, "email": self.email, "email_verified": self.email_verified,
            "given_name": self.given_name, "family_name": self.family_name,
        }  # fmt: skip
        return {name: value for name, value in told.items() if value is not None}


@dataclass
class Grant:
    person: Person
    redirect_uri: str
    challenge: str
    nonce: str
    ends: float


@dataclass
class FakeProvider:
    redirect_uris: tuple[str, ...] = ("http://localhost/signed-in",)
    person: Person = field(default_factory=Person)
    issuer: str = ""
    email_in_token: bool = True
    lie: Callable[[dict[str, Any]], None] = lambda claims: None
    """Changes the claims of the next ID tokens."""
    sign: Callable[[dict[str, Any], RSAKey], str] | None = None
    """Makes the ID tokens in its own way."""
    broken: bool = False
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Person] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keys: list[RSAKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """A new key signs from now on; the old one is gone."""
        self.keys = [RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/jwks", self.jwks),
                Route("/userinfo", self.userinfo),
                Route("/logout", self.logout),
            ]
        )

    async def discovery(self, request: Request) -> Response:
        self.asked.append("discovery")
        if self.broken:
            return Response("<h1>Bad gateway</h1>", 502)
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "end_session_endpoint": f"{self.issuer}/logout",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        query = request.query_params
        if query.get("client_id") != CLIENT_ID or query.get("redirect_uri") not in self.redirect_uris:
            return Response("unknown client or redirect address", 400)
        wrong = query.get("response_type") != "code" or "openid" not in query.get("scope", "").split()
        if wrong or query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            return self._back(query["redirect_uri"], error="invalid_request", state=query.get("state", ""))
        code = secrets.token_urlsafe(16)
        self.codes[code] = Grant(
            self.person,
            query["redirect_uri"],
            query["code_challenge"],
            query.get("nonce", ""),
            time.time() + CODE_SECONDS,
        )
        return self._back(query["redirect_uri"], code=code, state=query.get("state", ""))

    async def token(self, request: Request) -> Response:
        self.asked.append("token")
        form = await request.form()
        if self._client(request) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        grant = self.codes.pop(str(form.get("code")), None)
        verifier = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        if (
            grant is None
            or form.get("grant_type") != "authorization_code"
            or grant.ends < time.time()
            or grant.redirect_uri != form.get("redirect_uri")
            or grant.challenge != base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        self.tokens[access] = grant.person
        return JSONResponse(
            {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": self._id_token(grant)}
        )

    async def jwks(self, request: Request) -> Response:
        self.asked.append("jwks")
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})

    async def userinfo(self, request: Request) -> Response:
        person = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return Response(status_code=401) if person is None else JSONResponse(person.claims())

    async def logout(self, request: Request) -> Response:
        return Response("signed out")

    def _id_token(self, grant: Grant) -> str:
        now = int(time.time())
        person = grant.person.claims()
        if not self.email_in_token:
            person = {"sub": person["sub"]}
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": grant.nonce, **person}
        self.lie(claims)
        key = self.keys[0]
        if self.sign is not None:
            return self.sign(claims, key)
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    @staticmethod
    def _client(request: Request) -> tuple[str, str]:
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return "", ""
        name, _, secret = base64.b64decode(sent).decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)

    @staticmethod
    def _back(uri: str, **parameters: str) -> Response:
        return RedirectResponse(f"{uri}?{urlencode(parameters)}", 302)


@contextmanager
def serve_provider(provider: FakeProvider) -> Iterator[FakeProvider]:
    """On loopback, in a thread of its own; `provider.issuer` becomes its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    provider.issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(provider.app(), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
