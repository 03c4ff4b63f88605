from __future__ import annotations

import html
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import BrokenDocument
from feeds.formats import HEAD_CHARACTERS, captured
from feeds.formats.captured import agencies, dates, figures
from feeds.formats.captured import noise as _noise
from feeds.formats.captured.agencies import credited, tagline
from feeds.formats.captured.blocks import blocks_of
from feeds.formats.captured.dateline import read_dateline
from feeds.formats.captured.dates import read_dates
from feeds.formats.captured.figures import read_credit
from feeds.formats.captured.lines import section_names
from feeds.formats.captured.names import read_byline, read_signature
from feeds.formats.captured.noise import noise
from feeds.formats.captured.words import late
from feeds.formats.decoding import decode
from feeds.model import Document, Entry, Source

DATA = Path(__file__).parent / "data" / "captured"
SHARED = Path(__file__).parents[2] / "shared"
SEED = SHARED / "seed" / "000_dc02e2c447ecbaa6.txt"
PAGES = sorted(DATA.glob("*.txt"))
RECEIVED = datetime(2026, 1, 20, 12, tzinfo=UTC)

STORY = (
    "The council closed the old bridge on Tuesday after divers had found cracks in two of its piers, "
    "and sent drivers to the ferry.\n\nRepairs will take a year, the mayor said. She did not name a price.\n"
)
TITLE = "Council Closes Old Bridge After Divers Find Cracks"


def document(text: str | bytes, name: str = "page.txt") -> Document:
    data = text.encode() if isinstance(text, str) else text
    return Document(data=data, name=name, source=Source("drop"), received=RECEIVED)


def recognised(text: str | bytes) -> bool:
    page = document(text)
    return captured.recognises(page, decode(page.data).lstrip("\ufeff \t\r\n")[:HEAD_CHARACTERS])


def read(text: str | bytes) -> Entry:
    (entry,) = captured.parse(document(text))
    assert isinstance(entry, Entry)
    return entry


def paragraphs(entry: Entry) -> list[str]:
    assert entry.content is not None
    found = re.findall(r"<(?:p|h2|li)>(.*?)</(?:p|h2|li)>", entry.content.value, re.DOTALL)
    return [html.unescape(text) for text in found]


def fields(entry: Entry) -> dict[str, Any]:
    assert entry.title is not None
    return {
        "title": entry.title.value,
        "summary": entry.summary.value if entry.summary else None,
        "categories": entry.categories,
        "publisher": entry.publisher,
        "page_date": entry.page_date,
        "published": entry.published,
        "updated": entry.updated,
        "authors": [author.name for author in entry.authors],
        "dateline": entry.dateline,
        "wire_source": entry.wire_source,
        "images": [
            {"alt": image.alt, "caption": image.caption, "credit": image.credit}
            for image in entry.images
        ],
        "paragraphs": paragraphs(entry),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_gives_the_fields_beside_it(page: Path) -> None:
    expected = json.loads(page.with_suffix(".json").read_text("utf-8"))
    data = page.read_bytes()

    assert recognised(data)
    assert fields(read(data)) == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_line_ends_and_a_byte_order_mark_change_nothing(page: Path) -> None:
    text = page.read_text("utf-8")

    assert fields(read(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())) == fields(read(text))


@pytest.mark.skipif(not SEED.exists(), reason="the first real page is not at hand")
def test_the_first_real_page_comes_out_as_the_design_says() -> None:
    data = SEED.read_bytes()
    blocks = [block for block in data.decode().split("\n\n") if block.strip()]
    entry = read(data)

    assert recognised(data)
    assert fields(entry) == {
        "title": "Kim Jong Un Inspects New Missile Factory Ahead of Visit to China",
        "summary": blocks[2],
        "categories": ["World"],
        "publisher": "The Express Gazette",
        "page_date": "Sunday, November 9, 2025",
        "published": "2 months ago",
        "updated": None,
        "authors": [],
        "dateline": None,
        "wire_source": "Associated Press",
        "images": [
            {
                "alt": "North Korean leader Kim Jong Un touring a weapons facility",
                "caption": "Photo released by KCNA, via ABC News",
                "credit": "Photo released by KCNA, via ABC News",
            }
        ],
        "paragraphs": [*blocks[4:6], *blocks[8:]],
    }
    assert len(paragraphs(entry)) == 8


def test_text_is_escaped_and_nothing_in_it_is_markup() -> None:
    story = STORY.replace("the mayor", "<script>alert(1)</script> & the mayor")
    entry = read(f"{TITLE}\n\n{story}")

    assert entry.content is not None
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; the mayor" in entry.content.value
    assert "<script" not in entry.content.value


def test_subheadings_lists_and_quotations_keep_their_shape() -> None:
    entry = read(
        f"{TITLE}\n\n{STORY}\nWhat drivers can do\n\nThree ways lead across the river:\n\n"
        '• the ferry\n• the upper bridge\n\n"It was a good bridge."\n— Ann Hill, ferrywoman\n\n'
        "Nobody else wished to speak.\n"
    )

    assert entry.content is not None
    assert "<h2>What drivers can do</h2>" in entry.content.value
    assert "<ul><li>the ferry</li><li>the upper bridge</li></ul>" in entry.content.value
    assert (
        '<blockquote><p>"It was a good bridge."</p><p>— Ann Hill, ferrywoman</p></blockquote>'
        in entry.content.value
    )


def test_the_address_that_a_page_states_is_its_link() -> None:
    entry = read(f"{TITLE}\nhttps://halden.example/2025/bridge\n\n{STORY}")

    assert entry.link == "https://halden.example/2025/bridge"


def test_the_copyright_line_is_kept_as_rights_and_is_no_paragraph() -> None:
    entry = read(f"{TITLE}\n\n{STORY}\n© 2025 The Halden Post. All rights reserved.\n")

    assert entry.rights == "© 2025 The Halden Post. All rights reserved."
    assert len(paragraphs(entry)) == 2


def test_the_address_of_an_author_goes_with_the_name() -> None:
    entry = read(f"{TITLE}\nBy Jane Doe (jdoe@halden.example)\n\n{STORY}")

    assert [(author.name, author.email) for author in entry.authors] == [
        ("Jane Doe", "jdoe@halden.example")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        "apple\npear\nplum\ncherry\nquince\n",
        "id,name,city\n1,Ann,Halden\n2,Bo,Moss\n3,Cy,Oslo\n",
        ("id\tnote\n1\tThe bridge was closed on Tuesday because divers had found many cracks in it.\n"
        "2\tThe ferry will run every day until the repairs are done and paid for by the town.\n"),
        ('def main():\n    """Run the program until the user asks it to stop, then close the files."""\n'
        "    for name in names:\n        print(name)\n    return 0\n"),
        '#include <stdio.h>\n\nint main(void) {\n    puts("hello");\n    return 0;\n}\n',
        ("2025-11-09 10:00:01 INFO started\n2025-11-09 10:00:02 INFO the worker has taken a file from "
        "the folder and will now read it to its end, as it always does.\n2025-11-09 10:00:03 INFO done\n"),
        '{"title": "A bridge", "body": "The bridge was closed."}',
        "[\n  1, 2\n]",
        "<?xml version='1.0'?>\n<rss><channel/></rss>",
        "<!DOCTYPE html>\n<p>The bridge was closed on Tuesday.</p>",
        "---\ntitle: A bridge\n---\n" + STORY,
        "\x01a0001\n" + TITLE + "\n\n" + STORY,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".decode("latin-1"),
        "name: wireroom\nversion: 1\nservices:\n  web:\n    image: nginx\n    ports: 80\n",
        STORY,
    ],
)  # fmt: skip
def test_what_is_no_page_is_not_recognised(text: str) -> None:
    assert not recognised(text)


def test_a_headline_and_one_paragraph_are_a_page() -> None:
    assert recognised(f"{TITLE}\n\n{STORY}")


def test_a_headline_without_text_is_a_broken_document() -> None:
    with pytest.raises(BrokenDocument, match="no text"):
        read(f"{TITLE}\n")


def test_an_unreadable_page_is_a_broken_document() -> None:
    with pytest.raises(BrokenDocument, match="headline"):
        read("Advertisement\nShare\n")


@pytest.mark.parametrize(
    ("line", "moments", "pieces"),
    [
        ("World 2 months ago", [("2 months ago", "")], ("World",)),
        ("Updated 5 mins ago", [("5 mins ago", "updated")], ()),
        ("Published: 2 days ago", [("2 days ago", "published")], ()),
        ("Nov. 9, 2025 | 4:15 p.m. ET", [("Nov. 9, 2025, 4:15 p.m. ET", "")], ()),
        ("Nov. 9, 2025 | Updated 4:15 p.m. ET", [("Nov. 9, 2025", ""), ("4:15 p.m. ET", "updated")], ()),
        ("Thursday, November 19, 2026 Vol. 5 No. 112", [("Thursday, November 19, 2026", "")], ("Vol. 5 No. 112",)),
        ("Stand: 09.11.2025, 16:30 Uhr", [("09.11.2025, 16:30 Uhr", "updated")], ()),
        ("Publié le 9 novembre 2025 à 14h30", [("9 novembre 2025 à 14h30", "published")], ()),
        ("2025年11月9日 15:04 更新", [("2025年11月9日 15:04", "updated")], ()),
        ("منذ شهرين", [("منذ شهرين", "")], ()),
        ("입력 2025.11.09. 오후 3:04", [("2025.11.09. 오후 3:04", "published")], ()),
        ("Jane Doe | 4 min read | 5h", [("5h", "")], ("Jane Doe",)),
        ("9 Kasım 2025 Pazar", [("9 Kasım 2025 Pazar", "")], ()),
        ("Price $2.50", [], ("Price $2.50",)),
        ("Bridge closed at 4:15 p.m.", [], ("Bridge closed at 4:15 p.m.",)),
    ],
)  # fmt: skip
def test_dates_are_cut_out_of_a_line_as_they_stand(
    line: str, moments: list[tuple[str, str]], pieces: tuple[str, ...]
) -> None:
    dated = read_dates(line)

    assert [(moment.text, moment.role) for moment in dated.moments] == moments
    assert dated.pieces == pieces


@pytest.mark.parametrize(
    ("line", "people", "wire", "paper"),
    [
        ("By Jane Doe and John Roe, Associated Press", ["Jane Doe", "John Roe"], "Associated Press", None),
        ("By The Associated Press", [], "Associated Press", None),
        ("By Jane Doe in London and John Roe in Paris", ["Jane Doe", "John Roe"], None, None),
        ("By Jane Doe for The Halden Post", ["Jane Doe"], None, "The Halden Post"),
        ("By Staff Reporter", [], None, None),
        ("Von Anna Schmidt und Peter Müller", ["Anna Schmidt", "Peter Müller"], None, None),
        ("Par Marie Dupont, à Paris", ["Marie Dupont"], None, None),
        ("Автор: Иван Петров", ["Иван Петров"], None, None),
        ("本报记者 张三", ["张三"], None, None),
    ],
)  # fmt: skip
def test_a_byline_names_people_and_whom_they_write_for(
    line: str, people: list[str], wire: str | None, paper: str | None
) -> None:
    byline = read_byline(line)

    assert byline is not None
    assert [person.name for person in byline.people] == people
    assert (byline.wire, byline.paper) == (wire, paper)


@pytest.mark.parametrize("line", ["JANE DOE, Staff Writer", "Jane Doe | The Halden Post", "Jane Doe, Reuters"])  # fmt: skip
def test_a_name_beside_a_role_a_paper_or_an_agency_signs(line: str) -> None:
    byline = read_signature(line)

    assert byline is not None
    assert [person.name.title() for person in byline.people] == ["Jane Doe"]


@pytest.mark.parametrize(
    "line",
    [
        "By the numbers",
        "Von Berlin nach Paris",
        "Storm Batters Coast",
        "Rural Clinics Share One Doctor and a Small Plane",
        "Mayor Opens Bridge, Police Say",
    ],
)
def test_a_title_is_no_byline(line: str) -> None:
    assert read_byline(line) is None
    assert read_signature(line) is None


@pytest.mark.parametrize(
    ("opening", "place", "wire"),
    [
        ("LONDON (Reuters) - The bank", "LONDON", "Reuters"),
        ("PARIS, Nov 9 (AP) — The", "PARIS", "Associated Press"),
        ("RALEIGH, N.C. (AP) — A", "RALEIGH, N.C.", "Associated Press"),
        ("NEW YORK/LONDON (Reuters) - Oil", "NEW YORK/LONDON", "Reuters"),
        ("WASHINGTON, D.C. — The", "WASHINGTON, D.C.", None),
        ("KYIV, Ukraine — The", "KYIV, Ukraine", None),
        ("NEW DELHI: The", "NEW DELHI", None),
        ("Berlin (dpa) – Die", "Berlin", "dpa"),
        ("Paris, 9 nov 2025 (AFP) - Le", "Paris", "Agence France-Presse"),
        ("MADRID, 9 nov (EFE).- El", "MADRID", "Agencia EFE"),
        ("(ANSA) - ROMA, 9 NOV - Il", "ROMA", "ANSA"),
        ("МОСКВА, 9 ноября. /ТАСС/. Глава", "МОСКВА", "TASS"),
        ("МОСКВА, 9 ноя — РИА Новости. Глава", "МОСКВА", "RIA Novosti"),
        ("لندن 9 نوفمبر (رويترز) - قال", "لندن", "Reuters"),
        ("［ロンドン ９日 ロイター］ - 政府", "ロンドン", "Reuters"),
        ("【ロンドン共同】政府", "ロンドン", "Kyodo News"),
        ("新华社北京11月9日电（记者张三）今天", "北京", "Xinhua"),
        ("(Reuters) - Oil rose", None, "Reuters"),
    ],
)
def test_a_dateline_gives_place_and_agency(opening: str, place: str | None, wire: str) -> None:
    dateline = read_dateline(opening)

    assert dateline is not None
    assert (dateline.place, dateline.wire) == (place, wire)


@pytest.mark.parametrize(
    "opening",
    [
        "NATO — the alliance — said",
        "Kim – who left early – said",
        "The mayor (Labour) - who was late -",
        "Officials said Monday — The",
        "CORRECTION: The first version",
        "He said: The end",
    ],
)
def test_a_sentence_with_a_dash_has_no_dateline(opening: str) -> None:
    assert read_dateline(opening) is None


@pytest.mark.parametrize(
    ("sentence", "wire"),
    [
        ("The report on the strike was first filed by the Associated Press.", "Associated Press"),
        ("This story was originally published by Reuters.", "Reuters"),
        ("Dieser Artikel wurde zuerst von der dpa veröffentlicht.", "dpa"),
        ("Cet article a été publié par l'AFP.", "Agence France-Presse"),
        ("Este artículo fue publicado originalmente por la agencia EFE.", "Agencia EFE"),
        ("Questo articolo è stato distribuito dall'ANSA.", "ANSA"),
        ("Nobody was hurt. (AP)", "Associated Press"),
    ],
)
def test_a_sentence_that_the_story_came_from_an_agency_counts(sentence: str, wire: str) -> None:
    assert credited(sentence, last=True) == wire


@pytest.mark.parametrize(
    "sentence",
    [
        "The minister told the Associated Press that he would stay.",
        "The leak was first reported by Reuters.",
        "According to a report by Reuters, two ships were lost.",
        "Der Bericht von Reuters nannte keine Namen.",
        "KCNA reported the launch, and Xinhua repeated it.",
        "The Associated Press contributed to this report.",
    ],
)
def test_the_mere_mention_of_an_agency_is_no_credit(sentence: str) -> None:
    assert credited(sentence, last=True) is None


@pytest.mark.parametrize(
    ("line", "wire"),
    [("(AP)", "Associated Press"), ("— Reuters", "Reuters"), ("dpa/jd", "dpa"), ("Source: AFP", "Agence France-Presse"), ("AP style", None), ("Reuters building sold", None)],
)  # fmt: skip
def test_a_tagline_is_a_line_that_holds_nothing_else(line: str, wire: str | None) -> None:
    assert tagline(line) == wire


@pytest.mark.parametrize(
    ("line", "caption", "credit"),
    [
        ('"Photo released by KCNA, via ABC News"', "Photo released by KCNA, via ABC News", "Photo released by KCNA, via ABC News"),
        ("Photo: Jane Doe", "", "Photo: Jane Doe"),
        ("(AP Photo/Jane Doe)", "", "AP Photo/Jane Doe"),
        ("Jane Doe/Reuters", "", "Jane Doe/Reuters"),
        ("Getty Images", "", "Getty Images"),
        ("Boats at the pier. (AP Photo/Jane Doe)", "Boats at the pier.", "AP Photo/Jane Doe"),
        ("Boats at the pier. Photo: Jane Doe / The Post", "Boats at the pier.", "Photo: Jane Doe / The Post"),
        ("Boats at the pier.Credit: Jo Hale for The Post", "Boats at the pier.", "Credit: Jo Hale for The Post"),
        ("Image source, Reuters", "", "Reuters"),
        ("Image caption, The pier at dawn", "The pier at dawn", ""),
    ],
)  # fmt: skip
def test_a_credit_is_told_from_its_caption(line: str, caption: str, credit: str) -> None:
    figure = read_credit(line)

    assert figure is not None
    assert (figure.caption, figure.credit) == (caption, credit)


@pytest.mark.parametrize(
    "line",
    [
        "The mayor, who took office in 2019 (after two recounts), said he would stay.",
        "Officials in Halden / Moss said so.",
        "Citizens have every right to be angry. pic.twitter.com/fCX2Ptc7YN",
        "The picture was sold for a record sum on Friday.",
    ],
)
def test_a_paragraph_is_no_credit(line: str) -> None:
    assert read_credit(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell sharply on Monday as investors worried.",
        "Terms of the deal were not disclosed.",
        "Print runs fell by half.",
        "By using satellites, scientists found the wreck and agree on its age.",
        "Support local farmers, the minister said.",
        "The regulator fined the firm for its use of cookies.",
    ],
)
def test_a_paragraph_that_begins_like_a_button_is_kept(line: str) -> None:
    assert noise(line) is None


@pytest.mark.parametrize(
    ("line", "sections"),
    [
        ("World", ("World",)),
        ("Arts & Culture", ("Arts & Culture",)),
        ("Home > World > Asia", ("World", "Asia")),
        ("Home | World | Politics | Sport", ("World", "Politics", "Sport")),
        ("World leaders meet", ()),
    ],
)
def test_sections_are_known_by_their_words(line: str, sections: tuple[str, ...]) -> None:
    assert section_names(line) == sections


def test_a_wrapped_paragraph_is_joined_and_a_broken_compound_stays_whole() -> None:
    page = (
        "The pumps along the old sea wall were tested a month early because the\n"
        "rivers are high, and nobody can recall when the low-lying and well-\n"
        "drained fields were last so wet. The board meets again on Friday.\n"
    )

    assert [block.text for block in blocks_of(page)] == [
        (
            "The pumps along the old sea wall were tested a month early because the rivers are high, and "
            "nobody can recall when the low-lying and well-drained fields were last so wet. The board "
            "meets again on Friday."
        )
    ]


def test_short_lines_under_each_other_are_not_joined() -> None:
    assert [block.text for block in blocks_of(f"EG\nThe Post\nSunday\n\n{STORY}")][:3] == ["EG", "The Post", "Sunday"]  # fmt: skip


_WORDS = st.sampled_from(
    ["By", "Jane Doe", "AP", "(Reuters)", "—", "|", "2 months ago", "World", "Nov. 9, 2025", "Photo:", "©", '"', "“", ".", "?",
     "The", "bridge", "was closed", "\n", "\n\n", "  ", "Updated", "4:15 p.m.", "新华社", "منذ", "…", "/", ">", "•", "1.", "[1]", "References"]
)  # fmt: skip
_PAGES = st.one_of(st.text(max_size=400), st.lists(_WORDS, max_size=60).map(" ".join), st.binary(max_size=300))  # fmt: skip


@given(_PAGES)
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_an_entry_or_a_broken_document(data: str | bytes) -> None:
    page = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    recognised(page)
    try:
        entry = read(page)
    except BrokenDocument:
        return

    assert entry.title is not None
    assert entry.title.value.strip()


_SHORT = ["a", " ", "\n", "\t", "1", ".", ". ", "(", '"', "“", "— ", "| ", "this ", "[1]", " edition", "sunny   ", "Nov ", "2 a", "/", "A/", "AP ", "é", "新", "the report ", "1. ", "> ", "\n \n", "References\n", "Photo: ", "https://a", "@a.", "cookies ", "By A and "]  # fmt: skip


@pytest.mark.parametrize("unit", _SHORT, ids=repr)
def test_a_hostile_page_is_read_in_bounded_time(unit: str) -> None:
    body = unit * (200_000 // len(unit))
    start = time.process_time()
    for text in (
        body,
        f"{TITLE}\n\n{body}",
        f"{TITLE}\n\n{STORY}\n{body}",
        re.sub(r"(.{300})", r"\1\n", body),
    ):
        recognised(text)
        try:
            read(text)
        except BrokenDocument:
            continue

    # Four pages of 200 KB; a quadratic step would take minutes.
    assert time.process_time() - start < 8


# What the large patterns look for, in pieces: a short cut past one must never skip a match.
_CREDIT_PIECES = (
    "This", "the", "article", "story", "report", "was", "first", "published", "PUBLISHED", "filed",
    "by", "through", "Reuters", "AP", "(AP)", "the Associated Press", "Dieser Artikel", "von", "dpa",
    "Cet article", "est", "par", "AFP", "Esta noticia", "publicada", "por", "EFE", "Questo articolo",
    "dall’", "ANSA", "Bu haber", "Anadolu Ajansı", "tarafından", "Материал", "опубликован", "ТАСС",
    "©", "2025", "All rights reserved", "ALL RIGHTS", "reserved", "hakları saklıdır", "Alle", "Rechte",
    "vorbehalten", "may not be", "reproduced", "Photo", "PHOTO", "photo by", "courtesy", "Getty Images",
    "Jane Doe", "/", "|", ":", ".", "!", "[", "]", "(", ")", "file", "Children wade through the water",
    "Nov", "november", "9", "14", "2025", "1999", "300", "yesterday", "il  y a", "ago", "h", "4:15 p.m.",
    "hace", "días", "sedan", "för", "vor", "12.11.2025", "2025-09-09T10:00", "ıssued", "İ",
)  # fmt: skip
_CREDIT_LINES = st.lists(st.sampled_from(_CREDIT_PIECES), max_size=14).map(" ".join)


@given(_CREDIT_LINES)
def test_no_short_cut_misses_a_credit(text: str) -> None:
    found = late(agencies._CREDIT_SENTENCE).search(text) or late(agencies._TURKISH_SENTENCE).search(
        text
    )

    assert bool(credited(text, last=False)) == bool(found)


@given(_CREDIT_LINES)
def test_no_short_cut_misses_a_reservation_of_rights(text: str) -> None:
    rights = _noise._RIGHTS.search(text)

    if rights and rights.start() <= _noise.LONGEST_RIGHTS_CLAUSE:
        assert _noise.footer(text)


@given(_CREDIT_LINES)
def test_no_short_cut_misses_a_caption_with_its_credit(text: str) -> None:
    if figures._TRAILING.fullmatch(text):
        assert figures._may_trail_a_credit(text)


@given(_CREDIT_LINES)
def test_no_short_cut_misses_a_date(text: str) -> None:
    if late(dates._DATE).search(text):
        assert dates._may_match(text)
