import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.search.rules import (
    QueryTerm,
    allowed_edits,
    damerau,
    index_terms,
    is_cjk,
    query_terms,
    text_config,
    tokenize,
    tsquery_text,
)


@pytest.mark.parametrize(
    ("text", "language", "tokens"),
    [
        ("Crème brûlée, 2x!", "en", ["creme", "brulee", "2x"]),
        ("Men's O'Neill dogs' shirt", "en", ["men", "oneill", "dogs", "shirt"]),
        ("l'huile d’olive", "fr", ["l", "huile", "d", "olive"]),
        ("İstanbul'da çay", "tr", ["istanbul", "da", "cay"]),
        ("SKU AB-123/c", "en", ["sku", "ab", "123", "c"]),
        ("Новый йод", "ru", ["новый", "йод"]),
        ("हिन्दी किताब", "hi", ["हिन्दी", "किताब"]),
        ("緑茶", "ja", ["緑茶"]),
        ("東京都庁", "ja", ["東京", "京都", "都庁"]),
        ("茶", "zh", ["茶"]),
        ("iPhone用ケース15個", "ja", ["iphone", "用ケ", "ケー", "ース", "15", "個"]),
        ("ｶﾞﾗｽ", "ja", ["ガラ", "ラス"]),
        ("한국어책", "ko", ["한국", "국어", "어책"]),
        ("𠮷野家", "ja", ["𠮷野", "野家"]),
        ("'' -- \x00", "en", []),
        ("x" * 100, "en", ["x" * 64]),
    ],
)
def test_tokenize(text: str, language: str, tokens: list[str]) -> None:
    assert tokenize(text, language) == tokens


@given(st.text(max_size=200), st.sampled_from(["en", "fr", "tr", "ja", "zh-hant"]))
def test_tokens_are_letters_and_digits_of_bounded_length(text: str, language: str) -> None:
    for token in tokenize(text, language):
        assert 1 <= len(token) <= 64
        assert not set(token) & set("'\"\\&|!():*<> \x00")
        assert not is_cjk(token) or len(token) <= 2


@given(st.text(alphabet="東京都庁緑茶かなカナ한국", min_size=2, max_size=12), st.data())
def test_every_stretch_of_a_run_is_found_in_it(run: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(run) - 1))
    end = data.draw(st.integers(start + 1, len(run)))
    indexed = index_terms(run, "ja")
    (term,) = query_terms(run[start:end], "ja")
    pairs = indexed[:-1]
    if term.prefix:
        assert any(word.startswith(term.words[0]) for word in indexed)
    else:
        width = len(term.words)
        assert term.words in [tuple(pairs[at : at + width]) for at in range(len(pairs))]


def test_the_index_also_holds_the_last_character_of_a_run() -> None:
    assert index_terms("green 緑茶杯 茶", "ja") == ["green", "緑茶", "茶杯", "杯", "茶"]


def test_the_last_word_of_a_query_may_go_on_until_a_space_ends_it() -> None:
    assert query_terms("Blue sneak", "en") == [
        QueryTerm(("blue",)),
        QueryTerm(("sneak",), prefix=True, edits=1),
    ]
    assert query_terms("sneak ", "en") == [QueryTerm(("sneak",), edits=1)]


def test_a_run_of_cjk_is_one_term_and_a_lone_character_a_prefix() -> None:
    assert query_terms("東京都 茶", "ja") == [
        QueryTerm(("東京", "京都")),
        QueryTerm(("茶",), prefix=True),
    ]


def test_repeated_words_count_once_and_long_queries_are_cut() -> None:
    assert query_terms("mug mug mug", "en") == [QueryTerm(("mug",), prefix=True)]
    assert len(query_terms(" ".join(f"w{number}" for number in range(100)), "en")) == 16
    assert query_terms("a" * 5000, "en") == [QueryTerm(("a" * 64,), prefix=True, edits=2)]
    assert query_terms(" ?! ", "en") == query_terms("", "en") == []


def test_tsquery_text_joins_terms_alternatives_and_neighbours() -> None:
    terms = query_terms("blue 東京都 shrit", "en")
    assert tsquery_text(terms) == "'blue' & ('東京' <-> '京都') & 'shrit':*"
    assert (
        tsquery_text(terms, {"shrit": ["shirt", "shrit", "short"]})
        == "'blue' & ('東京' <-> '京都') & ('shrit':* | 'shirt' | 'short')"
    )
    assert tsquery_text([]) == ""


def test_tsquery_text_lets_no_word_act_as_an_operator() -> None:
    assert tsquery_text([QueryTerm(("a' | 'b\\",))]) == "'a'' | ''b\\\\'"


@pytest.mark.parametrize(
    ("word", "edits"),
    [
        ("", 0),
        ("abcd", 0),
        ("abcde", 1),
        ("abcdefgh", 1),
        ("abcdefghi", 2),
        ("iphone15", 0),
        ("123456789", 0),
        ("東京都庁東京都庁東京", 0),
    ],
)
def test_allowed_edits(word: str, edits: int) -> None:
    assert allowed_edits(word) == edits


@pytest.mark.parametrize(
    ("a", "b", "limit", "distance"),
    [
        ("shirt", "shirt", 0, 0),
        ("shirt", "shrit", 1, 1),
        ("shirt", "short", 1, 1),
        ("shirt", "shirts", 1, 1),
        ("ca", "abc", 3, 3),
        ("ca", "abc", 2, None),
        ("abc", "abcdef", 2, None),
        ("", "ab", 2, 2),
        ("abcdef", "ghijkl", 2, None),
    ],
)
def test_damerau(a: str, b: str, limit: int, distance: int | None) -> None:
    assert damerau(a, b, limit) == distance


def whole_matrix(a: str, b: str) -> int:
    """The textbook recurrence over the full table, without shortcuts."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if i == 0 or j == 0:
                table[i][j] = i + j
                continue
            options = [
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
            ]
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                options.append(table[i - 2][j - 2] + 1)
            table[i][j] = min(options)
    return table[-1][-1]


short_words = st.text(alphabet="abcd", max_size=9)


@given(short_words, short_words, st.integers(0, 4))
def test_damerau_agrees_with_the_whole_matrix(a: str, b: str, limit: int) -> None:
    expected = whole_matrix(a, b)
    assert damerau(a, b, limit) == (expected if expected <= limit else None)
    assert damerau(b, a, limit) == damerau(a, b, limit)


@pytest.mark.parametrize(
    ("language", "config"),
    [
        ("en", "english"),
        ("EN_GB", "english"),
        ("pt-br", "portuguese"),
        ("nb", "norwegian"),
        ("ja", "simple"),
        ("zh-hant-hk", "simple"),
        ("et", "simple"),
        ("", "simple"),
    ],
)
def test_text_config(language: str, config: str) -> None:
    assert text_config(language) == config
