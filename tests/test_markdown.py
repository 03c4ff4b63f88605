"""Markdown: front matter in many spellings, the title, template tags, and what must not happen."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.formats import front_matter, markdown
from feeds.formats.decoding import decode
from feeds.formats.template_tags import without_template_tags
from feeds.model import Document, Entry, Image, Person, Source, Text

DATA = Path(__file__).parent / "data" / "markdown"
SAMPLES = sorted(DATA.glob("*.input.*"))
SHARED = Path(__file__).parents[2] / "shared"
CORPORA = SHARED / "corpora"
SECONDS = 3.0  # for 200 KB that mean harm, on a busy machine


def _document(data: bytes | str, name: str = "post.md") -> Document:
    raw = data.encode() if isinstance(data, str) else data
    return Document(raw, name, Source(id="test"), datetime(2025, 9, 9, tzinfo=UTC))


def _entry(data: bytes | str, name: str = "post.md") -> Entry:
    [entry] = markdown.parse(_document(data, name))
    assert isinstance(entry, Entry)
    return entry


def _recognised(text: str, name: str) -> bool:
    return markdown.recognises(_document(text, name), text)


def _body(entry: Entry) -> str:
    return entry.content.value if entry.content else ""


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    pair = path.with_name(path.name.split(".input.")[0] + ".expected.json")
    default = msgspec.to_builtins(Entry(format=""))
    found = {
        key: value
        for key, value in msgspec.to_builtins(_entry(path.read_bytes(), path.name)).items()
        if value != default.get(key)
    }

    assert [found] == json.loads(pair.read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("---\ntitle: x\n---\nbody", "x.txt"),
        ("--- \n# a comment\ntitle: x\n---\n", "x"),
        ("---\n---\nbody", "x"),
        ('+++\ntitle = "x"\n+++\n', "x"),
        (";;;\n{}\n;;;\n", "x"),
        ("# A heading\n\ntext", "x.txt"),
        ("A heading\n=========\n\ntext", "x.txt"),
        ("plain words", "x.MD"),
        ("plain words", "x.markdown"),
    ],
)
def test_front_matter_a_heading_or_the_name_tells_markdown(text: str, name: str) -> None:
    assert _recognised(text, name)


@pytest.mark.parametrize(
    "text",
    ["plain words", "#!/bin/sh\n", "#hashtag only", "---\n\nA rule above prose."],
)
def test_other_text_is_not_markdown(text: str) -> None:
    assert not _recognised(text, "x.txt")


@pytest.mark.parametrize(
    "names",
    [
        ("title", "date", "updated", "author", "tags", "summary"),
        ("headline", "published_at", "lastmod", "byline", "categories", "deck"),
        ("Title", "publishDate", "last-modified", "Authors", "keywords", "standfirst"),
        ("title", "pubDate", "modified", "creator", "topics", "Excerpt"),
    ],
)
def test_the_many_spellings_of_a_name_mean_the_same(names: tuple[str, ...]) -> None:
    values = ("T", "2024-01-02", "2024-01-03", "Ann Lee", "[a, b]", "S")
    lines = [f"{name}: {value}" for name, value in zip(names, values, strict=True)]

    entry = _entry("---\n" + "\n".join(lines) + "\n---\nbody")

    assert entry.title
    assert entry.summary
    assert (entry.title.value, entry.summary.value) == ("T", "S")
    assert (entry.published, entry.updated) == ("2024-01-02", "2024-01-03")
    assert (entry.authors, entry.categories) == ([Person("Ann Lee")], ["a", "b"])


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ann Lee and Bo Katz", ["Ann Lee", "Bo Katz"]),
        ("[Ann Lee, Bo Katz]", ["Ann Lee", "Bo Katz"]),
        ("[{name: Ann Lee}, Bo Katz]", ["Ann Lee", "Bo Katz"]),
        ("{name: Ann Lee}", ["Ann Lee"]),
        ("By Ann Lee, staff writer", ["Ann Lee"]),
    ],
)
def test_authors_stand_in_a_line_a_list_or_a_mapping(written: str, names: list[str]) -> None:
    entry = _entry(f"---\ntitle: x\nauthor: {written}\n---\nb")

    assert [person.name for person in entry.authors] == names


@pytest.mark.parametrize("line", ["draft: true", "published: false", "status: draft", "draft: yes"])
def test_a_draft_is_withheld(line: str) -> None:
    assert _entry(f"---\ntitle: x\n{line}\n---\nb").status == "withheld"


@pytest.mark.parametrize("line", ["draft: false", "published: true", "layout: post"])
def test_what_is_no_draft_is_not_withheld(line: str) -> None:
    entry = _entry(f"---\ntitle: x\n{line}\n---\nb")

    assert (entry.status, entry.published) == (None, None)


def test_words_that_yaml_takes_for_values_stay_words() -> None:
    entry = _entry("---\ntitle: No\nlang: no\nversion: 1.10\n---\nb")

    assert entry.title
    assert (entry.title.value, entry.language, entry.version) == ("No", "no", "1.10")


def test_the_date_in_the_name_is_the_date_of_a_post_without_one() -> None:
    assert _entry("# T\n\nb", "posts/2024-05-06-a-title.md").published == "2024-05-06"


def test_a_declared_date_goes_before_the_one_in_the_name() -> None:
    entry = _entry("---\ndate: 2024-01-01\n---\n# T", "2024-05-06-a.md")

    assert entry.published == "2024-01-01"


def test_a_title_from_the_first_heading_leaves_the_body() -> None:
    entry = _entry("Some words.\n\n# The *title*\n\nMore.")

    assert entry.title
    assert entry.title.value == "The title"
    assert _body(entry) == "<p>Some words.</p>\n<p>More.</p>"


def test_a_heading_that_is_not_the_title_stays() -> None:
    assert "<h1>Part one</h1>" in _body(_entry("---\ntitle: T\n---\n# Part one\n\nb"))


def test_images_may_be_mappings_in_a_list() -> None:
    entry = _entry(
        "---\ntitle: x\nimages:\n- {src: a.jpg, alt: A, caption: C, credit: D}\n- b.jpg\n---\n"
    )

    assert entry.images == [Image("a.jpg", "A", "C", "D"), Image("b.jpg")]


def test_a_pattern_is_no_permalink() -> None:
    assert _entry("---\ntitle: x\npermalink: /:year/:title/\n---\nb").link is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a {% include x.html y=1 %} b", "a  b"),
        ("{{< figure src='x' >}}in{{< /figure >}}", "in"),
        ('[t]({{ "/x/" | url }})', "[t](/x/)"),
        ("text{: .class}", "text"),
        ("a {%- comment -%}secret{%- endcomment -%} b", "a  b"),
        ("`{{ shown }}`", "`{{ shown }}`"),
        ("```\n{{ shown }}\n```\n{{ gone }}", "```\n{{ shown }}\n```\n"),
        ("{ no tag } {a} 100%", "{ no tag } {a} 100%"),
    ],
)
def test_template_tags_go_and_text_stays(text: str, left: str) -> None:
    assert without_template_tags(text) == left


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("---\ntitle: A: b\n---\nx", 2, 9, "needs quotes"),
        ('\n---\na: 1\nb: "x\n---\n', 4, 4, "YAML"),
        ('+++\na = 1\ntitle = "x\n+++\n', 3, 11, "TOML"),
        (';;;\n{"a": }\n;;;\n', 2, 7, "JSON"),
        ('{"a": }\n\nbody', 1, 7, "JSON"),
        ("---\ntitle: x\n", 1, 1, "no end"),
        ("---\na: \x01\n---\n", 2, 4, "control"),
        ("---\na: *b\n---\n", 2, 4, "alias"),
    ],
)
def test_broken_front_matter_is_named_with_its_place(
    text: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(BrokenDocument) as caught:
        _entry(text)

    assert words in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_tags_make_no_objects() -> None:
    entry = _entry("---\ntitle: !!python/object/apply:os.getcwd []\nlang: !!int x\n---\n# T")

    assert (entry.title, entry.language) == (Text("T"), "x")


@pytest.mark.parametrize(
    "front",
    [
        "a: " + "[" * 100_000,
        "a: " + "[" * 400,
        "a:\n " + "- " * 8_000,
        "a: &a [" + "x, " * 50 + "]\nb: &b [" + "*a, " * 50 + "]\nc: [" + "*b, " * 50 + "]",
        "a: &a [*a]",
        "x." * 8_000 + " = 1",
    ],
    ids=range(6),
)
@pytest.mark.parametrize("fence", ["---", "+++"])
def test_bombs_in_front_matter_are_refused_in_time(front: str, fence: str) -> None:
    started = time.process_time()

    with pytest.raises(BrokenDocument):
        front_matter.read(f"{fence}\nkey: x\n{front}\n{fence}\nb", "markdown")

    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "piece",
    [
        "{%",
        "{{",
        "`",
        "{{ x",
        "![",
        "[a](",
        "**a ",
        "> ",
        "- ",
        "<a ",
        "|a",
        "~~a",
        "{% comment %}",
    ],
)
def test_hostile_text_takes_bounded_time(piece: str) -> None:
    started = time.process_time()

    _entry("# T\n\n" + piece * (60_000 // len(piece)))
    without_template_tags(piece * (200_000 // len(piece)))

    assert time.process_time() - started < SECONDS


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_no_bytes_raise_anything_but_broken_document(data: bytes) -> None:
    for prefix in (b"", b"---\n", b"+++\n", b"# t\n\n", b'{"'):
        markdown.recognises(_document(prefix + data), decode(prefix + data))
        with contextlib.suppress(BrokenDocument):
            list(markdown.parse(_document(prefix + data)))


_YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = ("title", "date", "authors", "tags", "image", "draft", "publisher", "extra", "url", "id")


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(_KEYS), _YAML, max_size=5))
def test_values_of_odd_types_do_no_harm(values: dict[str, object]) -> None:
    entry = _entry(";;;\n" + json.dumps(values) + "\n;;;\n# T\n\nbody")

    found = msgspec.structs.asdict(entry)
    words = [found[name] for name in ("published", "link", "upstream_id", "publisher", "status")]
    words += entry.categories + [person.name for person in entry.authors]
    words += [image.url for image in entry.images]
    assert all(word is None or isinstance(word, str) for word in words)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_every_post_of_the_corpora_is_read() -> None:
    paths = [*CORPORA.glob("posts-18f/*.md"), *CORPORA.glob("frontmatter/**/*.md")]
    for path in paths:
        assert _body(_entry(path.read_bytes(), path.name)), path


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
def test_the_facts_of_known_posts_are_found() -> None:
    truth = json.loads((CORPORA / "xformat-18f" / "truth.json").read_text("utf-8"))
    for path in CORPORA.glob("xformat-18f/markdown/*.md"):
        entry, true = _entry(path.read_bytes(), path.name), truth[path.stem]

        assert entry.title
        assert entry.title.value == true["title"]
        assert [person.name for person in entry.authors] == true["authors"]
        assert (entry.categories, entry.link) == (true["tags"], true["url"])
