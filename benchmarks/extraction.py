"""How well the text of an article is told from the rest of its page, and what else the page says.

Two corpora of pages with known text, each with the scorer that its project publishes:

- article-extraction-benchmark (MIT): precision and recall of shingles of four words, each page
  normalised to one, then the mean over the pages; F1 of the two means;
- trafilatura's evaluation (Apache-2.0): snippets that the text must hold, and snippets that it
  must not; one count over all pages.

Wireroom reads a page as it reads every document, and its text is what ``wireroom parse`` prints as
the body. Beside it stand trafilatura in each of its ways, and others as far as they are installed.
The pages of a corpus, in the order of their names, fall into two halves by turns: what was tuned on
the one has to hold on the other. What readability-pages expect of title, byline, site, date,
language and direction is compared for Wireroom alone.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean

import msgspec
from dateutil.parser import isoparse
from lxml.html import document_fromstring

sys.path.insert(0, str(Path(__file__).parents[1]))

from feeds.model import Article, Document, Rejection, Rules, Source
from feeds.normalise.markup import clean, paragraphs
from feeds.reading import read

CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
RECEIVED = datetime(2026, 3, 4, 12, tzinfo=UTC)
SHINGLE_WORDS = 4
FIELDS = ("title", "byline", "siteName", "publishedTime", "lang", "dir")
WRONG = {("liberation-1", "byline")}  # of a story in the box beside it; this one's is by AFP
_WORD = re.compile(r"\w+")
_RIGHT_TO_LEFT = re.compile(r'^<div dir="rtl">')

Extractor = Callable[[bytes], str]


class Page(msgspec.Struct, frozen=True):
    """A page, and of its text either all or snippets that are in it and that are not."""

    name: str
    data: bytes
    text: str = ""
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class Score(msgspec.Struct, frozen=True):
    """Precision, recall and their harmonic mean, each from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def articles(corpora: Path) -> list[Page]:
    """Return the pages of article-extraction-benchmark, by name."""
    folder = corpora / "article-extraction-benchmark"
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    return [
        Page(
            name,
            gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()),
            text=true["articleBody"],
        )
        for name, true in sorted(truth.items())
    ]


def snippets(corpora: Path) -> list[Page]:
    """Return the pages of trafilatura's evaluation, by name."""
    folder = corpora / "trafilatura-eval"
    truth = json.loads((folder / "evaldata.json").read_text("utf-8"))
    pages = [
        Page(
            true["file"],
            (folder / "html" / true["file"]).read_bytes(),
            included=tuple(true["with"]),
            excluded=tuple(true["without"]),
        )
        for true in truth.values()
    ]
    return sorted(pages, key=lambda page: page.name)


def by_shingles(found: Sequence[tuple[Page, str]]) -> Score:
    """Score whole texts, as article-extraction-benchmark does."""
    precisions, recalls = [], []
    for page, text in found:
        true, said = _shingles(page.text), _shingles(text)
        both = (true & said).total()
        if said:  # who says nothing says nothing wrong
            precisions.append(both / said.total())
        if true:
            recalls.append(both / true.total())
    return Score(fmean(precisions or [0]), fmean(recalls or [0]))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return all runs of four words of *text*; a shorter text is one run."""
    words = _WORD.findall(text)
    if not words:
        return Counter()
    last = max(len(words) - SHINGLE_WORDS, 0)
    return Counter(tuple(words[at : at + SHINGLE_WORDS]) for at in range(last + 1))


def by_snippets(found: Iterable[tuple[Page, str]]) -> Score:
    """Score by what a text must hold and must not, as trafilatura's evaluation does."""
    right = wrong = all_of_them = 0
    for page, text in found:
        said = " ".join(text.split())
        right += sum(" ".join(one.split()) in said for one in page.included)
        wrong += sum(" ".join(one.split()) in said for one in page.excluded)
        all_of_them += len(page.included)
    return Score(right / (right + wrong or 1), right / (all_of_them or 1))


def article(data: bytes) -> Article | None:
    """Return the article that Wireroom reads a page as, if it is one."""
    document = Document(data, "page.html", Source(id="benchmark"), RECEIVED)
    [found] = read(document, Rules())
    return None if isinstance(found, Rejection) else found


def wireroom(data: bytes) -> str:
    """Return the body as ``wireroom parse`` prints it."""
    found = article(data)
    return "\n".join(paragraphs(found.content_html)) if found else ""


def with_deck(data: bytes) -> str:
    """Return the body, below the deck where that was taken out of it to be the summary."""
    found = article(data)
    if found is None:
        return ""
    body = "\n".join(paragraphs(found.content_html))
    return f"{found.summary}\n{body}" if _is_deck(data, found.summary, body) else body


def _is_deck(data: bytes, summary: str, body: str) -> bool:
    """Tell whether the page shows *summary* as a line of its own that is not in the *body*."""
    page = document_fromstring(data)
    lines = (" ".join(one.text_content().split()) for one in page.iter("p", "div", "h2", "h3"))
    return summary not in body and summary in lines


def extractors() -> Iterator[tuple[str, Extractor]]:
    """Yield Wireroom, trafilatura in each of its ways, and what else is installed."""
    yield "wireroom", wireroom
    yield "wireroom, deck and body", with_deck
    ways = {"default": {}, "precision": {"favor_precision": True}, "recall": {"favor_recall": True}}
    for way, options in ways.items():
        for fast in (False, True):
            name = f"trafilatura {way}{', fast' if fast else ''}"
            yield name, _trafilatura(fast=fast, **options)
    for module, way in _OTHERS.items():
        if find_spec(module):
            yield module, way


def _trafilatura(**options: bool) -> Extractor:
    import trafilatura  # noqa: PLC0415

    return lambda data: trafilatura.extract(data, include_comments=False, **options) or ""


def _readability(data: bytes) -> str:
    from readability import Document as Readable  # noqa: PLC0415

    page = Readable(data.decode("utf-8", "replace"))
    return "\n".join(paragraphs(clean(page.summary(html_partial=True), None)))


def _resiliparse(data: bytes) -> str:
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415

    return str(extract_plain_text(data.decode("utf-8", "replace"), main_content=True))


_OTHERS: dict[str, Extractor] = {
    "readability": _readability,
    "resiliparse": _resiliparse,
}


def extracted(way: Extractor, pages: Iterable[Page]) -> list[tuple[Page, str]]:
    """Return each page with its text; a way that fails on a page found nothing there."""
    found = []
    for page in pages:
        try:
            text = way(page.data)
        except Exception as error:  # noqa: BLE001 - whatever a library does
            print(f"{page.name[:16]}: {error!r}", file=sys.stderr)
            text = ""
        found.append((page, text))
    return found


def print_bodies(title: str, pages: Sequence[Page], scored: Callable[..., Score]) -> None:
    """Print how well each way finds the text of *pages*, over all and over each half."""
    print(f"{title}, {len(pages)} pages")
    print(f"  {'':28}{'precision':>10}{'recall':>8}{'F1':>8}{'1st half':>10}{'2nd':>8}{'ms':>8}")
    for name, way in extractors():
        extracted(way, pages)  # what is imported only once is not the time of a page
        start = time.process_time()
        found = extracted(way, pages)
        spent = (time.process_time() - start) / len(pages) * 1000
        whole, first, second = scored(found), scored(found[::2]), scored(found[1::2])
        print(
            f"  {name:28}{whole.precision:10.4f}{whole.recall:8.4f}{whole.f1:8.4f}"
            f"{first.f1:10.4f}{second.f1:8.4f}{spent:8.1f}"
        )
    print()


def metadata(corpora: Path) -> dict[str, list[tuple[str, str, str, bool]]]:
    """Return for each field the pages that state it: name, expected, found, whether alike."""
    judged: dict[str, list[tuple[str, str, str, bool]]] = {field: [] for field in FIELDS}
    for path in sorted((corpora / "readability-pages").glob("*/expected-metadata.json")):
        expected = json.loads(path.read_text("utf-8"))
        found = article(path.with_name("source.html").read_bytes())
        for field in FIELDS:
            true = expected.get(field) or ""
            said = _said(found, field) if found else ""
            if true and (path.parent.name, field) not in WRONG:
                judged[field].append((path.parent.name, true, said, _alike(field, true, said)))
    return judged


def _said(found: Article, field: str) -> str:
    return {
        "title": found.title,
        "byline": ", ".join(person.name for person in found.authors),
        "siteName": found.publisher or "",
        "publishedTime": found.published.at.isoformat(),
        "lang": found.language or "",
        "dir": "rtl" if _RIGHT_TO_LEFT.match(found.content_html) else "",
    }[field]


def _utc(moment: str) -> str:
    """Return an ISO 8601 date in UTC; who gives no zone means that."""
    read = isoparse(moment)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _alike(field: str, true: str, said: str) -> bool:
    """Tell whether *said* is what is expected.

    A title without the site's name is the title, a byline without "By" and what follows the names
    is the byline, and a date without a time is that day in UTC.
    """
    true, said = " ".join(true.split()), " ".join(said.split())
    if field == "publishedTime":
        length = len("2024-06-25T00:00:00")
        return _utc(true)[: min(len(true), length)] == _utc(said)[: min(len(true), length)]
    if field == "title":
        return true == said or bool(
            said and re.match(rf"{re.escape(said)}\s*[|_\u2013\u2014-]", true)
        )
    if field == "byline":
        return bool(said) and true.removeprefix("By ").startswith(said)
    return true.casefold() == said.casefold()


def print_metadata(judged: dict[str, list[tuple[str, str, str, bool]]]) -> None:
    """Print how many pages are right in each field, and every miss."""
    print("readability-pages, where the page states it")
    for field, rows in judged.items():
        print(f"  {field:28}{sum(row[3] for row in rows):4} of {len(rows)}")
        for name, true, said, right in rows:
            if not right:
                print(f"    {name}: {' '.join(true.split())!r}, found {said!r}")


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, default=CORPORA, help="the folder of the corpora")
    corpora = parser.parse_args().corpora
    print_bodies("article-extraction-benchmark", articles(corpora), by_shingles)
    print_bodies("trafilatura-eval", snippets(corpora), by_snippets)
    print_metadata(metadata(corpora))


if __name__ == "__main__":
    main()
