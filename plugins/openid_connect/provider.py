"""The provider at work: discovery, the authorization code flow with PKCE, and logging out (RP-initiated)."""

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx2
import orjson

from engine.sdk.sign_in import BeginRequest, FinishRequest, Identity, SignInFault, SignInRefused
from plugins.openid_connect.config import OpenIdConnectConfig, safe_address
from plugins.openid_connect.identity import UnknownKey, identity_of, importable, verified_claims

MAX_ANSWER = 500_000
DISCOVERY_SECONDS = 3_600.0
KEYS_SECONDS = 3_600.0


class OpenIdConnect:
    """What the provider says of itself and its keys are kept for an hour; keys are asked for anew when one is new."""

    def __init__(self, config: OpenIdConnectConfig, *, production: bool):
        if not safe_address(config.issuer, production=production):
            raise ValueError("The issuer must be an https address.")
        self._config = config
        self._production = production
        self._document: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, list[Any]] | None = None

    async def begin(self, request: BeginRequest) -> str:
        async with self._client() as client:
            document = await self._discover(client)
        digest = hashlib.sha256(request.code_verifier.encode("ascii")).digest()
        asked = {
            "response_type": "code",
            "client_id": self._config.client_id,
            "redirect_uri": request.redirect_uri,
            "scope": self._scopes(),
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if self._config.audience:
            asked["audience"] = self._config.audience
        return _with_query(self._endpoint(document, "authorization_endpoint"), asked)

    async def finish(self, request: FinishRequest) -> Identity:
        async with self._client() as client:
            document = await self._discover(client)
            tokens = await self._trade(client, document, request)
            claims = await self._verified(client, document, tokens.get("id_token"), request)
            if claims.get("email") is None and "userinfo_endpoint" in document:
                claims = await self._completed(client, document, claims, tokens.get("access_token"))
        return identity_of(claims, self._config)

    async def logout_url(self, return_to: str | None) -> str | None:
        async with self._client() as client:
            document = await self._discover(client)
        if "end_session_endpoint" not in document:
            return None
        asked = {"client_id": self._config.client_id}
        if return_to is not None:
            asked["post_logout_redirect_uri"] = return_to
        return _with_query(self._endpoint(document, "end_session_endpoint"), asked)

    async def _discover(self, client: httpx2.AsyncClient) -> Mapping[str, Any]:
        now = time.monotonic()
        if self._document is not None and now - self._document[0] < DISCOVERY_SECONDS:
            return self._document[1]
        url = self._config.issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = _object(await self._get(client, url), "discovery document")
        if document.get("issuer") != self._config.issuer:
            raise SignInFault(f"the discovery document is of issuer {str(document.get('issuer'))[:200]!r}")
        self._document = (now, document)
        return document

    async def _trade(
        self, client: httpx2.AsyncClient, document: Mapping[str, Any], request: FinishRequest
    ) -> Mapping[str, Any]:
        secret, headers = self._config.client_secret.get_secret_value(), {"accept": "application/json"}
        form = {
            "grant_type": "authorization_code",
            "code": request.code,
            "redirect_uri": request.redirect_uri,
            "code_verifier": request.code_verifier,
        }
        if secret and self._config.client_authentication == "client_secret_basic":
            # RFC 6749, 2.3.1: each half is form-encoded before they are joined
            pair = f"{quote_plus(self._config.client_id)}:{quote_plus(secret)}"
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = self._config.client_id
            if secret:
                form["client_secret"] = secret
        status, body = await self._call(
            client, "POST", self._endpoint(document, "token_endpoint"), data=form, headers=headers
        )
        answer = _object(body, "token answer")
        if status == 400 and answer.get("error") == "invalid_grant":
            raise SignInRefused("The provider does not take this code; it may have been used already.")
        if status != 200:
            raise SignInFault(f"the token endpoint answered {status} {str(answer.get('error'))[:100]!r}")
        return answer

    async def _verified(
        self, client: httpx2.AsyncClient, document: Mapping[str, Any], token: object, request: FinishRequest
    ) -> dict[str, Any]:
        asked = {"nonce": request.nonce, "now": request.now}
        keys = await self._known_keys(client, document, KEYS_SECONDS)
        try:
            return verified_claims(token, keys, self._config, **asked)  # type: ignore[arg-type]
        except UnknownKey:
            keys = await self._known_keys(client, document, 0)
            return verified_claims(token, keys, self._config, **asked)  # type: ignore[arg-type]

    async def _known_keys(
        self, client: httpx2.AsyncClient, document: Mapping[str, Any], no_older_than: float
    ) -> list[Any]:
        now = time.monotonic()
        if self._keys is None or now - self._keys[0] >= no_older_than:
            found = _object(await self._get(client, self._endpoint(document, "jwks_uri")), "JWK set")
            self._keys = (now, importable(found.get("keys")))
        return self._keys[1]

    async def _completed(
        self, client: httpx2.AsyncClient, document: Mapping[str, Any], claims: dict[str, Any], access_token: object
    ) -> dict[str, Any]:
        """With what the user info endpoint adds; some providers tell the address only there."""
        url = self._endpoint(document, "userinfo_endpoint")
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json"}
        status, body = await self._call(client, "GET", url, headers=headers)
        if status != 200:
            raise SignInFault(f"the user info endpoint answered {status}")
        told = _object(body, "user info")
        if told.get("sub") != claims["sub"]:
            raise SignInRefused("The user info is about somebody else.")
        return {**told, **claims}

    def _scopes(self) -> str:
        asked = self._config.scopes.split()
        return " ".join(asked if "openid" in asked else ["openid", *asked])

    def _endpoint(self, document: Mapping[str, Any], name: str) -> str:
        url = document.get(name)
        if not isinstance(url, str) or not safe_address(url, production=self._production):
            raise SignInFault(f"the discovery document has no usable {name}")
        return url

    def _client(self) -> httpx2.AsyncClient:
        # no redirects: what is sent holds secrets, and goes only where the discovery document says
        return httpx2.AsyncClient(timeout=self._config.timeout_seconds, trust_env=False, follow_redirects=False)

    async def _get(self, client: httpx2.AsyncClient, url: str) -> bytes:
        status, body = await self._call(client, "GET", url, headers={"accept": "application/json"})
        if status != 200:
            raise SignInFault(f"{url} answered {status}")
        return body

    async def _call(self, client: httpx2.AsyncClient, method: str, url: str, **options: Any) -> tuple[int, bytes]:
        try:
            async with client.stream(method, url, **options) as response:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER:
                        raise SignInFault(f"the answer of {url} is too long")
                return response.status_code, bytes(body)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise SignInFault(f"{url} could not be asked ({type(error).__name__})") from error


def _object(body: bytes, what: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SignInFault(f"the {what} is not JSON") from error
    if not isinstance(found, dict):
        raise SignInFault(f"the {what} is not an object")
    return found


def _with_query(url: str, parameters: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode([*parse_qsl(parts.query), *parameters.items()])).geturl()
