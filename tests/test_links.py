import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.normalise import links
from feeds.normalise.links import absolute, canonical, is_private

BASE = "https://paper.example/news/today/page.html?x=1"


@pytest.mark.parametrize(
    ("link", "resolved"),
    [
        ("story.html", "https://paper.example/news/today/story.html"),
        ("/story", "https://paper.example/story"),
        ("../a/./b", "https://paper.example/news/a/b"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("?p=2", "https://paper.example/news/today/page.html?p=2"),
        (" https://a.example/x\n", "https://a.example/x"),
        ("ht\ttps://a.example/x", "https://a.example/x"),
        ("https:\\\\a.example\\x", "https://a.example/x"),
        ("www.a.example/x", "https://www.a.example/x"),
    ],
)
def test_links_are_resolved_against_the_base(link: str, resolved: str) -> None:
    assert absolute(link, BASE) == resolved


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        " \x01jAvAsCrIpT\n:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://a.example/",
        "mailto:desk@paper.example",
        "http://",
        "http://a b/",
        "http://[::1",
        "http://a.example:99999/",
        "http://a.example:x/",
        "http://a..example/",
        "https://%00/",
        "https://" + "a" * 64 + ".example/",
        "",
        None,
    ],
)
def test_what_is_no_web_address_does_not_get_out(link: str | None) -> None:
    assert absolute(link, BASE) is None


def test_a_relative_link_without_a_base_leads_nowhere() -> None:
    assert absolute("/story", None) is None


@pytest.mark.parametrize(
    ("link", "spelling"),
    [
        ("HTTP://WWW.A.Example/Path", "http://www.a.example/Path"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:80", "http://a.example/"),
        ("http://a.example:8080/", "http://a.example:8080/"),
        ("https://a.example./x", "https://a.example/x"),
        ("https://a.example/%7euser/%c3%a9", "https://a.example/~user/%C3%A9"),
        ("https://a.example/é x", "https://a.example/%C3%A9%20x"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://user:secret@a.example/", "https://a.example/"),
        ("http://[2001:DB8:0::1]/", "http://[2001:db8::1]/"),
        ("https://a.example/a/../b/", "https://a.example/b/"),
    ],
)
def test_there_is_one_spelling_of_an_address(link: str, spelling: str) -> None:
    assert absolute(link, None) == spelling


@pytest.mark.parametrize(
    ("link", "identity"),
    [
        ("https://a.example/x?utm_source=rss&utm_medium=feed", "https://a.example/x"),
        ("https://a.example/x?id=7&fbclid=abc&b=2", "https://a.example/x?id=7&b=2"),
        ("https://a.example/x?b=2&a=1", "https://a.example/x?b=2&a=1"),
        ("https://a.example/x?", "https://a.example/x"),
        ("https://a.example/x#top", "https://a.example/x"),
        ("https://a.example/#!/story/7", "https://a.example/#!/story/7"),
        ("https://a.example/x?a=1&amp;utm_source=x", "https://a.example/x?a=1"),
        ("https://a.example/x;jsessionid=0AF3?a=1", "https://a.example/x?a=1"),
        ("https://a.example/x?PHPSESSID=1f", "https://a.example/x"),
        ("https://a.example/x?sid=0123456789abcdef01", "https://a.example/x"),
        ("https://a.example/x?sid=26/11/04/7", "https://a.example/x?sid=26/11/04/7"),
        ("https://a.example/x?ref=rss", "https://a.example/x"),
        ("https://a.example/x?ref=chapter-2", "https://a.example/x?ref=chapter-2"),
        ("https://m.a.example/amp/x/", "https://m.a.example/amp/x/"),
        ("https://a.example/x/", "https://a.example/x/"),
        ("https://a.example/x?utm%5Fsource=y", "https://a.example/x"),
    ],
)
def test_what_does_not_decide_where_a_link_leads_goes(link: str, identity: str) -> None:
    address = absolute(link, None)

    assert address is not None
    assert canonical(address) == identity


def test_the_operators_parameters_go_too() -> None:
    link = "https://a.example/x?paper_id=3&campaign7=a&keep=1"

    assert canonical(link, ("paper_id", "campaign*")) == "https://a.example/x?keep=1"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "10.0.0.8", "192.168.1.1",
        "169.254.169.254", "[::1]", "[fd00::1]", "printer.local", "db.internal", "intranet", "0",
    ],
)  # fmt: skip
def test_inside_addresses_are_told(host: str) -> None:
    address = absolute(f"http://{host}/x.png", None)

    assert address is not None
    assert is_private(address)


@pytest.mark.parametrize("host", ["a.example", "8.8.8.8", "[2606:4700::1111]", "local.example"])
def test_outside_addresses_are_told(host: str) -> None:
    address = absolute(f"http://{host}/x.png", None)

    assert address is not None
    assert not is_private(address)


FOREIGN = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(
        st.sampled_from(
            ["http", "https", ":", "//", "/", "..", "%", "%2f", "?", "&", "=", "#", "!", "@", "[", "]", "a.example",
             "utm_source", ";jsessionid=1", "é", "。", "ß", " ", "\\", "\x00", "80", ":99", "javascript:", "\ud800"]
        )
    ).map("".join),
)  # fmt: skip


@given(FOREIGN)
def test_an_address_is_ascii_and_on_the_web(link: str) -> None:
    address = absolute(link, BASE)

    assert address is None or (address.isascii() and address.startswith(("http://", "https://")))


@given(FOREIGN)
def test_resolving_and_canonicalising_twice_changes_nothing(link: str) -> None:
    address = absolute("https://a.example/" + link, None)
    if address is None:
        return
    identity = canonical(address)

    assert absolute(address, None) == address
    assert canonical(identity) == identity
    assert absolute(identity, None) == identity
    assert is_private(identity) is False


@pytest.mark.parametrize(
    "unit", ["/.", "/..", "%", "%2", "&", "a.", "@", "[", ";", ":", "?", "#", "é"]
)
def test_hostile_links_take_linear_time(unit: str) -> None:
    started = time.process_time()
    for prefix in ("", "https://", "https://a.example/", "https://a.example/?"):
        for characters in (4_000, 200_000):
            address = absolute(prefix + unit * (characters // len(unit)), BASE)
            if address:
                canonical(address)

    assert time.process_time() - started < 1


@given(
    st.sampled_from(["", "/", "/a/", "/a", "?", "#"]),
    st.text("aZ9._~-/?#=&+:;,!*%'()@|", max_size=12),
)
def test_an_address_that_is_taken_for_clean_has_its_one_spelling(start: str, rest: str) -> None:
    link = f"https://paper.example{start}{rest}"

    assert not links._CLEAN.fullmatch(link) or links._respell(link) == link
