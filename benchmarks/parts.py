"""Where the line's CPU goes: a stopwatch around each of its parts.

Coarse on purpose, a few stops an article, so that measuring costs little; what a part calls of
another part is counted for the inner one alone.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from feeds import article_pages, feed_documents, formats, intake, normalise, pipeline, reading
from feeds.publish import pages, render, write
from feeds.read.drop import Claim, DropFolder
from feeds.store.admission import Admission
from feeds.store.shelf import Shelf
from worker import desk

_WATCHED: tuple[tuple[str, Any, str], ...] = (
    ("claim", DropFolder, "claim"),
    ("read the file", Claim, "read"),
    ("settle the file", Claim, "settle"),
    ("sync the folders", Claim, "sync"),
    ("read: the rest", pipeline, "read"),
    ("parse", formats, "parse"),
    ("normalise: the rest", reading, "normalise"),
    ("normalise: clean", normalise, "clean"),
    ("normalise: plain text", normalise, "plain"),
    ("normalise: dates", normalise, "published"),
    ("normalise: language", normalise, "_language"),
    ("normalise: summary", normalise, "_summary"),
    ("normalise: links", normalise, "_link"),
    ("normalise: pictures", normalise, "_images"),
    ("name (identities)", pipeline, "named_in"),
    ("feeds of it", pipeline, "permitted"),
    ("admit (client)", Admission, "admit"),
    ("forget receipts", Admission, "forget_receipts"),
    ("tell", desk, "tell"),
    ("shelf: heads", Shelf, "heads"),
    ("shelf: records", Shelf, "records"),
    ("shelf: fragments", Shelf, "fragments"),
    ("shelf: keep", Shelf, "keep"),
    ("select", feed_documents, "window"),
    ("render fragments", render.Renderer, "fragments"),
    ("render feeds", render.Renderer, "feed"),
    ("render article pages", pages.Pages, "article"),
    ("render feed pages", pages.Pages, "feed"),
    ("write pages", article_pages, "write_all"),
    ("write feeds", feed_documents, "write_all"),
    ("compress", write, "pack"),
    ("line: the rest", intake, "_finish"),
)


class Parts:
    """A ledger of CPU time by part."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = defaultdict(float)
        self._calls: dict[str, int] = defaultdict(int)
        self._inner: list[float] = []

    def wrap(self) -> None:
        """Put a stopwatch around every part."""
        for part, place, name in _WATCHED:
            setattr(place, name, self._timed(part, getattr(place, name)))

    def table(self, articles: int, total: float) -> str:
        """Return the parts, the most expensive first."""
        rows = sorted(self._spent.items(), key=lambda row: -row[1])
        rows.append(("not in any part", total - sum(self._spent.values())))
        return "\n".join(
            f"  {part:24}{self._calls[part]:8} calls{1e6 * spent / articles:9.1f} us an article"
            f"{100 * spent / total:7.1f} %"
            for part, spent in rows
        )

    def _timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the part takes
            begun = time.process_time()
            self._inner.append(0.0)
            try:
                answer = work(*args, **kwargs)
                # A generator has done nothing yet: its work is done here, on this part's time.
                if part == "parse":
                    answer = (answer[0], list(answer[1]))
                return answer
            finally:
                taken = time.process_time() - begun
                self._spent[part] += taken - self._inner.pop()
                self._calls[part] += 1
                if self._inner:
                    self._inner[-1] += taken

        return run
