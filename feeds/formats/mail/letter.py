"""The text of a plain mail: paragraphs without signature, quoted replies and the list's footer."""

from __future__ import annotations

import re
from html import escape

import msgspec

from ..captured.blocks import blocks_of, same

_SIGNATURE = re.compile(r"^--[ \t]?$")  # RFC 3676, 4.3; many mailers eat the blank
_RULE = re.compile(r"^\s*(?:_{5,}|-{5,}|={5,}|\*{5,})\s*$")
_SIGNATURE_LINES = 25
_QUOTE = re.compile(r"^\s{0,1}>")
_ATTRIBUTION = re.compile(
    r"^(?:on\b.{5,200}\bwrote|am\b.{5,200}\bschrieb\b.{0,100}|le\b.{5,200}\ba\s+[ée]crit|el\b.{5,200}\bescribi[óo]"
    r"|il\b.{5,200}\bha\s+scritto|op\b.{5,200}\bschreef\b.{0,100}|.{3,100}\bwrote|in\s+article\b.{5,200})\s*:\s*$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"^\s*-{2,}\s*(?:original|urspr[üu]ngliche|message\s+d.origine|mensaje\s+original|messaggio\s+originale).{0,40}-{2,}\s*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^\s*(?:-{2,}\s*(?:forwarded\s+(?:message|by)|weitergeleitete|message\s+transf[ée]r[ée]|mensaje\s+reenviado).{0,60}|begin\s+forwarded\s+message:?)\s*-*\s*$",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^\**(from|von|de|date|datum|sent|gesendet|subject|betreff|objet|asunto|to|an|cc|reply-to)\**\s*:\**\s*(.*)$",
    re.IGNORECASE,
)
_FIELDS = {
    **dict.fromkeys(("from", "von", "de"), "from"),
    **dict.fromkeys(("date", "datum", "sent", "gesendet"), "date"),
    **dict.fromkeys(("subject", "betreff", "objet", "asunto"), "subject"),
}
_COVER_WORDS = 40
FOOTER = re.compile(
    r"\b(?:unsubscribe|opt[\s-]?out|manage\s+(?:your\s+)?(?:subscription|preferences)|update\s+(?:your\s+)?(?:subscription|preferences|profile)"
    r"|you(?:'re|\s+are)?\s+(?:receiv\w+|get(?:ting)?)\s+this\s+(?:e-?mail|message|newsletter|because)|you\s+(?:have\s+)?received\s+this"
    r"|(?:e-?mail|message)\s+was\s+sent\s+to|mailing\s+list\s*$|abmelden|abbestellen|newsletter\s+abbestell|se\s+d[ée]sabonner|d[ée]sinscri\w+"
    r"|cancelar\s+(?:la\s+)?suscripci[óo]n|darse\s+de\s+baja|annulla\s+l.iscrizione|uitschrijven|avregistrera|listinfo)\b",
    re.IGNORECASE,
)
"""What a list says of itself under a mail, in text or HTML: how to leave it, why one is on it."""

_LONGEST_FOOTER = 600  # characters
_BROWSER = re.compile(
    r"(?:view|read|open|see)\s+(?:this\s+|it\s+|the\s+)?(?:e-?mail\s+|message\s+|newsletter\s+|story\s+|article\s+)?(?:in\s+(?:your|a|the)\s+browser|online|on\s+the\s+web)"
    r"|im\s+browser\s+(?:ansehen|anzeigen|[öo]ffnen)|online(?:version|-version)|voir\s+(?:en\s+ligne|dans\s+le\s+navigateur)|ver\s+en\s+(?:el\s+)?navegador",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s<>\"]{4,1000}")
_LONE_URL = re.compile(r"<?(https?://[^\s<>\"]{4,1000})>?")
_ITEM = re.compile(r"[-*•]\s+(?=\S)")


class Letter(msgspec.Struct):
    """The story in a text: its HTML, its own address, and what a forwarded head says."""

    html: str = ""
    first: str = ""
    link: str | None = None
    fields: dict[str, str] = {}


def browser_link(words: str) -> bool:
    """Tell whether *words* offer the mail as a page of its own."""
    return bool(_BROWSER.search(words)) and len(words) <= 200  # noqa: PLR2004  # a line of a head


def unflowed(text: str, *, delsp: bool) -> str:
    """Return format=flowed *text* with a line a paragraph (RFC 3676, 4.1 and 4.2)."""
    out: list[str] = []
    open_ = False
    for written in text.split("\n"):
        line = written.removeprefix(" ") if written.startswith(" ") else written  # stuffed
        soft = line.endswith(" ") and line != "-- "
        kept = line[:-1] if soft and delsp else line
        if open_ and out and not line.startswith(">") and line != "-- ":
            out[-1] += kept
        else:
            out.append(kept)
        open_ = soft and not line.startswith(">")
    return "\n".join(out)


def story(text: str, title: str) -> Letter:
    """Return the story in *text*, whose lines end with U+000A; *title* is not said twice."""
    letter = Letter()
    lines = _forwarded(text.split("\n"), letter)
    lines = _unquoted(_unsigned(lines))
    kept = "\n".join(lines).replace("\u200c", "").replace("\u034f", "")
    texts = [block.text for block in blocks_of(kept)]
    texts = [one for one in texts if not _RULE.fullmatch(one)]
    texts = _without_footer(texts)
    while texts and (browser_link(texts[0]) or _LONE_URL.fullmatch(texts[0])):
        found = _URL.search(texts.pop(0))
        if not found and texts and _LONE_URL.fullmatch(texts[0]):
            found = _URL.search(texts.pop(0))
        letter.link = letter.link or (found[0] if found else None)
    if texts and title and same(texts[0], title):
        texts.pop(0)
    if len(texts) > 1 and (lone := _LONE_URL.fullmatch(texts[-1])):
        letter.link = letter.link or lone[1]
        texts.pop()
    letter.first = texts[0] if texts else ""
    letter.html = "\n".join(_html(texts))
    return letter


def _html(texts: list[str]) -> list[str]:
    out: list[str] = []
    for text in texts:
        inner = _linked(_ITEM.sub("", text, count=1) if _ITEM.match(text) else text)
        if not _ITEM.match(text):
            out.append(f"<p>{inner}</p>")
        elif out and out[-1].endswith("</ul>"):
            out[-1] = f"{out[-1].removesuffix('</ul>')}<li>{inner}</li></ul>"
        else:
            out.append(f"<ul><li>{inner}</li></ul>")
    return out


def _linked(text: str) -> str:
    """Return *text* as HTML; addresses, which stand in angle brackets or bare, become links."""
    parts: list[str] = []
    end = 0
    for found in _URL.finditer(text):
        address = found[0].rstrip(".,;:!?)]'")
        parts.append(escape(text[end : found.start()], quote=False))
        href = escape(address)
        parts.append(f'<a href="{href}">{href}</a>')
        end = found.start() + len(address)
    return "".join([*parts, escape(text[end:], quote=False)])


def _unsigned(lines: list[str]) -> list[str]:
    """Return the lines above the signature: "--" on its own, and few lines beneath it."""
    below, cut = 0, len(lines)
    for number in range(len(lines) - 1, -1, -1):
        if _SIGNATURE.match(lines[number]):
            cut = number
        elif lines[number].strip():
            below += 1
            if below > _SIGNATURE_LINES:
                break
    kept = lines[:cut]
    return kept if any(line.strip() for line in kept) else lines


def _unquoted(lines: list[str]) -> list[str]:
    """Return the lines without what a reply quotes; a mail that is all quotation keeps it."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _ORIGINAL.match(line) and any(one.strip() for one in kept):
            break
        below = next((one for one in lines[number + 1 : number + 4] if one.strip()), "")
        if _QUOTE.match(line) or (
            _QUOTE.match(below) and _ATTRIBUTION.match(_paragraph(lines, number))
        ):
            continue
        kept.append(line)
    if any(one.strip() for one in kept):
        return kept
    return [_QUOTE.sub("", line, count=1) for line in lines]


def _paragraph(lines: list[str], number: int) -> str:
    """Return line *number* with the one that it is wrapped onto."""
    below = lines[number + 1].strip() if number + 1 < len(lines) else ""
    line = lines[number].strip()
    return line if not below or _QUOTE.match(below) else f"{line} {below}"


def _forwarded(lines: list[str], letter: Letter) -> list[str]:
    """Return the lines of a message that is forwarded in the text, and keep what its head says."""
    words = 0
    for number, line in enumerate(lines):
        if _FORWARDED.match(line):
            at = number + 1
            while at < len(lines) and (not lines[at].strip() or _FIELD.match(lines[at].strip())):
                found = _FIELD.match(lines[at].strip())
                if found and (name := _FIELDS.get(found[1].lower())):
                    letter.fields.setdefault(name, found[2].strip())
                at += 1
            return lines[at:] if letter.fields else lines
        words += len(line.split())
        if words > _COVER_WORDS:
            break
    return lines


def _without_footer(texts: list[str]) -> list[str]:
    """Return the paragraphs above what the list says of itself; one in the middle goes alone."""
    kept: list[str] = []
    for number, text in enumerate(texts):
        if len(text) <= _LONGEST_FOOTER and FOOTER.search(text):
            if kept and number >= len(texts) * 0.6:
                break
            continue
        kept.append(text)
    return kept
