"""What stands on an invoice, and that any name can be written on it."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from engine.invoices.document import CHINESE, FONT, JAPANESE, KOREAN, MISSING, font_runs, render
from engine.invoices.rules import Document, DocumentLine, Taxed, number_of, series_of, tax_table

INVOICE = Document(
    number="2026/000001", issued=date(2026, 11, 22), order_number="7", ordered=date(2026, 11, 20),
    seller=("Argosy Books",), buyer=("Ada <b>&",), shipped_to=(),
    lines=(DocumentLine("Book", "B-1", 2, 1_190, Taxed(19_000, 2_000, 2_380)),),
    delivery_name="Parcel", delivery=Taxed(7_000, 458, 490), total_gross=2_870, currency="EUR",
)  # fmt: skip
taxed = st.builds(Taxed, st.sampled_from([0, 7_000, 19_000]), st.integers(0, 10**9), st.integers(0, 10**9))


def test_numbers_count_within_their_year() -> None:
    assert number_of(series_of(date(2026, 1, 31)), 17) == "2026/000017"


@given(st.lists(taxed))
def test_the_tax_table_adds_up_to_its_parts(parts: list[Taxed]) -> None:
    table = tax_table(parts)
    assert sum(row.net for row in table) == sum(part.net for part in parts)
    assert sum(row.gross for row in table) == sum(part.gross for part in parts)
    assert len({row.rate for row in table}) == len(table)


def test_every_script_has_a_font_and_what_has_none_is_a_box() -> None:
    fonts = {
        name: {font for font, _ in font_runs(name)} for name in ("Łukasz Ωμέγα Иван", "王小明", "さくら 桜", "김 민준")
    }
    assert fonts == {
        "Łukasz Ωμέγα Иван": {FONT},
        "王小明": {CHINESE},
        "さくら 桜": {JAPANESE, FONT},
        "김 민준": {KOREAN, FONT},
    }
    assert list(font_runs("A\U0001f9ff")) == [(FONT, "A"), (FONT, MISSING)]


@given(st.text(max_size=60))
def test_no_letter_is_lost_between_the_runs(name: str) -> None:
    runs = "".join(run for _, run in font_runs(name))
    assert len(runs) == len(name)
    assert all(drawn in (letter, MISSING) for drawn, letter in zip(runs, name, strict=True))


def test_the_same_invoice_is_the_same_file_whatever_its_customer_is_called() -> None:
    drawn = render(INVOICE)
    assert drawn.startswith(b"%PDF-")
    assert render(INVOICE) == drawn
    long = replace(INVOICE, buyer=("王小明" * 40, "</font>"), lines=INVOICE.lines * 120)
    assert render(long).count(b"/Type /Page\n") > drawn.count(b"/Type /Page\n") == 1
