# ruff: noqa: SIM905, a list of parameters reads better as words
"""Addresses: absolute, safe, and in one spelling, so that a link can serve as an identity.

``absolute`` resolves and checks, ``canonical`` takes away what does not decide where a link leads.
Only http and https get out. A slash at the end of a path is kept: with and without it are two
addresses (RFC 3986, 6.2.4); only an empty path becomes ``/`` (6.2.3).
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urljoin

LONGEST_LINK = 4_096
"""Longer ones are no addresses: servers refuse request lines beyond 8 KB, RFC 9110, 4.1."""

# WHATWG URL, "basic URL parser": tabs and line ends go wherever they stand, controls at both ends.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_PARTS = re.compile(
    r"(https?):[/\\]*+([^/\\?#]*+)([^?#]*+)(\?[^#]*+)?(#.*+)?", re.IGNORECASE | re.DOTALL
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*+:", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_LONGEST_LABEL = 63  # RFC 1035, 2.3.4
_HIGHEST_PORT = 65_535
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_BARE_PERCENT = re.compile(r"%(?![0-9A-F]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")  # RFC 3986, 2.3
_PATH_SAFE = "%/:@!$&'()*+,;=~"  # RFC 3986, 3.3 "pchar"
_QUERY_SAFE = _PATH_SAFE + "?"
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
# Already as it should be: the common case, told in a third of the time.
_CLEAN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,9}[a-z]{2,20}(?=/)"
    r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*+)*+/?"
    r"(?:\?[A-Za-z0-9_.~&=+:;,/!*-]*+)?(?:#[A-Za-z0-9_.~&=+:;,/!*-]++)?"
)

TRACKING_PREFIXES = ("utm_", "mtm_", "matomo_", "piwik_", "hsa_", "itm_", "stm_", "aspsessionid")
"""Names that begin so say how a reader came, or which session it is."""

TRACKING_PARAMETERS = frozenset(
    # advertising clicks
    "fbclid gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid msclkid yclid ymclid ysclid "
    "twclid ttclid igshid igsh li_fat_id rdt_cid epik sccid irclickid irgwc cjevent rb_clickid "
    "_openstat s_kwcid ef_id mkwid pcrid spm "
    # newsletters
    "mc_cid mc_eid mkt_tok _hsenc _hsmi __hssc __hstc __hsfp hsctatracking vero_id vero_conv "
    "oly_anon_id oly_enc_id ml_subscriber ml_subscriber_hash _ke _kx dm_i _bta_tid _bta_c "
    "trk_contact trk_msg trk_module trk_sid "
    # analytics
    "pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid _ga _gl wt_mc wt_zmc "
    "xtor s_cid cmpid ncid wickedid at_medium at_campaign at_link_id at_link_type at_link_origin "
    "at_format at_bbc_team ns_mchannel ns_source ns_campaign ns_linkname ns_fee "
    # sharing
    "fb_action_ids fb_action_types fb_source fb_ref __twitter_impression ref_src ref_url smid "
    "smtyp sr_share soc_src soc_trk ito guccounter guce_referrer guce_referrer_sig "
    "_branch_match_id "
    # sessions
    "jsessionid phpsessid cfid cftoken".split()
)
"""Query parameters that never decide which page is shown, in lower case."""

# These carry a page's own choice as often as a trace; the value tells them apart.
_DOUBTFUL = {
    **dict.fromkeys(
        ("sid", "sessionid", "session_id"), re.compile(r"[0-9a-z]{16,}", re.IGNORECASE)
    ),
    **dict.fromkeys(
        ("ref", "source", "src", "from", "cmp", "feed"),
        re.compile(
            r"(?:rss|atom|feed|rssfeed|feedburner|newsletter|twitter|facebook)", re.IGNORECASE
        ),
    ),
}


def absolute(link: str | None, base: str | None) -> str | None:
    """Return *link*, resolved against *base*, as a valid http or https URI; None if it is none.

    A user name and password in it are left out. Without a base, ``//host/`` and ``www.host`` are
    taken for https.
    """
    if not link or len(link) > LONGEST_LINK:
        return None
    if _CLEAN.fullmatch(link):
        return link
    link = _CONTROLS.sub("", link).strip()
    if not _PARTS.match(link):
        if not link or _SCHEME.match(link):
            return None
        if link.startswith("//") and base is None:
            link = f"https:{link}"
        elif link.startswith("www."):
            link = f"https://{link}"
        elif base is None:
            return None
        else:
            try:
                link = urljoin(base, link)
            except ValueError:  # "Invalid IPv6 URL" and its like
                return None
    return _respell(link)


def _respell(link: str) -> str | None:
    """Return *link* in the normal form of RFC 3986, 6.2.2 and 6.2.3."""
    parts = _PARTS.match(link)
    if not parts:
        return None
    scheme = parts[1].lower()
    authority = _authority(parts[2], scheme)
    if authority is None:
        return None
    path = _escape(parts[3].replace("\\", "/"), _PATH_SAFE)
    if "/." in path:
        path = _without_dots(path)
    query = _escape(parts[4], _QUERY_SAFE) if parts[4] else ""
    fragment = _escape(parts[5][1:], _QUERY_SAFE) if parts[5] else ""
    return f"{scheme}://{authority}{path or '/'}{query}{'#' if fragment else ''}{fragment}"


@lru_cache(maxsize=1024)  # the links of an article lead to a few hosts
def _authority(authority: str, scheme: str) -> str | None:
    """Return host and port in normal form, without the user and a default port; None if bad."""
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        host, bracket, port = host[1:].partition("]")
        try:
            host = f"[{ipaddress.IPv6Address(host).compressed}]" if bracket else ""
        except ValueError:
            return None
        port = port.removeprefix(":")
    else:
        host, _, port = host.partition(":")
        host = _ascii_host(host)
    if not host or (port and not (port.isascii() and port.isdigit())):
        return None
    if not port or port == _DEFAULT_PORTS[scheme]:
        return host
    return f"{host}:{int(port)}" if len(port) < 6 and int(port) <= _HIGHEST_PORT else None  # noqa: PLR2004, five digits hold every port


def _ascii_host(host: str) -> str:
    """Return *host* in lower case and ASCII (UTS 46, nontransitional: ß stays ß), or ''."""
    if host.isascii():
        host = host.lower().rstrip(".")
    else:
        host = unicodedata.normalize("NFKC", host.lower()).replace("。", ".").rstrip(".")
        host = ".".join(
            part if part.isascii() else f"xn--{part.encode('punycode').decode('ascii')}"
            for part in host.split(".")
        )
    if not _HOST.fullmatch(host) or ".." in host:
        return ""
    return host if all(len(part) <= _LONGEST_LABEL for part in host.split(".")) else ""


def _escape(part: str, safe: str) -> str:
    """Return *part* with every character escaped that must be, and none that need not be."""
    if "%" in part:
        part = _ESCAPE.sub(_unreserved, part)
        part = _BARE_PERCENT.sub("%25", part)
    if part.startswith("?"):
        return "?" + quote(part[1:], safe)
    return quote(part, safe)


def _unreserved(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if _UNRESERVED.match(letter) else found[0].upper()


def _without_dots(path: str) -> str:
    """Return *path* without ``.`` and ``..`` (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def canonical(link: str, tracking: tuple[str, ...] = ()) -> str:
    """Return *link*, which ``absolute`` gave, without what does not decide where it leads.

    That is tracking and session parameters (ours and those named in *tracking*, where a ``*`` at
    the end stands for any ending), an empty query, and the fragment. Fragments ``#!`` and ``#/``
    stay: there the page itself is named behind the hash. Scheme, path and the order of parameters
    stay as they are, and so do AMP and mobile addresses.
    """
    if "?" not in link and "#" not in link and ";" not in link:
        return link
    head, _, fragment = link.partition("#")
    path, _, query = head.partition("?")
    if ";" in path:
        path = _respell(_SESSION_PATH.sub("", path)) or path  # "/.;sid=1" leaves a dot segment
    if query:
        exact, prefixes = _watched(tracking)
        # "&amp;" in a link was escaped once too often by its source.
        parameters = query.replace("&amp;", "&").split("&")
        query = "&".join(each for each in parameters if not _traces(each, exact, prefixes))
    kept = f"#{fragment}" if fragment.startswith(("!", "/")) else ""
    return f"{path}?{query}{kept}" if query else path + kept


def _traces(parameter: str, exact: frozenset[str], prefixes: tuple[str, ...]) -> bool:
    name, _, value = parameter.partition("=")
    name = name.lower()
    if not name or name in exact or name.startswith(prefixes):
        return True
    doubtful = _DOUBTFUL.get(name)
    return doubtful is not None and doubtful.fullmatch(value) is not None


@lru_cache(maxsize=16)  # one for each settings file in use; tests bring a few more
def _watched(tracking: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the exact names and the prefixes to take away."""
    names = [name.strip().lower() for name in tracking]
    prefixes = [name[:-1] for name in names if name.endswith("*") and len(name) > 1]
    return TRACKING_PARAMETERS.union(names), (*TRACKING_PREFIXES, *prefixes)


def is_private(link: str) -> bool:
    """Tell whether *link*, which ``absolute`` gave, leads to this machine or an inside network.

    Only the spelling is looked at, no name is resolved.
    """
    parts = _PARTS.match(link)
    if not parts:
        return True
    return _is_private_host(parts[2].rpartition("@")[2])


@lru_cache(maxsize=256)  # pictures come from a few hosts
def _is_private_host(host: str) -> bool:
    if host.startswith("["):
        return not ipaddress.IPv6Address(host[1:].partition("]")[0]).is_global
    host = host.partition(":")[0]
    name, dot, last = host.rpartition(".")
    if last[:1].isdigit():
        try:  # 2130706433, 0x7f.1 and 127.1 are 127.0.0.1 (WHATWG URL, "IPv4 parser")
            return not ipaddress.IPv4Address(socket.inet_aton(host)).is_global
        except OSError:
            return True
    return (
        not dot
        or last in {"local", "localhost", "internal", "lan", "home", "corp"}
        or (host.endswith("home.arpa") and bool(name))
    )
