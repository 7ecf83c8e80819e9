"""Text of any script: sort keys, slugs, and the rich text of descriptions (EditorJS)."""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Any

SLUG_LENGTH = 255

# Letters Unicode does not decompose although people expect them to sort and search as their base.
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t"}
)
_APOSTROPHES = frozenset("'’ʼ`´")
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=4096)
def _sheds_accents(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("LATIN", "GREEK"))


def unaccent(text: str) -> str:
    """Case-folded text in one Unicode form (NFKC), without accents on Latin and Greek letters.

    Marks of other scripts are part of the letter (Russian й, Hindi vowels, Japanese が) and stay, except
    the optional vowel points of Hebrew and Arabic.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept: list[str] = []
    shedding = False
    for character in decomposed:
        mark = unicodedata.combining(character)
        if not mark:
            shedding = _sheds_accents(character)
        elif shedding or 10 <= mark <= 35:
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_UNDECOMPOSED)


def fold(text: str) -> str:
    """A sort key for `COLLATE "C"` columns: unaccented, white space collapsed, no control characters."""
    return " ".join(_printable(unaccent(text)).split())


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cs")
    )


def slugify(text: str, max_length: int = SLUG_LENGTH) -> str:
    """Letters and digits of any script in lower case, Latin ones as ASCII where they have a base letter,
    joined by single hyphens: "Crème brûlée" is `creme-brulee`, "緑茶 100g" is `緑茶-100g`.

    Empty when the text holds no letter or digit.
    """
    kept: list[str] = []
    for character in unaccent(text):
        if character in _APOSTROPHES:
            continue
        kind = unicodedata.category(character)[0]
        if kind in "LN" or (kind == "M" and kept and kept[-1] != "-"):
            kept.append(character)
        elif kept and kept[-1] != "-":
            kept.append("-")
    return "".join(kept)[:max_length].strip("-")


def unique_slugs(text: str, fallback: str, max_length: int = SLUG_LENGTH) -> Iterator[str]:
    """Slugs to try in turn, without end: the text's own, then with `-2`, `-3` and so on. `fallback` (a
    slug itself) stands in for a text that has none."""
    base = slugify(text, max_length) or fallback
    yield base
    for number in count(2):
        suffix = f"-{number}"
        yield base[: max_length - len(suffix)].rstrip("-") + suffix


_SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")


def safe_link(href: str) -> str | None:
    """The address if a shop page may link to it: http, https, mailto, tel or relative; else None."""
    # Browsers skip white space and controls inside a scheme, so they go before it is judged.
    address = "".join(c for c in href if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cs"))
    if not address:
        return None
    scheme = _SCHEME.match(address)
    if scheme is None:
        return None if ":" in address.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0] else address
    return address if scheme[1].lower() in _SAFE_SCHEMES else None


# One pass, linear whatever the input: no part of a tag may hold "<", so an attempt that fails ends where
# the next begins. (The standard library's parser took minutes over 200 kB of unclosed tags.)
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<[!?][^>]*+(?:>|\Z)"
    r"|<(?P<close>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9:-]*+)"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>]++)))?""",
)
_RAW_END = {tag: re.compile(rf"</{tag}\b[^<>]*+>", re.IGNORECASE) for tag in ("script", "style")}
# The standard library gives each such number to int(), which refuses very long ones.
_LONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")


def _html_tokens(source: str) -> Iterator[tuple[str, str, str]]:
    """(text, "", ""), ("", tag, attributes) or ("", "/tag", ""), tags in lower case. Comments, scripts
    and styles are left out; what never closes runs to the end."""
    position = 0
    while position < len(source):
        token = _TOKEN.search(source, position)
        text = source[position : token.start()] if token else source[position:]
        if text:
            yield html.unescape(_LONG_REFERENCE.sub("\ufffd", text)), "", ""
        if token is None:
            return
        position = token.end()
        tag = (token["tag"] or "").lower()
        if tag in _RAW_END and not token["close"]:
            end = _RAW_END[tag].search(source, position)
            position = end.end() if end else len(source)
        elif tag and tag not in _RAW_END:
            yield "", token["close"] + tag, token["attributes"]


def _href(attributes: str) -> str:
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == "href":
            value = found[2] or found[3] or found[4] or ""
            return safe_link(html.unescape(_LONG_REFERENCE.sub("\ufffd", value))) or ""
    return ""


_INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i"}
_HEADERS = {f"h{level}": level for level in range(1, 7)}
_BREAKING = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "main", "nav", "p"),
        *("pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr"),
    )
)
_UNSHOWN = frozenset(
    (
        *("audio", "canvas", "head", "iframe", "math", "noscript", "object", "select", "svg", "template"),
        *("textarea", "title", "video"),
    )
)
_Run = tuple[str, bool, bool, str]


class _Blocks:
    """Gathers EditorJS blocks. A block is a list of text runs, each with the marks it stands under, so
    tags that overlap or never close cannot leak from one block into the next."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self._runs: list[_Run] = []
        self._level = 0
        self._lists: list[str] = []
        self._items: list[str] = []
        self._open = {"b": 0, "i": 0}
        self._links: list[str] = []
        self._unshown = ""

    def read(self, source: str) -> None:
        for text, tag, attributes in _html_tokens(source):
            if self._unshown:
                if tag == f"/{self._unshown}":
                    self._unshown = ""
            elif text:
                self.text(text)
            elif tag.startswith("/"):
                self._close(tag[1:])
            elif tag in _UNSHOWN:
                self._unshown = "" if attributes.endswith("/") else tag
            else:
                self._start(tag, attributes)

    def text(self, text: str) -> None:
        link = self._links[-1] if self._links else ""
        shown = _SPACES.sub(" ", _printable(text))
        self._runs.append((shown, self._open["b"] > 0, self._open["i"] > 0, link))

    def finish(self) -> list[dict[str, Any]]:
        self.flush()
        if self._lists:
            self._end_list(self._lists[0])
        return self.blocks

    def _start(self, tag: str, attributes: str) -> None:
        if tag in _INLINE:
            self._open[_INLINE[tag]] += 1
        elif tag == "a":
            self._links.append(_href(attributes))
        elif tag == "br":
            self._runs.append(("\n", False, False, ""))
        elif tag in ("td", "th"):
            if self._runs:
                self._runs.append((" | ", False, False, ""))
        elif tag in ("ul", "ol"):
            self.flush()
            self._level = 0
            self._lists.append(tag)
        elif tag == "li":
            self.flush()
        elif tag in _HEADERS:
            self._break()
            self._level = _HEADERS[tag]
        elif tag in _BREAKING:
            self._break()

    def _close(self, tag: str) -> None:
        if tag in _INLINE:
            self._open[_INLINE[tag]] = max(0, self._open[_INLINE[tag]] - 1)
        elif tag == "a":
            if self._links:
                self._links.pop()
        elif tag in ("ul", "ol"):
            self.flush()
            if self._lists:
                style = self._lists.pop()
                if not self._lists:
                    self._end_list(style)
        elif tag == "li":
            self.flush()
        elif tag in _HEADERS or tag in _BREAKING:
            self._break()
            if tag in _HEADERS:
                self._level = 0

    def _break(self) -> None:
        # Inside a list item a paragraph is a new line: an item is one string.
        if self._lists:
            while self._runs and self._runs[-1][0] == " ":
                self._runs.pop()
            if self._runs and self._runs[-1][0] != "\n":
                self._runs.append(("\n", False, False, ""))
        else:
            self.flush()

    def flush(self) -> None:
        text, self._runs = _markup(self._runs), []
        if not text:
            return
        if self._lists:
            self._items.append(text)
        elif self._level:
            self.blocks.append({"type": "header", "data": {"text": text, "level": self._level}})
        else:
            self.blocks.append({"type": "paragraph", "data": {"text": text}})

    def _end_list(self, tag: str) -> None:
        if self._items:
            style = "ordered" if tag == "ol" else "unordered"
            self.blocks.append({"type": "list", "data": {"style": style, "items": self._items}})
        self._items = []


def _markup(runs: list[_Run]) -> str:
    joined: list[_Run] = []
    for text, *marks in runs:
        # White space collapses across tags, as a browser shows it.
        if not joined or joined[-1][0].endswith((" ", "\n")):
            text = text.lstrip(" ") if text != "\n" else ("\n" if joined else "")
        if not text:
            continue
        if joined and list(joined[-1][1:]) == marks and "\n" not in (text, joined[-1][0]):
            joined[-1] = (joined[-1][0] + text, *joined[-1][1:])
        else:
            joined.append((text, bool(marks[0]), bool(marks[1]), str(marks[2])))
    while joined and not joined[-1][0].strip():
        joined.pop()
    if joined:
        joined[-1] = (joined[-1][0].rstrip(), *joined[-1][1:])
    return "".join(_run_markup(*run) for run in joined)


def _run_markup(text: str, bold: bool, italic: bool, link: str) -> str:
    if text == "\n":
        return "<br>"
    markup = html.escape(text, quote=False)
    if not text.strip():
        return markup
    if italic:
        markup = f"<i>{markup}</i>"
    if bold:
        markup = f"<b>{markup}</b>"
    return f'<a href="{html.escape(link)}">{markup}</a>' if link else markup


def html_to_editorjs(source: str) -> dict[str, Any]:
    """HTML of a product description as an EditorJS document: `{"blocks": [...]}`.

    Blocks are `paragraph` (`text`), `header` (`text`, `level`) and `list` (`style`, `items`; nested lists
    become items of the outer one). Their strings hold no markup but `<b>`, `<i>`, `<br>` and `<a>` with a
    safe address. Scripts, styles, forms and embedded media are dropped; text without tags becomes one
    paragraph for each run of lines.
    """
    blocks = _Blocks()
    if "<" in source:
        blocks.read(source)
    else:
        for paragraph in re.split(r"\n\s*\n", source.replace("\r\n", "\n")):
            blocks.text(html.unescape(_LONG_REFERENCE.sub("\ufffd", paragraph)))
            blocks.flush()
    return {"blocks": blocks.finish()}


# Where the block types of EditorJS (paragraph, header, list, quote, table, image, warning) keep words.
_WORDED = ("title", "text", "message", "content", "items", "caption")


def editorjs_to_text(document: Mapping[str, Any] | None) -> str:
    """The words of an EditorJS document as plain text, one line for each block or list item. Anything
    that is not shaped like such a document gives what words can be found, at worst the empty string."""
    blocks = document.get("blocks") if isinstance(document, Mapping) else None
    if not isinstance(blocks, list):
        return ""
    lines: list[str] = []
    waiting: list[Any] = [block.get("data") for block in reversed(blocks) if isinstance(block, Mapping)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            words = "".join(" " if tag == "br" else text for text, tag, _ in _html_tokens(value))
            if line := " ".join(words.split()):
                lines.append(line)
        elif isinstance(value, Mapping):
            waiting.extend(value[key] for key in reversed(_WORDED) if key in value)
        elif isinstance(value, list):
            waiting.extend(reversed(value))
    return "\n".join(lines)
