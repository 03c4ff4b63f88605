"""Figures on a captured page: the words that stand where a picture stood.

What is left of a picture is its alternative text, its caption and its credit, each perhaps missing,
in that order. The credit is what gives a figure away; the lines before it are read backwards.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re

import msgspec

from .words import folded, holds_any


class Figure(msgspec.Struct, frozen=True):
    """What one line says of a picture. *quoted* marks a line that stood in quotation marks."""

    alt: str = ""
    caption: str = ""
    credit: str = ""
    quoted: bool = False


LONGEST_CAPTION = 420
"""In characters: agency captions, the longest there are, end near 400."""

LONGEST_CREDIT = 120
"""In characters: "Photo courtesy of the Museum of ..., handout via the Associated Press"."""

_PHOTO = (
    r"(?:photograph(?:y|s|er)?|photos?|pictures?|images?|illustrations?|graphics?|credits?"
    r"|video|file\ photo|handout|courtesy"
    r"|fotos?|bild(?:er|nachweis|quelle)?|grafik|archivfoto|symbolbild|symbolfoto|crédits?"
    r"|illustration"
    r"|crédito|fotografías?|imagen|imagem|fotografia|fotógrafo|immagine|beeld|fotograf|fotoğraf"
    r"|фото|снимок|صورة|تصوير|写真|撮影|提供|图|图片|摄影|사진)"
)
_BANK = (
    r"(?:reuters|ap|afp|epa|epa-efe|efe|dpa|getty(?:\ images)?|shutterstock|alamy"
    r"|istock(?:photo)?|unsplash|pexels|bloomberg|pool|handout"
    r"|picture[\ -]alliance|imago|xinhua|tass|anadolu|aa|pa(?:\ wire|\ media)?"
    r"|press\ association|zuma(?:\ press)?|nurphoto|sipa|keystone|ansa|lusa|kyodo(?:\ news)?"
    r"|ntb|scanpix|belga|anp|associated\ press|agence\ france-presse|magnum|corbis"
    r"|wikimedia(?:\ commons)?|nasa|esa|kcna|yonhap|via\ [\w\ ]{2,30}|file|archive)"
)
_PERSON = r"[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){0,4}"
_MAKER = r"(?-i:[A-ZÀ-ÞА-Я][\w.'’-]*(?:\s[A-ZÀ-ÞА-Я][\w.'’-]*){0,3})"
# The credit alone: a label, an agency's form, or a picture bank's name.
_CREDIT = re.compile(
    rf"""[(\[]?\s*(?:
      {_PHOTO}(?:\s*(?:credit|source|caption))?\s*(?:[:：©|/／]|\ by\ |\ courtesy\b|\ via\ |\ von\
        |\ de\ |\ di\ ).{{1,100}}
    | (?:ap|afp|reuters|epa|file|pool|handout)\s+(?:photo|image|picture)s?\b.{{0,100}}
    | (?:©|\(c\))\s*{_PERSON}(?:\s*/\s*{_PERSON}){{0,3}}
    | (?:courtesy|handout|file\ photo|photo\ illustration)\b.{{0,100}}
    | {_PERSON}\s?(?:/|\bfor\b|\bvia\b)\s?(?:[^/|]{{1,50}}/\s?)?{_BANK}
    | {_MAKER}/{_MAKER}(?:/{_MAKER})?
    | {_BANK}\s?/\s?{_PERSON}(?:\s?/\s?{_PERSON})?
    | (?:getty\ images|shutterstock|alamy(?:\ stock\ photo)?|picture\ alliance|imago\ images
      |wikimedia\ commons|istock|archivfoto|symbolbild|symbolfoto|file\ photo)
    )\s*[)\]]?\.?""",
    re.IGNORECASE | re.VERBOSE,
)
# Caption and credit in one phrase: "Photo released by KCNA, via ABC News".
_CREDIT_PHRASE = re.compile(
    rf"(?:(?:this|an?|the|undated|handout|file|still"
    rf"|screen)\s+){{0,3}}{_PHOTO}\b[^.!?]{{0,60}}?\b(?:released|provided|supplied|distributed"
    rf"|taken|made\s+available|obtained|shared|posted"
    r"|zur\s+verfügung|fournie?|facilitad[ao]|difundida|cedida|divulgada|fornita"
    r"|diffusa)\b[^.!?]{0,100}",
    re.IGNORECASE,
)
# A credit behind its caption, on the same line.
_TRAILING = re.compile(
    rf"""(?P<caption>.{{12,}}?[.!?…。]?["”’»]?)\s*(?P<credit>
      [(\[]\s*(?:[^()\[\]]{{0,40}}(?<!\w)(?:{_PHOTO})(?!\w)[^()\[\]]{{1,80}}
        |[^()\[\]/|]{{2,50}}\s?[/|]\s?[^()\[\]]{{2,60}}|file(?:\ photo)?|archiv)\s*[)\]]
    | (?<=[.!?…。"”’»\s]){_PHOTO}(?:\s(?:credit|by))?\s?[:：]\s?.{{2,80}}
    | (?<=[.!?…。"”’»])\s+{_PHOTO}\s(?:by|courtesy)\s.{{2,80}}
    | (?<=[.!?…。"”’»])\s*[|–—-]?\s*(?:©\s?)?{_PERSON}\s?[/|]\s?{_PERSON}(?:\s?[/|]\s?{_PERSON})?
    | (?<=[.!?…。"”’»])\s*[|–—-]?\s*(?:©\s?.{{2,60}}|getty\ images|shutterstock|alamy)
    )\.?""",
    re.IGNORECASE | re.VERBOSE,
)
_PHOTO_BY = re.compile(
    rf"(?<=[.!?…。\"”’»])\s+{_PHOTO}\s(?:by|courtesy)\s", re.IGNORECASE | re.VERBOSE
)
# "Photo: Parents fill the hall. | Credit: Lena Ortiz": caption and credit behind one label.
_SPOKEN = re.compile(
    rf"""{_PHOTO}\s*[:：]\s*(?P<caption>.{{8,300}}?)\s*(?:
      [|/–—-]\s*{_PHOTO}\s*[:：]\s*(?P<credit>.{{2,80}})
    | [(（]\s*(?P<inside>[^()（）]{{2,60}})\s*[)）]
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_SPOKEN_WORDS = 5  # fewer are the maker's name, with his agency in brackets
_SPOKEN_IDEOGRAPHS = 8
# What screen readers are told: "Image source, Reuters" (BBC), "[Image: a pier at dawn]".
_LABELLED = re.compile(
    r"(?P<open>\[)?\s*(?P<what>(?:image|photo|picture|figure|foto|bild|imagen|imagem|img"
    r"|alt)(?:\s(?P<kind>source|caption|credit|alt|description"
    r"|text))?)\s*[:,]\s*(?P<text>[^\]]{2,400})\]?",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:caption|bildunterschrift|légende|pie\ de\ foto|legenda|didascalia|bildtext|подпись"
    r"|写真説明)\s*:\s*(?P<text>.{2,400})",
    re.IGNORECASE | re.VERBOSE,
)
# AP's captions say of themselves what they are: "FILE - ", "This photo provided by ... shows".
_CAPTION_OPENING = re.compile(
    r"(?:FILE(?:\s+PHOTO)?\s*[-–—:]\s|(?:In\s+)?(?:[Tt]his|An?"
    r"|Undated)\s+(?:[\w,.]+\s+){0,6}?(?:photo|image|picture|frame\s+grab|screenshot)(?:graph)?\b"
    r"[^.]{0,120}?(?:\b(?:shows?|released|provided|taken|made\s+available)\b|,))"
)
_NAMES_A_PHOTO = re.compile(rf"(?<!\w){_PHOTO}(?!\w)|/\s?{_BANK}(?!\w)|©", re.IGNORECASE)
_A_PHOTO = re.compile(_PHOTO, re.IGNORECASE)
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_MAKERS = re.compile(
    r"(?:[A-ZÀ-ÞА-Я][\w.'’-]*\s?){1,5}(?:\s?[/|]\s?(?:[A-ZÀ-ÞА-Я][\w.'’-]*\s?){1,5}){1,3}"
)
_QUOTED = re.compile(r"[\"“„«「](?P<text>[^\"“”„«»「」]{3,400})[\"”“»」]")


def read_credit(text: str) -> Figure | None:  # noqa: PLR0911 - one form of a credit after the other
    """Return what *text*, one line, says of a picture, or None where it holds no credit."""
    if len(text) > LONGEST_CAPTION:
        return None
    quoted = _QUOTED.fullmatch(text)
    inner = quoted["text"].strip() if quoted else text
    labelled = _labelled(inner)
    if labelled:
        return labelled
    spoken = _SPOKEN.fullmatch(inner)
    if spoken and _says_more_than_a_name(spoken):
        credit = spoken["credit"] or spoken["inside"]
        return Figure(caption=spoken["caption"].strip(), credit=credit.strip(), quoted=bool(quoted))
    if len(inner) <= LONGEST_CREDIT:
        if _CREDIT_PHRASE.fullmatch(inner):
            return Figure(caption=inner, credit=inner, quoted=bool(quoted))
        if _CREDIT.fullmatch(inner):
            return Figure(credit=_bare(inner), quoted=bool(quoted))
    trailing = _TRAILING.fullmatch(inner) if _may_trail_a_credit(inner) else None
    if trailing and _is_credit(trailing["credit"]):
        caption = trailing["caption"].strip(" |–—-")
        return Figure(caption=caption, credit=_bare(trailing["credit"]), quoted=bool(quoted))
    return Figure(caption=inner) if _CAPTION_OPENING.match(inner) else None


def quoted_line(text: str) -> str | None:
    """Return what stands between the quotation marks of a line that is wholly quoted."""
    match = _QUOTED.fullmatch(text) if len(text) <= LONGEST_CAPTION else None
    return match["text"].strip() if match else None


def _labelled(text: str) -> Figure | None:
    caption = _CAPTION.fullmatch(text)
    if caption:
        return Figure(caption=caption["text"])
    match = _LABELLED.fullmatch(text)
    if not match:
        return None
    said = match["text"].strip()
    kind = (match["kind"] or "").casefold()
    if kind in {"source", "credit"}:
        return Figure(credit=said if "," in text[: len(match["what"]) + 1] else text)
    if kind == "caption":
        return Figure(caption=said)
    if (
        kind
        or match["what"].casefold() in {"img", "alt"}
        or (match["open"] and not _CREDIT.fullmatch(said))
    ):
        return Figure(alt=said)
    return None


def _says_more_than_a_name(spoken: re.Match[str]) -> bool:
    """Say whether a labelled line has a caption before its credit, and what ends it is a credit."""
    caption, inside = spoken["caption"], spoken["inside"]
    ideographs = not caption.isascii() and len(_IDEOGRAPHS.findall(caption)) >= _SPOKEN_IDEOGRAPHS
    long_enough = ideographs or len(caption.split()) >= _SPOKEN_WORDS
    return long_enough and (inside is None or bool(_A_PHOTO.search(inside) or "/" in inside))


def _may_trail_a_credit(text: str) -> bool:
    """Say whether it is worth looking: each form of a trailing credit has one of these marks."""
    if text.endswith((")", "]", ").", "].")) or holds_any(text, ":：/|©"):
        return True
    small = folded(text)
    return holds_any(small, ("getty images", "shutterstock", "alamy")) or (
        holds_any(small, ("by", "courtesy")) and bool(_PHOTO_BY.search(text))
    )


def _is_credit(text: str) -> bool:
    """Say whether a trailing phrase names a picture's maker, and is no aside of the writer's."""
    return bool(
        _CREDIT.fullmatch(text.strip(" |–—-"))
        or _NAMES_A_PHOTO.search(text)
        or _MAKERS.fullmatch(text.strip(" |–—-()[]."))
    )


def _bare(credit: str) -> str:
    """Return *credit* as it stands, without the brackets and dashes around it."""
    return credit.strip(" |–—-").removesuffix(".").strip("()[] ")
