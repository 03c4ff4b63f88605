"""What each line of a captured page is by itself, before its place on the page is looked at."""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal

import msgspec

from .agencies import tagline
from .blocks import Block, ends_sentence, is_prose, sentences, words
from .dates import LONGEST_LINE, Dated, read_dates
from .figures import Figure, read_credit
from .names import Byline, is_paper, read_byline, read_signature
from .noise import LONGEST_NOISE, noise
from .words import AND_WORDS, SECTION_WORDS

Kind = Literal[
    "text", "noise", "teasers", "end", "address", "section", "menu", "edition", "dated", "byline",
    "tagline", "figure",
]  # fmt: skip


class Line(msgspec.Struct, dict=True):
    """A block and what it is by itself; the fields beside *kind* hold what it says."""

    text: str
    group: int
    kind: Kind = "text"
    dated: Dated = Dated((), (), frozenset())
    byline: Byline | None = None
    sections: tuple[str, ...] = ()
    paper: str | None = None
    wire: str | None = None
    figure: Figure | None = None

    @cached_property
    def sentence(self) -> bool:
        """Whether it ends as a sentence does."""
        return ends_sentence(self.text)

    @property
    def prose(self) -> bool:
        """Whether it can be nothing but a paragraph or a long deck."""
        return self.kind == "text" and self._is_prose

    @cached_property
    def _is_prose(self) -> bool:
        return is_prose(self.text)


_MENU_SECTIONS = 3
"""So many sections side by side are a menu; two are a section and its part."""

_SECTION_PARTS = 3
"""Of how many words a section is joined: "Arts, Books and Culture"."""

_ADDRESS = re.compile(
    r"(?:(?:source|url|link|permalink|from|quelle)\s*:\s*)?(?P<url>https?://[^\s<>\"]{4,1000})",
    re.IGNORECASE,
)
_BARE_HOST = re.compile(r"(?:www\.)?[a-z0-9-]{2,40}(?:\.[a-z]{2,12}){1,2}", re.IGNORECASE)
_TRAIL = re.compile(r"\s*[>›»→]\s*|\s+/\s+")
_MENU = re.compile(r"\s*[|·•,]\s*|\s{3,}")
_LONGEST_TRAIL = 6
_STATION_WORDS = 3  # a longer one is the headline itself
_SECTION_LABEL = re.compile(
    r"(?:section|category|ressort|rubrik|rubrique|sección|editoria|sezione|kategori|рубрика"
    r"|القسم)\s*:\s*",
    re.IGNORECASE,
)
_HOME = frozenset(
    {
        "home",
        "homepage",
        "start",
        "startseite",
        "accueil",
        "inicio",
        "início",
        "anasayfa",
        "ana sayfa",
        "главная",
        "الرئيسية",
        "ホーム",
        "トップ",
        "首页",
        "홈",
    }
)
# Each part begins and ends in a word, so that a gap can be read in one way only.
_EDITION = re.compile(
    r"""(?:[\s,;|·•–—-]
    | (?:vol(?:ume)?\.?|band|tomo|année|año|ano|anno|jahrgang|jg\.?|årgang|yıl|год|السنة)
      \s?(?:\d{1,4}\.?|[IVXLCM]{1,8})(?!\w)
    | \d{1,4}\.?\s?(?:jahrgang|årgang|année)\b
    | (?:no|nr|nº|n°|№|núm|num|issue|issue\ no|ausgabe|numéro|número|numero|sayı|العدد|utgave)
      \.?\s?\#?\d[\d.,/]*
    | 第\s?[\d,]+\s?[号期號] | 제?\s?[\d,]+\s?호
    | (?:the\s)?(?:(?:late|early|final|city|morning|evening|international|digital|print|weekend
      |sunday
      |saturday|national|online|first|second|home|metro|us|uk|global|world|regional)\s)?(?:city\s)?
      (?:edition|ausgabe|édition|edición|edição|edizione|baskı)\b
      (?:\s(?:nationale|internationale|du\ matin|nacional|internacional))?
    | (?:(?:price|preis|prix|precio|preço|prezzo|fiyat):?\s)?
      (?:[$€£¥₺₹]\s?\d{1,4}(?:[.,]\d\d)?|\d{1,4}(?:[.,]\d\d)?\s?(?:€|(?:eur|euros?|kr|tl|cents?
        |p)\b))
    | -?\d{1,3}\s?[°º˚](?:\s?[cf]\b)?
    | (?:weather|wetter|météo|tiempo|high|low|hi|lo|humidity)\b:?(?:\s?\d{1,3})?
    | (?:(?:mostly|partly|light|heavy|scattered)\s)?(?:sunny|cloudy|clouds|rain|rainy|overcast
      |clear|snow
      |showers|windy|fog|storms|sonnig|bewölkt|regen|ensoleillé|nuageux|soleado|nublado|sereno)\b
    | today['’]?s\ paper | e-?paper
    ){1,24}""",
    re.IGNORECASE | re.VERBOSE,
)
_SLOGAN = re.compile(
    r"""(?:est(?:ablished)?\.?(?:\ in)?|since|founded(?:\ in)?|seit|gegründet|depuis|fondé\ en|desde
      |fundado\ en|dal|siden|sedan|с)\s(?:1[6-9]|20)\d\d\.?
    | (?:proudly|serving|informing|independent|trusted|fearless|your|the\ voice\ of|voice\ of
      |published|journalism
      |local\ news|unabhängig\w*|überparteilich\w*|indépendant|independiente)\b.{0,60}?\b
      (?:(?:since|seit|depuis|desde|in)\ (?:1[6-9]|20)\d\d|newspaper|journalism
        |source\ for\b.{3,40}|zeitung|quotidien)\W?
    | all\ the\ news\ that.{3,40}""",
    re.IGNORECASE | re.VERBOSE,
)
_SPACES = re.compile(r"[\s_]+")


def classify(block: Block) -> Line:
    """Return *block* with what it is, judged by its own words alone."""
    line = Line(block.text, block.group)
    if len(line.text) <= LONGEST_NOISE:
        line.kind = _furniture(line) or _statement(line) or "text"
    elif (figure := read_credit(line.text)) is not None:
        line.kind, line.figure = "figure", figure
    return line


def _furniture(line: Line) -> Kind | None:
    """Return the kind of a line that says nothing of the story, or its section."""
    text = line.text
    line.sections = section_names(text)
    if line.sections:
        listed = len(line.sections) >= _MENU_SECTIONS and not _TRAIL.search(text)
        return "menu" if listed else "section"
    reach = noise(text)
    if reach:
        return "noise" if reach == "line" else reach
    if _ADDRESS.fullmatch(text) or _BARE_HOST.fullmatch(text):
        return "address"
    return "edition" if _EDITION.fullmatch(text) else None


def _statement(line: Line) -> Kind | None:
    """Return the kind of a line that states when, by whom or of what picture, and fill it in."""
    text = line.text
    if _read_dated(line):
        return "dated" if line.dated.moments else "noise"  # it held a reading time alone
    line.wire = tagline(text)
    if line.wire:
        return "tagline"
    line.byline = read_byline(text)
    if line.byline is None:
        line.figure = read_credit(text)
        if line.figure:
            return "figure"
        line.byline = read_signature(text)
    return "byline" if line.byline else None


def address(text: str) -> str | None:
    """Return the web address that *text* consists of, or None."""
    match = _ADDRESS.fullmatch(text)
    return match["url"] if match else None


def is_slogan(text: str) -> bool:
    """Say whether *text* is what a paper says of itself beneath its name."""
    return len(text) <= LONGEST_LINE and bool(_SLOGAN.fullmatch(text.strip("\"'“”«»")))


def is_page_date(line: Line) -> bool:
    """Say whether *line* holds a day and neither section nor name, as under a masthead."""
    if line.kind != "dated" or line.sections or line.byline:
        return False
    if any(piece not in line.dated.glued for piece in line.dated.pieces):
        return False  # a section whose name is in no table
    return any(not (moment.role or moment.relative) for moment in line.dated.moments)


def section_names(text: str) -> tuple[str, ...]:
    """Return the sections that *text* consists of: "World", "Home > World > Asia", or none."""
    text = (_SECTION_LABEL.sub("", text, count=1) if ":" in text else text).strip(" :[]")
    if not text or len(text) > LONGEST_LINE:
        return ()
    trail = _TRAIL.split(text)
    parts = trail if len(trail) > 1 else _MENU.split(text)
    parts = [part for part in parts if part and part.casefold() not in _HOME]
    if parts and 1 < len(trail) <= _LONGEST_TRAIL and trail[0].casefold() in _HOME:
        # From home on it can only be the way here, whatever its stations are called.
        return tuple(part for part in parts if len(part.split()) <= _STATION_WORDS)
    if parts and all(_is_section(part) for part in parts):
        return tuple(parts)
    single = text.split()
    if len(single) >= _MENU_SECTIONS and all(
        _is_section(word) or word.casefold() in _HOME for word in single
    ):
        return tuple(single)
    return ()


def _is_section(text: str) -> bool:
    folded = _SPACES.sub(" ", text.casefold().strip(" .,"))
    if folded in SECTION_WORDS:
        return True
    parts = [word for word in re.split(r"[\s/&+,-]+", folded) if word and word not in AND_WORDS]
    return 1 < len(parts) <= _SECTION_PARTS and all(part in SECTION_WORDS for part in parts)


def _read_dated(line: Line) -> bool:
    """Fill *line* from a line of dates with section, byline or masthead beside them."""
    dated = read_dates(line.text)
    if not dated.moments:
        return not dated.pieces
    unknown: list[str] = []
    for piece in dated.pieces:
        names = section_names(piece)
        byline = None if names else read_byline(piece) or read_signature(piece, dated=True)
        if names:
            line.sections += names
        elif byline:
            line.byline = byline
        elif _EDITION.fullmatch(piece) or noise(piece):
            continue
        elif is_paper(piece):
            line.paper = line.paper or piece
        elif name := tagline(piece):
            line.wire = name
        elif words(piece) > (2 if piece in dated.glued else 5) or sentences(piece):
            return _undo(line)
        else:
            unknown.append(piece)
    line.dated = Dated(dated.moments, tuple(unknown), dated.glued)
    return True


def _undo(line: Line) -> bool:
    line.sections, line.byline, line.paper, line.wire = (), None, None, None
    return False
