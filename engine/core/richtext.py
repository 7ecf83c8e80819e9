"""EditorJS documents as staff and apps send them, made safe to show."""

import html
from collections.abc import Mapping
from typing import Any

from engine.core.errors import Refusal
from engine.core.text import _ATTRIBUTE, _html_tokens, safe_link

UNSAFE = "#invalid"
"""What stands in place of an address that a shop page may not link to, as Saleor writes it."""
MAX_DEPTH = 20
_KEPT = frozenset(
    ("a", "b", "br", "code", "del", "em", "i", "ins", "kbd", "mark", "s", "small", "span", "strong", "sub", "sup", "u")
)
_ADDRESSES = frozenset(("embed", "href", "link", "source", "src", "url"))
_PLAIN = frozenset(("id", "type", "service", "style", "version", "code"))


def clean_html(text: str) -> str:
    """Inline markup without scripts, handlers and unsafe addresses; tags that are not inline go, their text stays."""
    if "<" not in text:
        return text
    kept: list[str] = []
    for words, tag, attributes in _html_tokens(text):
        if words:
            kept.append(html.escape(words, quote=False))
        elif tag.removeprefix("/") in _KEPT:
            kept.append(f"<{tag}{_links(tag, attributes)}>")
    return "".join(kept)


def clean_document(document: Any, *, field: str) -> dict[str, Any] | None:
    """An EditorJS document with clean texts and addresses. Raises Refusal for what is no such document."""
    if document is None or document == {}:
        return None
    if not isinstance(document, dict) or not isinstance(document.get("blocks", []), list):
        raise Refusal("A text is an EditorJS document.", field=field)
    found: dict[str, Any] = _clean(document, "", MAX_DEPTH, field)
    return found


def _clean(value: Any, key: str, depth: int, field: str) -> Any:
    if depth == 0:
        raise Refusal("The text nests too deep.", field=field)
    if isinstance(value, str):
        if "\x00" in value:
            raise Refusal("Null characters are not allowed.", field=field)
        if key in _ADDRESSES:
            return (safe_link(value) or UNSAFE) if value else value
        return value if key in _PLAIN else clean_html(value)
    if isinstance(value, Mapping):
        return {name: _clean(item, name, depth - 1, field) for name, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, key, depth - 1, field) for item in value]
    return value


def _links(tag: str, attributes: str) -> str:
    if tag != "a":
        return ""
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == "href":
            given = html.unescape(found[2] or found[3] or found[4] or "")
            return f' href="{html.escape(safe_link(given) or UNSAFE)}"'
    return ""
