"""Settings that are wrong in themselves, and those the production profile does not allow."""

import difflib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from engine.cli.checks.finding import Finding, fail, ok, warn
from engine.cli.console import describe, variable_of, wrong_field
from engine.cli.supervisor import SUPERVISED
from engine.core.security import MINIMUM_SECRET
from engine.core.settings import Profile, Settings
from engine.extensions.registry import Registry

_STRIPE_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9]{8,}\Z")


def read_settings(given: Mapping[str, Any]) -> tuple[Settings, list[Finding]]:
    """The settings, with the default in place of each one that does not fit, so that all else can be checked."""
    values = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**values), [ok("settings", "every setting can be read")]
    except ValidationError as error:
        findings = []
        for problem in error.errors():
            variable, shown, allowed = describe(problem)
            findings.append(fail(variable, f"is {shown}", f"{allowed}."))
            name = wrong_field(problem)
            if name in Settings.model_fields:
                values[name] = Settings.model_fields[name].get_default()
        return Settings(**values), findings


def unknown_variables(environment: Mapping[str, str]) -> list[Finding]:
    """Variables that look like ours and are read by nobody: most often a slip of the pen."""
    known = {variable_of(name) for name in Settings.model_fields}
    findings = []
    for name in sorted(environment):
        if not name.startswith("ARGOSY_") or name in known or name == SUPERVISED:
            continue
        close = difflib.get_close_matches(name, known, n=1)
        mend = f"Did you mean {close[0]}?" if close else "Remove it, or see the README for the settings there are."
        findings.append(warn(name, "is no setting of Argosy and has no effect", mend))
    return findings


def check_profile(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    findings = [
        *_secret_key(settings),
        *_origins(settings),
        *_public_url(settings),
        *_admin(settings),
        *_stripe(settings, environment.get("STRIPE_API_KEY")),
        *_addresses(settings),
    ]
    return [ok("profile", settings.profile.value), *findings]


def check_plugins(settings: Settings) -> list[Finding]:
    """The installed plugins that do not fit; the shop starts without them."""
    registry = Registry.discover(settings)
    anywhere = Registry.discover(settings.model_copy(update={"profile": Profile.DEVELOPMENT})).problems
    findings = [ok("plugins", ", ".join(plugin.id for plugin in registry.all()) or "none")]
    for name, reason in sorted(registry.problems.items()):
        if name in anywhere:
            mend = "Install a version of it that fits, or uninstall it: the shop runs without it."
            findings.append(warn(f"plugin {name}", reason, mend))
        else:
            findings.append(ok(f"plugin {name}", f"left out: {reason}"))
    return findings


def _secret_key(settings: Settings) -> list[Finding]:
    name = "ARGOSY_SECRET_KEY"
    make = "Set it to the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if settings.secret_key is None:
        if settings.production:
            return [fail(name, "is not set, and the production profile makes no key of its own", make)]
        return []
    length = len(settings.secret_key.get_secret_value())
    if length < MINIMUM_SECRET:
        return [fail(name, f"has {length} characters, fewer than {MINIMUM_SECRET}", make)]
    return [ok(name, "is set")]


def _origins(settings: Settings) -> list[Finding]:
    name = "ARGOSY_ALLOWED_ORIGINS"
    findings = []
    for origin in settings.allowed_origins:
        if origin == "*":
            if settings.production:
                mend = "List the storefronts' origins, comma separated: https://shop.example,https://www.shop.example"
                findings.append(fail(name, "is *, which the production profile does not allow", mend))
            continue
        parts = _split(origin)
        if parts is None or parts.path or parts.query:
            mend = "An origin is scheme and host, with a port if need be, and nothing after: https://shop.example"
            findings.append(fail(name, f"holds {origin!r}, which is no origin", mend))
    return findings


def _public_url(settings: Settings) -> list[Finding]:
    name = "ARGOSY_PUBLIC_URL"
    mend = "Set it to the address clients call: https://api.shop.example"
    if settings.public_url is None:
        if settings.production:
            return [fail(name, "is not set: links in mail and to pictures would follow any Host header", mend)]
        return []
    parts = _split(settings.public_url)
    if parts is None or parts.query or settings.public_url.endswith("/"):
        return [fail(name, f"is {settings.public_url!r}, no base address without a trailing slash", mend)]
    if settings.production and parts.scheme != "https":
        return [warn(name, "is not https: passwords and tokens travel in clear", mend)]
    return [ok(name, settings.public_url)]


def _admin(settings: Settings) -> list[Finding]:
    findings = []
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", settings.admin_email):
        mend = "Set it to the admin's mail address."
        findings.append(fail("ARGOSY_ADMIN_EMAIL", f"is {settings.admin_email!r}, no mail address", mend))
    if settings.production and settings.admin_email.endswith("@example.com"):
        mend = "Set it before the first start, so that the admin can be reached."
        findings.append(warn("ARGOSY_ADMIN_EMAIL", f"is still {settings.admin_email}", mend))
    if settings.admin_password is not None:
        length = len(settings.admin_password.get_secret_value())
        if not 8 <= length <= 128:
            mend = "Choose one of 8 to 128 characters, or unset it and have one made up."
            findings.append(fail("ARGOSY_ADMIN_PASSWORD", f"has {length} characters", mend))
    return findings


def _stripe(settings: Settings, key: str | None) -> list[Finding]:
    name = "STRIPE_API_KEY"
    if not key:
        return []
    if key.startswith("pk_"):
        mend = "Use the secret key (sk_…) of Stripe's dashboard, Developers, API keys."
        return [fail(name, "is the publishable key, which storefronts use", mend)]
    match = _STRIPE_KEY.match(key)
    if match is None:
        return [fail(name, "is no Stripe secret key", "It begins with sk_test_, sk_live_, rk_test_ or rk_live_.")]
    if settings.production and match[2] == "test":
        return [warn(name, "is a test key: no real money moves", "Set the live key when the shop opens.")]
    if not settings.production and match[2] == "live":
        mend = "Use a test key, or set ARGOSY_PROFILE=production."
        return [warn(name, "is a live key in the development profile: real cards are charged", mend)]
    return [ok(name, f"is a {match[2]} key")]


def _addresses(settings: Settings) -> list[Finding]:
    """Addresses of services by their form alone."""
    secret = {"DATABASE_DIRECT_URL": settings.database_direct_url, "ARGOSY_SMTP_URL": settings.smtp_url}
    findings = []
    if settings.database_direct_url is not None and settings.database_url is None:
        mend = "Set DATABASE_URL too, or remove it: the embedded database needs neither."
        findings.append(warn("DATABASE_DIRECT_URL", "is set without DATABASE_URL and has no effect", mend))
    smtp = secret["ARGOSY_SMTP_URL"]
    if smtp is not None and _split(smtp.get_secret_value(), ("smtp", "smtps")) is None:
        findings.append(fail("ARGOSY_SMTP_URL", "is no mail server", "smtp://user:password@mail.example:587"))
    if settings.storage_url is not None:
        parts = urlsplit(settings.storage_url)
        if parts.scheme != "file" or not parts.path.startswith("/"):
            findings.append(fail("STORAGE_URL", f"is {settings.storage_url!r}", "file:///srv/shop/media"))
    return findings


def _split(url: str, schemes: tuple[str, ...] = ("http", "https")) -> Any:
    """The parts of an address of one of these schemes with a host, else None."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in schemes and parts.hostname else None
