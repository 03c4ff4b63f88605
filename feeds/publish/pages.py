"""The pages that people see: home, feed, story, withdrawn story; and what stands beside them.

Plain HTML from templates, whole without a script and with no inline style, so that the strictest
content security policy holds. Pure functions of their input: a page changes only when what it shows
does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from itertools import chain
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from lxml import etree
from markupsafe import Markup

from ..model import Article, Feed, Published, Site
from .address import as_uri
from .archive import HEAD, Chain
from .item import article_address, legible, presentable
from .pack import Joined
from .select import ALL, TYPES, feed_address, feed_for_all, last_change, quoted, ruled_feeds
from .story import directed, escaped, head, listed, main
from .view import Link, Story, has_deck, moment_of, root_of, story_html, story_of

_ALL_LABEL = "All stories"
_NAMES = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
_READERS = (  # services that take a feed's address in theirs; plain links, nothing of theirs loads
    ("Feedly", "https://feedly.com/i/subscription/feed/{}"),
    ("Inoreader", "https://www.inoreader.com/?add_feed={}"),
    ("NewsBlur", "https://www.newsblur.com/?url={}"),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url={}"),
)
# What a page is rendered once without. Text is escaped, and cannot look so.
_UPDATED, _LIST, _DIRECTORY = Markup("<?updated?>"), Markup("<?list?>"), Markup("<?directory?>")
_ANY_MARK = re.compile(r"(<\?[a-z]+\?>)")
_ENOUGH = 5  # stories, from which a rhythm can be told
_MARK = "\0"  # in no title: neither XML nor HTML has it
_OFFERED = 20  # feeds by rule that the home page names to readers, in one format each
_SHELLS = 1_000  # pages of feeds whose frame is kept, some 5 KB each
_AT_THE_ROOT = {"favicon.ico"}  # where browsers and Liferea ask for it, whatever a page says
# In JSON, "<" stands in strings only; so escaped no "</script>" can end the element.
_SCRIPT_SAFE = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))

_Rows = Sequence[bytes] | None


class Pages:
    """Renders the pages of one site; every method returns a whole file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._root = root_of(site)
        self._everywhere = {
            "site": site,
            "root": self._root,
            "stylesheet": f"{self._root}/static/{_versioned('wireroom.css')}",
            "script": f"{self._root}/static/{_versioned('live.js')}",
        }
        self._parts: Any = _template("_frame").make_module(self._everywhere)
        self._everything = self._frame(feed_for_all(site))
        self._front = self._frame(feed_for_all(site), *ruled_feeds(site)[:_OFFERED])
        shell = _template("article").render(self._everywhere, frame=self._everything, mark=_MARK)
        self._shell = shell.split(_MARK)
        self._feed_shell = lru_cache(maxsize=_SHELLS)(self._render_feed_shell)
        self._home_shell = lru_cache(self._render_home_shell)
        self._opml = lru_cache(maxsize=1)(self._render_opml)

    def article(self, item: Published) -> bytes:
        """Return the page of one story, or the stub that is left of a withdrawn one."""
        try:
            return self._article(item)
        except UnicodeEncodeError:  # a lone surrogate, which no encoding has
            return self._article(legible(item))

    def moved(self, old_id: str, story_id: str) -> bytes:
        """Return the page that stands where the story *old_id* was, which joined *story_id*."""
        was, to = (article_address(self._site, one) for one in (old_id, story_id))
        return _encoded(self._render("moved", was=was, to=to, frame=self._everything))

    def feed(
        self,
        feed: Feed,
        items: Sequence[Published],
        rows: _Rows = None,
        chain: Chain = HEAD,
    ) -> Joined:
        """Return the page of *feed* with its latest *items*, newest first, or of its archive.

        *rows* are they as list items (``row``), where these are known; *chain* says which of the
        feed's documents this is, and which archives are next to it.
        """
        if chain.number:
            shell = _parts(self._render_archive(feed, chain))
        else:
            shell = self._feed_shell(feed, chain.older, empty=not items)
        return self._with_list(shell, items, rows)

    def home(
        self, feeds: Sequence[tuple[Feed, int]], items: Sequence[Published], rows: _Rows = None
    ) -> Joined:
        """Return the home page: the latest *items*, newest first, and *feeds* with their sizes.

        *rows* are the items as list items (``row``), where these are known.
        """
        directory = "".join(
            [directed(self._label(feed), self._page_of(feed, 0), count) for feed, count in feeds]
        )
        return self._with_list(self._home_shell(empty=not items), items, rows, directory)

    def row(self, item: Published) -> bytes:
        """Return *item* as it stands in a list of stories."""
        article = presentable(item.article, self._site)
        return _encoded(listed(story_of(item, article, self._site, self._root)))

    def opml(self, feeds: Sequence[Feed]) -> bytes:
        """Return OPML 2.0 that lists all *feeds*, for readers to import at once."""
        return self._opml(tuple(feeds))

    def _render_opml(self, feeds: tuple[Feed, ...]) -> bytes:
        root = etree.Element("opml", version="2.0")
        head = etree.SubElement(root, "head")
        etree.SubElement(head, "title").text = self._site.title
        body = etree.SubElement(root, "body")
        for feed in feeds:
            outline = etree.SubElement(
                body,
                "outline",
                type="rss",
                text=feed.title,
                title=feed.title,
                xmlUrl=self._address(feed, ".rss"),
                htmlUrl=self._address(feed, "/"),
                language=feed.language,
            )
            if feed.description:
                outline.set("description", feed.description)
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)

    def statics(self) -> dict[str, bytes]:
        """Return the files that no story changes, by their paths under the public folder."""
        files = {
            name if name in _AT_THE_ROOT else f"static/{name}": data
            for name, data in _static_files().items()
        }
        files["robots.txt"] = b"User-agent: *\nDisallow:\n"  # RFC 9309: all may be read
        return files

    def _article(self, item: Published) -> bytes:
        article = presentable(item.article, self._site)
        story = story_of(item, article, self._site, self._root)
        if story.withdrawn:
            return _encoded(self._render("withdrawn", story=story, frame=self._everything))
        own = article_address(self._site, item.id)
        canonical = as_uri(article.link) if article.link else own
        before, after_title, after_head, after_main = self._shell
        page = "".join(
            (
                before,
                escaped(story.title),
                after_title,
                head(story, canonical, _json_ld(article, story, canonical)),
                after_head,
                main(story, story_html(article), has_deck=has_deck(article)),
                after_main,
            )
        )
        return page.encode()

    def _with_list(
        self, shell: Sequence[str], items: Sequence[Published], rows: _Rows, directory: str = ""
    ) -> Joined:
        """Return *shell* with what was marked in it: the time, *items* as a list, the directory."""
        made: dict[str, Iterable[bytes]] = {
            _UPDATED: [_encoded(_change_and_rhythm(items))] if items else [],
            _LIST: rows or map(self.row, items),
            _DIRECTORY: [_encoded(directory)],
        }
        pieces = [made.get(part) or [_encoded(part)] for part in shell]
        return Joined(chain.from_iterable(pieces))

    def _label(self, feed: Feed) -> str:
        """Return what *feed* is called among its like, where the site's name says nothing."""
        return _ALL_LABEL if feed.name == ALL else feed.title.removeprefix(f"{self._site.title}: ")

    def _documents(self, feed: Feed) -> list[tuple[str, str, str]]:
        """Return name, media type and address of each document of *feed*."""
        return [
            (f"{feed.title} ({name})", TYPES[suffix], self._address(feed, f".{suffix}"))
            for suffix, name in _NAMES.items()
        ]

    def _frame(self, feed: Feed, *others: Feed) -> dict[str, str]:
        """Return what stands around a page that offers *feed*, and *others* to readers."""
        documents = self._documents(feed)
        return {
            "discovery": self._parts.discovery(
                [*documents, *(self._documents(other)[0] for other in others)]
            ),
            "masthead": self._parts.masthead(),
            "colophon": self._parts.colophon(documents),
        }

    def _address(self, feed: Feed, suffix: str) -> str:
        return feed_address(self._site, feed.name, suffix)

    def _render_archive(self, feed: Feed, chain: Chain) -> str:
        return self._render(
            "archive",
            feed=feed,
            number=chain.number,
            page=self._page_of(feed, 0),
            newer=self._page_of(feed, chain.newer),
            older=chain.older and self._page_of(feed, chain.older),
            frame=self._frame(feed),
            **_marks(empty=False),
        )

    def _page_of(self, feed: Feed, number: int) -> str:
        """Return the path of the page of *feed* (0) or of one of its archives."""
        page = f"{self._root}/feeds/{quoted(feed.name)}/"
        return f"{page}archive/{number}/" if number else page

    def _render_feed_shell(self, feed: Feed, older: int, *, empty: bool) -> list[str]:
        """Return the page of *feed* in parts, with marks for what changes from pass to pass."""
        address = self._address(feed, ".rss")
        return _parts(
            self._render(
                "feed",
                feed=feed,
                address=address,
                older=older and self._page_of(feed, older),
                frame=self._frame(feed),
                live=self._parts.live(self._page_of(feed, 0), quoted(feed.name)),
                documents=self._documents(feed),
                readers=[Link(name, to.format(quote(address, safe=""))) for name, to in _READERS],
                **_marks(empty=empty),
            )
        )

    def _render_home_shell(self, *, empty: bool) -> list[str]:
        """Return the home page in parts, with marks for what changes from pass to pass."""
        context = {"frame": self._front, "live": self._parts.live(f"{self._root}/", ALL)}
        return _parts(self._render("home", feeds=_DIRECTORY, **context, **_marks(empty=empty)))

    def _render(self, template: str, **context: object) -> str:
        return _template(template).render(self._everywhere, **context)


def _encoded(text: str) -> bytes:
    return text.encode(errors="replace")  # a lone surrogate, which no encoding has


def _change_and_rhythm(items: Sequence[Published]) -> str:
    """Return when the last of *items* changed and, where that can be told, how often one comes."""
    changed = last_change(items)
    said = moment_of(changed).html()
    days = (changed - min(item.changed for item in items)).total_seconds() / 86_400
    if len(items) < _ENOUGH or days < 1:
        return said
    count, period = len(items) / days, "day"
    if count < 1:
        count, period = 7 * count, "week"
    return f"{said}</span> <span>About {max(1, round(count))} a {period}"


def _marks(*, empty: bool) -> dict[str, Markup | None]:
    """Return what stands for the time of the last change and for the list, if there are any."""
    return {"updated": None, "rows": None} if empty else {"updated": _UPDATED, "rows": _LIST}


def _parts(page: str) -> list[str]:
    """Return *page* in parts, each mark being one."""
    return _ANY_MARK.split(page)


@cache
def _template(name: str) -> Template:
    """Return a template, compiled once a process: all sites share it."""
    return _environment().get_template(f"{name}.html")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def _static_files() -> dict[str, bytes]:
    folder = resources.files(__package__) / "static"
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir(), key=str)}


def _versioned(name: str) -> str:
    """Return the name of a static file with its version: nobody sees new pages in old clothes."""
    return f"{name}?v={sha256(_static_files()[name]).hexdigest()[:8]}"


def _json_ld(article: Article, story: Story, canonical: str) -> str:
    """Return schema.org's NewsArticle for a data block, which no policy takes for a script."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.summary,
        "datePublished": story.published.iso,
        "dateModified": (story.updated or story.published).iso,
        "mainEntityOfPage": canonical,
        "inLanguage": article.language,
        "author": [_thing("Person", author) for author in story.authors],
        "publisher": story.source
        and _thing("Organization", Link(story.source.name, article.source_link)),
        "image": [as_uri(image.url) for image in article.images if image.url],
        "articleSection": article.categories,
        "dateline": article.dateline,
        "copyrightNotice": article.rights,
    }
    encoded = msgspec.json.encode({key: value for key, value in data.items() if value}).decode()
    for character, reference in _SCRIPT_SAFE:
        encoded = encoded.replace(character, reference)
    return encoded


def _thing(kind: str, link: Link) -> dict[str, str]:
    thing = {"@type": kind, "name": link.name}
    if link.address:
        thing["url"] = link.address
    return thing
