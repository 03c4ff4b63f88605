"""The text of a WordPress post as it is stored, to the HTML that WordPress would have shown.

What is stored is not HTML yet: classic posts part paragraphs by blank lines (``wpautop``), blocks
are set in comments, and shortcodes stand for what a plugin would have put in their place.
"""

from __future__ import annotations

import re
from html import escape, unescape

from ...model import Image

_COMMENT = re.compile(r"<!--(?:.*?-->|.*)", re.DOTALL)  # one that is not closed hides the rest
# "[sic]" and "[1]" are prose: a shortcode has attributes, is closed, or is one that all sites have.
_ATTRIBUTES = r"""(?:\s+[\w-]+\s*=\s*(?:"[^"\[\]]*"|'[^'\[\]]*'|[^\s"'\[\]]+))"""
_CAPTION = re.compile(rf"\[caption{_ATTRIBUTES}*\s*\]((?:(?!\[caption).)*?)\[/caption\]", re.DOTALL)
_EMBED = re.compile(rf"\[embed{_ATTRIBUTES}*\s*\]\s*(https?://[^\s\[\]]+)\s*\[/embed\]")
_GALLERY = re.compile(r"\[gallery(?=[\s\]])([^\[\]]*)\]")
_GALLERY_IDS = re.compile(r"""\bids\s*=\s*["']([\d,\s]*)["']""")
_SHORTCODE = re.compile(rf"\[/?([a-zA-Z][\w-]*)({_ATTRIBUTES}*)\s*/?\]")
_SHORTCODES = frozenset({"gallery", "playlist", "audio", "video", "embed", "caption", "more"})
_PICTURE = re.compile(r"((?:<a\s[^<>]*>\s*)?<img\s[^<>]*>(?:\s*</a>)?)(.*)", re.DOTALL)
_BARE_ADDRESS = re.compile(r"https?://[^\s<>\[\]\"']+")

_BLOCK_NAMES = (
    "address|article|aside|audio|blockquote|details|div|dl|fieldset|figcaption|figure|footer|form|"
    "h[1-6]|header|hr|iframe|li|main|nav|ol|p|pre|script|section|style|table|ul|video"
)
_BLOCK = re.compile(rf"</?(?:{_BLOCK_NAMES})(?=[\s/>])", re.IGNORECASE)
# Blank lines in these part nothing.
_WHOLE = ("pre", "script", "style", "table", "ul", "ol")
_WHOLE_OPENS = re.compile(rf"<({'|'.join(_WHOLE)})(?=[\s>])", re.IGNORECASE)
_WHOLE_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _WHOLE}
_PARAGRAPH = re.compile(r"<p(?=[\s>])", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")


def html_of(stored: str, pictures: dict[str, Image]) -> str:
    """Return the HTML of a post that is *stored* so; *pictures* are the attachments by their id."""
    text = stored.replace("\r\n", "\n").replace("\r", "\n")
    blocks = "<!-- wp:" in text
    text = _COMMENT.sub("", text)
    if "[" in text:
        text = _CAPTION.sub(_figure, text)
        text = _GALLERY.sub(lambda found: _gallery(found[1], pictures), text)
        text = _EMBED.sub(r'<p><a href="\1">\1</a></p>', text)
        text = _without_shortcodes(text)
    text = text.strip()
    return text if blocks or _PARAGRAPH.search(text) else _paragraphs(text)


def _figure(found: re.Match[str]) -> str:
    """[caption]: a picture and its words; until WordPress 3.4 the words were an attribute."""
    inside = _PICTURE.match(found[1].strip())
    if inside is None:
        return found[1]
    caption = inside[2].strip()
    if not caption and (old := re.search(r'\scaption="([^"]*)"', found[0])):
        caption = unescape(old[1])
    said = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f"\n\n<figure>{inside[1]}{said}</figure>\n\n"


def _gallery(attributes: str, pictures: dict[str, Image]) -> str:
    ids = _GALLERY_IDS.search(attributes)
    figures = []
    for one in ids[1].split(",") if ids else ():
        image = pictures.get(one.strip())
        if image and image.url:
            said = f"<figcaption>{escape(image.caption)}</figcaption>" if image.caption else ""
            source = f'<img src="{escape(image.url)}" alt="{escape(image.alt)}">'
            figures.append(f"<figure>{source}{said}</figure>")
    return "\n\n" + "\n\n".join(figures) + "\n\n"


def _without_shortcodes(text: str) -> str:
    """Return *text* without the tags of shortcodes; what stands between two of them stays."""
    closed = {name.lower() for name in re.findall(r"\[/([a-zA-Z][\w-]*)\]", text)}

    def kept(found: re.Match[str]) -> str:
        name = found[1].lower()
        return "" if found[2] or name in closed or name in _SHORTCODES else found[0]

    return _SHORTCODE.sub(kept, text)


def _paragraphs(text: str) -> str:
    """Return *text* in paragraphs, as ``wpautop`` does it: a blank line ends one."""
    text, whole = _put_aside(text.replace("\0", ""))
    parts: list[str] = []
    for part in _BLANK_LINES.split(text):
        part = part.strip()  # noqa: PLW2901  # the same part
        if not part:
            continue
        if part.startswith("\0"):
            parts.append(whole[int(part.strip("\0"))])
        elif _BLOCK.match(part):
            parts.append(part)
        elif _BARE_ADDRESS.fullmatch(part):  # WordPress embeds an address on a line of its own
            parts.append(f'<p><a href="{part}">{part}</a></p>')
        else:
            parts.append("<p>" + part.replace("\n", "<br>\n") + "</p>")
    return "\n".join(parts)


def _put_aside(text: str) -> tuple[str, list[str]]:
    """Return *text* with a numbered mark in the place of each block that stays whole, and those."""
    whole: list[str] = []
    pieces: list[str] = []
    position = start = 0
    endless: set[str] = set()  # what is not closed is looked for once, not at each of its openings
    while opening := _WHOLE_OPENS.search(text, position):
        name = opening[1].lower()
        end = None if name in endless else _WHOLE_ENDS[name].search(text, opening.end())
        if end is None:
            endless.add(name)
            position = opening.end()
            continue
        pieces += [text[start : opening.start()], f"\n\n\0{len(whole)}\0\n\n"]
        whole.append(text[opening.start() : end.end()])
        position = start = end.end()
    return "".join(pieces) + text[start:], whole
