"""That no word within the allowed edits escapes the patterns and the similarity by which candidates are fetched."""

from fnmatch import fnmatchcase

from hypothesis import assume, example, given
from hypothesis import strategies as st

from engine.search.rules import SHORTEST_MEANT, allowed_edits, damerau, has_cjk, least_similarity, near_patterns

letters = st.text(alphabet="abcde", min_size=5, max_size=14)


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str]:
    """A word, and another that as many edits as are allowed make of it."""
    word = draw(letters)
    other = word
    for _ in range(allowed_edits(word)):
        at = draw(st.integers(0, len(other) - 1))
        letter = draw(st.sampled_from("abcdex"))
        other = draw(
            st.sampled_from(
                [
                    other[:at] + other[at + 1 :],
                    other[:at] + letter + other[at:],
                    other + letter,
                    other[:at] + letter + other[at + 1 :],
                    other[:at] + other[at : at + 2][::-1] + other[at + 2 :],
                ]
            )
        )
    return word, other


def similarity(a: str, b: str) -> float:
    """As pg_trgm's documentation tells: shared trigrams of the words with two spaces before and one behind."""
    own, others = ({padded[at : at + 3] for at in range(len(padded) - 2)} for padded in (f"  {a} ", f"  {b} "))
    return len(own & others) / len(own | others)


@given(misspelt())
@example(("shirt", "shrit"))
@example(("abcdefghi", "bacdefgih"))
def test_every_misspelling_fits_a_pattern_and_is_similar_enough(pair: tuple[str, str]) -> None:
    word, other = pair
    # two edits in one place can be more than two apart as the distance counts them
    assume(damerau(word, other, allowed_edits(word)) is not None and len(other) >= SHORTEST_MEANT)
    assert any(
        fnmatchcase(other, pattern.replace("%", "*")) and shortest <= len(other) <= longest
        for pattern, shortest, longest in near_patterns(word)
    )
    assert similarity(word, other) >= least_similarity(word)


@given(letters)
def test_each_pattern_has_letters_enough_for_a_trigram(word: str) -> None:
    for pattern, _, _ in near_patterns(word):
        anchored = not (pattern.startswith("%") and pattern.endswith("%"))
        assert len(pattern.strip("%")) >= (2 if anchored else 3)


def test_words_that_are_never_corrected_have_no_patterns() -> None:
    assert near_patterns("lamp") == near_patterns("iphone15") == near_patterns("東京都庁東京") == []


def test_words_with_marks_are_fetched_by_their_patterns_alone() -> None:
    assert near_patterns("हिन्दीकिताब") != []
    assert least_similarity("हिन्दीकिताब") == 0.0
    assert 0.17 < least_similarity("shirt") < 2 / 11


def test_has_cjk() -> None:
    assert has_cjk("green 茶")
    assert not has_cjk("grün чай")
