import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Text
from feeds.normalise import text as text_module
from feeds.normalise.text import cut, first_sentence, line, plain, printable, tidy


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Itâ€™s late", "It’s late"),
        ("â€œQuoteâ€\x9d", "“Quote”"),
        ("cafÃ© in MÃ¼nster", "café in Münster"),
        ("Â£40 or 30Â°", "£40 or 30°"),
        ("voilÃ\xa0 le cafÃ©", "voilà le café"),
        ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "привет"),
        ("ðŸ˜€", "😀"),
        ("\u00e2\u0080\u0099tis", "’tis"),
    ],
)
def test_utf_8_that_was_read_as_cp1252_is_repaired(broken: str, whole: str) -> None:
    repaired = tidy(broken)

    assert repaired == whole


@pytest.mark.parametrize(
    "text",
    ["“MANHÃ”", "C’è…»", "SERTÃO", "perché…” disse", "Âge d’or", "ÀÉÎÕÜ", "naïve café", "Íž", "Ä‘"],
)
def test_what_may_have_been_meant_is_left_alone(text: str) -> None:
    assert tidy(text) == unicodedata.normalize("NFC", text)


def test_mojibake_is_repaired_once() -> None:
    once = "’".encode().decode("cp1252")
    twice = once.encode().decode("cp1252")

    assert tidy(twice) == once


def test_letters_and_their_accents_become_one() -> None:
    assert tidy("cafe\u0301") == "caf\u00e9"


def test_a_stroke_never_eats_the_end_of_a_tag() -> None:
    assert tidy("<b>\u0338x") == "<b>x"


def test_c1_controls_become_the_cp1252_marks_they_stood_for() -> None:
    assert tidy("it\x92s") == "it’s"


def test_vertical_tabs_part_words() -> None:
    assert tidy("one\x0btwo") == "one two"


def test_line_ends_are_line_feeds() -> None:
    assert tidy("a\r\nb\rc") == "a\nb\nc"


def test_html_is_unescaped_exactly_once() -> None:
    assert plain(Text("AT&amp;amp;T &lt;b&gt;", "html")) == "AT&amp;T <b>"


def test_text_is_not_unescaped_at_all() -> None:
    assert plain(Text("R&amp;D <b>", "text")) == "R&amp;D <b>"


def test_tags_go_and_blocks_part_words() -> None:
    assert plain(Text("<p>One<br>two</p><p>th<b>ree</b></p><script>x()</script>", "html")) == (
        "One two three"
    )


def test_a_less_than_sign_is_no_tag() -> None:
    assert plain(Text("3 < 5 & 7 > 6", "html")) == "3 < 5 & 7 > 6"


def test_soft_hyphens_and_overrides_stay_out_of_titles() -> None:
    assert plain(Text("Donau\u00addampf\u200b\u202eschiff")) == "Donaudampfschiff"


def test_joiners_that_letters_need_stay() -> None:
    assert plain(Text("می\u200cخواهم")) == "می\u200cخواهم"


def test_a_reference_cannot_spell_a_control_character() -> None:
    assert plain(Text("a&#1;b&#xFFFE;c", "html")) == "abc"


def test_wordpress_categories_are_unescaped() -> None:
    assert line("Arts &amp; Culture") == "Arts & Culture"


def test_a_cut_ends_with_a_sentence_where_one_ends_late() -> None:
    text = "The river rose again overnight. Villages were cleared. And then the dam " + "held " * 20

    assert cut(text, 60) == "The river rose again overnight. Villages were cleared."


def test_a_cut_ends_with_a_word_and_an_ellipsis_otherwise() -> None:
    assert cut("alpha beta gamma delta epsilon", 20) == "alpha beta gamma…"


def test_a_cut_without_spaces_counts_characters() -> None:
    assert cut("河" * 50, 10) == "河" * 9 + "…"


def test_what_is_short_is_not_cut() -> None:
    assert cut("short", 5) == "short"


def test_an_abbreviation_ends_no_sentence() -> None:
    assert first_sentence("The U.S. and Mr. Ode agreed. More later.") == (
        "The U.S. and Mr. Ode agreed."
    )


XML_CHARACTER = {0x9, 0xA, 0xD}


@given(st.text(st.characters(exclude_categories=())))
def test_tidy_text_is_legal_xml_and_nfc(text: str) -> None:
    tidied = tidy(text)

    assert all(
        ord(c) in XML_CHARACTER
        or 0x20 <= ord(c) <= 0xD7FF
        or 0xE000 <= ord(c) <= 0xFFFD
        or ord(c) > 0xFFFF
        for c in tidied
    )
    assert unicodedata.is_normalized("NFC", tidied)


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_printable_is_idempotent(text: str) -> None:
    assert printable(printable(text)) == printable(text)


MARKUP = st.lists(
    st.sampled_from(
        [
            "<b>",
            "</b>",
            "<p>",
            "<!--",
            "-->",
            "<a href='",
            "'>",
            "word ",
            "<script>",
            "\n",
            '"',
            "é",
        ]
    ),
    max_size=30,
).map("".join)


@given(MARKUP)
def test_plain_html_is_one_line_without_tags(html: str) -> None:
    text = plain(Text(html, "html"))

    assert "\n" not in text
    assert "<b>" not in text
    assert "<p>" not in text
    assert "<script>" not in text


@given(st.text(), st.integers(10, 400))
def test_a_cut_keeps_its_limit(text: str, limit: int) -> None:
    assert len(cut(" ".join(text.split()), limit)) <= limit


@pytest.mark.parametrize(
    "unit",
    ["<", "<a ", "&", "&#", "â€", "Ã", "Ã©", "ð", "\u0338", ".", "\x00", "<b>", " ", "e\u0301"],
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    hostile = unit * (200_000 // len(unit))
    started = time.process_time()
    tidy(hostile)
    plain(Text(hostile, "html"))
    cut(line(hostile), 300)

    assert time.process_time() - started < 2


@pytest.fixture(scope="module", name="composing")
def _composing() -> set[str]:
    """What NFC joins to the character before it."""
    taken_apart = (unicodedata.normalize("NFD", chr(code)) for code in range(0x110000))
    return {mark for letters in taken_apart for mark in letters[1:]}


def test_what_is_taken_for_sound_needs_no_repair(composing: set[str]) -> None:
    sound = [chr(code) for code in range(0x110000) if text_module._SOUND.fullmatch(chr(code))]

    assert not composing.intersection(sound)
    assert all(unicodedata.normalize("NFC", one) == one for one in sound)
    assert printable("".join(sound)) == "".join(sound)


@given(
    st.lists(
        st.text("aé \n“”’—…ÃÂâ€™œ\x9d\x85\xa0©ñёйか漢가e\u0301\u0338<>\x07\r\ufeff", max_size=12)
        | st.text(st.characters(exclude_categories=()), max_size=5),
        max_size=8,
    ).map("".join)
)
def test_sound_text_is_what_the_repairs_would_leave_alone(text: str) -> None:
    if text_module._is_sound(text):
        assert printable(text) == text
        assert text_module._unscramble(text) == text
        assert unicodedata.is_normalized("NFC", text)
        assert "\r" not in text


@pytest.mark.parametrize(
    "text", ["“Yes,” she said — “no”…", "Ёлка и ёж.", "漢字かな、가나", "naïve café"]
)
def test_ordinary_text_is_taken_for_sound(text: str) -> None:
    assert text_module._is_sound(text)
