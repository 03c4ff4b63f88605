"""Identity that survives what upstreams do to it: each test polls a feed that does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from feeds.model import Verdict
from feeds.store import Store
from tests.polled import Desk, item, rss, verdicts
from tests.upstream import Reply, Seen, Upstream

NEW, UNCHANGED, UPDATED = Verdict.NEW, Verdict.UNCHANGED, Verdict.UPDATED
LONG = "The council met again and spoke of the harbour at length, as it does every week. " * 10


@pytest.fixture(name="upstream")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(name="desk")
def _desk(store: Store) -> Desk:
    return Desk(store)


def polls(desk: Desk, upstream: Upstream, *bodies: bytes) -> list[list[Verdict]]:
    """Poll one source once for each of *bodies*; return what became of the entries each time."""
    url = upstream.route("/feed", *(Reply(body=body) for body in bodies))
    desk.add(url)
    return [verdicts(desk.poll(url)) for _ in bodies]


def endless(
    desk: Desk, upstream: Upstream, body: Callable[[int], bytes], times: int
) -> list[Verdict]:
    """Poll one source *times* over whose body is another at each fetch; return the last verdicts."""
    fetches = count()

    def answer(_seen: Seen) -> Reply:
        return Reply(body=body(next(fetches)))

    url = upstream.route("/feed", answer)
    desk.add(url)
    return [verdicts(desk.poll(url)) for _ in range(times)][-1]


def stories_stored(desk: Desk) -> int:
    return int(desk.store.pulse.figures()["articles"])


def test_entries_without_ids_are_known_by_their_links(desk: Desk, upstream: Upstream) -> None:
    before = rss([item(1, guid=None), item(2, guid=None)])
    after = rss([item(3, guid=None), item(1, LONG, guid=None), item(2, guid=None)])

    assert polls(desk, upstream, before, after)[1] == [NEW, UPDATED, UNCHANGED]


def test_entries_without_ids_and_links_are_known_by_headline_and_day(
    desk: Desk, upstream: Upstream
) -> None:
    before = rss([item(1, guid=None, link=None), item(2, guid=None, link=None)])
    after = rss([item(1, LONG, guid=None, link=None), item(2, guid=None, link=None)])

    assert polls(desk, upstream, before, after)[1] == [UPDATED, UNCHANGED]


def test_ids_that_are_all_equal_name_none(desk: Desk, upstream: Upstream) -> None:
    before = rss([item(1, guid="feed"), item(2, guid="feed")])
    after = rss([item(3, guid="feed"), item(1, LONG, guid="feed"), item(2, guid="feed")])
    first, second = polls(desk, upstream, before, after)

    assert (first, second) == ([NEW, NEW], [NEW, UPDATED, UNCHANGED])


def test_links_that_are_all_equal_name_none(desk: Desk, upstream: Upstream) -> None:
    page = "https://wire.example/news"
    before = rss([item(1, link=page), item(2, link=page)])
    after = rss([item(1, LONG, link=page), item(2, link=page)])

    assert polls(desk, upstream, before, after)[1] == [UPDATED, UNCHANGED]


def addressed(scheme: str, host: str, *, text: str = "") -> bytes:
    return rss(
        item(
            number,
            text if number == 1 else "",
            guid=f"{scheme}://{host}/?p={number}",
            link=f"{scheme}://{host}/{number}/",
        )
        for number in (1, 2)
    )


def test_ids_that_change_from_http_to_https_stay_the_same(desk: Desk, upstream: Upstream) -> None:
    before, after = addressed("http", "old.example"), addressed("https", "old.example", text=LONG)
    polls(desk, upstream, before, after)

    assert stories_stored(desk) == 2
    assert desk.store.pulse.figures()["tally"]["http updated"] == 2  # one text, both links


def test_a_moved_host_makes_no_new_entries_and_edits_after_it_are_edits(
    desk: Desk, upstream: Upstream
) -> None:
    before = addressed("https", "old.example", text=LONG + "One.")
    moved = addressed("https", "new.example", text=LONG + "One.")
    edited = addressed("https", "new.example", text=LONG + "Two.")
    *_, last = polls(desk, upstream, before, moved, edited)

    assert stories_stored(desk) == 2
    assert last[0] is UPDATED


def test_ids_made_anew_at_each_build_make_no_new_entries(desk: Desk, upstream: Upstream) -> None:
    last = endless(
        desk,
        upstream,
        lambda fetch: rss(item(n, guid=f"build-{fetch}-{n}") for n in (1, 2)),
        5,
    )

    assert (last, stories_stored(desk)) == ([UNCHANGED, UNCHANGED], 2)


def test_links_with_a_fresh_token_at_each_fetch_are_no_edits(
    desk: Desk, upstream: Upstream
) -> None:
    last = endless(
        desk,
        upstream,
        lambda fetch: rss(item(n, link=f"https://wire.example/{n}?auth={fetch}") for n in (1, 2)),
        5,
    )

    assert (last, stories_stored(desk)) == ([UNCHANGED, UNCHANGED], 2)


def test_links_with_a_fresh_token_and_no_ids_name_the_same_entries(
    desk: Desk, upstream: Upstream
) -> None:
    def body(fetch: int) -> bytes:
        edit = LONG if fetch == 3 else ""
        return rss(
            item(
                n, edit if n == 1 else "", guid=None, link=f"https://wire.example/{n}?auth={fetch}"
            )
            for n in (1, 2)
        )

    assert endless(desk, upstream, body, 4) == [UPDATED, UNCHANGED]
    assert stories_stored(desk) == 2


def test_links_whose_query_names_the_story_are_stories_of_their_own(
    desk: Desk, upstream: Upstream
) -> None:
    def entry(number: int) -> str:
        link = f"https://wire.example/index.php?story={number}"
        return item(number, guid=None, link=link)

    first, second = polls(desk, upstream, rss([entry(1)]), rss([entry(2)]))

    assert (first, second) == ([NEW], [NEW])


def test_pictures_with_a_fresh_signature_at_each_fetch_are_no_edits(
    desk: Desk, upstream: Upstream
) -> None:
    last = endless(
        desk,
        upstream,
        lambda fetch: rss(
            [item(1, f'<p>{LONG}</p><img src="https://cdn.example/a.jpg?Expires={fetch}&s=1">')]
        ),
        3,
    )

    assert last == [UNCHANGED]


def test_fresh_tokens_do_not_fill_the_memory(desk: Desk, upstream: Upstream) -> None:
    endless(
        desk,
        upstream,
        lambda fetch: rss([item(1, guid=None, link=f"https://wire.example/1?auth={fetch}")]),
        4,
    )
    client = desk.store.connection.redis
    today = int(time.time() // 86_400)
    days = sorted(
        int.from_bytes(value[:2], "big") - today
        for bucket in client.scan_iter("wireroom:names:*")
        for value in client.hgetall(bucket).values()
    )

    assert len(days) == 6  # three names of the first sight, and a token of each fetch after it
    assert [day > 8 for day in days] == [False] * 3 + [True] * 3


def test_a_source_that_repeats_itself_adds_a_line_to_the_journal_for_each_rule(
    desk: Desk, upstream: Upstream
) -> None:
    other, copy = (upstream.route(path, Reply(body=rss([item(1)]))) for path in ("/a", "/b"))
    upstream.route("/b", *(Reply(body=rss([item(1)], head=f"<!-- {n} -->")) for n in range(5)))
    desk.add(other, copy)
    desk.poll(other)
    for _ in range(5):
        polled = desk.poll(copy)
    [outcome] = polled.report.outcomes
    assert outcome.id is not None
    events = desk.store.editorial.journal(outcome.id)

    assert outcome.verdict is Verdict.DUPLICATE
    assert [event.rule for event in events] == ["", "link", "upstream id"]
