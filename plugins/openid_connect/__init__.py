"""Signing in with an OpenID Connect provider: Auth0, Keycloak, Okta, Google, Entra ID and their like."""

from engine.sdk.plugins import Kind, Plugin, PluginEnvironment
from engine.sdk.sign_in import SignIn
from plugins.openid_connect.config import OpenIdConnectConfig


def _create(config: OpenIdConnectConfig, environment: PluginEnvironment) -> SignIn:
    from plugins.openid_connect.provider import OpenIdConnect

    return OpenIdConnect(config, production=environment.production)


plugin: Plugin[SignIn] = Plugin(
    id="mirumee.authentication.openidconnect",
    name="OpenID Connect",
    kind=Kind.SIGN_IN,
    version="0.1.0",
    engine=">=0.1,<0.2",
    create=_create,
    config=OpenIdConnectConfig,
    aliases=("openid_connect",),
    description="Customers sign in with an account they have elsewhere (OpenID Connect, code flow with PKCE).",
)
