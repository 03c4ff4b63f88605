# ruff: noqa: SIM905, a list of codes reads better as words
"""The language of an article: as declared, in BCP 47's spelling, else by its script or its words.

A wrong language is worse than none: screen readers would speak the text with it. So detection
answers only when it is sure, and never on a handful of words.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy comes with it: 0.1 s, for those who need it
    from py3langid.langid import LanguageIdentifier

SAMPLE_CHARACTERS = 400
"""How much of a text is looked at: detection takes 0.3 us a character, and 60 words are enough."""

FEWEST_LETTERS = 40
"""In alphabets; a script that belongs to one language is sure with fewer."""

_FEWEST_OF_OWN_SCRIPT = 8
_CONFIDENCE = 0.5  # of 1, over some 100 languages; on 60 words of news it is above 0.9

# ISO 639-1, which BCP 47 demands where it has a code (RFC 5646, 2.2.1).
_ISO_639_1 = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da "
    "de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy "
    "hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg "
    "li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or "
    "os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta "
    "te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
_SHORTER = {  # ISO 639-2 to 639-1, withdrawn codes, and languages by their names
    **dict.fromkeys(("eng", "english"), "en"),
    **dict.fromkeys(("ger", "deu", "german", "deutsch"), "de"),
    **dict.fromkeys(("fre", "fra", "french", "français", "francais"), "fr"),
    **dict.fromkeys(("spa", "spanish", "español", "espanol", "castellano"), "es"),
    **dict.fromkeys(("por", "portuguese", "português", "portugues"), "pt"),
    **dict.fromkeys(("ita", "italian", "italiano"), "it"),
    **dict.fromkeys(("dut", "nld", "dutch", "nederlands"), "nl"),
    **dict.fromkeys(("dan", "danish", "dansk"), "da"),
    **dict.fromkeys(("swe", "swedish", "svenska"), "sv"),
    **dict.fromkeys(("nor", "norwegian", "norsk"), "no"),
    **dict.fromkeys(("nob", "bokmål"), "nb"),
    **dict.fromkeys(("fin", "finnish", "suomi"), "fi"),
    **dict.fromkeys(("pol", "polish", "polski"), "pl"),
    **dict.fromkeys(("cze", "ces", "czech", "čeština"), "cs"),
    **dict.fromkeys(("hun", "hungarian", "magyar"), "hu"),
    **dict.fromkeys(("rum", "ron", "romanian", "română"), "ro"),
    **dict.fromkeys(("gre", "ell", "greek", "ελληνικά"), "el"),
    **dict.fromkeys(("tur", "turkish", "türkçe"), "tr"),
    **dict.fromkeys(("rus", "russian", "русский"), "ru"),
    **dict.fromkeys(("ukr", "ukrainian", "українська"), "uk"),
    **dict.fromkeys(("ara", "arabic", "العربية"), "ar"),
    **dict.fromkeys(("heb", "hebrew", "עברית", "iw"), "he"),
    **dict.fromkeys(("per", "fas", "persian", "farsi", "فارسی"), "fa"),
    **dict.fromkeys(("hin", "hindi", "हिन्दी"), "hi"),
    **dict.fromkeys(("jpn", "japanese", "日本語"), "ja"),
    **dict.fromkeys(("chi", "zho", "chinese", "中文"), "zh"),
    **dict.fromkeys(("kor", "korean", "한국어"), "ko"),
    **dict.fromkeys(("ind", "indonesian", "in"), "id"),
    **dict.fromkeys(("vie", "vietnamese", "tiếng việt"), "vi"),
    **dict.fromkeys(("cat", "catalan", "català"), "ca"),
}
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})  # ISO 639-2: unknown, several, none

# RFC 5646, 2.1: language, script, region, variants; extensions and private use say nothing here.
_TAG = re.compile(
    r"([a-z]{2,3})(?:-[a-z]{3}(?![a-z0-9]))?(?:-([a-z]{4})(?![a-z0-9]))?(?:-([a-z]{2}|\d{3})(?![a-z0-9]))?"
    r"((?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*)(?:-[a-z0-9]-.*)?",
    re.ASCII,
)
_LONGEST_TAG = 60

_NO_LETTERS = re.compile(r"[\W\d_]+")
# Scripts that news uses for one language only. Han stands with Kana: Japanese mixes the two.
_OWN_SCRIPTS = tuple(
    (code, re.compile(f"[{letters}]"))
    for code, letters in (
        ("ja", "\u3041-\u30ff"), ("ko", "\uac00-\ud7a3"), ("el", "\u0370-\u03ff\u1f00-\u1fff"),
        ("he", "\u05d0-\u05ea"), ("th", "\u0e01-\u0e4e"), ("ka", "\u10a0-\u10ff"),
        ("hy", "\u0530-\u058f"), ("ta", "\u0b80-\u0bff"), ("te", "\u0c00-\u0c7f"),
        ("kn", "\u0c80-\u0cff"), ("ml", "\u0d00-\u0d7f"), ("gu", "\u0a80-\u0aff"),
        ("pa", "\u0a00-\u0a7f"), ("si", "\u0d80-\u0dff"), ("km", "\u1780-\u17ff"),
        ("lo", "\u0e80-\u0eff"), ("my", "\u1000-\u109f"), ("am", "\u1200-\u137f"),
    )
)  # fmt: skip
_HAN = re.compile("[\u4e00-\u9fff]")
_BEYOND_LATIN = re.compile("[\u0370-\ud7ff]")
_SHARE_OF_OWN_SCRIPT = 0.3  # the rest are names, numbers' units and, in Japanese, Han


def tag(declared: str | None) -> str | None:
    """Return *declared* in BCP 47's spelling ("en_US" is "en-US"), None if it names no language."""
    return _tag(declared) if declared and len(declared) <= _LONGEST_TAG else None


@lru_cache(maxsize=256)  # a source says the same of each of its articles
def _tag(declared: str) -> str | None:
    written = declared.strip().lower().partition(",")[0].partition(".")[0].replace("_", "-").strip()
    if written in _SHORTER:
        return _SHORTER[written]
    found = _TAG.fullmatch(written)
    if not found or found[1] in _NO_LANGUAGE:
        return None
    language, script, region, variants = found.groups()
    language = _SHORTER.get(language, language)
    if len(language) == 2 and language not in _ISO_639_1:  # noqa: PLR2004, ISO 639-1 has two letters
        return None
    # RFC 5646, 2.1.1: how each part is written by convention.
    parts = [language, script.title() if script else "", region.upper() if region else ""]
    return "-".join(part for part in parts if part) + variants


def detect(text: str) -> str | None:
    """Return the language that *text* is written in, None unless it is sure."""
    sample = text[:SAMPLE_CHARACTERS]
    letters = len(_NO_LETTERS.sub("", sample))
    if not sample.isascii() and _BEYOND_LATIN.search(sample):
        for code, script in _OWN_SCRIPTS:
            found = len(script.findall(sample))
            if found >= _FEWEST_OF_OWN_SCRIPT and found >= letters * _SHARE_OF_OWN_SCRIPT:
                return code
        # One Han letter says what takes an alphabet three.
        letters += 2 * len(_HAN.findall(sample))
    if letters < FEWEST_LETTERS:
        return None
    code, confidence = _identifier().classify(sample)
    return code if confidence >= _CONFIDENCE and code not in _NO_LANGUAGE else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415, as above

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Its rarest languages, all with codes of three letters, win on names and numbers only.
    identifier.set_languages([code for code in identifier.labels if code in _ISO_639_1 | {"zxx"}])
    # That leaves the table lying by columns, and rows are read: half the time of a detection.
    identifier.nb_ptc = identifier.nb_ptc.copy(order="C")
    return identifier
