"""Where a request may go, in every spelling of where it must not."""

from __future__ import annotations

import ipaddress
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.read.guard import Guard

GUARD = Guard()

INSIDE_4 = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
]
INSIDE_6 = ["::/127", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64", "2001:db8::/32"]
METADATA = ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"]


def meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that a mapped or a NAT64 one is, and any other as it is."""
    if isinstance(address, IPv6Address) and address in IPv6Network("64:ff9b::/96"):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


inside_4 = st.one_of(
    *(st.ip_addresses(v=4, network=IPv4Network(network)) for network in INSIDE_4),
    st.ip_addresses(v=4).filter(lambda address: not address.is_global),
)
inside_6 = st.one_of(
    *(st.ip_addresses(v=6, network=IPv6Network(network)) for network in INSIDE_6),
    st.ip_addresses(v=6).filter(lambda address: not address.is_global),
).filter(lambda address: not meant(address).is_global)


def v4_spellings(address: IPv4Address) -> list[str]:
    number, parts = int(address), address.packed
    return [
        str(address),
        str(number),
        hex(number),
        f"{number:#012x}".replace("0x", "0X"),
        f"0{number:o}",
        ".".join(hex(part) for part in parts),
        ".".join(f"0{part:o}" for part in parts),
        f"{parts[0]}.{int.from_bytes(parts[1:], 'big')}",
        f"{parts[0]}.{parts[1]}.{int.from_bytes(parts[2:], 'big')}",
        f"{address}.",
    ]


def v6_carriers(address: IPv4Address) -> list[str]:
    """The IPv6 addresses that a tunnel, a translator or the kernel itself takes to *address*."""
    high, low = f"{int(address) >> 16:x}", f"{int(address) & 0xFFFF:x}"
    turned = int(address) ^ 0xFFFFFFFF
    return [
        f"::ffff:{address}",
        f"::ffff:{high}:{low}",
        f"0:0:0:0:0:FFFF:{high}:{low}",
        f"::{high}:{low}",
        f"::ffff:0:{high}:{low}",
        f"64:ff9b::{high}:{low}",
        f"64:ff9b:1::{high}:{low}",
        f"2002:{high}:{low}::1",
        f"2001:0:{high}:{low}::",
        f"2001:0:4136:e378:8000:63bf:{turned >> 16:x}:{turned & 0xFFFF:x}",
        f"2a00:1450:4001::5efe:{high}:{low}",
    ]


@given(inside_4)
def test_no_spelling_of_an_inside_ipv4_address_may_be_asked_for(address: IPv4Address) -> None:
    allowed = [text for text in v4_spellings(address) if not GUARD.allows_url(f"http://{text}/")]

    assert allowed == []


@given(inside_4)
def test_no_ipv6_address_that_carries_an_inside_ipv4_one_is_connected_to(
    address: IPv4Address,
) -> None:
    spelled = [str(address), *v6_carriers(address)]
    allowed = [text for text in spelled if GUARD.allows_address(text)]

    assert allowed == []


@given(inside_6, st.sampled_from(["", "%eth0", "%1", "%25lo"]))
def test_no_spelling_of_an_inside_ipv6_address_is_connected_to(
    address: IPv6Address, zone: str
) -> None:
    spelled = [address.compressed, address.exploded, address.exploded.upper()]
    allowed = [text for text in spelled if GUARD.allows_address(text + zone)]

    assert allowed == []


@given(inside_6)
def test_no_spelling_of_an_inside_ipv6_address_may_be_asked_for(address: IPv6Address) -> None:
    spelled = [address.compressed, address.exploded, address.exploded.upper()]
    allowed = [text for text in spelled if not GUARD.allows_url(f"https://[{text}]/")]

    assert allowed == []


@settings(max_examples=500)
@given(st.ip_addresses())
def test_what_is_connected_to_is_global_and_one_host(address: IPv4Address | IPv6Address) -> None:
    end = meant(address)
    inside = not end.is_global or end.is_multicast or end.is_reserved

    assert not (inside and GUARD.allows_address(str(address)))


@pytest.mark.parametrize("address", METADATA)
def test_metadata_services_are_not_reached(address: str) -> None:
    allowed = GUARD.allows_address(address)

    assert not allowed


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"],
)
def test_public_addresses_are_reached(address: str) -> None:
    allowed = GUARD.allows_address(address)

    assert allowed


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "1", "/run/socket", "10.0.0.1/8"])
def test_what_is_no_address_is_not_connected_to(address: str) -> None:
    allowed = Guard(["0.0.0.0/0", "::/0"]).allows_address(address)

    assert not allowed


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"])
def test_a_network_that_the_operator_allows_is_reached_in_its_spellings(address: str) -> None:
    guard = Guard(["10.1.0.0/16"])

    assert guard.allows_address(address)


def test_allowing_one_network_allows_no_other() -> None:
    guard = Guard(["10.1.0.0/16", "fd12::/16"])
    reached = [
        address
        for address in ("10.2.0.1", "127.0.0.1", "fd13::1", "::1", "169.254.169.254")
        if guard.allows_address(address)
    ]

    assert reached == []


def test_a_network_that_is_none_is_the_operators_mistake() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.300"):
        Guard(["10.0.0.300/8"])


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://wire.example/1",
        "ftp://wire.example/feed",
        "dict://wire.example:11211/stat",
        "//wire.example/feed",
        "wire.example/feed",
        "javascript:alert(1)",
        "",
    ],
)
def test_only_http_and_https_are_asked(url: str) -> None:
    why = GUARD.allows_url(url)

    assert why
    assert "http and https" in why


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@wire.example/",
        "http://me@wire.example/",
        "http://wire.example\\@10.0.0.1/",
        "http://:secret@wire.example/",
        "http://me:secret@wire.ex℀mple/",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_repeated(url: str) -> None:
    why = GUARD.allows_url(url)

    assert why
    assert "secret" not in why


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///feed",
        "http://%31%32%37.0.0.1/",
        "http://wire.example\\.inside/",
        "http://[::1/",
        "http://wire.example:99999/",
        "http://wire.example:port/",
        "http://wire.example/a\r\nHost: inside",
        "http://wire.example/\tfeed",
        " http://wire.example/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.fe80]/",
        "http://wire!example/",
        "http://wire.example,inside.example/",
    ],
)
def test_what_two_readers_could_read_in_two_ways_is_refused(url: str) -> None:
    why = GUARD.allows_url(url)

    assert why


@pytest.mark.parametrize("port", [22, 25, 79, 81, 110, 143, 587, 1023, 0])
def test_ports_of_other_protocols_are_refused(port: int) -> None:
    why = GUARD.allows_url(f"http://wire.example:{port}/")

    assert why
    assert str(port) in why


@pytest.mark.parametrize(
    "url",
    [
        "http://wire.example",
        "https://wire.example:443/feed?a=1&b=2#top",
        "https://wire.example:8443/feed",
        "http://zeitung.münchen.example/feed",
        "HTTPS://WIRE.EXAMPLE./",
        "http://93.184.215.14/feed",
        "http://[2606:4700::1111]:8080/",
    ],
)
def test_addresses_of_the_web_are_asked(url: str) -> None:
    why = GUARD.allows_url(url)

    assert why is None


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_every_address_of_this_machine_under_its_own_names_is_refused() -> None:
    names = ["localhost", socket.gethostname()]
    found: set[str] = set()
    for name in names:
        try:
            found |= {str(info[4][0]) for info in socket.getaddrinfo(name, 80)}
        except socket.gaierror:
            continue
    loopback = {a for a in found if ipaddress.ip_address(a.partition("%")[0]).is_loopback}

    assert loopback
    assert not [address for address in loopback if GUARD.allows_address(address)]
