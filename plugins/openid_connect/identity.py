"""Whether an ID token holds (OpenID Connect Core 1.0, 3.1.3.7), and whom it names."""

import hmac
import math
from collections.abc import Mapping
from typing import Any, TypeGuard

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from engine.sdk.sign_in import Identity, SignInRefused
from plugins.openid_connect.config import OpenIdConnectConfig

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""All asymmetric: a token that says `none`, or is signed with what everybody knows, never holds."""
LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600
"""How long ago a token may have been made that comes right from the provider."""
MAX_TOKEN = 20_000
_NAME = 256
_PUBLIC = ("RSA", "EC", "OKP")


class UnknownKey(SignInRefused):
    """No known key has the id that the token names: the provider may have changed its keys."""


def verified_claims(
    token: object, keys: list[Any], config: OpenIdConnectConfig, *, nonce: str, now: float
) -> dict[str, Any]:
    """The claims of an ID token that is signed by one of `keys` and was made for us, now, in answer to our question.

    Raises UnknownKey, SignInRefused.
    """
    if not isinstance(token, str) or len(token) > MAX_TOKEN:
        raise SignInRefused("The provider sent no ID token.")
    header = _header(token)
    fitting = [key for key in keys if _fits(key, header)]
    if not fitting:
        raise UnknownKey("The ID token is signed with an unknown key.")
    for key in fitting:
        try:
            claims = jwt.decode(token, key, registry=_registry(header["alg"])).claims
        except (JoseError, ValueError, TypeError):
            continue
        _check(claims, config, nonce=nonce, now=now)
        return claims
    raise SignInRefused("The signature of the ID token does not hold.")


def importable(keys: object) -> list[Any]:
    """The public keys of a JWK set that can be read; others are passed over."""
    found = []
    for entry in keys if isinstance(keys, list) else ():
        try:
            if entry["kty"] in _PUBLIC:
                found.append(jwk.import_key(entry))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


def identity_of(claims: Mapping[str, Any], config: OpenIdConnectConfig) -> Identity:
    email, said = claims.get("email"), claims.get("email_verified")
    verified = said is True or said == "true"
    first, last = _text(claims.get("given_name")), _text(claims.get("family_name"))
    if not first and not last:
        first, _, last = _text(claims.get("name")).partition(" ")
    return Identity(
        issuer=config.issuer,
        subject=str(claims["sub"]),
        email=email if isinstance(email, str) and email else None,
        email_verified=verified,
        # a provider that says an address was not checked is believed, whatever the merchant says
        email_trusted=verified or (config.trust_emails and said is None),
        first_name=first,
        last_name=last.strip(),
        staff_allowed=config.staff_sign_in,
    )


def _header(token: str) -> Mapping[str, Any]:
    try:
        header: Mapping[str, Any] = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise SignInRefused("The ID token cannot be read.") from error
    if header.get("alg") not in ALGORITHMS:
        raise SignInRefused("The ID token is not signed in a way that is accepted.")
    return header


def _registry(algorithm: str) -> jws.JWSRegistry:
    # a header may hold what only the provider understands
    return jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)


def _fits(key: Any, header: Mapping[str, Any]) -> bool:
    kid, known = header.get("kid"), key.as_dict(private=False)
    if known.get("use", "sig") != "sig" or known.get("alg", header["alg"]) != header["alg"]:
        return False
    return kid is None or known.get("kid") == kid


def _check(claims: Mapping[str, Any], config: OpenIdConnectConfig, *, nonce: str, now: float) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    made, expires = claims.get("iat"), claims.get("exp")
    given = claims.get("nonce")
    if claims.get("iss") != config.issuer:
        raise SignInRefused("The ID token is of another issuer.")
    if config.client_id not in audiences or claims.get("azp", config.client_id) != config.client_id:
        raise SignInRefused("The ID token is for somebody else.")
    if len(audiences) > 1 and "azp" not in claims:
        raise SignInRefused("The ID token does not say whom it was made for.")
    if not _is_time(expires) or now >= expires + LEEWAY_SECONDS:
        raise SignInRefused("The ID token has expired.")
    if not _is_time(made) or not now - OLDEST_SECONDS - LEEWAY_SECONDS <= made <= now + LEEWAY_SECONDS:
        raise SignInRefused("The ID token was not made just now.")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise SignInRefused("The ID token answers another question.")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise SignInRefused("The ID token names nobody.")


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _text(value: object) -> str:
    return value.strip()[:_NAME] if isinstance(value, str) and value.isprintable() else ""
