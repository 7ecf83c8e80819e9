"""An invoice as a PDF.

Latin, Greek, Cyrillic, Hebrew and other alphabets are drawn with an embedded font (DejaVu Sans). Chinese, Japanese and
Korean name one of Adobe's standard fonts, which readers bring along. A character that none of them has becomes a box,
and scripts whose letters join or run from right to left are drawn letter by letter, as they are stored.
"""

import io
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import as_file, files
from itertools import groupby
from typing import Any

from engine.core.money import RATE_SCALE, to_decimal
from engine.invoices.rules import Document, Taxed, tax_table

FONT = "DejaVuSans"
MISSING = "\N{WHITE SQUARE}"
JAPANESE, KOREAN, CHINESE = "HeiseiKakuGo-W5", "HYGothic-Medium", "STSong-Light"
_SMALL, _NORMAL, _LARGE = 8, 9, 16


def render(document: Document) -> bytes:
    """The same bytes for the same document. Takes a tenth of a second: for a worker's thread."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate, Spacer

    written = io.BytesIO()
    page = SimpleDocTemplate(
        written, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=f"Invoice {document.number}", author=" ".join(document.seller[:1]), invariant=1,
    )  # fmt: skip
    page.build(
        [
            text("Invoice", _LARGE),
            Spacer(1, 5 * mm),
            _heads(document),
            Spacer(1, 8 * mm),
            _goods(document),
            Spacer(1, 6 * mm),
            _taxes(document),
        ]
    )
    return written.getvalue()


def text(value: str, size: int = _NORMAL, *, right: bool = False) -> Any:
    """A paragraph in whatever script."""
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    runs = list(font_runs(value))
    style = ParagraphStyle(
        "text", fontName=FONT, fontSize=size, leading=size * 1.35, alignment=TA_RIGHT if right else TA_LEFT,
        wordWrap="CJK" if any(font != FONT for font, _ in runs) else None,
    )  # fmt: skip
    return Paragraph("".join(f'<font name="{font}">{escape(run)}</font>' for font, run in runs), style)


def font_runs(value: str) -> Iterable[tuple[str, str]]:
    """The text in pieces, each with the font that draws it."""
    eastern = _eastern(value)
    placed = [(_font_of(character, eastern), character) for character in value]
    for font, group in groupby(placed, key=lambda pair: pair[0]):
        characters = "".join(character for _, character in group)
        yield (font, characters) if font else (FONT, MISSING * len(characters))


def _eastern(value: str) -> str:
    """Han characters are written in one way by each of three languages; those beside them tell which."""
    if any("\u3040" <= character <= "\u30ff" for character in value):
        return JAPANESE
    if any("\uac00" <= character <= "\ud7a3" for character in value):
        return KOREAN
    return CHINESE


def _font_of(character: str, eastern: str) -> str:
    if ord(character) in _glyphs() or character.isspace():
        return FONT
    if "\u2e80" <= character <= "\ud7a3" or "\uf900" <= character <= "\ufaff" or "\uff00" <= character <= "\uffef":
        return eastern
    return ""


@cache
def _glyphs() -> frozenset[int]:
    """What the embedded font has; also makes the fonts known to reportlab, which keeps them for the process."""
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    with as_file(files("engine.invoices").joinpath("fonts", f"{FONT}.ttf")) as path:
        embedded = TTFont(FONT, str(path))
    registerFont(embedded)
    for name in (JAPANESE, KOREAN, CHINESE):
        registerFont(UnicodeCIDFont(name))
    return frozenset(embedded.face.charToGlyph)


def _table(rows: list[list[Any]], widths: list[float], *, ruled: bool) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    style: list[Any] = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    if ruled:
        style += [
            ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.black),
            ("LINEBELOW", (0, 1), (-1, -1), 0.2, colors.lightgrey),
        ]
    return Table(rows, [width * mm for width in widths], style=style, repeatRows=1 if ruled else 0)


def _heads(document: Document) -> Any:
    facts = (
        f"Invoice number: {document.number}",
        f"Invoice date: {document.issued.isoformat()}",
        f"Order: {document.order_number}",
        f"Order date: {document.ordered.isoformat()}",
    )
    rows = [[[text(line) for line in document.seller], [text(line) for line in facts]], [_people("To", document.buyer)]]
    rows[1].append(_people("Delivered to", document.shipped_to) if document.shipped_to else [])
    return _table(rows, [95, 75], ruled=False)


def _people(title: str, lines: Iterable[str]) -> list[Any]:
    return [text(title, _SMALL), *(text(line) for line in lines)]


def _goods(document: Document) -> Any:
    head = [
        text(name, _SMALL, right=place > 1)
        for place, name in enumerate(("Item", "SKU", "Quantity", "Tax", "Unit", "Total"))
    ]
    rows = [
        [text(line.name), text(line.sku, _SMALL), *_numbers(document, str(line.quantity), line.unit_gross, line.total)]
        for line in document.lines
    ]
    if document.delivery_name or document.delivery.gross:
        name = f"Delivery: {document.delivery_name}" if document.delivery_name else "Delivery"
        rows.append([text(name), "", *_numbers(document, "1", document.delivery.gross, document.delivery)])
    return _table([head, *rows], [64, 26, 17, 17, 22, 24], ruled=True)


def _numbers(document: Document, quantity: str, unit: int, total: Taxed) -> list[Any]:
    values = (quantity, _percent(total.rate), _amount(document, unit), _amount(document, total.gross))
    return [text(value, right=True) for value in values]


def _taxes(document: Document) -> Any:
    head = [text(name, _SMALL, right=True) for name in ("Tax", "Net", "Tax amount", f"Total {document.currency}")]
    parts = tax_table([*(line.total for line in document.lines), document.delivery])
    rows = [
        [_percent(part.rate), *(_amount(document, value) for value in (part.net, part.gross - part.net, part.gross))]
        for part in parts
    ]
    if document.gift_cards:
        rows.append(["Gift card", "", "", _amount(document, -document.gift_cards)])
    rows.append(["To pay", "", "", f"{_amount(document, document.total_gross)} {document.currency}"])
    return _table([head, *([text(value, right=True) for value in row] for row in rows)], [60, 35, 35, 40], ruled=True)


def _percent(rate: int) -> str:
    return f"{rate * 100 / RATE_SCALE:g} %"


def _amount(document: Document, minor: int) -> str:
    return str(to_decimal(minor, document.currency))
