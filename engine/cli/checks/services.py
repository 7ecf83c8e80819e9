"""The services the settings point at: do they answer?"""

import asyncio
from urllib.parse import urlsplit

import httpx2
from pydantic import SecretStr

from engine.cli.checks.finding import Finding, fail, ok, warn
from engine.cli.database import UNREACHABLE, inspect_database, why_unreachable
from engine.core import migrate
from engine.core.embedded import EmbeddedError, running_url
from engine.core.settings import Settings

_SECONDS = 5


async def check_services(settings: Settings) -> list[Finding]:
    found = await asyncio.gather(
        _database(settings), _direct(settings), _meilisearch(settings), _valkey(settings), _smtp(settings)
    )
    return [finding for findings in found for finding in findings]


async def _database(settings: Settings) -> list[Finding]:
    if settings.database_url is not None:
        return await _inspect("DATABASE_URL", settings.database_url.get_secret_value())
    try:
        url = running_url(settings.data_dir)
    except EmbeddedError as error:
        return [fail("database", str(error), "Start as that user or as root, or choose another --data-dir.")]
    if url is None:
        return [ok("database", "embedded, not running; `argosy up` starts it")]
    return await _inspect("database", url)


async def _inspect(subject: str, url: str) -> list[Finding]:
    try:
        facts = await inspect_database(url)
        revision = await migrate.current(url)
    except UNREACHABLE as error:
        return [fail(subject, "cannot be used", why_unreachable(url, error))]
    if facts.problems:
        return [fail(subject, f"PostgreSQL {facts.version} does not do", problem) for problem in facts.problems]
    head = migrate.head()
    if revision is None:
        return [warn(subject, f"PostgreSQL {facts.version}, empty", "`argosy up` or `argosy migrate` fills it.")]
    if revision != head:
        text = f"PostgreSQL {facts.version} at revision {revision}, this code is at {head}"
        return [warn(subject, text, "Run `argosy migrate`; if the database is newer, update Argosy.")]
    return [ok(subject, f"PostgreSQL {facts.version} at revision {revision}")]


async def _direct(settings: Settings) -> list[Finding]:
    if settings.database_url is None or settings.database_direct_url is None:
        return []
    url = settings.database_direct_url.get_secret_value()
    try:
        await inspect_database(url)
    except UNREACHABLE as error:
        mend = why_unreachable(url, error).replace("DATABASE_URL", "DATABASE_DIRECT_URL")
        return [fail("DATABASE_DIRECT_URL", "cannot be used", mend)]
    return [ok("DATABASE_DIRECT_URL", "answers")]


async def _meilisearch(settings: Settings) -> list[Finding]:
    name, url = "MEILISEARCH_URL", settings.meilisearch_url
    if url is None:
        return []
    mend = "Start Meilisearch, mend the address, or unset it: search then runs on PostgreSQL."
    key = settings.meilisearch_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        async with httpx2.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            health = await client.get(f"{url.rstrip('/')}/health")
            allowed = await client.get(f"{url.rstrip('/')}/indexes", params={"limit": 1}, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, UnicodeError) as error:
        return [fail(name, f"{url} does not answer ({type(error).__name__})", mend)]
    if health.status_code != httpx2.codes.OK:
        return [fail(name, f"{url}/health answers {health.status_code}", mend)]
    if allowed.status_code in (401, 403):
        return [fail("MEILISEARCH_API_KEY", "is refused by Meilisearch", "Set it to a key that may manage indexes.")]
    return [ok(name, f"{url} answers")]


async def _valkey(settings: Settings) -> list[Finding]:
    mend = "valkey://host:6379 of a running Valkey, or unset it: counters then live in PostgreSQL."
    schemes = {"valkey": 6379, "valkeys": 6379, "redis": 6379, "rediss": 6379}
    return await _answers("VALKEY_URL", settings.valkey_url, schemes, mend)


async def _smtp(settings: Settings) -> list[Finding]:
    mend = "smtp://user:password@host:587 of a running mail server, or unset it: mail is then written to files."
    return await _answers("ARGOSY_SMTP_URL", settings.smtp_url, {"smtp": 25, "smtps": 465}, mend)


async def _answers(name: str, url: SecretStr | None, ports: dict[str, int], mend: str) -> list[Finding]:
    """Whether something accepts a connection there."""
    if url is None:
        return []
    try:
        parts = urlsplit(url.get_secret_value())
        port = parts.port or ports[parts.scheme]
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname or "", port), _SECONDS)
    except (ValueError, KeyError):
        return [fail(name, "is no address of such a service", mend)]
    except (OSError, TimeoutError) as error:
        return [fail(name, f"does not answer ({type(error).__name__})", mend)]
    writer.close()
    return [ok(name, "accepts connections")]
