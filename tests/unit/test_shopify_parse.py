"""Reading a Shopify product export, and what its rows mean."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flows.import_shopify.drafts import Draft, Note, Picture
from engine.flows.import_shopify.parse import MAX_RECORD, Export, NotAnExport, Record, Unreadable
from engine.flows.import_shopify.report import Report
from engine.flows.import_shopify.rules import handle_of, product
from engine.flows.import_shopify.spool import Spool

DATA = Path(__file__).parent.parent / "data"
HEADING = "Handle,Title,Variant Price"


def read(text: str | bytes) -> list[Record | Unreadable]:
    return list(Export(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def values(text: str | bytes) -> list[dict[str, str]]:
    found = read(text)
    assert all(isinstance(one, Record) for one in found), found
    return [one.values for one in found if isinstance(one, Record)]


def build(*rows: dict[str, str], currency: str = "USD") -> tuple[Draft | None, list[Note]]:
    """A product with the given columns, `handle`, `title` and `price` filled in where the first row has none."""
    first = {"title": "Thing", "price": "1", **rows[0]}
    records = [Record(line, row) for line, row in enumerate([first, *rows[1:]], start=2)]
    return product("thing", records, currency, lambda sku, line: None)


def draft(*rows: dict[str, str], currency: str = "USD") -> Draft:
    made, _ = build(*rows, currency=currency)
    assert made is not None
    return made


def refusals(*rows: dict[str, str], currency: str = "USD") -> list[tuple[tuple[int, ...], str]]:
    return [(note.lines, note.reason) for note in build(*rows, currency=currency)[1] if note.refused]


def warnings(*rows: dict[str, str]) -> list[str]:
    return [note.reason for note in build(*rows)[1] if not note.refused]


@pytest.mark.parametrize(
    "raw",
    [
        f"{HEADING}\na,A,1.00\n".encode(),
        f"{HEADING}\r\na,A,1.00\r\n".encode(),
        f"{HEADING}\ra,A,1.00".encode(),
        f"\ufeff{HEADING}\na,A,1.00\n".encode(),
        f"\ufeff\r\n{HEADING}\n\n,,\na,A,1.00\n".encode(),
        b"Variant Price;Title;Handle\n1.00;A;a\n",
        b"sep=;\nHandle;Title;Variant Price\na;A;1.00\n",
        "URL handle\tTitle\tPrice\na\tA\t1.00\n".encode("utf-16"),
        b"HANDLE , title,VARIANT  PRICE,Included / Atlantis\na,A,1.00,true\n",
    ],
)
def test_one_table_in_many_dialects(raw: bytes) -> None:
    assert values(raw) == [{"handle": "a", "title": "A", "price": "1.00"}]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "The file is empty"),
        ("\n \n", "The file is empty"),
        ("Handle,Body (HTML)\n", "no column Title, Variant Price"),
        ("%PDF-1.7", "no column Handle, Title, Variant Price"),
        ('"Handle,Title', "a quotation mark is never closed"),
    ],
)
def test_what_is_no_export_is_named(raw: str, reason: str) -> None:
    with pytest.raises(NotAnExport, match=reason):
        Export(io.BytesIO(raw.encode()))


def test_a_record_is_known_by_the_physical_line_where_it_begins() -> None:
    found = read(f'{HEADING}\r\na,"A\r\nand\r\nmore",1\r\n\r\nb,B,2\r\n')
    assert [(one.line, one.get("title")) for one in found if isinstance(one, Record)] == [
        (2, "A\r\nand\r\nmore"),
        (6, "B"),
    ]


def test_a_quotation_mark_left_open_loses_only_its_own_line() -> None:
    found = read(f'{HEADING}\na,A,1\nb,"B,2\nc,C,3\nd,"D, really",4\ne,E,5\n')
    assert [(one.line, type(one).__name__) for one in found] == [
        (2, "Record"), (3, "Unreadable"), (4, "Record"), (5, "Record"), (6, "Record"),
    ]  # fmt: skip
    last = read(f'{HEADING}\na,A,1\nb,"B,2\nc,C,3')
    assert [one.line for one in last if isinstance(one, Record)] == [2, 4]


def test_an_endless_record_is_given_up_and_reading_goes_on() -> None:
    found = read(f'{HEADING}\na,"{"x" * MAX_RECORD},1\nb,B,2\n')
    assert [(one.line, type(one).__name__) for one in found] == [(2, "Unreadable"), (3, "Record")]
    swallowed = "b,B,2\n" * (MAX_RECORD // 6 + 1)
    first, *others = read(f'{HEADING}\na,"A,1\n{swallowed}')
    assert isinstance(first, Unreadable)
    assert len(others) == MAX_RECORD // 6 + 1


def test_bytes_that_are_no_text_are_marked() -> None:
    (found,) = read(HEADING.encode() + b"\na,Caf\xe9,1\n")
    assert isinstance(found, Record)
    assert (found.get("title"), found.damaged) == ("Caf\ufffd", {"title"})


def test_a_row_wider_than_the_heading_is_refused_unless_the_surplus_is_empty() -> None:
    wide, padded, short = read(f"{HEADING}\na,A,1,surplus\nb,B,2,,\nc,C\n")
    assert isinstance(wide, Unreadable)
    assert isinstance(padded, Record)
    assert isinstance(short, Record)
    assert short.values == {"handle": "c", "title": "C"}


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=8))
def test_whatever_a_csv_writer_writes_is_read_back(cells: list[tuple[str, str]]) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(("Handle", "Title", "Variant Price"))
    for handle, title in cells:
        writer.writerow((f"h{handle}", title, "1"))
    found = read(written.getvalue().encode("utf-8", "surrogatepass"))
    assert len(found) == len(cells)
    assert all(isinstance(one, Record) for one in found)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    assert all(one.line >= 2 for one in read(HEADING.encode() + b"\n" + raw))


def test_rows_of_a_handle_come_together_wherever_they_stand() -> None:
    with Spool() as spool:
        for line, handle in enumerate("abab", start=2):
            spool.add(handle, Record(line, {"title": handle}))
        assert [(handle, [row.line for row in rows]) for handle, rows, _ in spool.grouped()] == [
            ("a", [2, 4]), ("b", [3, 5]),
        ]  # fmt: skip
        assert [spool.claim_sku("X", 2), spool.claim_sku("X", 3)] == [None, 2]


@pytest.mark.parametrize("handle", ["", "two words", "<p>", "a/b", "x" * 256, "caf\ufffd"])
def test_what_cannot_be_a_handle(handle: str) -> None:
    assert handle_of(Record(2, {"handle": handle})) is None


def test_the_stand_in_option_means_no_options() -> None:
    plain = draft({"option1_name": "Title", "option1_value": "Default Title"})
    assert (plain.option_names, plain.variants[0].options, plain.variants[0].name) == ((), (), "")
    real = draft({"option1_name": "Title", "option1_value": "Emma"}, {"option1_value": "Persuasion", "price": "2"})
    assert (real.option_names, [variant.name for variant in real.variants]) == (("Title",), ["Emma", "Persuasion"])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"price": "1,50"}, "Variant Price '1,50' is no amount of USD: not a plain decimal number"),
        ({"price": "$5"}, "Variant Price '$5' is no amount of USD: not a plain decimal number"),
        ({"price": "1e3"}, "Variant Price '1e3' is no amount of USD: not a plain decimal number"),
        ({"price": "1.001"}, "Variant Price '1.001' is no amount of USD: USD has 2 decimals"),
        ({"price": "-1"}, "Variant Price '-1' is below zero"),
        ({"price": "9" * 30}, "is no amount of USD: number is too l"),
        ({"compare_at": "soon"}, "Variant Compare At Price 'soon' is no amount"),
        ({"cost": "?"}, "Cost per item '?' is no amount"),
        ({"grams": "heavy"}, "Variant Grams 'heavy' is no weight"),
        ({"grams": "99999999999"}, "Variant Grams '99999999999' is too large"),
        ({"quantity": "2.5"}, "Variant Inventory Qty '2.5' is no whole number"),
        ({"quantity": "4294967296"}, "is too large"),
        ({"option1_value": "Red"}, "Option1 Value 'Red' has no Option1 Name"),
        ({"option1_name": "Size"}, "Option1 Value is empty"),
        ({"sku": "x" * 256}, "Variant SKU is longer than 255 characters"),
    ],
)
def test_a_row_that_cannot_be_sold_is_refused(row: dict[str, str], reason: str) -> None:
    made, _ = build(row)
    assert made is None
    ((lines, told),) = refusals(row)
    assert lines == (2,)
    assert reason in told


def test_a_bad_row_loses_no_other_and_not_even_its_picture() -> None:
    rows = (
        {"option1_name": "Size", "option1_value": "S", "price": "x", "image": "https://pictures.example/a.jpg"},
        {"option1_value": "M", "price": "2"},
        {"option1_value": "m", "price": "3"},
        {"vendor": "nothing else"},
    )
    made = draft(*rows)
    assert [(variant.line, variant.amount) for variant in made.variants] == [(3, 200)]
    assert made.pictures == (Picture("https://pictures.example/a.jpg", ""),)
    assert [lines for lines, _ in refusals(*rows)] == [(2,), (4,), (5,)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (({"title": ""}, {"price": "1"}), "Title is empty"),
        (({"title": "x" * 256}, {"price": "1"}), "Title is longer than 255 characters"),
        (({"option1_name": "Size", "option2_name": "SIZE"}, {}), "two options have the name 'SIZE'"),
    ],
)
def test_what_all_rows_share_refuses_them_all(rows: tuple[dict[str, str], ...], reason: str) -> None:
    assert build(*rows)[0] is None
    assert refusals(*rows) == [((2, 3), reason)]


def test_a_product_without_a_price_is_refused_with_its_picture_rows() -> None:
    rows = ({"price": "", "image": "https://pictures.example/a.jpg"}, {"image": "https://pictures.example/b.jpg"})
    records = [Record(2, {"title": "T", "image": rows[0]["image"]}), Record(3, rows[1])]
    made, notes = product("t", records, "USD", lambda sku, line: None)
    assert made is None
    assert notes == [Note((2, 3), "Variant Price is empty", True)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, (False, None)),
        ({"tracker": "shopify"}, (True, 0)),
        ({"tracker": "shopify", "quantity": "7"}, (True, 7)),
        ({"quantity": "7"}, (True, 7)),
        ({"quantity": "0"}, (True, 0)),
        ({"quantity": "-3"}, (True, 0)),
        ({"quantity": "7.0", "policy": "continue"}, (False, 7)),
        ({"quantity": "7", "policy": "deny"}, (True, 7)),
    ],
)
def test_stock(row: dict[str, str], expected: tuple[bool, int | None]) -> None:
    variant = draft(row).variants[0]
    assert (variant.track, variant.quantity) == expected


@pytest.mark.parametrize(
    ("row", "grams"),
    [
        ({"grams": "310"}, 310), ({"grams": "0"}, None), ({"grams": "453.592"}, 454), ({"weight": "1.5"}, 1500),
        ({"weight": "2", "weight_unit": "lb"}, 907), ({"weight": "1", "weight_unit": "oz"}, 28),
        ({"weight": "1", "weight_unit": "stone"}, None), ({"grams": "5", "weight": "9", "weight_unit": "kg"}, 5),
    ],
)  # fmt: skip
def test_weights_are_grams(row: dict[str, str], grams: int | None) -> None:
    assert draft(row).variants[0].grams == grams


@pytest.mark.parametrize(
    ("row", "published", "for_sale"),
    [
        ({}, True, True), ({"published": "true"}, True, True), ({"published": "TRUE", "status": "Active"}, True, True),
        ({"published": "false"}, False, True), ({"published": "perhaps"}, False, True),
        ({"published": "TRUE", "status": "draft"}, False, True), ({"status": "archived"}, False, False),
    ],
)  # fmt: skip
def test_publication(row: dict[str, str], published: bool, for_sale: bool) -> None:
    made = draft(row)
    assert (made.is_published, made.for_sale) == (published, for_sale)


def test_amounts_are_minor_units_of_the_channel() -> None:
    row = {"price": "1500", "compare_at": "2000.00", "cost": "7"}
    (yen,) = draft(row, currency="JPY").variants
    assert (yen.amount, yen.compare_at, yen.cost) == (1500, 2000, 7)
    (dinar,) = draft(row, currency="KWD").variants
    assert (dinar.amount, dinar.compare_at, dinar.cost) == (1_500_000, 2_000_000, 7_000)
    assert draft({"price": "5", "compare_at": "4"}).variants[0].compare_at is None


def test_what_is_only_told() -> None:
    assert warnings({"quantity": "-3"}) == ["Variant Inventory Qty -3 was taken as 0"]
    assert warnings({"barcode": "8.71E+12"}) == [
        "Variant Barcode '8.71E+12' has lost digits in a spreadsheet; it was left out"
    ]
    assert warnings({"image": "ftp://pictures.example/a.jpg"}) == [
        "Image Src 'ftp://pictures.example/a.jpg' is no address of a picture; it was left out"
    ]
    assert warnings({"title": "One"}, {"title": "Two", "image": "//pictures.example/b.jpg"}) == [
        "Title differs from line 2, whose value was kept"
    ]
    assert warnings({"taxable": "false"}) == ["the variant is not taxable: give its product a tax class without tax"]


def test_pictures_tags_and_category() -> None:
    made = draft(
        {
            "image": "https://pictures.example/2.jpg", "image_position": "2", "tags": "Oak, gift , ,Gift",
            "category": "Home > Kitchen >Bowls", "type": "Bowl", "variant_image": "https://pictures.example/v.jpg",
        },
        {"image": "//pictures.example/1.jpg", "image_position": "1", "image_alt": "First"},
        {"image": "https://pictures.example/2.jpg", "image_position": "3"},
    )  # fmt: skip
    assert made.pictures == (
        Picture("https://pictures.example/1.jpg", "First"),
        Picture("https://pictures.example/2.jpg", ""),
        Picture("https://pictures.example/v.jpg", ""),
    )
    assert (made.tags, made.category) == (("Oak", "gift"), ("Home", "Kitchen", "Bowls"))
    assert draft({"type": "Bowl", "category": "632"}).category == ("Bowl",)


def test_the_report_is_written_with_its_first_entry_and_runs_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    with Report(path) as report:
        assert not path.exists()
        report.refuse([3, 4], "bad", handle="=HYPERLINK()", sku="S")
        report.warn(9, "odd")
    rows = list(csv.reader(io.StringIO(path.read_text())))
    assert rows == [
        ["line", "verdict", "handle", "sku", "reason"],
        ["3", "refused", "'=HYPERLINK()", "S", "bad"],
        ["4", "refused", "'=HYPERLINK()", "S", "bad"],
        ["9", "warning", "", "", "odd"],
    ]
    assert (report.refused, report.warnings) == (2, 1)


def test_a_report_that_cannot_be_beside_the_file_is_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    absent = tmp_path / "absent" / "report.csv"
    with pytest.raises(FileNotFoundError):
        Report(absent, always=True)
    with Report(absent) as report:
        report.warn(2, "odd")
    assert len((tmp_path / "report.csv").read_text().splitlines()) == 2


def test_every_row_of_the_samples_is_read() -> None:
    with (DATA / "shopify-small.csv").open("rb") as file, Export(file) as small:
        assert [one.line for one in small] == [2, 3, 4, 5, 6, 8]
    with (DATA / "shopify-nasty.csv").open("rb") as file, Export(file) as nasty:
        assert nasty.header.ignored == ["Price / International"]
        assert [one.line for one in nasty if isinstance(one, Unreadable)] == [11]
