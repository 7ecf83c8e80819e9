"""Signing in with an account elsewhere, as a storefront does it: two mutations, and a browser between them."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from engine.core.context import Ctx, transact
from engine.extensions import service
from tests.api import Api
from tests.fakes.openid_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider

PLUGIN = "mirumee.authentication.openidconnect"
BACK = "http://localhost/signed-in"
_CALL = (
    "mutation($plugin: String!, $input: JSONString!) {{"
    " {name}(pluginId: $plugin, input: $input) {{ {fields} errors {{ field code message }} }} }}"
)


async def configure(ctx: Ctx, provider: FakeProvider, **values: object) -> None:
    set_up = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **values}
    await transact(ctx, service.configure, PLUGIN, channel_id=None, values=set_up, active=True)


async def call(api: Api, name: str, fields: str, plugin: str = PLUGIN, **input: Any) -> Any:
    query = _CALL.format(name=name, fields=fields)
    return (await api.run(query, plugin=plugin, input=json.dumps(input)))[name]


async def begin(api: Api, redirect_uri: str = BACK) -> str:
    """The address the browser is sent to."""
    answer = await call(api, "externalAuthenticationUrl", "authenticationData", redirectUri=redirect_uri)
    assert answer["errors"] == []
    url: str = json.loads(answer["authenticationData"])["authorizationUrl"]
    return url


async def browse(url: str) -> dict[str, str]:
    """What the browser comes back with."""
    async with httpx2.AsyncClient(trust_env=False) as browser:
        response = await browser.get(url)
    assert response.status_code == 302, response.text
    location = response.headers["location"]
    assert location.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def finish(api: Api, **input: str) -> Any:
    fields = "token refreshToken csrfToken user { id email firstName lastName isConfirmed isStaff }"
    return await call(api, "externalObtainAccessTokens", fields, **input)


async def sign_in(api: Api) -> Any:
    return await finish(api, **await browse(await begin(api)))
