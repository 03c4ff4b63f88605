"""Plain text: a headline and a sentence are an article; code, logs, tables and messages are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import UnknownFormat
from feeds.formats import format_of, plain_text
from tests.factories import document
from tests.pairs import expected, one, plain, read, recognised, samples, survives

SAMPLES = samples("plain_text")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    assert plain(read(plain_text, path.read_bytes())) == expected(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_taken_by_no_other_format(path: Path) -> None:
    assert format_of(document(path.read_bytes(), path.name)) is plain_text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.py", "import os\n\ndef run() -> None:\n    print('The bridge is closed today.')\n"),
        ("a.txt", "import os\nimport sys\n\n\ndef main():\n    return os.environ['X']\n"),
        (
            "a.c",
            "/* The bridge is closed today. */\n#include <stdio.h>\nint main() { return 0; }\n",
        ),
        (
            "a.log",
            "2026-03-04 12:00:01 INFO started\n2026-03-04 12:00:02 ERROR The disk is full.\n",
        ),
        ("log", "Mar  4 12:00:01 host sshd[1]: Failed password.\nMar  4 12:00:02 host x: Ends.\n"),
        ("a.csv", "name,age,city\nAnn,31,Halden.\nOdo,44,Norport.\n"),
        ("a.tsv", "name\tage\nAnn\t31\nOdo\t44\n"),
        ("a.ini", "[main]\nname = x\npath = /a/b.\n"),
        ("a.yml", "title: x\nitems:\n  - a b c d.\n"),
        ("a.txt", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
        ("a.txt", "From: ann@example.org\nSubject: The bridge\n\nThe bridge is closed today.\n"),
        ("a.txt", "BEGIN:VCARD\nFN:Ann Lee is here today.\nEND:VCARD\n"),
        ("a.bin", "\x7fELF\x02\x01\x01 The bridge is closed today.\n"),
        ("a.txt", "The bridge is closed today.\n"),
        ("a.txt", "one two three\nfour five six\n"),
        ("a.txt", "1 2 3 4\n5 6 7 8 9 10.\n"),
        ("a.sql", "SELECT * FROM bridges;\nINSERT INTO x VALUES (1, 'The bridge is closed.');\n"),
        ("a.diff", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-The bridge is closed today.\n"),
    ],
)
def test_what_is_no_article_is_left_alone(name: str, data: str) -> None:
    assert not recognised(plain_text, data, name)
    assert not recognised(plain_text, data, "no name that tells.txt")


def test_what_is_no_article_is_in_no_format_at_all() -> None:
    with pytest.raises(UnknownFormat):
        format_of(document("import os\n\ndef run() -> None:\n    print('It runs.')\n", "run"))


def test_a_text_with_fields_above_it_is_no_page_of_a_paper() -> None:
    long = "Two otters are back at the old weir, thirty years after the last was seen. They swim."
    asked = document(f"Headline: Otters back\nBy: Pia Holm\n\n{long}\n\n{long}\n", "a.txt")

    assert format_of(asked) is plain_text


def test_a_picture_is_no_text() -> None:
    assert not recognised(plain_text, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "a.png")


def test_a_notice_in_the_headline_is_held() -> None:
    entry = one(plain_text, "MANDATORY KILL: Bridge closed\n\nThe bridge is open.\n")

    assert entry.advisory


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    survives(plain_text, data)
    survives(plain_text, b"Bridge closed\n\n" + data)
