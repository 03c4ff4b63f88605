"""Where a request may go: public addresses of the web, and the networks that the operator allows.

An address is judged twice. ``allows_url`` reads what was written, to refuse early and say why;
``allows_address`` is asked for every socket just before it connects, so that no name, no second
look-up and no redirect leads inside. Only the second is the wall.

The registries of special addresses (RFC 6890 and after) stand here as tables: what Python's
``ipaddress`` calls global has changed between releases, and has 6to4, NAT64 and multicast in it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import SplitResult, urlsplit

import idna

_NOT_PUBLIC = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a carrier's NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services, on a public address
        "169.254.0.0/16",  # link-local, and the clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # IETF protocol assignments, and Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments; Teredo and ORCHID among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which leads to any IPv4 address
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)

_LOWEST_PORT = 1024
_REMEMBERED = 16_384  # addresses, of some 200 bytes
_WEB_PORTS = (80, 443)
# Two readers of an address must not see two hosts in it; so what only one of them minds is out.
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_ODD_IN_HOST = re.compile(r"[\\%<>\"^`{|}!$'*=;,+&()]")


class Guard:
    """Judges addresses. *allowed* are the networks (CIDR) that the operator lets in besides.

    Raises:
        ValueError: an item of *allowed* is no network.
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = tuple(ip_network(text, strict=False) for text in allowed)
        # The same sources are asked again and again, for as long as the worker lives.
        self._url = lru_cache(maxsize=_REMEMBERED)(self._judge_url)
        self._address = lru_cache(maxsize=_REMEMBERED)(self._judge_address)

    def allows_url(self, url: str) -> str | None:
        """Return None if *url* may be asked for, or a sentence that says why not."""
        return self._url(url)

    def allows_address(self, address: str) -> bool:
        """Say whether a socket may connect to *address*, an IP address as the system writes it."""
        return self._address(address)

    def _judge_url(self, url: str) -> str | None:
        if _CONTROL.search(url):
            return "the address has a space or a control character in it"
        try:
            parts = urlsplit(url)
            host, port = known_host(parts), parts.port
        except ValueError:  # its text would repeat the address, and what is secret in it
            return "this is no web address"
        fault = _fault(parts, host, port)
        literal = None if fault else _literal(host)
        if literal and not self._allows(literal):
            return self.refusal(str(literal))
        return fault

    def _judge_address(self, address: str) -> bool:
        try:
            # A zone id chooses among our own interfaces: it does not make an address another one.
            return self._allows(ip_address(address.partition("%")[0]))
        except ValueError:
            return False

    @staticmethod
    def refusal(address: str) -> str:
        """Return the sentence for an *address* that is not allowed."""
        return (
            f"{address} is not a public address; the operator can allow its network in the settings"
        )

    def _allows(self, address: IPv4Address | IPv6Address) -> bool:
        address = _meant(address)
        return _public(address) or any(address in network for network in self._allowed)


def known_host(parts: SplitResult) -> str:
    """Return the host of an address as the name servers know it, in ASCII ("" if it has none).

    Raises:
        ValueError: the host is no name that they could know.
    """
    host = parts.hostname or ""
    return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")


def _fault(parts: SplitResult, host: str, port: int | None) -> str | None:
    """Return what is wrong with an address, wherever its *host* may be."""
    if parts.scheme not in ("http", "https"):
        return f"only http and https are fetched, not {parts.scheme or 'an address without them'}"
    if "@" in parts.netloc:
        return "the address carries credentials; give them as headers of the source"
    bracketed = "[" in parts.netloc
    if not host or _ODD_IN_HOST.search(parts.netloc) or (bracketed and not _literal(host)):
        return "the address names no host"
    # Below 1024 other protocols live, and some of them act on the text of a request.
    if port is not None and port not in _WEB_PORTS and port < _LOWEST_PORT:
        return f"port {port} is not one of the web (80, 443, or 1024 and above)"
    return None


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for where such are in daily use.

    NAT64 is how a host without IPv4 reaches all of the IPv4 web, so it is judged by where it
    leads. The other tunnels are not in use for the web any more and are not public.
    """
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(address.packed[12:])
    return address


def _public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    return (
        address in _PUBLIC_6
        and not any(address in network for network in _NOT_PUBLIC_6)
        and int.from_bytes(address.packed[8:12], "big") not in _ISATAP
    )


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that *host* spells, also as 2130706433, 0x7f000001, 0177.1 or 127.1."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    except (OSError, ValueError):
        return None
