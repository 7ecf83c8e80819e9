"""Manifests of apps, as Saleor's apps bring them: what is in one, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from engine.accounts.rules import ALL_PERMISSIONS, URL_LENGTH
from engine.core.errors import Refusal, Refusals

OUR_VERSION = (3, 23, 0)
"""The version of Saleor's API that an app finds here."""
TEXT_LENGTH = 10_000
MOST = 100
"""Extensions and webhooks, each."""
_URLS = ("appUrl", "tokenTargetUrl", "dataPrivacyUrl", "homepageUrl", "supportUrl", "configurationUrl")
_COMPARED = re.compile(r"(\^|~|>=|<=|>|<|=)?\s*v?(\d+)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?(?:-[\w.]+)?")


@dataclass(frozen=True)
class Extension:
    label: str
    url: str
    mount_name: str
    target_name: str
    permissions: tuple[str, ...]
    identifier: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hook:
    name: str
    target_url: str
    events: tuple[str, ...]
    """Lower case."""
    query: str | None
    is_active: bool
    custom_headers: Mapping[str, Any] | None


@dataclass(frozen=True)
class Manifest:
    identifier: str
    name: str
    version: str
    token_target_url: str | None
    permissions: tuple[str, ...]
    about: str | None
    author: str | None
    app_url: str | None
    data_privacy: str | None
    data_privacy_url: str | None
    homepage_url: str | None
    support_url: str | None
    extensions: tuple[Extension, ...]
    webhooks: tuple[Hook, ...]


def parsed(given: object) -> Manifest:
    """Raises Refusals with codes of Saleor's `AppErrorCode`."""
    if not isinstance(given, dict):
        raise Refusals([Refusal("Incorrect manifest format.", field="manifestUrl", code="INVALID_MANIFEST_FORMAT")])
    faults = [*_missing(given), *_wrong_kinds(given), *_wrong_urls(given), *_wrong_permissions(given)]
    wanted = given.get("requiredSaleorVersion")
    if isinstance(wanted, str) and not satisfied(wanted):
        faults.append(
            Refusal(
                f"Saleor version {'.'.join(map(str, OUR_VERSION))} does not satisfy {wanted[:80]}.",
                field="requiredSaleorVersion",
                code="UNSUPPORTED_SALEOR_VERSION",
            )
        )
    if faults:
        raise Refusals(faults)
    return Manifest(
        identifier=given["id"].strip(),
        name=given["name"].strip(),
        version=given["version"].strip(),
        token_target_url=given.get("tokenTargetUrl") or None,
        permissions=tuple(given.get("permissions") or ()),
        about=given.get("about"),
        author=given.get("author"),
        app_url=given.get("appUrl"),
        data_privacy=given.get("dataPrivacy"),
        data_privacy_url=given.get("dataPrivacyUrl"),
        homepage_url=given.get("homepageUrl"),
        support_url=given.get("supportUrl"),
        extensions=tuple(_extension(each, given) for each in given.get("extensions") or ()),
        webhooks=tuple(_hook(each) for each in given.get("webhooks") or ()),
    )


def satisfied(wanted: str, version: tuple[int, int, int] = OUR_VERSION) -> bool:
    """Whether a range as npm writes them (`^3.13 || >=3.20 <4`) has the version in it; one nobody can read has not."""
    return any(_within(part.strip(), version) for part in wanted.split("||"))


def _within(part: str, version: tuple[int, int, int]) -> bool:
    if part in ("", "*", "x"):
        return True
    found = list(_COMPARED.finditer(part))
    if _COMPARED.sub("", part).strip() or not found:
        return False
    return all(_meets(match[1] or "", [match[2], match[3], match[4]], version) for match in found)


def _meets(operator: str, parts: list[str | None], version: tuple[int, int, int]) -> bool:
    told = [int(part) for part in parts if part is not None and part.isdigit()]
    low = (*told, 0, 0)[:3]
    if operator == "^":
        return low <= version < (told[0] + 1, 0, 0)
    if operator == "~" or (operator in ("", "=") and len(told) < 3):
        stop = (*told[:1], told[1] + 1, 0) if len(told) > 1 else (told[0] + 1, 0, 0)
        return low <= version < stop
    return {
        ">=": version >= low,
        ">": version > low,
        "<=": version <= low,
        "<": version < low,
    }.get(operator, version == low)


def _missing(given: dict[str, Any]) -> list[Refusal]:
    return [
        Refusal("Field required.", field=name, code="REQUIRED")
        for name in ("id", "version", "name")
        if not isinstance(given.get(name), str) or not given[name].strip()
    ]


def _wrong_kinds(given: dict[str, Any]) -> list[Refusal]:
    texts = ("id", "version", "name", "about", "author", "dataPrivacy", "requiredSaleorVersion", *_URLS)
    faults = [
        _format(name)
        for name in texts
        if given.get(name) is not None and not (isinstance(given[name], str) and len(given[name]) <= TEXT_LENGTH)
    ]
    for name, needed in (
        ("extensions", ("label", "url")),
        ("webhooks", ("name", "targetUrl")),
    ):
        each = given.get(name) or []
        fine = (
            isinstance(each, list)
            and len(each) <= MOST
            and all(
                isinstance(one, dict) and all(isinstance(one.get(key), str) and one[key] for key in needed)
                for one in each
            )
        )
        if not fine:
            faults.append(_format(name))
    return faults


def _wrong_urls(given: dict[str, Any]) -> list[Refusal]:
    return [
        Refusal("Incorrect URL format.", field=name, code="INVALID_URL_FORMAT")
        for name in _URLS
        if isinstance(given.get(name), str) and given[name] and not web_address(given[name])
    ]


def _wrong_permissions(given: dict[str, Any]) -> list[Refusal]:
    wanted = given.get("permissions") or []
    if isinstance(wanted, list) and all(isinstance(each, str) and each in ALL_PERMISSIONS for each in wanted):
        return []
    return [Refusal("Given permissions don't exist.", field="permissions", code="INVALID_PERMISSION")]


def web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= URL_LENGTH and " " not in url
    except ValueError:
        return False


def _extension(given: dict[str, Any], manifest: dict[str, Any]) -> Extension:
    permissions = given.get("permissions") or []
    if not isinstance(permissions, list) or not set(map(str, permissions)).issubset(manifest.get("permissions") or ()):
        lacking = "An extension needs a permission that the app lacks."
        raise Refusals([Refusal(lacking, field="permissions", code="OUT_OF_SCOPE_PERMISSION")])
    settings = given.get("options") or given.get("settings") or {}
    return Extension(
        label=given["label"][:256],
        url=given["url"][:URL_LENGTH],
        mount_name=str(given.get("mountName") or given.get("mount") or "")[:256].upper(),
        target_name=str(given.get("targetName") or given.get("target") or "POPUP")[:256].upper(),
        permissions=tuple(map(str, permissions)),
        identifier=str(given["identifier"])[:256] if given.get("identifier") else None,
        settings=settings if isinstance(settings, dict) else {},
    )


def _hook(given: dict[str, Any]) -> Hook:
    events = [*(given.get("asyncEvents") or ()), *(given.get("syncEvents") or ()), *(given.get("events") or ())]
    headers = given.get("customHeaders")
    return Hook(
        name=given["name"],
        target_url=given["targetUrl"],
        events=tuple(str(each).lower() for each in events),
        query=given.get("query") or None,
        is_active=bool(given.get("isActive", True)),
        custom_headers=headers if isinstance(headers, dict) else None,
    )


def _format(name: str) -> Refusal:
    return Refusal("Incorrect format.", field=name, code="INVALID_MANIFEST_FORMAT")
