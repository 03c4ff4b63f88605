"""The HTML body of a story in a feed: its figures, its text, and where it came from.

Readers skip what stands in elements of their own (NetNewsWire every prefixed one), so everything
that a person must see is here: pictures with caption and credit first, the source at the end.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlsplit

from ..model import Article, Image
from .credits import Copy, named

_AMBIGUOUS = re.compile(r"&(?=[#A-Za-z0-9])|<(?=[A-Za-z/!?])")
_CORRECTION = re.compile(r"^\s*correct(?:ed|ion|s)?\s*(?:[:.\u2013\u2014-]+\s*|$)", re.IGNORECASE)
_ENDED = (".", "!", "?", "…", "。", "؟", "।", '"', "”")
_TAKES_ARTICLE = ("Press", "Agency", "Association", "Service")


def body(article: Article, also: tuple[Copy, ...] = ()) -> str:
    """Return the whole body of *article* for a feed; never empty, as JSON Feed readers demand.

    *also* are the other copies of the story, the best first.
    """
    whole = f"{correction(article)}{figures(article)}{text(article)}{credit(article)}"
    if also:
        whole += also_in(article, also)
    return whole.replace("]]>", "]]&gt;")


def correction(article: Article) -> str:
    """Return the line that says what was corrected, or that something was; readers must see it."""
    if not article.correction:
        return ""
    note = escape(_CORRECTION.sub("", article.correction), quote=False)
    if note and note in article.content_html:  # it stands where its agency put it
        return ""
    return f"<p><strong>Corrected{note and ':'}</strong>{note and f' {note}'}</p>"


def text(article: Article) -> str:
    """Return the text of *article* as HTML: its content, else its summary, else its title."""
    return article.content_html or f"<p>{escape(article.summary or article.title, quote=False)}</p>"


def figures(article: Article) -> str:
    """Return a ``<figure>`` for each image that does not stand in the content already."""
    return "".join(
        _figure(image) for image in article.images if not _stands_in(image, article.content_html)
    )


def credit(article: Article) -> str:
    """Return the line that names the source of *article*, with a link where there is one.

    Empty for a story of our own, which names neither a publisher nor a source.
    """
    name, link = source_of(article)
    source = escape(name, quote=False)
    if name and link:
        source = f'<a href="{attribute(link)}">{source}</a>'
    wire = escape(wire_line(article), quote=False)
    sentences = [sentence for sentence in (source and f"Source: {source}", wire) if sentence]
    return f"<p>{'. '.join(sentences)}.</p>" if sentences else ""


def also_in(article: Article, also: tuple[Copy, ...]) -> str:
    """Return the line that credits the other copies *also* of the story that *article* shows."""
    some, more = named(also, but=source_of(article)[0])
    names = [
        f'<a href="{attribute(copy.link)}">{escape(copy.name, quote=False)}</a>'
        if copy.link
        else escape(copy.name, quote=False)
        for copy in some
    ]
    return (
        f"<p>Also in: {', '.join(names)}{f' and {more} more' if more else ''}.</p>" if names else ""
    )


def source_of(article: Article) -> tuple[str, str | None]:
    """Return the name of who published *article* first, and where it stands there."""
    link = article.link or article.source_link
    name = article.publisher or article.source_title
    return name or (link and urlsplit(link).hostname) or "", link


def wire_line(article: Article) -> str:
    """Return "First filed by the Associated Press", or nothing where that is the source itself."""
    agency = article.wire_source
    if not agency or agency == source_of(article)[0]:
        return ""
    # "the Associated Press", but "Reuters": an English name that ends in a common noun
    known_by_article = agency.rpartition(" ")[2] in _TAKES_ARTICLE
    return f"First filed by the {agency}" if known_by_article else f"First filed by {agency}"


def plain_as_html(plain: str) -> str:
    """Return *plain* text as HTML with the fewest references that keep it the same text.

    An RSS description is HTML, yet some readers show it as text: only what HTML would misread is
    escaped, so that "fish & chips" reads right in both and "AT&amp;T" in none is lost.
    """
    if "&" not in plain and "<" not in plain:
        return plain
    return _AMBIGUOUS.sub(lambda match: "&amp;" if match[0] == "&" else "&lt;", plain)


def attribute(value: str) -> str:
    """Return *value* as it stands between double quotes, escaped as HTML serialisers do it."""
    return escape(value, quote=False).replace('"', "&quot;")


def _figure(image: Image) -> str:
    picture = ""
    if image.url:
        sides = (("width", image.width), ("height", image.height))
        size = "".join(f' {side}="{pixels}"' for side, pixels in sides if pixels)
        picture = f'<img src="{attribute(image.url)}" alt="{attribute(image.alt)}"{size}>'
    caption = _caption(image)
    return f"<figure>{picture}{caption and f'<figcaption>{caption}</figcaption>'}</figure>"


def _caption(image: Image) -> str:
    """Return caption and credit, each once; without a picture its alternative text leads."""
    parts = []
    if not image.url and image.alt and image.alt not in image.caption:
        ended = image.alt.endswith(_ENDED)
        parts.append(escape(image.alt if ended else f"{image.alt}.", quote=False))
    if image.caption and image.caption != image.credit:
        parts.append(escape(image.caption, quote=False))
    if image.credit and (image.credit == image.caption or image.credit not in image.caption):
        parts.append(f"<span>{escape(image.credit, quote=False)}</span>")
    return " ".join(parts)


def _stands_in(image: Image, content: str) -> bool:
    if image.url:
        return f'src="{attribute(image.url)}"' in content
    return escape(image.caption or image.credit or image.alt, quote=False) in content
