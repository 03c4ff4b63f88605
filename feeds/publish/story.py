"""A story as the HTML of pages: the parts of its own page that are its own, and its row in a list.

Written directly and set into the frame that Jinja2 renders once: a template took 50 us for each
story. Every word goes through ``escaped`` unless view.py or normalise made HTML of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from .view import Link, Story


def escaped(plain: str) -> str:
    """Return *plain* as it stands in text and between quotes, escaped as Jinja2 does it."""
    text = plain.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;")
    return text.replace("'", "&#39;").replace('"', "&#34;")


def head(story: Story, canonical: str, metadata: str) -> str:
    """Return what the page of *story* adds to ``head``; *metadata* is JSON with no markup in it."""
    summary = escaped(story.summary)
    description = f'<meta name="description" content="{summary}">\n' if summary else ""
    return (
        f'{description}<link rel="canonical" href="{escaped(canonical)}">\n'
        f'<script type="application/ld+json">{metadata}</script>\n'
    )


def main(story: Story, html: str, *, has_deck: bool) -> str:
    """Return the ``article`` element of *story*'s own page around its cleaned *html*."""
    flow = story.flow
    sections = f'<p class="sections">{_links(story.sections)}</p>\n' if story.sections else ""
    deck = f'<p class="deck" {flow}>{escaped(story.summary)}</p>\n' if has_deck else ""
    byline = ""
    if story.authors:
        byline = f'<span class="byline">By {_links(story.authors)}</span> '
    if story.dateline:
        byline += f"<span>{escaped(story.dateline)}</span> "
    return (
        f'<article class="story"{story.side}>\n<header>\n{sections}'
        f"<h1 {flow}>{escaped(story.title)}</h1>\n"
        f'{deck}<p class="facts">{byline}{story.published.html()}{_changed(story)}</p>\n'
        f'</header>\n<div class="text" {flow}>\n{html}\n</div>\n{_footer(story)}</article>\n'
    )


def listed(story: Story) -> str:
    """Return *story* as an item of the list that home and feed pages hold."""
    flow, picture, kind, shown, credit = story.flow, story.picture, "", "", ""
    if picture and picture.url:
        kind = ' class="pictured"'
        shown = (
            f'<img class="picture" src="{escaped(picture.url)}" alt="{escaped(picture.alt)}" '
            'width="160" height="120" loading="lazy" referrerpolicy="no-referrer">\n'
        )
        if picture.credit:
            credit = f'<p class="credit">Picture: {escaped(picture.credit)}</p>\n'
    if story.withdrawn:
        kind = ' class="withdrawn"'
    changed = "" if story.withdrawn else _changed(story)
    source, others = "", len(story.also) + story.also_more
    if story.source:
        more = f" and {others} more" if others else ""
        source = f" <span>{story.source.html()}{more}</span>"
    summary = ""
    if story.summary:
        summary = f'<p class="summary" {flow}>{escaped(story.summary)}</p>\n'
    return (
        f"<li><article{kind}{story.side}>\n"
        f'<h3 {flow}><a href="{escaped(story.url)}">{escaped(story.title)}</a></h3>\n'
        f'<p class="facts">{story.published.html()}{changed}{source}</p>\n'
        f"{shown}{summary}{credit}</article></li>\n"
    )


def directed(label: str, page: str, count: int) -> str:
    """Return a feed as an item of the directory on the home page."""
    stories = "story" if count == 1 else "stories"
    return (
        f'<li><a href="{escaped(page)}" dir="auto">{escaped(label)}</a> <span class="count">{count}'
        f'<span class="unseen"> {stories}</span></span></li>\n'
    )


def _links(links: Iterable[Link]) -> str:
    return ", ".join([link.html() for link in links])


def _changed(story: Story) -> str:
    if not story.updated:
        return ""
    what = "Corrected" if story.corrected else "Updated"
    return f' <span class="changed">{what} {story.updated.html()}</span>'


def _footer(story: Story) -> str:
    """Return where *story* came from and whose it is, if anybody's but ours."""
    source = f"<p>Source: {story.source.html()}</p>\n" if story.source else ""
    if story.also:
        more = f" and {story.also_more} more" if story.also_more else ""
        source += f"<p>Also in: {_links(story.also)}{more}</p>\n"
    wire = f"<p>{escaped(story.wire)}</p>\n" if story.wire else ""
    rights = f'<p dir="auto">{escaped(story.rights)}</p>\n' if story.rights else ""
    words = f"{source}{wire}{rights}"
    return f"<footer>\n{words}</footer>\n" if words else ""
