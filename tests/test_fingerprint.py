"""Fingerprints: the same words whatever they come in, and what copies share."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.dedupe.fingerprint import (
    BAND_BYTES,
    BANDS,
    KEY_BYTES,
    PRINT_BYTES,
    Fingerprint,
    fingerprint,
    paragraphs,
)
from feeds.dedupe.words import MOST_CHARACTERS, tokenise
from feeds.model import Article
from tests.factories import article
from tests.wires import ENGLISH, FOOTER, GERMAN, WIRES, Wire


def marked_up(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in texts)


def wire(one: Wire) -> Article:
    return article(title=one.title, content_html=marked_up(one.paragraphs))


def made(one: Article) -> Fingerprint:
    found = fingerprint(paragraphs(one), ())
    assert found is not None
    return found


def bands(found: Fingerprint) -> set[bytes]:
    return {found.bands[at : at + BAND_BYTES] for at in range(0, len(found.bands), BAND_BYTES)}


def words(text: str) -> list[int]:
    return tokenise(text).hashes.tolist()


# What words are


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ships' bells don\u2019t ring", "ships bells don't ring"),
        ("a line\u00adbreak in\u200bside", "a linebreak inside"),
        ("1,234.5 and 1\u202f234,5", "12345 and 12345"),
        ("\ufb01ne \uff21\uff22\uff23 \u2460", "fine abc 1"),
        ("stra\u00dfe STRASSE", "Strasse stra\u1e9ee"),
        ("\u0661\u0662\u0663", "123"),
        ("\u0623\u064e\u062d\u0652\u0645\u0640\u0640\u062f", "\u0627\u062d\u0645\u062f"),
        ("\uff8a\uff9f\uff86\uff6f\uff78", "\u30d1\u30cb\u30c3\u30af"),
        ("U.S. troops", "US troops"),
    ],
)
def test_spelling_that_says_nothing_makes_no_other_words(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize("text", [one.paragraphs[1] for one in WIRES.values()], ids=WIRES)
def test_composed_and_decomposed_characters_are_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


def test_a_script_without_spaces_has_a_word_for_each_character() -> None:
    tokens = tokenise("\u6771\u4eac\u30672026\u5e74")

    assert tokens.signs.tolist() == [True, True, True, False, True]
    assert tokens.numbers.tolist() == [False, False, False, True, False]


def test_a_vowel_sign_belongs_to_its_character() -> None:
    assert len(tokenise("\u0e17\u0e35\u0e48\u0e19\u0e35\u0e48")) == 2


def test_names_are_the_capitalised_words_that_open_no_sentence() -> None:
    tokens = tokenise('Yesterday Anna Berg said: "Nothing." Then she left for Oslo')

    assert tokens.names.tolist() == [
        False,
        True,
        True,
        False,
        False,
        False,
        False,
        False,
        False,
        True,
    ]


def test_letters_and_digits_that_touch_are_two_words() -> None:
    assert words("a $40m deal") == words("a 40 m deal")


# What a print is of


def test_html_and_plain_text_give_the_same_print() -> None:
    plain = article(title=ENGLISH.title, content_html="\n\n".join(ENGLISH.paragraphs))
    rich = wire(ENGLISH).content_html.replace("granite", '<a href="/a>b"><b>gran</b>ite</a>')

    assert made(plain) == made(wire(ENGLISH))
    assert made(article(title=ENGLISH.title, content_html=f"<div>{rich}</div>")) == made(plain)


def test_the_summary_stands_for_an_article_without_a_body() -> None:
    text = " ".join(GERMAN.paragraphs)

    assert made(article(summary=text, content_html="")) == made(article(content_html=text))


def test_entities_are_the_characters_that_they_stand_for() -> None:
    text = "Sand & salt & more. " + ENGLISH.paragraphs[0]

    assert made(article(content_html=text.replace("&", "&amp;"))) == made(
        article(content_html=text)
    )


@pytest.mark.parametrize("one", WIRES.values(), ids=WIRES)
def test_half_a_story_shares_bands_with_the_whole(one: Wire) -> None:
    half = one._replace(paragraphs=one.paragraphs[: len(one.paragraphs) // 2 + 1])

    assert bands(made(wire(one))) & bands(made(wire(half)))


def test_other_stories_share_no_band() -> None:
    all_bands = [bands(made(wire(one))) for one in WIRES.values()]

    assert len(set().union(*all_bands)) == sum(map(len, all_bands))


def test_a_sentence_is_too_little_to_be_compared() -> None:
    assert fingerprint(paragraphs(article(content_html="<p>The meeting is off.</p>")), ()) is None
    assert fingerprint(paragraphs(article(content_html="")), ()) is None


def test_only_so_much_of_a_text_is_looked_at() -> None:
    text = "".join(f"word{number} " for number in range(20_000))

    assert made(article(content_html=text)) == made(article(content_html=text[:MOST_CHARACTERS]))


# Boilerplate


def test_a_paragraph_has_the_same_key_in_every_article() -> None:
    [first, *_, last] = paragraphs(article(content_html=marked_up((FOOTER, "Else.", FOOTER)))).keys

    assert first == last
    assert first in paragraphs(article(content_html=f"<div>{FOOTER.upper()}</div><p>So</p>")).keys
    assert len(first) == KEY_BYTES


def test_boilerplate_is_left_out() -> None:
    [key] = paragraphs(article(content_html=marked_up((FOOTER,)))).keys
    text = article(title=ENGLISH.title, content_html=marked_up((*ENGLISH.paragraphs, FOOTER)))

    assert fingerprint(paragraphs(text), {key}) == made(wire(ENGLISH))
    assert fingerprint(paragraphs(text), ()) != made(wire(ENGLISH))


def test_what_would_be_all_of_a_text_is_no_boilerplate() -> None:
    text = paragraphs(wire(ENGLISH))

    assert fingerprint(text, set(text.keys)) == made(wire(ENGLISH))


def test_a_long_paragraph_is_never_boilerplate() -> None:
    text = " ".join(ENGLISH.paragraphs)

    assert paragraphs(article(content_html=f"<p>{text}</p>")).keys == ()


def test_of_many_paragraphs_those_at_the_edges_have_keys() -> None:
    lines = tuple(f"Line number {number} of the list" for number in range(200))
    keys = paragraphs(article(content_html=marked_up(lines))).keys
    few = paragraphs(article(content_html=marked_up((lines[0], lines[-1])))).keys

    assert len(keys) == 40
    assert few == (keys[0], keys[-1])


# Any text at all


ANY_TEXT = st.text(st.characters(exclude_characters="\x1e"), max_size=300)


@given(title=ANY_TEXT, text=ANY_TEXT)
def test_any_text_has_a_print_of_the_same_length_or_none(title: str, text: str) -> None:
    one = article(title=title, content_html=text)
    found = fingerprint(paragraphs(one), ())

    assert found is None or (len(found.print), len(found.bands)) == (
        PRINT_BYTES,
        BANDS * BAND_BYTES,
    )
    assert found == fingerprint(paragraphs(one), ())


@given(
    text=st.text(
        st.sampled_from("aB1,.' \u00e9\u0301\u4e00\u0e35\u3099\ufb01\U00020000"), max_size=60
    )
)
def test_every_token_has_one_value_in_each_array(text: str) -> None:
    tokens = tokenise(text)

    assert {
        len(each) for each in (tokens.numbers, tokens.names, tokens.signs, tokens.paragraphs)
    } == {len(tokens)}
    assert not (tokens.numbers & tokens.names).any()


@given(
    gaps=st.lists(st.sampled_from([" ", "\n", "\t ", "\xa0 ", " <b></b>", "<i> </i>"]), min_size=1)
)
@settings(max_examples=40)
def test_white_space_and_markup_between_words_change_nothing(gaps: list[str]) -> None:
    text = ENGLISH.paragraphs[0].split()
    spaced = "".join(word + gaps[at % len(gaps)] for at, word in enumerate(text))

    assert made(article(content_html=spaced)) == made(article(content_html=" ".join(text)))
