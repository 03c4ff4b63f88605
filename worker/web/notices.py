"""The pages that stand in no file: what went wrong, and how the service is doing.

They bring their few lines of style with them, because before the first publish there is no tree to
take a stylesheet from; the policy names the hash of those lines and allows no others.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from http import HTTPStatus

from .answers import CONTENT_TYPES, Answer, page_security

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "th{text-align:start;font-weight:normal;padding-inline-end:2rem;vertical-align:top}"
    "td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}"
)
_STYLE_SOURCE = b"'sha256-%s'" % b64encode(sha256(_STYLE.encode()).digest())

RETRY_SECONDS = 30
"""After a 503: the first publish follows the start within seconds, a restart takes less."""

_MISSING_SECONDS = 60  # long enough to blunt a hammering reader, short enough for a new feed


def page_answer(status: int, page: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    """Return *page* (HTML) as an answer with the security headers of one."""
    security = page_security(_STYLE_SOURCE)
    return Answer(status, [(b"content-type", CONTENT_TYPES["html"]), *security, *headers], page)


def unavailable(sentence: str) -> Answer:
    """Return the 503 that says *sentence* and when to come again.

    Its Retry-After is a number of seconds: a date is what many readers cannot read.
    """
    again = f"<p>Please come again in {RETRY_SECONDS} seconds.</p>"
    page = _page("Not ready yet", f"<p>{escape(sentence)}</p>\n{again}")
    retry = (b"retry-after", b"%d" % RETRY_SECONDS)
    return page_answer(HTTPStatus.SERVICE_UNAVAILABLE, page, retry, (b"cache-control", b"no-store"))


def status_page(status: Mapping[str, object]) -> bytes:
    """Return *status* as an HTML page: a table for each section, a row for each key.

    A value that is no section stands in a table of its own; lists and mappings inside a section
    are written out in their cell.
    """
    loose = {key: value for key, value in status.items() if not isinstance(value, Mapping)}
    tables = [_table(loose)] if loose else []
    tables += [
        f"<h2>{escape(name)}</h2>\n{_table(section)}"
        for name, section in status.items()
        if isinstance(section, Mapping)
    ]
    return _page("Status", "\n".join(tables))


def _table(section: Mapping[str, object]) -> str:
    rows = (
        f'<tr><th scope="row">{escape(str(key))}</th><td>{_cell(value)}</td></tr>'
        for key, value in section.items()
    )
    return "<table>\n" + "\n".join(rows) + "\n</table>"


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return "<br>".join(f"{escape(str(key))}: {_cell(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "<br>".join(map(_cell, value))
    return escape(str(value))


def _page(title: str, content: str) -> bytes:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{title}</h1>\n{content}\n</main>\n</body>\n</html>\n"
    ).encode("utf-8", "xmlcharrefreplace")


MISSING = page_answer(
    HTTPStatus.NOT_FOUND,
    _page(
        "Nothing here",
        "<p>There is no feed and no story at this address: it was removed, or the address is "
        'mistyped.</p>\n<p><a href="/">To the feeds and the latest stories</a></p>',
    ),
    (b"cache-control", b"public, max-age=%d" % _MISSING_SECONDS),
)
ENDED = page_answer(
    HTTPStatus.GONE,
    _page(
        "This feed has ended",
        "<p>Nothing more will come at this address; it can be removed from feed readers.</p>\n"
        '<p><a href="/">To the feeds and the latest stories</a></p>',
    ),
    (b"cache-control", b"public, max-age=%d" % _MISSING_SECONDS),
)
NOT_PUBLISHED = unavailable("Nothing has been published at this address yet.")
UNREADABLE = unavailable("What stands at this address cannot be read just now.")
