"""Likeness: what is one story and what is not, judged by the script inside a real server."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from importlib import resources
from typing import Any, NamedTuple

import msgspec
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.dedupe.fingerprint import PRINT_BYTES, fingerprint, paragraphs
from feeds.model import Thresholds
from feeds.store.likeness import Likest, sentence, terms
from tests.factories import article
from tests.wires import ARABIC, CHINESE, ENGLISH, FOOTER, GERMAN, JAPANESE, WIRES, Wire
from worker.valkey import Server

DAY = 86_400

_SCRIPT = (
    resources.files("feeds.store").joinpath("likeness.lua").read_text("utf-8")
    + """
local terms = terms_of(ARGV[3])
local scores = compare(ARGV[1], ARGV[2])
local same, guard = alike(scores, tonumber(ARGV[4]), ARGV[5] == '1', terms)
return {same and 1 or 0, guard or '', with_leader(scores, terms) and 1 or 0, line_of(scores)}
"""
)


class Judged(NamedTuple):
    alike: bool
    guard: str
    with_leader: bool
    scores: str

    @property
    def containment(self) -> float:
        return float(self.scores.split()[0])


Judge = Callable[..., Judged]


@pytest.fixture(scope="session", name="judge")
def _judge(server: Server) -> Judge:
    client: Any = redis.Redis.from_url(server.url)

    def judge(
        one: bytes | Wire,
        other: bytes | Wire,
        seconds: float = 600,
        *,
        own: bool = False,
        **changes: Any,
    ) -> Judged:
        prints = [each if isinstance(each, bytes) else printed(each) for each in (one, other)]
        asked = terms(Thresholds(**changes))
        same, guard, leader, scores = client.eval(_SCRIPT, 0, *prints, asked, seconds, int(own))
        return Judged(bool(same), guard.decode(), bool(leader), scores.decode())

    return judge


def printed(one: Wire) -> bytes:
    body = "".join(f"<p>{text}</p>" for text in one.paragraphs)
    found = fingerprint(paragraphs(article(title=one.title, content_html=body)), ())
    assert found is not None
    return found.print


def changed(one: Wire, *swaps: tuple[str, str]) -> Wire:
    text = "\n".join((one.title, *one.paragraphs))
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new)
    title, *rest = text.split("\n")
    return Wire(title, tuple(rest))


# Copies

IN_EVERY_LANGUAGE = pytest.mark.parametrize("one", WIRES.values(), ids=WIRES)


@IN_EVERY_LANGUAGE
def test_a_story_is_alike_itself_wholly(judge: Judge, one: Wire) -> None:
    judged = judge(one, one)

    assert judged.alike
    assert judged.containment == 1


@IN_EVERY_LANGUAGE
def test_a_copy_without_its_last_paragraphs_is_alike(judge: Judge, one: Wire) -> None:
    cut = one._replace(paragraphs=one.paragraphs[:3])

    assert judge(one, cut).alike


def test_a_text_that_says_other_numbers_in_the_same_words_may_be_cut_anywhere(judge: Judge) -> None:
    said = "It took {} days, cost {} pounds, drew {} people, made {} enemies and won {} prizes."
    said += " Since then {} storms came, {} lamps broke and {} keepers left."
    told = tuple(
        f"{re.sub('[0-9]+', 'many', text)} {said.format(*(at * step for step in range(7, 15)))}"
        for at, text in enumerate((*ENGLISH.paragraphs, *ENGLISH.paragraphs[::-1]))
    )
    whole = Wire(ENGLISH.title, told)
    cuts = [whole._replace(paragraphs=told[:length]) for length in range(6, 12)]

    assert all(judge(whole, cut).alike for cut in cuts)
    assert {judge(whole, cut, contained=2).guard for cut in cuts} > {""}


EARNED = (
    "Castlemere Pumps earned 412 million in the quarter, against 377 million a year before, and its"
    " orders grew by 18 per cent to 951 million, of which 62 per cent came from abroad. It sold 83"
    " engines, built 29 mills, lent 540 wagons, lost 67 customers and hired 205 welders."
)
REPORT = (EARNED, *ENGLISH.paragraphs)


def test_names_of_the_papers_make_no_other_story_where_all_numbers_are_the_same(
    judge: Judge,
) -> None:
    told = [
        Wire(ENGLISH.title, (f"MOLE BAY ({paper}) - {REPORT[0]}", *REPORT[1:], *letter))
        for paper in ("Aldermoor Old Argus", "Brackwater Evening Post")
        for letter in [(f"Follow {paper} for more, and write to {paper} if you know better.",)]
    ]

    assert judge(*told, names=1, contained=2).guard == "names"
    assert judge(*told, names=1).alike


def test_other_numbers_all_over_are_another_story_however_long_the_text(judge: Judge) -> None:
    other = re.sub("[0-9]+", lambda found: str(int(found[0]) + 5), EARNED)
    around = [re.sub("[0-9]+", "many", one) for one in ENGLISH.paragraphs]
    reports = [Wire(ENGLISH.title, (one, *around)) for one in (EARNED, other)]

    judged = judge(*reports, contained=0.5)

    assert (judged.alike, judged.guard) == (False, "numbers"), judged.scores


@IN_EVERY_LANGUAGE
def test_another_headline_makes_no_other_story(judge: Judge, one: Wire) -> None:
    assert judge(one, one._replace(title="Wire roundup: what else happened today")).alike


@IN_EVERY_LANGUAGE
def test_another_first_paragraph_makes_no_other_story(judge: Judge, one: Wire) -> None:
    lede = "Exclusive: here is what our own reporter on the spot saw and heard that morning."

    assert judge(one, one._replace(paragraphs=(lede, *one.paragraphs[1:]))).alike


@IN_EVERY_LANGUAGE
def test_a_footer_that_nobody_knows_yet_makes_no_other_story(judge: Judge, one: Wire) -> None:
    assert judge(one, one._replace(paragraphs=(*one.paragraphs, FOOTER))).alike


@IN_EVERY_LANGUAGE
def test_other_stories_are_not_alike(judge: Judge, one: Wire) -> None:
    for other in WIRES.values():
        assert judge(one, other).alike == (one is other)


def test_numbers_written_otherwise_are_the_same(judge: Judge) -> None:
    other = changed(GERMAN, ("11.500", "11\u202f500"), ("1,2 Kilometer", "1.2 Kilometer"))

    assert judge(GERMAN, other).scores.split()[3] == judge(GERMAN, GERMAN).scores.split()[3]


def test_one_corrected_number_in_a_long_text_makes_no_other_story(judge: Judge) -> None:
    corrected = changed(ENGLISH, ("6.2 million", "6.8 million"), (ENGLISH.title, "CORRECTED"))

    assert judge(ENGLISH, corrected).alike


def test_words_exchanged_here_and_there_make_no_other_story(judge: Judge) -> None:
    other = changed(
        ENGLISH,
        ("damaged", "battered"),
        ("content", "happy"),
        ("scaffolding", "scafolding"),
        ("doing nothing", "inaction"),
    )

    assert judge(ENGLISH, other).alike


# Reports of one form

RESULTS = Wire(
    "{company}: {quarter} earnings",
    (
        (
            "{town} (Wire) - {company} on {day} reported {quarter} net income of ${a}.{b} million."
            " The company, based in {town}, said it had profit of {b} cents a share."
        ),
        (
            "The results topped the forecasts of analysts. The average estimate of five analysts was"
            " for earnings of {c} cents a share."
        ),
        (
            "{company} posted revenue of ${d}.{c} million in the period. In the final minutes of"
            " trading on {day} shares hit ${a}.{d}, a rise of {b} percent since the beginning of the"
            " year. {person}, who runs it, expects revenue of ${c}{d} million for the year."
        ),
    ),
)
DRAW = Wire(
    "Winning numbers drawn in the evening game",
    (
        (
            "{town} (Wire) - These numbers were drawn {day} evening: {a}, {b}, {c}, {d}. The bonus is"
            " {e}. The estimated jackpot is ${e}{a} million. Tickets are sold until one hour before the"
            " draw at all shops of the lottery, and the results are on its website."
        ),
    ),
)
DEATHS = Wire(
    "Obituary: {person}",
    (
        (
            "{person}, a retired {trade} of {town}, died peacefully at home surrounded by family. Born"
            " in {company}, {person} was known for a warm smile and a love of gardening."
        ),
        (
            "Survivors include a wife, {friend}, and several grandchildren who will miss the stories"
            " told at the kitchen table. A service will be held at the chapel in {town}."
        ),
    ),
)
FORECAST = Wire(
    "Das Wetter in {town}",
    (
        (
            "In {town} ist es am {day} heiter bis wolkig bei Höchstwerten um {a} Grad. In der Nacht"
            " sinken die Temperaturen auf {b} Grad. Der Wind weht mit {c} Kilometern in der Stunde."
        ),
        (
            "Die Regenwahrscheinlichkeit liegt bei {d} Prozent. Die Sonne scheint {e} Stunden. Der"
            " Deutsche Wetterdienst warnt in {town} vor Böen bis {a} Kilometer in der Stunde."
        ),
    ),
)
QUAKE = Wire(
    "地震の情報",
    (
        (
            "{a}日午後{b}時{c}分ごろ、沖合を震源とする地震がありました。震源の深さは約{d}キロ、地震の"
            "規模を示すマグニチュードは{e}と推定されています。"
        ),
        (
            "この地震による津波の心配はありません。沿岸の町では震度{b}の揺れを観測しました。警察と消防に"
            "よりますと、午後{c}時現在、けが人は{a}人で、建物の被害は{d}件だということです。"
        ),
    ),
)
MATCH = Wire(
    "فوز في الدوري",
    (
        (
            "حقق فريق المدينة فوزا مهما على ضيفه بنتيجة {a}-{b} في المباراة التي أقيمت مساء أمس ضمن"
            " منافسات الدوري الممتاز وسط حضور بلغ {c} متفرج."
        ),
        (
            "سجل الهدف الأول في الدقيقة {d} والثاني في الدقيقة {e}. وبهذا الفوز رفع الفريق رصيده إلى"
            " {c} نقطة في المركز {b}، بينما تجمد رصيد منافسه عند {a} نقطة."
        ),
    ),
)
FORMS = {
    "earnings": RESULTS,
    "lottery": DRAW,
    "obituary": DEATHS,
    "weather": FORECAST,
    "quake": QUAKE,
    "match": MATCH,
}
FILLED = (
    {
        "company": "Halden Foods", "quarter": "second-quarter", "town": "Milford", "day": "Tuesday",
        "person": "Anna Keller", "friend": "Rosa", "trade": "teacher",
        "a": "14", "b": "27", "c": "31", "d": "46", "e": "8",
    },
    {
        "company": "Norwick Energy", "quarter": "third-quarter", "town": "Ashby", "day": "Friday",
        "person": "Paul Brandt", "friend": "Greta", "trade": "carpenter",
        "a": "3", "b": "19", "c": "22", "d": "40", "e": "5",
    },
)  # fmt: skip
ANYTHING_GOES = {"short_containment": 0.0, "short_headline_containment": 0.0}
OF_EVERY_FORM = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def filled(form: Wire, which: int) -> Wire:
    values = FILLED[which]
    return Wire(form.title.format(**values), tuple(p.format(**values) for p in form.paragraphs))


@OF_EVERY_FORM
def test_two_reports_of_one_form_are_two_stories(judge: Judge, form: Wire) -> None:
    assert not judge(filled(form, 0), filled(form, 1)).alike


@OF_EVERY_FORM
def test_a_copy_of_a_report_is_one_story(judge: Judge, form: Wire) -> None:
    report = filled(form, 0)
    copy = report._replace(paragraphs=(*report.paragraphs, "(Reporting by the night desk)"))

    assert judge(report, copy).alike


def test_of_one_source_another_headline_asks_for_more(judge: Judge) -> None:
    told = (*ENGLISH.paragraphs[:2], *GERMAN.paragraphs[:1])
    other = Wire("Nothing of the first one", told)

    assert judge(ENGLISH, other).alike
    assert judge(ENGLISH, other, own=True).guard == "own"
    assert judge(ENGLISH, other._replace(title=ENGLISH.title), own=True).alike


def test_of_one_source_a_notice_of_the_day_after_tomorrow_is_another(judge: Judge) -> None:
    notice = filled(DEATHS, 0)

    assert judge(notice, notice, 2 * DAY).alike
    assert judge(notice, notice, 1 * DAY, own=True).alike
    assert judge(notice, notice, 2 * DAY, own=True).guard == "apart"


def test_other_numbers_in_the_same_words_are_what_refuses(judge: Judge) -> None:
    judged = judge(filled(FORECAST, 0), filled(FORECAST, 1), **ANYTHING_GOES)

    assert (judged.alike, judged.guard) == (False, "numbers")


def test_other_names_in_the_same_words_are_what_refuses(judge: Judge) -> None:
    judged = judge(filled(DEATHS, 0), filled(DEATHS, 1), **ANYTHING_GOES)

    assert (judged.alike, judged.guard) == (False, "names")


def test_a_short_text_without_numbers_and_names_needs_more(judge: Judge) -> None:
    body = "the board has met and will meet again when it has been told what the winter did to the"
    one = Wire("Board", (f"{body} harbour wall and to the boats that lie there all year round",))
    other = Wire("Notice", (f"{body} harbour wall and to the sheds of those who mend the nets",))
    judged = judge(one, other)

    assert (judged.alike, judged.guard) == (False, "unproven")
    assert judge(one, other, unproven_containment=0.5).alike


# Time, and the first of a story


def test_a_short_text_days_later_is_another_story(judge: Judge) -> None:
    short = ENGLISH._replace(paragraphs=ENGLISH.paragraphs[:2])

    assert judge(short, short, seconds=2 * DAY).alike
    assert judge(short, short, seconds=4 * DAY).guard == "apart"


def test_a_long_text_days_later_is_the_same_story(judge: Judge) -> None:
    assert judge(ENGLISH, ENGLISH, seconds=20 * DAY).alike


def test_what_is_not_quite_the_same_is_no_copy_days_later(judge: Judge) -> None:
    other = ENGLISH._replace(paragraphs=(*ENGLISH.paragraphs[:4], *GERMAN.paragraphs[:2]))

    assert judge(ENGLISH, other).alike
    assert judge(ENGLISH, other, seconds=4 * DAY).guard == "apart"


def test_a_part_is_like_enough_to_the_first_of_its_story(judge: Judge) -> None:
    half = ENGLISH._replace(paragraphs=(*ENGLISH.paragraphs[:3], *GERMAN.paragraphs))

    assert judge(ENGLISH, half).with_leader
    assert not judge(ENGLISH, GERMAN).with_leader


# What is said of it


def test_every_threshold_reaches_the_script(judge: Judge) -> None:
    names = [field.name for field in msgspec.structs.fields(Thresholds)]
    source = resources.files("feeds.store").joinpath("likeness.lua").read_text("utf-8")

    assert [name for name in names if f"terms.{name}" not in source] == []
    assert judge(ENGLISH, GERMAN, containment=0, apart_days=10_000).alike


def test_the_scores_make_a_sentence(judge: Judge) -> None:
    copy = ENGLISH._replace(title="Lighthouse", paragraphs=ENGLISH.paragraphs[:4])
    judged = judge(ENGLISH, copy)
    said = sentence(Likest("abc", "abc", judged.guard, judged.scores), Thresholds())

    assert said.startswith("one story; like abc in ")
    assert f"{judged.containment:.2f} of the shorter text" in said
    assert f"asked for: {Thresholds().containment:.2f} of the text" in said


def test_the_guard_that_refused_is_said(judge: Judge) -> None:
    for form in FORMS.values():
        judged = judge(filled(form, 0), filled(form, 1))
        said = sentence(Likest("abc", "def", judged.guard, judged.scores), Thresholds())

        assert said.startswith("refused: ")
        assert "like abc of the story def" in said


# Laws

PARTS = st.lists(
    st.sampled_from([text for one in WIRES.values() for text in one.paragraphs]),
    min_size=2,
    max_size=9,
)


@given(one=PARTS, other=PARTS)
@settings(max_examples=60, deadline=None)
def test_likeness_has_no_direction(judge: Judge, one: list[str], other: list[str]) -> None:
    prints = [printed(Wire("Title", tuple(parts))) for parts in (one, other)]

    assert judge(*prints) == judge(*reversed(prints))


@given(
    st.binary(min_size=PRINT_BYTES, max_size=PRINT_BYTES),
    st.binary(min_size=PRINT_BYTES, max_size=PRINT_BYTES),
)
@settings(max_examples=60, deadline=None)
def test_any_two_prints_can_be_compared(judge: Judge, one: bytes, other: bytes) -> None:
    assert 0 <= judge(one, other).containment <= 1


@pytest.mark.parametrize("length", [60, 400, 1500])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_the_containment_is_near_the_true_one(judge: Judge, length: int, share: float) -> None:
    dice = random.Random(f"{length} {share}")
    words = [f"w{dice.randrange(10**6)}" for _ in range(3 * length)]
    common = round(length * share)
    one = Wire("", (" ".join(words[:length]),))
    other = Wire("", (" ".join(words[length - common : 3 * length - common]),))

    assert judge(one, other).containment == pytest.approx(share, abs=0.12)


@pytest.mark.parametrize("one", [ENGLISH, ARABIC, JAPANESE, CHINESE], ids=lambda one: one.title[:9])
def test_the_order_of_paragraphs_hardly_matters(judge: Judge, one: Wire) -> None:
    assert judge(one, one._replace(paragraphs=one.paragraphs[::-1])).containment > 0.8
