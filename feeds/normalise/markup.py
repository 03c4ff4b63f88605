# ruff: noqa: SIM905, lists of elements read better as words
"""Foreign HTML to HTML that may stand in a feed: through nh3's allow-list, links absolute.

``clean`` is the only door. What it returns is well formed: every tag is closed, every attribute
stands in double quotes, ``<`` and ``>`` occur in tags only. ``paragraphs`` relies on that.
Style, class and id do not survive: a feed reader has its own looks, and ids clobber a page's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import Literal

import nh3

from .links import absolute
from .pictures import LAZY, mend
from .text import printable, tidy

DEEPEST = 500
"""Tags within tags. nh3 takes quadratic time in the depth: 200,000 cost it 40 s."""

MOST_REBUILT = 500_000
"""Depth times tags. HTML opens unclosed formatting again in each paragraph (HTML, "reconstruct the
active formatting elements"): 12 KB can grow to 3.5 MB, at this limit in 0.2 s and 80 MB."""

_TAGS = frozenset(
    # sections: they part paragraphs, so a stripped one would glue words together
    "article aside address div footer header main nav section h1 h2 h3 h4 h5 h6 "
    # blocks
    "p blockquote pre hr ul ol li dl dt dd figure figcaption details summary "
    "table caption colgroup col thead tbody tfoot tr th td "
    # inline
    "a abbr b bdi bdo br cite code del dfn em i ins kbd mark q rp rt ruby s samp small strong sub "
    "sup time u var wbr "
    # media; picture is not among them: the img inside it stays
    "img audio video source".split()
)
# No cite: nh3 lets "javascript:" stand there, and no reader shows it.
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "audio": {"src"},
    "bdo": {"dir"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "dfn": {"title"},
    "img": {"src", "alt", "title", "width", "height", "loading", *LAZY},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"start", "type", "reversed"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"src", "width", "height", "poster"},
}
# Gone with all they hold: what they hold is code, a form's furniture or a fall-back for it.
_DROPPED = frozenset(
    "script style noscript template title svg math object applet canvas iframe noembed noframes "
    "button select textarea option".split()
)
_SCHEMES = {"http", "https", "mailto", "tel"}
_CLEANERS = 256  # one costs 25 us to make and 2 KB to keep; a poll reads from some 100 hosts
# A folder that no page is in, as deep as no page is: what is resolved against it either says so or
# depends on the host alone, however often it climbs ("../").
_NOWHERE = "wireroom-nowhere"
_DEPTH = 32
_DEEP_NOWHERE = "/" + f"{_NOWHERE}/" * _DEPTH

_TAG = re.compile(r"<[^<>]*>")
_OPENED = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Void elements hold nothing; a paragraph, item, row or cell ends where the next one begins.
_SHALLOW = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dd dt tr td th "
    "option thead tbody tfoot".split()
)
_INLINE_DATA = re.compile(r"data:[a-zA-Z0-9.+/-]{1,80};base64,[A-Za-z0-9+/=%\s]*+", re.ASCII)

_IFRAME = re.compile(r"<iframe\b([^<>]*)>", re.IGNORECASE)
_IFRAME_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(src|data-src|title|width|height)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
    re.IGNORECASE,
)
_LABEL_CHARACTERS = 80

_SOURCE_WITHOUT_ADDRESS = re.compile(r'<source(?![^<>]* src="https?:)[^<>]*>')
_PLAYER_WITHOUT_ADDRESS = re.compile(r'<(audio|video)(?![^<>]* src="https?:)(?: [^<>]*)?>\s*</\1>')
_NESTED_PLAYERS = 8  # a player within a player is a fall-back; deeper ones are attacks
_EMPTY_PARAGRAPH = re.compile(r"<p(?: [^<>]*)?>(?:\s|&nbsp;|<br>)*+</p>")

# A parser swallows the line end that follows the tag, and nh3 does not put it back.
_PRE = re.compile(r"<pre(?: [^<>]*)?>(?=\n)")

_BLOCK = re.compile(
    r"</?(?:p|div|li|h[2-6]|blockquote|pre|[uod]l|d[dt]|tr|table|t(?:head|body|foot)|caption"
    r"|article|aside|address|footer|header|main|nav|section|details|summary|hr|figcaption)"
    r"(?: [^<>]*)?>|<br>\s*<br>"
)
_FIGURE = re.compile(r"<figure(?: [^<>]*)?>.*?</figure>", re.DOTALL)
_EDGE = "\0"  # cannot occur in clean HTML

_HARD_WRAPPED = range(60, 101)
"""A line of so many characters that ends without a blank line was wrapped by a program: mail and
wire text are set 65 to 80 wide. A shorter one was broken by hand, a longer one is a paragraph."""


@lru_cache(maxsize=_CLEANERS)
def _cleaner(base: str | None) -> nh3.Cleaner:
    try:
        return _cleaner_of(("rewrite_with_base", base) if base else "deny")
    except ValueError:  # a host that is right by RFC 3986 and wrong by UTS 46
        return _cleaner_of("deny")


def _cleaner_of(
    relative: tuple[Literal["rewrite_with_base"], str] | Literal["deny"],
) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED),
        attributes=_ATTRIBUTES,
        set_tag_attribute_values={"audio": {"controls": ""}, "video": {"controls": ""}},
        link_rel=None,  # no link gets a target, so there is no opener to hide
        url_schemes=_SCHEMES,
        url_relative=relative,
    )


def clean(html: str, base: str | None) -> str:
    """Return *html* safe and with absolute links; *base* is an address ``absolute`` gave, or None.

    Headings begin at h2 (the title is the page's h1), iframes become links to what they frame,
    lazy pictures get their address, tracking pixels and empty paragraphs go. Markup that is
    nested beyond DEEPEST is reduced to its text.
    """
    if too_deep(html):
        return from_text(unescape(_TAG.sub(" ", printable(html))))
    if "<iframe" in html or "<IFRAME" in html:
        html = _IFRAME.sub(lambda found: _framed(found[1], base), html)
    try:
        html = _sanitised(html, base)
    except UnicodeEncodeError:  # lone surrogates
        html = _sanitised(printable(html), base)
    # Only now: "&#1;" spells what may not stand there, and letters meet where a tag was taken out.
    html = tidy(html)
    if "<img" in html:
        html = mend(html, base)
    if "<source" in html:
        html = _SOURCE_WITHOUT_ADDRESS.sub("", html)
    if "<audio" in html or "<video" in html:
        html = _without_dead_players(html)
    if "<pre" in html:
        html = _PRE.sub(r"\g<0>\n", html)
    if "<h1" in html:
        html = html.replace("<h1", "<h2").replace("</h1>", "</h2>")
    return _EMPTY_PARAGRAPH.sub("", html).strip()


def _sanitised(html: str, base: str | None) -> str:
    """Return *html* through nh3, with one cleaner for all pages of a host where that will do.

    It will where no link counts from the page's own path: half the time for an article that came
    with no base but its own address.
    """
    if base and base.count("/") <= _DEPTH:
        host = "/".join(base.split("/", 3)[:3])
        cleaned = _cleaner(host + _DEEP_NOWHERE).clean(html)
        if _NOWHERE not in cleaned:
            return cleaned
    return _cleaner(base).clean(html)


def _without_dead_players(html: str) -> str:
    for _ in range(_NESTED_PLAYERS):
        shorter = _PLAYER_WITHOUT_ADDRESS.sub("", _EMPTY_PARAGRAPH.sub("", html))
        if shorter == html:
            break
        html = shorter
    return html


def too_deep(html: str) -> bool:
    """Tell whether *html* is nested as no author nests, so that a parser would not come back."""
    if html.count("<") <= DEEPEST:
        return False
    depth = deepest = tags = 0
    for closing, name in _OPENED.findall(html):
        tags += 1
        if name.lower() in _SHALLOW:
            continue
        depth += -1 if closing else 1
        deepest = max(deepest, depth)
        depth = max(depth, 0)
    return deepest > DEEPEST or deepest * tags > MOST_REBUILT


def without_inline_data(html: str) -> str:
    """Return *html* without the pictures that are written into it; no reader would get them."""
    return _INLINE_DATA.sub("", html)


def _framed(attributes: str, base: str | None) -> str:
    """Return a link to what an iframe frames, '' when that is invisible or no web address."""
    named = {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _IFRAME_ATTRIBUTE.finditer(attributes)
    }
    address = absolute(named.get("src"), base) or absolute(named.get("data-src"), base)
    if not address or {named.get("width"), named.get("height")} & {"0", "1"}:
        return ""
    label = named.get("title", "").strip() or address.partition("://")[2]
    return f'<a href="{escape(address)}">{escape(label[:_LABEL_CHARACTERS])}</a>'


def from_text(text: str) -> str:
    """Return plain *text* as HTML: a blank line, or the end of a long line, ends a paragraph."""
    done: list[str] = []
    for block in re.split(r"\n[^\S\n]*\n", tidy(text)):
        paragraph = ""
        for row in filter(None, (" ".join(row.split()) for row in block.split("\n"))):
            paragraph += escape(row, quote=False)
            if len(row) >= _HARD_WRAPPED.stop:
                done.append(paragraph)
                paragraph = ""
            else:
                paragraph += " " if len(row) in _HARD_WRAPPED else "<br>"
        if paragraph:
            done.append(paragraph.removesuffix("<br>").rstrip())
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in done)


def paragraphs(html: str) -> list[str]:
    """Return the text of each block of *html*, which ``clean`` gave, in order; no figures."""
    if "<figure" in html:
        html = _FIGURE.sub(_EDGE, html)
    text = _BLOCK.sub(_EDGE, html)
    if "<br>" in text or "</t" in text:
        text = text.replace("<br>", " ").replace("</td>", " ").replace("</th>", " ")
    text = _unescaped(_TAG.sub("", text))
    return [words for block in text.split(_EDGE) if (words := " ".join(block.split()))]


def _unescaped(text: str) -> str:
    """Return the text of clean HTML: it holds no references but these four."""
    if "&" not in text:
        return text
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ")
    return text.replace("&amp;", "&")


def opening(html: str, characters: int) -> str:
    """Return the first *characters* of *html*, which ``clean`` gave, less a tag or figure cut."""
    if len(html) <= characters:
        return html
    end = html.rfind("<", 0, characters)
    figure = html.rfind("<figure", 0, end)
    return html[: figure if figure > html.rfind("</figure>", 0, end) else max(end, 0)]


def first_heading(html: str) -> str:
    """Return the text of the first heading of *html*, which ``clean`` gave, or ''."""
    found = re.search(r"<(h[2-6])(?: [^<>]*)?>(.*?)</\1>", html, re.DOTALL)
    return " ".join(_unescaped(_TAG.sub("", found[2])).split()) if found else ""


def has_blocks(html: str) -> bool:
    """Tell whether *html*, which ``clean`` gave, is in paragraphs or other blocks."""
    return "<figure" in html or bool(_BLOCK.search(html))
