"""The news agencies, and the places where a page says that its story came from one.

An agency counts only where a newsroom puts a credit (byline, dateline, tagline) or in a sentence
that says of the story itself that an agency filed it. "Told the Associated Press" is no credit.
"""
# ruff: noqa: RUF001 - pages are set in many scripts and with curly quotes

from __future__ import annotations

import re

from .words import folded, holds_any, late

# Full name, and how it signs: small letters match in any case, capitals and what follows a "=" as
# they stand, because "AP" is an agency and "ap" is not.
_AGENCIES = {
    "Associated Press": "associated press|AP|美联社|AP通信|أسوشيتد برس|ассошиэйтед пресс",
    "Reuters": "thomson reuters|reuters|ロイター|路透社|路透|رويترز|рейтер|로이터",
    "Agence France-Presse": "agence france-presse|AFP|=afp|法新社|فرانس برس|أ ف ب|أ.ف.ب",
    "dpa": "deutsche presse-agentur|deutschen presse-agentur|DPA|=dpa|د ب أ",
    "Xinhua": "xinhua news agency|xinhua|新华社|新華社|شينخوا",
    "United Press International": "united press international|UPI",
    "PA Media": "pa media|press association|PA",
    "The Canadian Press": "canadian press",
    "Australian Associated Press": "australian associated press|AAP",
    "Agencia EFE": "agencia efe|EFE",
    "Europa Press": "europa press",
    "ANSA": "ANSA|Ansa",
    "Adnkronos": "adnkronos",
    "Agência Lusa": "agência lusa|LUSA|Lusa",
    "Agência Brasil": "agência brasil",
    "Austria Presse Agentur": "austria presse agentur|APA|=apa",
    "Keystone-SDA": "keystone-sda|SDA|=sda",
    "epd": "evangelischer pressedienst|=epd",
    "KNA": "katholische nachrichten-agentur|KNA",
    "SID": "sport-informations-dienst|SID",
    "ANP": "ANP",
    "Belga": "belga",
    "NTB": "NTB",
    "TT": "tidningarnas telegrambyrå|TT",
    "Ritzau": "ritzau",
    "STT": "STT",
    "PAP": "polska agencja prasowa|PAP",
    "CTK": "ČTK|CTK",
    "TASS": "tass|тасс",
    "RIA Novosti": "ria novosti|риа новости",
    "Interfax": "interfax|интерфакс",
    "Ukrinform": "ukrinform|укринформ|укрінформ",
    "Anadolu Agency": "anadolu agency|anadolu ajansı|AA|الأناضول",
    "DHA": "demirören haber ajansı|DHA",
    "İHA": "ihlas haber ajansı|İHA",
    "Kyodo News": "kyodo news|kyodo|共同通信社|共同通信|共同",
    "Jiji Press": "jiji press|jiji|時事通信|時事",
    "Yonhap News Agency": "yonhap news agency|yonhap|연합뉴스|聯合ニュース",
    "China News Service": "china news service|中新社|中新网",
    "Central News Agency": "focus taiwan|中央社",
    "Press Trust of India": "press trust of india|PTI",
    "Asian News International": "asian news international|ANI",
    "IANS": "IANS",
    "Antara": "ANTARA",
    "Bernama": "bernama",
    "Saudi Press Agency": "saudi press agency|واس|SPA",
    "Emirates News Agency": "emirates news agency|وام|WAM",
    "Middle East News Agency": "middle east news agency|أ ش أ|MENA",
    "Bloomberg": "bloomberg news|bloomberg",
    "Tribune News Service": "tribune news service|TNS",
    "CNN Newswire": "cnn newswire|cnn wire",
}

_EXACT = {
    alias.lstrip("="): name
    for name, aliases in _AGENCIES.items()
    for alias in aliases.split("|")
    if alias.startswith("=") or alias != alias.casefold()
}
_FOLDED = {
    alias: name
    for name, aliases in _AGENCIES.items()
    for alias in aliases.split("|")
    if not alias.startswith("=") and alias == alias.casefold()
}


def _alternatives(aliases: dict[str, str], *, spaced: bool) -> str:
    """Return an alternation of those *aliases* whose script puts spaces between words, or not."""
    chosen = [alias for alias in aliases if (alias < "\u3000") == spaced]
    return "|".join(re.escape(alias) for alias in sorted(chosen, key=len, reverse=True))


_AGENCY = (
    rf"(?:(?<!\w)(?:(?i:{_alternatives(_FOLDED, spaced=True)})"
    rf"|{_alternatives(_EXACT, spaced=True)})"
    rf"(?!\w)|{_alternatives(_FOLDED, spaced=False)})"
)
_FIRST_AGENCY = re.compile(_AGENCY)
# A sentence says of the story itself that an agency filed it. "The report" may be one that the news
# is about, so only a desk's own verbs count with it; "reported by" is never enough.
_CREDIT_SENTENCE = rf"""(?x)(?i:
      \b(?:this|the)\s+(?:[\w-]+\s+){{0,2}}?(?:story|article|dispatch|piece|item)\b[^.]{{0,60}}?
        \b(?:was|is|were|has\ been)\s+(?:(?:also|first|originally|initially|previously)\s+){{0,2}}
        (?:filed|published|distributed|written|provided|supplied|produced|issued|released|moved
        |transmitted|syndicated)\s+(?:by|through|via)\s+
    | \b(?:this|the)\s+(?:[\w-]+\s+){{0,2}}?(?:report|account|interview|text)\b[^.]{{0,60}}?
        \b(?:was|is|has\ been)\s+(?:(?:also|first|originally|initially|previously)\s+){{0,2}}
        (?:filed|distributed|supplied|moved|transmitted|syndicated)\s+(?:by|through|via)\s+
    | \bthis\s+(?:report|account|interview|text)\b[^.]{{0,60}}?\b(?:was|is|has\ been)\s+
        (?:(?:also|first|originally|initially|previously)\s+){{0,2}}
        (?:published|provided|produced|written|released|issued)\s+(?:by|through|via)\s+
    | ^\W{{0,3}}(?:first\s+|originally\s+)?
        (?:published|provided|distributed|filed|supplied|syndicated)\s+by\s+
    | \bdiese[rs]?\s+(?:artikel|text|bericht|meldung|beitrag|nachricht)\b[^.]{{0,80}}?
        \b(?:von|durch)\s+
    | \b(?:cet\ article|ce\ texte|cette\ dépêche|ce\ reportage)\b[^.]{{0,80}}?\bpar\s+
    | \best[ea]\s+(?:artículo|texto|noticia|despacho|nota|información|reportaje)\b[^.]{{0,60}}?
        (?:publicad|distribuid|difundid|elaborad|emitid)[oa]\b[^.]{{0,40}}?\bpor\s+
    | \best[ea]\s+(?:artigo|texto|notícia|reportagem|matéria)\b[^.]{{0,60}}?
        (?:publicad|distribuíd|produzid)[oa]\b[^.]{{0,40}}?\b(?:por|pel[oa])\s+
    | \bquest[oa]\s+(?:articolo|testo|notizia|servizio)\b[^.]{{0,80}}?\bdal(?:l['’]|la|lo)?\s*
    | \b(?:этот\ )?(?:материал|статья|сообщение|новость)\b[^.]{{0,60}}?
        (?:опубликован|подготовлен|распространен)\w*\b[^.]{{0,30}}?
    )
    (?i:the\s+|der\s+|die\s+|den\s+|la\s+|l['’]|el\s+|nachrichtenagentur\s+|agen(?:ce|cia|zia)\s+
    |news\s+agency\s+|агентством\s+){{0,3}}(?P<agency>{_AGENCY})"""
# Each English form of the sentence holds this, each other one of the words, in a folded text.
_FILED_BY = re.compile(
    r"(?:filed|published|distributed|written|provided|supplied|produced|issued|released|moved"
    r"|transmitted|syndicated)\s+(?:by|through|via)\s"
)
_CREDIT_WORDS = (
    *("diese", "cet article", "ce texte", "cette dépêche", "ce reportage", "publicad"),
    *("distribuid", "distribuíd", "difundid", "elaborad", "emitid", "produzid", "questo", "questa"),
    *("опубликован", "подготовлен", "распространен"),
)
_TURKISH_SENTENCE = (
    rf"(?i:bu\s+(?:haber|metin))[^.]{{0,60}}?(?P<agency>{_AGENCY})[^.]{{0,20}}tarafından"
)
_LAST_WORDS = rf"(?:[(（\[]|\s[-–—]\s?)\s*(?P<agency>{_AGENCY})[^()（）]{{0,12}}[)）\]]?\.?$"
_COPYRIGHT_OWNER = rf"(?i)(?:©|\(c\)|copyright)[^.]{{0,24}}?(?P<agency>{_AGENCY})"
_TAGLINE_WORDS = re.compile(
    r"\b(?:source|sources|quelle|quellen|fuente|fonte|kaynak|источник|المصدر|via|by|the|and|und"
    r"|et|y|with|mit|avec|con|com"
    r"|from|staff|wire|wires|news|writer|writers|report|reports|service|press|agencies|agency"
    r"|agence|agencia|nachrichtenagentur"
    r"|in|[a-z]{2,3})\b|[\W_\d]+",
    re.IGNORECASE,
)
LONGEST_TAGLINE = 60
"""In characters: a line that holds nothing but a credit ("Source: AP, AFP and dpa") is shorter."""


def agency(text: str) -> str | None:
    """Return the full name of the first agency in *text*, which must be a credit."""
    found = _FIRST_AGENCY.search(text)
    return _name(found[0]) if found else None


def tagline(text: str) -> str | None:
    """Return the agency of a line that holds nothing else: "(AP)", "— Reuters", "dpa/jd"."""
    if len(text) > LONGEST_TAGLINE:
        return None
    name = agency(text)
    return name if name and not _TAGLINE_WORDS.sub("", _FIRST_AGENCY.sub("", text)) else None


def credited(paragraph: str, *, last: bool) -> str | None:
    """Return the agency that *paragraph* says the story came from.

    A bracketed or dashed name at the end of a text counts in its *last* paragraph alone.
    """
    found, small = None, folded(paragraph)
    if _FILED_BY.search(small) or holds_any(small, _CREDIT_WORDS):
        found = late(_CREDIT_SENTENCE).search(paragraph)
    if not found and "tarafindan" in small:
        found = late(_TURKISH_SENTENCE).search(paragraph)
    if not found and last:
        found = late(_LAST_WORDS).search(paragraph[-LONGEST_TAGLINE:])
    return _name(found["agency"]) if found else None


def copyright_owner(footer: str) -> str | None:
    """Return the agency that a copyright line names as owner."""
    found = late(_COPYRIGHT_OWNER).search(footer[:LONGEST_TAGLINE])
    return _name(found["agency"]) if found else None


def _name(alias: str) -> str | None:
    return _EXACT.get(alias) or _FOLDED.get(alias.casefold())
