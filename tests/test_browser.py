"""Every kind of page in Chromium: for everybody (WCAG 2.2 AA), under our own policy, and at rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.browser import CHROMIUM, Chromium, visited
from tests.gallery import PAGES, build
from worker.web.answers import page_security

AXE = next(
    (
        found
        for folder in os.environ.get("NODE_PATH", "").split(os.pathsep)
        if folder and (found := Path(folder) / "axe-core" / "axe.min.js").is_file()
    ),
    None,
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
CHECK = """axe.run(document, {runOnly: %s, resultTypes: ['violations']}).then(found =>
found.violations.flatMap(rule => rule.nodes.map(node => rule.id + ': ' + node.html)))"""
SHIFT = """new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.value))
    .observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => setTimeout(() => done(sum), 100));
})"""
LIGHTNESS = """getComputedStyle(document.documentElement).%s.match(/[0-9.]+/g).slice(0, 3)
.reduce((sum, one) => sum + Number(one), 0) / 765"""

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
each_page = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())


class Visitor(NamedTuple):
    chromium: Chromium
    site: str

    def open(self, path: str, **look: Any) -> list[str]:
        self.chromium.look(**{"width": 1200, **look})
        return self.chromium.visit(self.site + path)


@pytest.fixture(name="visitor", scope="module")
def _visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    public = tmp_path_factory.mktemp("gallery")
    build(public)
    headers = {name.decode(): value.decode() for name, value in page_security(scripts=True)}
    with visited(public, headers) as site, Chromium() as chromium:
        yield Visitor(chromium, site)


@pytest.mark.skipif(AXE is None, reason="needs axe-core in NODE_PATH")
@pytest.mark.parametrize(
    "look", [{"width": 1200}, {"width": 360, "dark": True}], ids=["wide", "narrow and dark"]
)
@each_page
def test_axe_finds_no_barrier(visitor: Visitor, path: str, look: dict[str, Any]) -> None:
    assert AXE is not None
    visitor.open(path, **look)
    visitor.chromium.run(AXE.read_text("utf-8"))

    assert visitor.chromium.run(CHECK % RULES) == []


@each_page
def test_nothing_on_a_page_breaks_the_policy_that_is_sent_with_it(
    visitor: Visitor, path: str
) -> None:
    said = visitor.open(path)

    assert [one for one in said if "ERR_NAME_NOT_RESOLVED" not in one] == []


@each_page
def test_nothing_moves_when_pictures_arrive(visitor: Visitor, path: str) -> None:
    visitor.open(path)

    assert visitor.chromium.run(SHIFT) == 0


@each_page
def test_a_page_fits_a_narrow_screen(visitor: Visitor, path: str) -> None:
    visitor.open(path, width=320)  # WCAG 2.2, 1.4.10

    assert visitor.chromium.run("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize(
    ("look", "paper"), [({}, True), ({"dark": True}, False), ({"dark": True, "paper": True}, True)]
)
def test_pages_are_dark_at_night_and_never_on_paper(
    visitor: Visitor, look: dict[str, Any], paper: bool
) -> None:
    visitor.open(PAGES["article"], **look)
    ground, ink = (visitor.chromium.run(LIGHTNESS % name) for name in ("backgroundColor", "color"))

    assert (ground > 0.9, ink < 0.2) == (paper, paper)


def test_paper_shows_the_story_and_nothing_to_click(visitor: Visitor) -> None:
    visitor.open(PAGES["article"], paper=True)
    hidden = "[...document.querySelectorAll('.masthead nav, .colophon, .skip')].every(one => !one.offsetHeight)"

    assert visitor.chromium.run(hidden)
    assert visitor.chromium.run("document.querySelector('.text').offsetHeight") > 100


def test_the_keyboard_finds_the_way_past_the_masthead_first(visitor: Visitor) -> None:
    visitor.open(PAGES["home"])
    for kind in ("keyDown", "keyUp"):
        visitor.chromium.call(
            "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
        )

    assert visitor.chromium.run("document.activeElement.className") == "skip"
    assert visitor.chromium.run("document.activeElement.getBoundingClientRect().top") >= 0


def test_a_story_in_arabic_stands_on_the_right(visitor: Visitor) -> None:
    visitor.open(PAGES["right-to-left"])
    sides = [
        visitor.chromium.run(f"document.querySelector('{one}').getBoundingClientRect().right")
        for one in (".story header", ".story .byline", ".story .sections a")
    ]

    assert max(sides) - min(sides) < 2
