"""Texts of staff and apps are safe to show."""

import pytest

from engine.core.errors import Refusal
from engine.core.reorder import moved
from engine.core.richtext import clean_document, clean_html


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain & simple", "plain & simple"),
        ("a <b>bold</b> <i>word</i><br>", "a <b>bold</b> <i>word</i><br>"),
        ('<b onclick="x()">hi</b>', "<b>hi</b>"),
        ("<script>alert(1)</script>text", "text"),
        ('<img src=x onerror="alert(1)">text', "text"),
        ('<a href="https://a.example/?b=1&amp;c">x</a>', '<a href="https://a.example/?b=1&amp;c">x</a>'),
        ('<a href="javascript:alert(1)">x</a>', '<a href="#invalid">x</a>'),
        ('<a href="java&#10;script:alert(1)">x</a>', '<a href="#invalid">x</a>'),
        ("1 &lt; 2 <p>and</p>", "1 &lt; 2 and"),
    ],
)
def test_markup_is_kept_as_far_as_it_is_harmless(given: str, kept: str) -> None:
    assert clean_html(given) == kept
    assert clean_html(kept) == kept


def test_a_document_is_cleaned_in_every_block() -> None:
    document = {
        "version": "2.24.3",
        "blocks": [
            {"type": "list", "data": {"items": ["<script>x</script>a", {"content": "<u>b</u>", "items": []}]}},
            {"type": "image", "data": {"file": {"url": "data:text/html,x"}, "caption": "<iframe></iframe>c"}},
        ],
    }
    assert clean_document(document, field="description") == {
        "version": "2.24.3",
        "blocks": [
            {"type": "list", "data": {"items": ["a", {"content": "<u>b</u>", "items": []}]}},
            {"type": "image", "data": {"file": {"url": "#invalid"}, "caption": "c"}},
        ],
    }


@pytest.mark.parametrize("given", [[], "text", {"blocks": "x"}, 1])
def test_what_is_no_document_is_refused(given: object) -> None:
    with pytest.raises(Refusal) as refused:
        clean_document(given, field="content")
    assert refused.value.field == "content"


def test_things_move_by_places_and_stay_within_their_list() -> None:
    assert moved("abcd", [("a", 2)]) == ["b", "c", "a", "d"]
    assert moved("abcd", [("d", -1), ("a", 99)]) == ["b", "d", "c", "a"]
    with pytest.raises(KeyError):
        moved("ab", [("x", 1)])
