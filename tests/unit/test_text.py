import re
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.text import (
    editorjs_to_text,
    fold,
    html_to_editorjs,
    safe_link,
    slugify,
    unaccent,
    unique_slugs,
)

HOSTILE = ["<", "<a ", "<!--", "<![CDATA[", "&#", "<a href='", "<b>", "</", "<p>x", "<script>", "<?", "<!", "&"]
HOSTILE += ["<ul>", "<a", "<a \"'", '<a"x"x"', "\n ", "&#9", "</script", "<a b=", "<td>", "<a href=x>"]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Crème brûlée", "creme-brulee"),
        ("Łódź Øre Straße Ærø", "lodz-ore-strasse-aero"),
        ("İstanbul ISI ısı", "istanbul-isi-isi"),
        ("緑茶 100g", "緑茶-100g"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("Новый йод", "новый-йод"),
        ("हिन्दी", "हिन्दी"),
        ("Men's T-Shirt (XL)!", "mens-t-shirt-xl"),
        ("  --a__b--  ", "a-b"),
        ("½ ﬁn ①", "1-2-fin-1"),
        ("a/../b\x00c", "a-b-c"),
        ("***", ""),
        ("", ""),
    ],
)
def test_slugify(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.text(max_size=300))
def test_a_slug_is_stable_short_and_holds_only_letters_digits_and_single_hyphens(text: str) -> None:
    slug = slugify(text)
    assert slugify(slug) == slug
    assert len(slug) <= 255
    assert not re.search(r"--|^-|-$|\s|[/?#%.]", slug)


def test_slugs_are_cut_without_a_dangling_hyphen() -> None:
    assert slugify("abc def", max_length=4) == "abc"


def test_unique_slugs_count_up_within_the_length() -> None:
    assert list(islice(unique_slugs("Mug", "product"), 3)) == ["mug", "mug-2", "mug-3"]
    assert list(islice(unique_slugs("!", "product"), 2)) == ["product", "product-2"]
    assert list(islice(unique_slugs("abcd-ef", "x", max_length=7), 2)) == ["abcd-ef", "abcd-2"]
    assert {len(slug) <= 8 for slug in islice(unique_slugs("a" * 20, "x", max_length=8), 12)} == {True}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Émile\tZola\n", "emile zola"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Ήλιος", "ηλιοσ"),
        ("Йод", "йод"),
        ("ガラス", "ガラス"),
        ("한국어", "한국어"),
        ("שָׁלוֹם", "שלום"),
        ("a\x00\x1bb", "ab"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert "\x00" not in fold(text)


@given(st.text(alphabet=st.characters(max_codepoint=0x7F)))
def test_ascii_takes_the_same_path_as_everything_else(text: str) -> None:
    assert unaccent(text + "é") == unaccent(text) + "e"


def paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "data": {"text": text}}


def listing(style: str, *items: str) -> dict[str, Any]:
    return {"type": "list", "data": {"style": style, "items": list(items)}}


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("", []),
        ("<p>&nbsp;</p><div><br></div>", []),
        (
            "<p>Hello <strong>big</strong>\n <em>world</em></p>",
            [paragraph("Hello <b>big</b> <i>world</i>")],
        ),
        (
            "<h2 class=x>T &amp; C</h2>x",
            [{"type": "header", "data": {"text": "T &amp; C", "level": 2}}, paragraph("x")],
        ),
        ("<h3><div>In</div></h3>", [{"type": "header", "data": {"text": "In", "level": 3}}]),
        ("<ul><li>One</li>\n<li>Two</li></ul>", [listing("unordered", "One", "Two")]),
        ("<OL><LI>One<ul><li>Two</ul><li>Three</OL>", [listing("ordered", "One", "Two", "Three")]),
        ("<ul><li><p>One</p> <p>more</p></li></ul>", [listing("unordered", "One<br>more")]),
        ("a<ul>loose", [paragraph("a"), listing("unordered", "loose")]),
        ("<li>stray</li> a < b", [paragraph("stray"), paragraph("a &lt; b")]),
        ("one<br/>two<br><br>three<br>", [paragraph("one<br>two<br><br>three")]),
        ("<b><p>x</p><p>y</b> z", [paragraph("<b>x</b>"), paragraph("<b>y</b> z")]),
        ("<b>a<i>b</b>c</i>", [paragraph("<b>a</b><b><i>b</i></b><i>c</i>")]),
        ("</b></i></a></ul></p>x", [paragraph("x")]),
        ("<table><tr><th>Size<td>XL</tr><tr><td>c</table>", [paragraph("Size | XL"), paragraph("c")]),
        ("x<!-- <b>hidden</b> -->y<!-- open", [paragraph("xy")]),
        ("<p title='a > b'>x</p>", [paragraph("x")]),
        ("one\n\ntwo\nlines &amp; more", [paragraph("one"), paragraph("two lines &amp; more")]),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", [paragraph("&lt;script&gt;alert(1)&lt;/script&gt;")]),
        ("x\x00<i>\x1by\x00</i>&#0;&#xD800;", [paragraph("x<i>y</i>\ufffd\ufffd")]),
        ("<p>&#" + "9" * 9000 + ";", [paragraph("\ufffd")]),
    ],
)
def test_html_becomes_blocks(source: str, blocks: list[dict[str, Any]]) -> None:
    assert html_to_editorjs(source) == {"blocks": blocks}


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert('<p>x</p>')</script>ok",
        "<SCRIPT src=x>a</Script >ok",
        "<style>p{}</style>ok",
        "<img src=x onerror=alert(1)>ok",
        "<svg onload=x><b>no</b></svg>ok",
        "<iframe src=x>no</iframe>ok",
        "<p onclick=x style='y'>ok",
        "<form><input value=x><select><option>no</select>ok</form>",
        "ok<script>never closed <p>no",
    ],
)
def test_what_could_run_is_dropped(source: str) -> None:
    assert html_to_editorjs(source) == {"blocks": [paragraph("ok")]}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('<a href="/p?a=1&amp;b=2" onclick=x>go</a>', '<a href="/p?a=1&amp;b=2">go</a>'),
        (
            "<a href=https://x.example/>go <b>now</b></a>",
            '<a href="https://x.example/">go </a><a href="https://x.example/"><b>now</b></a>',
        ),
        ("<a title='href=/no' HREF = 'mailto:a@b.example'>go</a>", '<a href="mailto:a@b.example">go</a>'),
        ("<a href='x\"><script>'>go</a>", "&lt;a href='x\"&gt;"),
        ('<a href="javascript:alert(1)">go</a>', "go"),
        ("<a href='java&#10;script&colon;alert(1)'>go</a>", "go"),
        ("<a href='data:text/html,x'>go</a>", "go"),
        ("<a>go</a>", "go"),
    ],
)
def test_links_keep_only_safe_addresses(source: str, text: str) -> None:
    assert html_to_editorjs(source)["blocks"] == [paragraph(text)]


@pytest.mark.parametrize(
    ("href", "safe"),
    [
        ("HTTPS://x.example", "HTTPS://x.example"),
        ("#top", "#top"),
        ("page?next=a:b", "page?next=a:b"),
        ("tel:+49 30", "tel:+4930"),
        (" \x01javascript:x", None),
        ("vbscript:x", None),
        ("\u00a0 ", None),
        ("1:x", None),
        ("", None),
    ],
)
def test_safe_link(href: str, safe: str | None) -> None:
    assert safe_link(href) == safe


pieces = st.sampled_from(
    (
        *("<b>", "</b>", "<i>", "</p>", "<p>", "<ul>", "<li>", "</ul>", "<h1>", "</h1>", "<br>", "<td>"),
        *("<a href='/x'>", "</a>", "<script>", "</script>", "<!--", "-->", '"', "'", "<", ">", "&", "&lt;"),
        *("javascript:", "=", " href="),
    )
)


@given(st.lists(pieces | st.text(max_size=5), max_size=40).map("".join))
def test_blocks_hold_only_known_balanced_markup_and_survive_as_text(source: str) -> None:
    document = html_to_editorjs(source)
    lines = 0
    for block in document["blocks"]:
        for text in block["data"].get("items", [block["data"].get("text")]):
            lines += 1
            assert not re.sub(r'</?[bi]>|<br>|</a>|<a href="/x">', "", text).count("<")
            for tag in "bia":
                assert len(re.findall(rf"<{tag}[ >]", text)) == text.count(f"</{tag}>")
            assert text == text.strip() != ""
    assert len(editorjs_to_text(document).splitlines()) == lines


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_markup_takes_no_longer_than_its_length(unit: str) -> None:
    for source in (unit * (300_000 // len(unit)), "<p>" + unit * (300_000 // len(unit)) + "x"):
        assert list(html_to_editorjs(source)) == ["blocks"]


def test_the_text_of_a_document_has_a_line_for_each_block_and_item() -> None:
    document = html_to_editorjs("<h1>Mug</h1><p>Big <b>blue</b>&amp;<br>round</p><ul><li>A<li>B &lt;3</ul>")
    assert editorjs_to_text(document) == "Mug\nBig blue& round\nA\nB <3"


def test_text_is_found_in_every_worded_block() -> None:
    nested = [{"content": "one", "items": [{"content": "two", "items": []}]}]
    document = {
        "blocks": [
            {"type": "list", "data": {"items": nested}},
            {"type": "table", "data": {"content": [["a", "b"], ["c"]]}},
            {"type": "quote", "data": {"text": "said", "caption": "who"}},
            {"type": "image", "data": {"file": {"url": "https://x"}, "caption": "pic"}},
        ]
    }
    assert editorjs_to_text(document).split("\n") == ["one", "two", "a", "b", "c", "said", "who", "pic"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["blocks", "data", "text", "items"]), inner),
)


@given(json_values)
def test_what_is_no_document_has_text_at_worst_empty(value: Any) -> None:
    assert isinstance(editorjs_to_text(value), str)
    assert editorjs_to_text({"blocks": "x"}) == editorjs_to_text({}) == editorjs_to_text(None) == ""


def test_a_deeply_nested_document_does_not_exhaust_the_stack() -> None:
    value: Any = "deep"
    for _ in range(5000):
        value = [value]
    assert editorjs_to_text({"blocks": [{"data": {"items": value}}]}) == "deep"
