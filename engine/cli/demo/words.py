"""The demo's texts: plain paragraphs with `## ` headings, `- ` lists and `**bold**`."""

import html
import re
from typing import Any

from engine.core.text import slugify

LANGUAGES = ("de", "ja")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def document(text: str) -> dict[str, Any]:
    """The text as an EditorJS document."""
    return {"blocks": [_block(part.strip()) for part in text.strip().split("\n\n")]}


def _block(part: str) -> dict[str, Any]:
    if part.startswith("## "):
        return {"type": "header", "data": {"text": _markup(part[3:]), "level": 2}}
    if part.startswith("- "):
        items = [_markup(line.removeprefix("- ")) for line in part.splitlines()]
        return {"type": "list", "data": {"style": "unordered", "items": items}}
    return {"type": "paragraph", "data": {"text": _markup(part)}}


def _markup(text: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False))


def translated(one: dict[str, Any], language: str) -> dict[str, Any]:
    """Columns of a translation with name, slug and description."""
    given = one[language]
    return {
        "language": language,
        "name": given["name"],
        "slug": given.get("slug") or slugify(given["name"]),
        "description": document(given["text"]),
    }
