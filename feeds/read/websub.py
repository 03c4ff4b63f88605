"""What WebSub says on the wire: how a feed offers push, what its hub is asked, what comes back.

Pure. The clauses are those of the W3C Recommendation "WebSub".
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Literal
from urllib.parse import parse_qs, urlencode, urljoin

import msgspec

from .document import around_entries, is_page
from .exchange import Response

Mode = Literal["subscribe", "unsubscribe"]

LONGEST_LEASE = 30 * 86_400
"""A subscription is renewed once a month at least: a hub may have forgotten it for all we know."""

_METHODS = ("sha1", "sha256", "sha384", "sha512")
_MOST_HUBS = 5
_LONGEST_ADDRESS = 2_000
_LONGEST_REASON = 200
_LONGEST_HEADER = 20_000
_EDGE = 2_000
_FEED = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_BODY = re.compile(r"<body[\s>]", re.IGNORECASE)
_TAG = re.compile(r"<(?:[\w.-]+:)?link\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_LINK = re.compile(r"<([^<>]*)>((?:[^,<>\"]|\"(?:[^\"\\]|\\.)*\")*)")
_PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]+))")


class Offer(msgspec.Struct, frozen=True):
    """What a feed offers: the *topic* to subscribe to, and the *hubs* that push it, best first."""

    topic: str
    hubs: tuple[str, ...]


class Intent(msgspec.Struct, frozen=True):
    """A request of a hub to our callback (5.2, 5.3): is this what you asked for, or: it is denied.

    *lease_seconds* is None where the hub names none that can be read.
    """

    mode: str
    topic: str
    challenge: str = ""
    lease_seconds: int | None = None
    reason: str = ""


def offered(response: Response) -> Offer | None:
    """Return what *response*, a feed or a page, offers; None if it names no hub (clause 4).

    The Link headers are looked at first, and what they name is not looked for in the body. A feed
    that names a hub and not itself is known to the hub by the address that it was found at, which
    is the last one after redirects.
    """
    headers = list(_header_links(response.headers.get("link", "")))
    hubs, topics = _named(headers, "hub"), _named(headers, "self")
    if not hubs or not topics:
        body = list(_body_links(response.body))
        hubs, topics = hubs or _named(body, "hub"), topics or _named(body, "self")
    addresses = [_absolute(response.url, hub) for hub in hubs]
    usable = tuple(dict.fromkeys(one for one in addresses if one))[:_MOST_HUBS]
    if not usable:
        return None
    topic = _absolute(response.url, topics[0]) if topics else ""
    return Offer(topic or response.url, usable)


def form(mode: Mode, topic: str, callback: str, secret: str, lease_seconds: int) -> bytes:
    """Return the body of a request to a hub, ``application/x-www-form-urlencoded`` (5.1)."""
    asked = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        asked |= {"hub.lease_seconds": str(lease_seconds), "hub.secret": secret}
    return urlencode(asked).encode("ascii")


def intent(query: bytes) -> Intent:
    """Return what the *query* of a GET to our callback says; what it does not say is empty."""
    try:
        said = parse_qs(query.decode("latin-1"), keep_blank_values=True, max_num_fields=50)
    except ValueError:  # more fields than any hub sends
        said = {}

    def first(name: str) -> str:
        return said.get(f"hub.{name}", [""])[0]

    lease = first("lease_seconds")
    return Intent(
        mode=first("mode"),
        topic=first("topic"),
        challenge=first("challenge"),
        lease_seconds=int(lease) if re.fullmatch(r"[0-9]{1,12}", lease) else None,
        reason=plain(first("reason")),
    )


def signed(signature: str, secret: str, body: bytes) -> bool:
    """Tell whether *signature*, a header ``X-Hub-Signature``, is that of *body* (clause 8)."""
    method, _, digest = signature.strip().partition("=")
    if method.lower() not in _METHODS or not digest.isascii():
        return False
    expected = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(expected, digest.strip().lower())


def refusal(response: Response, secrets: Sequence[str]) -> str:
    """Return in a sentence why a hub did not take a request, or nothing if it did (5.1.2).

    A hub may repeat what it was sent: *secrets* are taken out.
    """
    if response.problem:
        sentence = response.sentence
    elif 200 <= response.status < 300:  # noqa: PLR2004 - it ought to be 202, and often is 204
        return ""
    else:
        said = "" if is_page(response.body) else response.body[:2_000].decode("utf-8", "replace")
        sentence = f"the hub answers {response.status}" + (f": {said}" if said.strip() else "")
    for secret in secrets:
        sentence = sentence.replace(secret, "...")
    return plain(sentence)


def plain(text: str) -> str:
    """Return foreign *text* as one short line that can be logged and shown."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


def _named(links: Sequence[tuple[str, str]], relation: str) -> list[str]:
    """Return the addresses in *links* whose relation types have *relation* among them."""
    return [address for relations, address in links if relation in relations.lower().split()]


def _absolute(base: str, address: str) -> str:
    """Return *address*, as it was written on the page *base*, in full; "" if it is of no use."""
    try:
        found = urljoin(base, address.strip())
    except ValueError:
        return ""
    usable = found.startswith(("http://", "https://")) and len(found) <= _LONGEST_ADDRESS
    return found.partition("#")[0] if usable else ""


def _header_links(header: str) -> Iterator[tuple[str, str]]:
    """Yield (relations, address) of a Link header (RFC 8288)."""
    for address, parameters in _LINK.findall(header[:_LONGEST_HEADER]):
        said: dict[str, str] = {}
        for name, quoted, bare in _PARAMETER.findall(parameters):
            said.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or bare)
        if "anchor" not in said:  # that one speaks of another document
            yield said.get("rel", ""), address


def _body_links(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield (relations, address) as the document itself names them, not its entries."""
    if b"hub" not in body.replace(b"\0", b"").lower():  # most feeds: they cost no more than this
        return
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        yield from _json_links(body)
        return
    page = is_page(body) and not _FEED.search(body[:_EDGE])
    text = (body if page else around_entries(body)).replace(b"\0", b"").decode("utf-8", "replace")
    text = _without(_without(text, "<!--", "-->"), "<![CDATA[", "]]>")
    for inside in _TAG.findall(_BODY.split(text, maxsplit=1)[0] if page else text):
        said = _attributes(inside)
        yield said.get("rel", ""), said.get("href", "")


def _without(text: str, begin: str, end: str) -> str:
    """Return *text* without what stands between *begin* and *end*, in time linear in its length."""
    first, *others = text.split(begin)
    return first + "".join(other.partition(end)[2] for other in others)


def _attributes(inside: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(inside):
        found.setdefault(name.lower(), unescape("".join(values)))
    return found


class _JsonHub(msgspec.Struct):
    url: str = ""
    type: str = ""


class _JsonHead(msgspec.Struct):
    feed_url: object = None
    hubs: object = None


def _json_links(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield what a JSON Feed names (1.1, "Top-level": ``hubs``, ``feed_url``)."""
    try:
        head = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=_JsonHead)
        hubs = msgspec.convert(head.hubs or (), list[_JsonHub])
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return
    for hub in hubs:
        if hub.type.lower() in ("websub", "pubsubhubbub"):  # rssCloud is another protocol
            yield "hub", hub.url
    if isinstance(head.feed_url, str):
        yield "self", head.feed_url
