"""How text becomes search words, and how near two words are. Pure; both index and query go through here."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.core.text import unaccent

MAX_QUERY_LENGTH = 256
"""Characters of a query that are looked at."""
MAX_QUERY_TERMS = 16
MAX_WORD_LENGTH = 64
"""A longer word is cut to this, in index and query alike."""

SHORTEST_MEANT = 4
"""Letters of the shortest word that a misspelt one can stand for: one less than the shortest that is corrected."""

# Han, Hiragana, Katakana and Hangul with their marks of iteration and length (Unicode 16 blocks).
_CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3131-\u318e\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U000323af"
)
_CJK_RUN = re.compile(f"([{_CJK}]+)")
_APOSTROPHES = "'’ʼ`´"
# Languages that elide an article before a vowel: what precedes the apostrophe is a word of its own.
_ELIDING = frozenset({"fr", "it", "ca", "oc", "ga"})
# Turkish sets suffixes of names off with an apostrophe.
_SUFFIXING = frozenset({"tr", "az"})

# Snowball configurations that PostgreSQL 15 and later ship (Estonian came with 18).
_TEXT_CONFIGS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


def _base(language: str) -> str:
    return language.lower().replace("_", "-").split("-", 1)[0]


def text_config(language: str) -> str:
    """The built-in PostgreSQL text search configuration for a language code, or `simple`."""
    return _TEXT_CONFIGS.get(_base(language), "simple")


def is_cjk(word: str) -> bool:
    return _CJK_RUN.fullmatch(word) is not None


def has_cjk(text: str) -> bool:
    """Whether there is any Chinese, Japanese or Korean character."""
    return _CJK_RUN.search(text) is not None


def _runs(text: str, language: str) -> Iterator[str]:
    """Words, and runs of Chinese, Japanese or Korean characters, folded and in order."""
    base = _base(language)
    word: list[str] = []
    folded = unaccent(text)
    for piece in _CJK_RUN.split(folded):
        if is_cjk(piece):
            yield piece
            continue
        for character in piece + " ":
            kind = unicodedata.category(character)[0]
            if kind in "LN" or (kind == "M" and word):
                word.append(character)
            elif character in _APOSTROPHES and word and base not in _SUFFIXING:
                if base in _ELIDING:
                    yield from _words("".join(word))
                    word = []
                else:
                    word.append("'")
            elif word:
                yield from _words("".join(word))
                word = []


def _words(word: str) -> Iterator[str]:
    word = word.rstrip("'").removesuffix("'s").replace("'", "")[:MAX_WORD_LENGTH]
    if word:
        yield word


def _bigrams(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]


def tokenize(text: str, language: str) -> list[str]:
    """The words of a text in order, repeats included: folded to lower case without accents.

    A run of Chinese, Japanese or Korean characters becomes its overlapping pairs (a lone one stands for
    itself), so a word is found inside a longer run. Only letters, digits and their marks remain.
    """
    tokens: list[str] = []
    for run in _runs(text, language):
        tokens.extend(_bigrams(run) if is_cjk(run) else [run])
    return tokens


def index_terms(text: str, language: str) -> list[str]:
    """`tokenize`, plus the last character of each run of pairs, so that a query of one character, read
    as a prefix, finds it wherever it stands. This is what a document is indexed by."""
    terms: list[str] = []
    for run in _runs(text, language):
        if is_cjk(run):
            terms.extend(_bigrams(run))
            if len(run) > 1:
                terms.append(run[-1])
        else:
            terms.append(run)
    return terms


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One thing all results must have: `words` side by side. A plain term has one word, a CJK term the
    pairs of its run. `prefix`: the last word may go on. `edits`: typing errors it may hold."""

    words: tuple[str, ...]
    prefix: bool = False
    edits: int = 0


def query_terms(text: str, language: str) -> list[QueryTerm]:
    """What a shopper's query asks for, in order, each term once; empty if it holds no letter or digit.

    The last word is a prefix while it is still being typed (nothing follows it), a lone CJK character
    always. Only the first 256 characters and 16 terms count.
    """
    text = text[:MAX_QUERY_LENGTH]
    unfinished = bool(text) and text == text.rstrip()
    runs = list(_runs(text, language))
    terms: dict[tuple[str, ...], QueryTerm] = {}
    for position, run in enumerate(runs):
        last = position == len(runs) - 1 and unfinished
        if is_cjk(run):
            term = QueryTerm(tuple(_bigrams(run)), prefix=len(run) == 1)
        else:
            term = QueryTerm((run,), prefix=last, edits=allowed_edits(run))
        if term.words not in terms or term.prefix:
            terms[term.words] = term
    return list(terms.values())[:MAX_QUERY_TERMS]


def tsquery_text(terms: Sequence[QueryTerm], alternatives: Mapping[str, Sequence[str]] | None = None) -> str:
    """Text for PostgreSQL's `to_tsquery`: all terms, each word or one of its `alternatives` (words of the
    index it may have meant). Empty for no terms. Nothing a word holds can act as an operator."""
    return " & ".join(_operand(term, alternatives or {}) for term in terms)


def _operand(term: QueryTerm, alternatives: Mapping[str, Sequence[str]]) -> str:
    if len(term.words) > 1:
        return f"({' <-> '.join(map(_quoted, term.words))})"
    word = term.words[0]
    meant = [_quoted(other) for other in alternatives.get(word, ()) if other != word]
    typed = _quoted(word) + (":*" if term.prefix else "")
    return f"({' | '.join([typed, *meant])})" if meant else typed


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def allowed_edits(word: str) -> int:
    """Typing errors forgiven: none below five letters, one from five, two from nine. None in a CJK word,
    nor where there is a digit: another number is another thing."""
    if is_cjk(word) or any(character.isdigit() for character in word):
        return 0
    letters = sum(character.isalpha() for character in word)
    return (letters >= 5) + (letters >= 9)


def near_patterns(word: str) -> list[tuple[str, int, int]]:
    """LIKE patterns, each with the least and greatest length, such that every word within the allowed edits of
    this one fits at least one of them.

    An edit touches one letter or two neighbours. So with a letter between them, one edit cannot reach into both
    the first and the last letters, nor two edits into all of the first, the middle and the last ones. Each piece
    is long enough for trigrams to find it.
    """
    edits, length = allowed_edits(word), len(word)
    if edits == 0:
        return []
    if edits == 1:
        side = (length - 1) // 2
        pieces = [f"{word[:side]}%", f"%{word[-side:]}"]
    else:
        side = (length - 2) // 3
        pieces = [f"{word[:side]}%", f"%{word[side + 1 : -side - 1]}%", f"%{word[-side:]}"]
    return [(piece, max(length - edits, SHORTEST_MEANT), min(length + edits, MAX_WORD_LENGTH)) for piece in pieces]


def least_similarity(word: str) -> float:
    """How similar, as pg_trgm counts, a word within the allowed edits of this one is at least.

    An edit breaks up to four trigrams. The other word has at most one more than it has letters.
    """
    if not word.isalpha():
        return 0.0
    edits, padded = allowed_edits(word), f"  {word} "
    own = len({padded[at : at + 3] for at in range(len(padded) - 2)})
    shared = own - 4 * edits
    return max(0.0, shared / (own + len(word) + edits + 1 - shared) - 0.001)


def damerau(a: str, b: str, limit: int) -> int | None:
    """Edits between two words (insert, delete, replace, swap of neighbours: each one), or None if more
    than `limit`. Optimal string alignment: no stretch is edited twice."""
    if abs(len(a) - len(b)) > limit:
        return None
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    if _missing(a, b) > limit or _missing(b, a) > limit:
        return None
    before: list[int] = []
    previous = list(range(len(b) + 1))
    for i, left in enumerate(a, start=1):
        current = [i]
        for j, right in enumerate(b, start=1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        # A swap reaches back two rows, so one row beyond the limit does not yet decide.
        if min(current) > limit and min(previous) > limit:
            return None
        before, previous = previous, current
    return previous[-1] if previous[-1] <= limit else None


def _missing(a: str, b: str) -> int:
    """How many letters of `a` are not in `b`, wherever they stand: it takes at least so many edits."""
    return sum(max(0, a.count(letter) - b.count(letter)) for letter in set(a))
