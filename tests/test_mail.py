"""Mail in all its shapes: what a reader sees of it becomes the article, the rest does not."""

from __future__ import annotations

import re
import time
from collections import Counter
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.formats import html, mail, markdown
from feeds.formats import parse as parse_any
from feeds.formats.mail.header import text_of
from feeds.formats.mail.letter import unflowed
from feeds.formats.mail.message import subject_of
from feeds.model import Entry, Rejection, Rules
from feeds.reading import read as read_whole
from tests.factories import document
from tests.pairs import expected, one, plain, read, recognised, samples, survives

SAMPLES = samples("mail")
CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
WORDS = "The bridge between Halden and Norport closes on Monday for three months of repairs."
HEAD = b"From: Ann Lee <ann@wire.example>\r\nSubject: Bridge closes\r\nMessage-ID: <1@wire.example>\r\n"


def _message(**fields: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Ann Lee <ann@wire.example>"
    message["Subject"] = "Bridge closes"
    message["Message-ID"] = "<1@wire.example>"
    message["Date"] = "Tue, 3 Mar 2026 09:00:00 +0000"
    for name, value in fields.items():
        del message[name]
        message[name.replace("_", "-")] = value
    return message


def _text(data: bytes) -> str:
    entry = one(mail, data)
    assert entry.content
    return re.sub(r"<[^<>]*>", "", entry.content.value)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_as_its_pair_says(path: Path) -> None:
    assert plain(read(mail, path.read_bytes())) == expected(path)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_recognised_without_its_name(path: Path) -> None:
    assert recognised(mail, path.read_bytes())


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: what we talk about\n\nThe bridge.",
        b"From Halden to Norport\n\nA journey in 2026.",
        b"Monday: rain\nTuesday: sun\n\nThe week is fair.",
        b"{}",
        b"",
    ],
)
def test_what_has_no_fields_of_a_message_is_none(data: bytes) -> None:
    assert not recognised(mail, data)


def test_markdown_with_fields_on_top_stays_markdown() -> None:
    assert not recognised(mail, b"From: x\nSubject: y\n\n# Title\n\nText.", "post.md")
    assert recognised(markdown, b"From: x\nSubject: y\n\n# Title\n\nText.", "post.md")


@pytest.mark.parametrize(
    ("written", "listed", "subject"),
    [
        ("Re: Fwd: Bridge closes", "", "Bridge closes"),
        ("AW: WG: Brücke gesperrt", "", "Brücke gesperrt"),
        ("RE[2]: Bridge", "", "Bridge"),
        ("Re: [desk] Bridge closes", "", "Bridge closes"),
        ("[desk] Bridge closes", "Desk list", "Bridge closes"),
        ("[Exclusive] Bridge closes", "", "[Exclusive] Bridge closes"),
        ("[EXTERNAL] Bridge closes", "", "Bridge closes"),
        ("New on the Wend blog: Bridge closes", "Wend blog", "Bridge closes"),
        ("Wend: Bridge closes", "", "Wend: Bridge closes"),
        ("Reform: what next", "", "Reform: what next"),
    ],
)
def test_the_subject_is_the_title_without_what_mailers_put_before_it(
    written: str, listed: str, subject: str
) -> None:
    assert subject_of(written, listed) == subject


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?B?w6Q=?= b", "ä b"),
        ("=?utf-8?Q?a_=C3?= =?utf-8?Q?=A4?=", "a ä"),  # a character cut in two
        ("=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"),
        ("x =?iso-8859-1?q?=E4?= y", "x ä y"),
        ("=?nonsense?Q?=E4?=", "ä"),
        ("=?utf-8?B?w6Q?=", "ä"),  # padding lost
        ("=?utf-8*en?Q?a?=", "a"),
        ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
        ("plain\r\n folded", "plain folded"),
    ],
)
def test_encoded_words_are_read_as_far_as_they_can_be(value: str, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    "charset", ["utf-8", "iso-8859-1", "windows-1252", "us-ascii", "x-unknown"]
)
def test_a_body_is_read_by_its_bytes_where_its_charset_lies(charset: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()

    assert "Brücke für Fußgänger" in _text(HEAD + head + "Die Brücke für Fußgänger.".encode())


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("shift_jis", "橋は月曜日に閉まる。"),
        ("iso-2022-jp", "橋は月曜日に閉まる。"),
        ("euc-kr", "다리가 닫힌다."),
        ("koi8-r", "Мост закрыт."),
    ],
)
def test_a_declared_charset_is_obeyed(charset: str, words: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()

    assert _text(HEAD + head + words.encode(charset)) == words


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("quoted-printable", b"a=3Db =C3=A4 =ZZ", "a=b ä =ZZ"),
        ("base64", b"YSDDpA", "a ä"),
        ("base64", b"YSDDpA==\r\n-- trailing words", "a ä"),
        ("8-bit", "a ä".encode(), "a ä"),
        ("", b"a", "a"),
        ("x-unknown", b"a b", "a b"),
    ],
)
def test_a_damaged_transfer_encoding_is_read_as_far_as_it_goes(
    encoding: str, body: bytes, text: str
) -> None:
    head = f"Content-Type: text/plain\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()

    assert _text(HEAD + head + body).startswith(text)


def test_flowed_lines_are_joined_and_quoted_ones_are_not() -> None:
    text = "One \ntwo.\n\n> quoted \nthree \nfour.\n-- \nsig"

    assert unflowed(text, delsp=False) == "One two.\n\n> quoted \nthree four.\n-- \nsig"
    assert unflowed("ab \ncd", delsp=True) == "abcd"


def test_signature_quotation_and_footer_are_no_part_of_the_text() -> None:
    message = _message()
    message.set_content(
        f"{WORDS}\n\nOn Mon, Kol Renn wrote:\n> When?\n\nUnsubscribe: https://x.example/u\n\n-- \nAnn, 555\n"
    )

    assert _text(message.as_bytes()) == WORDS


def test_html_is_preferred_to_its_plain_twin() -> None:
    message = _message()
    message.set_content("No HTML here.")
    message.add_alternative(f"<p>{WORDS}</p>", subtype="html")

    assert _text(message.as_bytes()) == WORDS


def test_the_plain_twin_is_read_where_the_html_is_empty() -> None:
    message = _message()
    message.set_content(WORDS)
    message.add_alternative("<html><body></body></html>", subtype="html")

    assert _text(message.as_bytes()) == WORDS


def test_a_warning_before_the_alternatives_does_not_hide_them() -> None:
    inner = _message()
    inner.set_content(WORDS)
    inner.add_alternative(f"<p>{WORDS}</p>", subtype="html")
    outer = _message()
    outer.set_content("This mail came from outside.")
    outer.make_mixed()
    del inner["Subject"], inner["From"], inner["Date"], inner["Message-ID"]
    outer.attach(inner)

    assert _text(outer.as_bytes()) == WORDS


def test_a_message_that_is_broken_leaves_its_neighbours_alone() -> None:
    bomb = _message()
    bomb.set_content(
        f"<p {' '.join(f'a{number}' for number in range(3_000))}>x</p>", subtype="html"
    )
    outer = _message()
    outer.set_content(f"{WORDS} {WORDS} {WORDS} {WORDS}")
    outer.add_attachment(bomb)
    inner = _message(Subject="Weir opens")
    inner.set_content(WORDS)
    outer.add_attachment(inner)

    assert [type(found) for found in read(mail, outer.as_bytes())] == [Entry, Rejection, Entry]


def test_what_a_newsletter_hides_and_counts_with_is_gone() -> None:
    message = _message()
    message.set_content(
        "<body><div style='display:none'>hidden</div><table><tr><td><p>"
        f"{WORDS}</p><img src='https://x.example/o.gif' width=1 height=1></td></tr>"
        "<tr><td>You received this because you signed up. <a href='#'>Unsubscribe</a></td></tr>"
        "</table></body>",
        subtype="html",
    )
    entry = one(mail, message.as_bytes())

    assert entry.content
    assert WORDS in entry.content.value
    for gone in ("hidden", "Unsubscribe", "o.gif", "<table"):
        assert gone not in entry.content.value


def test_an_article_about_unsubscribing_keeps_its_text() -> None:
    long = "People unsubscribe from lists more than before, a study says. " * 20
    message = _message()
    message.set_content(f"<body><p>{WORDS}</p><p>{long}</p><p>{WORDS}</p></body>", subtype="html")

    assert "a study says" in _text(message.as_bytes())


def test_an_inline_picture_leaves_the_text_and_is_kept_by_its_cid() -> None:
    message = _message()
    message.set_content(f'<p>{WORDS}</p><img src="cid:p@x" alt="The bridge">', subtype="html")
    message.add_related(b"\x89PNG" + bytes(5_000), "image", "png", cid="<p@x>")
    entry = one(mail, message.as_bytes())

    assert entry.content
    assert "<img" not in entry.content.value
    assert [(image.url, image.alt) for image in entry.images] == [("cid:p@x", "The bridge")]
    assert len(entry.attachments["cid:p@x"]) == 5_004


def test_an_article_that_is_enclosed_is_one_of_its_own_and_a_covering_note_is_none() -> None:
    message = _message()
    message.set_content("Please find the story attached.")
    message.add_attachment(
        b'{"title": "Weir opens", "text": "It opens."}', "application", "json", filename="a.json"
    )

    assert [entry.title.value for entry in read(mail, message.as_bytes()) if isinstance(entry, Entry) and entry.title] == ["Weir opens"]  # fmt: skip


def test_an_office_document_is_passed_over_and_the_mail_is_read() -> None:
    message = _message()
    message.set_content(WORDS)
    message.add_attachment(b"%PDF-1.7 x", "application", "pdf", filename="a.pdf")

    assert _text(message.as_bytes()) == WORDS


def test_a_forwarded_message_is_an_article_of_its_own() -> None:
    inner = _message(Subject="Weir opens")
    inner.set_content(WORDS)
    outer = _message(Subject="Fwd: Weir opens")
    outer.set_content("FYI")
    outer.add_attachment(inner)

    assert one(mail, outer.as_bytes()).title == one(mail, inner.as_bytes()).title


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("multipart/report", "a report of a mail server is no article"),
        ("multipart/encrypted", "it is encrypted"),
        ("application/ms-tnef", "its text is in TNEF, which is not read"),
        ("text/plain", "the message holds no text"),
    ],
)
def test_a_mail_without_a_text_is_turned_away_with_the_reason(kind: str, told: str) -> None:
    head = f'Content-Type: {kind}; boundary="b"\r\n\r\n'.encode()
    [found] = read(mail, HEAD + head + (b"--b\r\n\r\nx\r\n--b--\r\n" if "multi" in kind else b""))

    assert isinstance(found, Rejection)
    assert found.problem == told


def test_a_page_that_was_saved_as_one_file_is_read_as_the_page() -> None:
    page = (
        f"<html><head><title>Bridge closes</title></head><body><h1>Bridge closes</h1><p>{WORDS}</p>"
        "<p>It opens again in June.</p></body></html>"
    )
    data = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://gazette.example/bridge\r\n"
        'Subject: Bridge\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/html\r\n\r\n{page}\r\n--b--\r\n"
    )
    entry = one(mail, data)

    assert entry.format == html.NAME
    assert entry.link == "https://gazette.example/bridge"


def test_no_address_of_a_person_is_published() -> None:
    message = _message()
    message.set_content(WORDS)
    [author] = one(mail, message.as_bytes()).authors

    assert (author.name, author.email) == ("Ann Lee", None)


def test_a_list_publishes_and_a_desk_is_no_author() -> None:
    for fields, publisher in (
        ({"List_Id": "Wend news <n.wend.example>"}, "Wend news"),
        ({"From": "Halden Press Office <press@halden.example>"}, "Halden Press Office"),
    ):
        message = _message(**fields)
        message.set_content(WORDS)

        assert one(mail, message.as_bytes()).publisher == publisher


def test_parts_in_parts_without_end_are_refused() -> None:
    data = HEAD
    for number in range(300):
        data += f'Content-Type: multipart/mixed; boundary="{number}"\r\n\r\n--{number}\r\n'.encode()

    with pytest.raises(BrokenDocument):
        read(mail, data)


def test_messages_in_messages_end_somewhere() -> None:
    data = HEAD + f"\r\n{WORDS}".encode()
    for _ in range(20):
        data = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + data

    assert [type(found) for found in read(mail, data)] == [Rejection]


@pytest.mark.parametrize(
    "piece",
    [
        b"<div>", b"<p>unsubscribe", b"<table><tr><td>", b"> x\n", b"On x wrote:\n", b"-- \n",
        b"=?utf-8?Q?a?= ", b"a\n", b"----- Original Message -----\n", b"http://x.example/ ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["html", "plain"])
def test_a_long_mail_takes_a_bounded_time(piece: bytes, kind: str) -> None:
    data = HEAD + f"Content-Type: text/{kind}\r\n\r\n".encode() + piece * (100_000 // len(piece))
    started = time.process_time()
    survives(mail, data)

    assert time.process_time() - started < 5


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mail_that_was_cut_or_garbled_never_breaks_the_reader(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(SAMPLES)).read_bytes()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))

    survives(mail, whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:])


_LINES = st.sampled_from(
    [b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: multipart/alternative; boundary=c",
     b"Content-Type: text/html; charset=utf-16", b"Content-Type: message/rfc822", b"--b", b"--b--",
     b"--c", b"", b"Content-Transfer-Encoding: base64", b"Content-Disposition: attachment; filename*=x''%ff",
     b"Content-Type: text/plain; format=flowed; charset*0=u; charset*1=tf", b"Subject: =?a?b?=?=",
     b'From: (\x00<@>, "', b"Date: 99 Xxx", b"<p>x", b"From a@b 2026", b"List-Id: <<", b"\xff\xfe",
     b"Content-Type: ;;;=", b"begin 644 x", b"Content-Type: application/json; name=a.json", b"{}"]
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(_LINES, max_size=20).map(b"\r\n".join))
def test_no_shape_of_mime_breaks_the_reader(data: bytes) -> None:
    survives(mail, data)
    survives(mail, HEAD + data)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not at hand")
@pytest.mark.parametrize(
    "pattern", ["eml-mikel-mail/*/*.eml", "frontmatter/**/*.md", "posts-18f/**/*.md"]
)
def test_every_file_of_the_corpora_gives_an_article_or_a_reason(
    pattern: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes: Counter[str] = Counter()
    for path in CORPORA.glob(pattern):
        for found in read_whole(document(path.read_bytes(), path.name), Rules()):
            fault = isinstance(found, Rejection) and "a fault in Wireroom" in found.problem

            assert not fault, path
            outcomes[found.problem if isinstance(found, Rejection) else "an article"] += 1
    with capsys.disabled():
        print(f"\n{pattern}")
        print("\n".join(f"{count:5}  {outcome}" for outcome, count in outcomes.most_common()))

    assert outcomes["an article"] > 0


def test_the_sniffing_reads_a_mail_as_one() -> None:
    message = _message()
    message.set_content(WORDS)
    name, _ = parse_any(document(message.as_bytes(), "upload.txt"))

    assert name == mail.NAME
