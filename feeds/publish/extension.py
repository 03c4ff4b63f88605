"""What feedgen 1.0 gets wrong or cannot say, mended through its own extension interface.

Of the head of a feed: namespaces declared once, hubs in RSS, and no logo that is only our icon
again. And where the items stand: they come as bytes (fragments.py) and take the place of a mark
that the extension sets, for feedgen's own way takes 110 us for each, loses ``rel``, ``type`` and
``length`` of an entry's links, writes ``type="CDATA"`` on Atom content, drops authors without an
e-mail address, and knows no credit, caption or language.
"""

from __future__ import annotations

from feedgen.ext.base import BaseExtension
from lxml import etree

NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}
"""Declared once at the root of a feed, by the prefixes that readers and validators expect."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_PLACE = ("wireroom", "items")
PLACE = "<?{} {}?>\n".format(*_PLACE).encode()
"""Where the items stand in a document that was made with this extension; text cannot look so."""


class HeadExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The head of a feed, and the place of its items."""

    hubs: tuple[str, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that the root declares for all its items."""
        return NAMESPACES

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        """Name the hubs, for which feedgen has a place in Atom alone (WebSub, 4)."""
        channel = feed[0]
        for hub in self.hubs:
            etree.SubElement(channel, f"{_ATOM}link", rel="hub", href=hub)
        channel.append(etree.ProcessingInstruction(*_PLACE))
        return feed

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Take out the logo that came with the RSS image: RFC 4287, 4.2.8 wants one of 2:1."""
        for logo in feed.findall("logo"):
            feed.remove(logo)
        feed.append(etree.ProcessingInstruction(*_PLACE))
        return feed
