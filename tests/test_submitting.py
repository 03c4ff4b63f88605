"""Submitting: what docs/tasks.md says is run as it stands, and what it promises is tried."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.running import Running, environment, wait_for

_PAGE = Path(__file__).parents[1].joinpath("docs", "tasks.md").read_text("utf-8")
_BLOCK = re.compile(r"^<!-- (\w+): ([^\n]+) -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = {(kind, name): (language, text) for kind, name, language, text in _BLOCK.findall(_PAGE)}
EXAMPLES = [name for kind, name in BLOCKS if kind == "run" and "withdraw" not in name]
ARTICLE = json.loads(BLOCKS["file", "article.json"][1])
NEEDED = {"sh": "redis-cli", "js": "node", "python": sys.executable}


@pytest.fixture(scope="module", name="wireroom")
def _wireroom() -> Iterator[Running]:
    """``up``, its server also on a TCP port; short by its path, for a socket's has 104 bytes."""
    with tempfile.TemporaryDirectory(prefix="wr", dir="/tmp") as folder:
        settings = {
            "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",  # another application's: not ours to obey
            "WIREROOM_INBOX_ABANDONED_SECONDS": "2",
            "WIREROOM_PUBLISH_WINDOW_MAX_ITEMS": "1500",
            "WIREROOM_PUBLISH_WINDOW_BYTES": "50000000",
        }
        with Running(Path(folder) / "wireroom-data", **settings) as running:
            with closing(socket.create_server(("127.0.0.1", 0))) as free:
                port = free.getsockname()[1]
            running.redis.config_set("bind", "127.0.0.1")
            running.redis.config_set("port", port)
            yield running


def one(**changes: Any) -> dict[str, Any]:
    """Return the page's article under an id and a text of its own."""
    name = changes.get("id") or uuid.uuid4().hex
    text = f"<p>{' '.join(f'{name}-{number}' for number in range(5))}</p>"
    return {**ARTICLE, "id": name, "title": f"Story {name}", "content_html": text, **changes}


def message(articles: object, task_id: str, task: str = "wireroom.submit") -> str:
    """Return a Celery message as another language would write it."""
    body = json.dumps([[], {"articles": articles, "source": "desk"}, {}])
    return json.dumps(
        {
            "body": base64.b64encode(body.encode()).decode(),
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {"task": task, "id": task_id},
            "properties": {
                "body_encoding": "base64",
                "correlation_id": task_id,
                "delivery_tag": uuid.uuid4().hex,
                "delivery_info": {"exchange": "", "routing_key": "wireroom.ingest"},
            },
        }
    )


def without(*path: str) -> str:
    """Return a message that lacks the part at *path*."""
    whole = part = json.loads(message([one()], uuid.uuid4().hex))
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return json.dumps(whole)


def result(wireroom: Running, task_id: str) -> dict[str, Any]:
    """Wait for the result of a task; return all that Celery keeps of it."""
    kept = wireroom.wait_for(lambda: wireroom.redis.get(f"celery-task-meta-{task_id}"))
    return json.loads(kept)


def submit(wireroom: Running, *articles: object, task_id: str | None = None) -> dict[str, Any]:
    """Submit *articles* as a task; return the report."""
    task_id = task_id or uuid.uuid4().hex
    wireroom.redis.lpush("wireroom.ingest", message(articles, task_id))
    return result(wireroom, task_id)["result"]


def post(wireroom: Running, **fields: str | bytes) -> dict[str, Any]:
    """Add an entry to the inbox; return its outcome."""
    return outcome(wireroom, wireroom.redis.xadd("wireroom:inbox", fields))


def outcome(wireroom: Running, entry: str, seconds: float = 60) -> dict[str, Any]:
    """Wait for the outcome of an inbox entry."""
    kept = wireroom.wait_for(lambda: wireroom.redis.get(f"wireroom:outcome:{entry}"), seconds)
    return json.loads(kept)


def verdicts(report: dict[str, Any]) -> list[str]:
    return [found["verdict"] for found in report["outcomes"]]


def titles(wireroom: Running) -> list[str]:
    """Return the titles in the published feed of all stories."""
    _, body = wireroom.fetch("/feeds/all.json")
    return [item["title"] for item in json.loads(body)["items"]] if body else []


def run_example(wireroom: Running, folder: Path, name: str, server: str, **variables: str) -> str:
    """Run a block of the page as a reader would, in a folder with its files; return the output."""
    language, text = BLOCKS["run", name]
    if shutil.which(NEEDED[language]) is None:
        pytest.skip(f"{NEEDED[language]} is not installed")
    for (kind, file), (_, content) in BLOCKS.items():
        if kind == "file" and not (folder / file).exists():
            (folder / file).write_text(content, "utf-8")
    folder.joinpath("wireroom-data").symlink_to(wireroom.data)
    port = wireroom.redis.config_get("port")["port"]
    address = wireroom.redis_url if server == "embedded" else f"redis://127.0.0.1:{port}/0"
    if language == "sh":
        text = f"set -e\n{BLOCKS['shell', server][1]}\n{text}"
    script = folder / f"example.{ {'sh': 'sh', 'python': 'py', 'js': 'mjs'}[language] }"
    script.write_text(text, "utf-8")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    interpreter = {"sh": "sh", "python": sys.executable, "js": "node"}[language]
    done = subprocess.run(
        [interpreter, script.name],
        cwd=folder,
        env=environment(PATH=path, WIREROOM_REDIS_URL=address, **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + wireroom.log
    return done.stdout


def test_every_block_of_the_page_is_run_or_compared() -> None:
    kinds = {kind for kind, _ in BLOCKS}

    assert len(BLOCKS) == len(re.findall(r"^```\w", _PAGE, re.MULTILINE))
    assert kinds == {"shell", "file", "run", "answer"}


@pytest.mark.parametrize("server", ["embedded", "own"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_brings_the_answer_that_the_page_shows(
    wireroom: Running, tmp_path: Path, example: str, server: str
) -> None:
    article = one()
    (tmp_path / "article.json").write_text(json.dumps(article), "utf-8")
    way = example.partition(" ")[0]

    said = run_example(wireroom, tmp_path, example, server)

    answer = json.loads(said.splitlines()[-1])
    if "task_id" in answer:  # Celery's own envelope
        answer = answer["result"]
    shown = json.loads(BLOCKS["answer", way][1])
    for found, told in zip(
        [answer, shown] if way == "inbox" else answer["outcomes"] + shown["outcomes"],
        (article["title"], ARTICLE["title"]),
        strict=True,
    ):
        assert re.fullmatch("[a-z2-7]{16}", found.pop("id"))
        assert found.pop("title") == told
    assert answer == shown
    wireroom.wait_for(lambda: article["title"] in titles(wireroom))


def test_the_task_that_withdraws_leaves_a_stub(wireroom: Running, tmp_path: Path) -> None:
    article = one()
    [admitted] = submit(wireroom, article)["outcomes"]
    wireroom.wait_for(lambda: article["title"] in titles(wireroom))

    run_example(wireroom, tmp_path, "withdraw from the shell", "embedded", ID=admitted["id"])

    wireroom.wait_for(lambda: article["title"] not in titles(wireroom))
    assert wireroom.fetch(f"/articles/{admitted['id']}/")[0] == 410


def test_a_bad_article_is_rejected_with_a_reason_and_its_neighbours_pass(
    wireroom: Running,
) -> None:
    bad = [{"title": 5}, {}, 7, "text", None, [one()], {"articles": [one()]}, one(image=[3])]

    report = submit(wireroom, one(), *bad, one())

    assert verdicts(report) == ["new", *["rejected"] * len(bad), "new"]
    assert report["read"] == len(report["outcomes"])
    assert [found["reason"] for found in report["outcomes"][1:-1]] == [
        "title: a number (5) was found, a string is expected",
        "title: missing, an article needs a title",
        "an article is a JSON object, not a number",
        "an article is a JSON object, not a string",
        "an article is a JSON object, not null",
        "an article is a JSON object, not a list",
        "a list of articles stands where one is expected",
        "image[0]: a number (3) was found, an object is expected",
    ]


def test_half_an_emoji_and_a_number_beyond_all_bounds_harm_nobody(wireroom: Running) -> None:
    cut = one(title="Cut short \ud83d", urgency=10**30)

    assert verdicts(submit(wireroom, cut, one()))[1] == "new"


def test_an_empty_list_brings_an_empty_report(wireroom: Running) -> None:
    assert submit(wireroom) == {"read": 0, "tally": {}, "outcomes": []}


def test_no_list_at_all_is_a_failure_that_says_so(wireroom: Running) -> None:
    task_id = uuid.uuid4().hex
    wireroom.redis.lpush("wireroom.ingest", message(one(), task_id))

    kept = result(wireroom, task_id)

    assert kept["status"] == "FAILURE"
    assert kept["result"]["exc_message"] == ["articles is a list of objects; this is dict"]


def test_the_same_article_twice_is_one_entry(wireroom: Running) -> None:
    article = one()

    report = submit(wireroom, article, article)
    again = submit(wireroom, article)
    posted = post(wireroom, article=json.dumps(article), source="desk")

    assert verdicts(report) == ["new", "unchanged"]
    ids = {found["id"] for found in (*report["outcomes"], *again["outcomes"], posted)}
    assert len(ids) == 1
    assert (verdicts(again), posted["verdict"]) == (["unchanged"], "unchanged")
    wireroom.wait_for(lambda: article["title"] in titles(wireroom))
    assert titles(wireroom).count(article["title"]) == 1


def test_another_text_under_the_same_id_is_an_update_in_the_feed(wireroom: Running) -> None:
    article = one()
    [first] = submit(wireroom, article)["outcomes"]

    [second] = submit(wireroom, {**article, "title": "Corrected " + article["id"]})["outcomes"]

    assert (second["verdict"], second["id"]) == ("updated", first["id"])
    wireroom.wait_for(lambda: f"Corrected {article['id']}" in titles(wireroom))
    assert article["title"] not in titles(wireroom)


def test_a_message_delivered_twice_brings_the_same_report(wireroom: Running) -> None:
    articles, task_id = [one(), {"title": 5}, one()], uuid.uuid4().hex
    first = submit(wireroom, *articles, task_id=task_id)
    counted = wireroom.redis.hgetall("wireroom:tally")
    wireroom.redis.delete(f"celery-task-meta-{task_id}")

    second = submit(wireroom, *articles, task_id=task_id)

    assert second == first
    assert wireroom.redis.hgetall("wireroom:tally") == counted


def test_ninjs_and_the_short_form_come_in_both_ways_and_side_by_side(wireroom: Running) -> None:
    def ninjs() -> dict[str, Any]:
        name = uuid.uuid4().hex
        return {
            "uri": f"urn:example:{name}",
            "type": "text",
            "headlines": [{"role": "main", "value": f"Story {name}"}],
            "bodies": [{"role": "main", "contentType": "text/plain", "value": f"Of {name}."}],
            "versionCreated": "2026-03-04T09:30:00Z",
        }

    report = submit(wireroom, one(), ninjs(), one())
    posted = [post(wireroom, article=json.dumps(each)) for each in (one(), ninjs())]

    assert verdicts(report) == ["new"] * 3
    assert [found["verdict"] for found in posted] == ["new"] * 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"body": "{}"}, "the entry has no field 'article', only: body"),
        ({"article": ""}, "the field 'article' cannot be read as JSON: Input data was truncated"),
        ({"article": "hello"}, "cannot be read as JSON: JSON is malformed"),
        ({"article": "<p>hello</p>"}, "cannot be read as JSON: JSON is malformed"),
        ({"article": b"\xff\xfe\x00"}, "cannot be read as JSON"),
        ({"article": "[" * 100_000}, "cannot be read as JSON"),
        ({"article": json.dumps([one()])}, "an article is a JSON object, not a list"),
        ({"article": json.dumps(one(content_html="x" * 10_000_000))}, "512"),
    ],
    ids=["no article", "empty", "no JSON", "HTML", "bytes", "deep", "a list", "10 MB"],
)
def test_a_malformed_inbox_entry_is_rejected_with_a_reason_and_leaves_the_stream(
    wireroom: Running, fields: dict[str, str | bytes], reason: str
) -> None:
    entry = wireroom.redis.xadd("wireroom:inbox", fields)

    found = outcome(wireroom, entry)

    assert found["verdict"] == "rejected"
    assert reason in found["reason"]
    assert wireroom.redis.xrange("wireroom:inbox", entry, entry) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("desk", "submit:desk"),
        ("  Résumé\t\n desk\0 ", "submit:Résumé desk"),
        ("", "submit:unnamed"),
        ("x" * 500, "submit:" + "x" * 100),
    ],
)
def test_a_source_may_call_itself_anything(wireroom: Running, name: str, source: str) -> None:
    found = post(wireroom, article=json.dumps(one()), source=name)

    [event] = wireroom.redis.lrange(f"wireroom:journal:{found['id']}", 0, -1)
    assert event.split("\t")[3] == source


def test_a_source_cannot_change_what_another_submitted(wireroom: Running) -> None:
    article = one(link="https://desk.example/" + uuid.uuid4().hex)
    first = post(wireroom, article=json.dumps(article), source="desk")

    other = {**article, "content_html": "<p>Something else entirely.</p>"}
    second = post(wireroom, article=json.dumps(other), source="rival")

    assert (second["verdict"], second["id"]) == ("duplicate", first["id"])


@pytest.mark.parametrize("asked", ["explain", "explain --json"])
def test_explain_tells_a_person_what_became_of_an_entry(wireroom: Running, asked: str) -> None:
    entry = wireroom.redis.xadd("wireroom:inbox", {"article": "hello"})
    outcome(wireroom, entry)

    said = subprocess.check_output(
        [
            Path(sys.executable).with_name("wireroom"),
            *asked.split(),
            entry,
            "--data",
            wireroom.data,
        ],
        env=environment(),
        text=True,
    )

    assert "rejected" in said
    assert "cannot be read as JSON" in said


@pytest.mark.parametrize(
    "item",
    [
        *("garbage", "\x80", "{}", "[]", "5", "null", '{"properties": {"delivery_tag": "1"}}'),
        *(without(part) for part in ("body", "content-type", "headers", "properties")),
        *(without("headers", part) for part in ("id", "task")),
        *(without("properties", part) for part in ("body_encoding", "delivery_info")),
        *(without("properties", part) for part in ("correlation_id", "delivery_tag")),
    ],
    ids=lambda item: f"{len(item)} characters",
)
def test_what_is_no_message_neither_stops_the_service_nor_stays(
    wireroom: Running, item: str
) -> None:
    said = len(wireroom.log)
    wireroom.redis.lpush("wireroom.ingest", *[item] * 10)

    assert verdicts(submit(wireroom, one())) == ["new"]
    assert "is started again" not in wireroom.log[said:]
    wireroom.wait_for(lambda: not wireroom.redis.hlen("unacked"))


def test_an_unknown_task_does_not_stop_the_service(wireroom: Running) -> None:
    wireroom.redis.lpush("wireroom.ingest", message([], uuid.uuid4().hex, task="wireroom.unknown"))

    assert verdicts(submit(wireroom, one())) == ["new"]


def test_a_worker_that_is_killed_over_the_inbox_loses_nothing_and_doubles_nothing(
    wireroom: Running,
) -> None:
    stream, count = "wireroom:inbox", 1000
    articles = [one() for _ in range(count)]
    with wireroom.redis.pipeline(transaction=False) as pipe:
        for article in articles:
            pipe.xadd(stream, {"article": json.dumps(article), "source": "desk"})
        entries = pipe.execute()
    killed = 0
    for _ in range(2):
        wait_for(lambda: wireroom.redis.xpending(stream, "wireroom")["pending"])
        wireroom.kill("worker")
        killed += wireroom.redis.xlen(stream) > 0

    found = [outcome(wireroom, entry, 120) for entry in entries]

    assert killed
    assert [told["verdict"] for told in found] == ["new"] * count
    assert len({told["id"] for told in found}) == count
    wanted = {article["title"] for article in articles}
    wireroom.wait_for(lambda: wanted <= set(titles(wireroom)))
    assert len([title for title in titles(wireroom) if title in wanted]) == count
