"""Languages the API speaks: the 779 values of Saleor's `LanguageCodeEnum`.

They are the locale identifiers of CLDR 37, the release Saleor's list froze, less world regions and
computer variants. `data/languages.txt` is that list; to make it again, from the project's folder:

    uv run --no-project --with babel==2.9.1 python -W ignore engine/core/reference/languages.py

Display names come from whichever CLDR the installed babel carries.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from babel.core import Locale, UnknownLocaleError

_NOT_OFFERED = frozenset(
    ["ar_001", "en_001", "en_150", "en_US_POSIX", "eo_001", "es_419", "ia_001", "prg_001", "vo_001", "yi_001"]
)


def _load() -> dict[str, str]:
    text = files("engine.core.reference").joinpath("data", "languages.txt").read_text(encoding="utf-8")
    return {code.upper().replace("-", "_"): code for code in text.split()}


def _regenerate() -> None:
    from babel.localedata import locale_identifiers

    codes = sorted(set(locale_identifiers()) - _NOT_OFFERED)
    path = Path(__file__).parent / "data" / "languages.txt"
    path.write_text("".join(f"{code.lower().replace('_', '-')}\n" for code in codes), encoding="utf-8")


if __name__ == "__main__":
    _regenerate()
else:
    LANGUAGES: Mapping[str, str] = MappingProxyType(_load())
    """Enum name to language code: `PT_BR` to `pt-br`."""


@lru_cache(maxsize=4096)
def language_name(code: str, in_language: str = "en") -> str:
    """What the language is called in another one: `language_name("pt-br", "de")`. English where CLDR
    has no name in that language. Raises `KeyError` for a code not among the values of `LANGUAGES`."""
    if code.upper().replace("-", "_") not in LANGUAGES:
        raise KeyError(code)
    locale = Locale.parse(code, sep="-")
    try:
        name = locale.get_display_name(Locale.parse(in_language, sep="-"))
    except (UnknownLocaleError, ValueError):
        name = None
    return str(name or locale.english_name)
