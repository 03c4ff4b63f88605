"""What tasks and commands share: the line, the press and the drop folder, wired by the settings.

Opens nothing until it is used, so that a process may be forked after it was made.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from config.settings import Settings
from feeds import intake
from feeds.model import Outcome, Report, Site, Verdict, legible
from feeds.pictures import Pictures
from feeds.pipeline import Line, Press
from feeds.preview import Preview
from feeds.push import Pushes
from feeds.read.drop import DropFolder
from feeds.refiling import Refiling
from feeds.store import Store

from . import servers
from .logs import log, say
from .memory import runs_short

_TITLE_CHARACTERS = 70


class Desk:
    """The newsroom's desk: takes what comes in, says what became of it, has it published."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._begun = now()

    @property
    def redis_url(self) -> str:
        """Where Celery's queues stand."""
        return servers.broker_address(self.settings)

    @cached_property
    def store(self) -> Store:
        """The store."""
        retention = self.settings.retention
        connection, broker = servers.connections(self.settings)
        return Store(
            connection,
            broker=broker,
            article_days=retention.article_days,
            identity_days=retention.identity_days,
            outcome_days=retention.outcome_days,
            category_limit=self.settings.publish.category_limit + len(self.settings.feeds),
            stories=self.settings.kinship,
            memory_bytes=retention.memory_megabytes * 1_000_000,
        )

    @cached_property
    def site(self) -> Site:
        """What is published; one for all, so that its rules are compiled once."""
        return self.settings.published_site

    @cached_property
    def line(self) -> Line:
        """The way in."""
        settings = self.settings
        return Line(
            self.store,
            settings.rules,
            self.site,
            settings.worker.batch,
            Pictures(settings.pictures_folder),
            settings.kinship,
        )

    @cached_property
    def pushes(self) -> Pushes | None:
        """The way to hubs; None where they cannot or may not reach us."""
        callback, settings = self.settings.callback, self.settings.push
        return Pushes(self.store, callback, settings.lease_seconds) if callback else None

    @cached_property
    def press(self) -> Press:
        """The way out."""
        settings = self.settings
        return Press(
            self.store,
            self.site,
            settings.public_folder,
            settings.pictures_folder,
            guesses=not _is_worker() and not settings.public_url,
        )

    @cached_property
    def refiling(self) -> Refiling:
        """The way from the feeds that the store knows to those that are configured."""
        return Refiling(self.store, self.site, self._begun, discard=_is_worker())

    @property
    def preview(self) -> Preview:
        """What the next publishing would change."""
        return Preview(self.store, self.site, self.settings.public_folder, self.refiling)

    @cached_property
    def drop(self) -> DropFolder:
        """The drop folder, with its places made."""
        settings = self.settings.drop
        folder = DropFolder(
            self.settings.drop_folder, max_bytes=settings.max_bytes, ignore=settings.ignore
        )
        folder.prepare()
        return folder

    def files(self, paths: Iterable[str]) -> list[Report]:
        """Take the files at *paths* inside the drop folder; absolute or relative to it."""
        root = self.drop.root
        relative = [
            path.relative_to(root) if path.is_absolute() and path.is_relative_to(root) else path
            for path in map(Path, paths)
        ]
        return self._told(intake.dropped(self.line, self.drop, relative, now()))

    def ready(self) -> list[str]:
        """Return the files that stand complete in the folder."""
        return [str(path) for path in self.drop.ready(self.settings.drop.settle_seconds)]

    def sift(self, paths: Iterable[str], settle_seconds: float) -> tuple[list[str], list[str]]:
        """Return (complete ones, growing ones) of *paths*, relative to the folder."""
        complete, growing = self.drop.sift(map(Path, paths), settle_seconds)
        return [str(path) for path in complete], [str(path) for path in growing]

    def unpublished(self) -> bool:
        """Tell whether anything waits to be published, or the tree is none of these settings."""
        shelf, archives = self.store.shelf, self.store.archives
        if shelf.marks("dirty") or shelf.marks("pages") or archives.marks():
            return True
        return self.press.is_outdated() or self.refiling.differs()

    def keep_time(self) -> list[str]:
        """End embargoes and show no more what has expired; return the articles that changed."""
        return self.line.keep_time(now())

    def prune(self) -> int:
        """Let go of articles that are past their time, and of their pages; return how many."""
        days = self.settings.retention.article_days
        return self.press.prune(now(), now() - timedelta(days=days))

    def watch_memory(self) -> bool:
        """Tell the log if memory runs short and nobody was told yet; return whether it was told."""
        budget = self.store.memory.watch(now())
        if budget is not None:
            log.warning("the store's memory runs short: %s", runs_short(budget))
        return budget is not None

    def left_behind(self) -> list[Report]:
        """Finish what workers that died had claimed."""
        return self._told(intake.left_behind(self.line, self.drop, now()))

    def letters(self, count: int) -> list[Report]:
        """Take what stands in the inbox, up to *count* entries."""
        abandoned = self.settings.inbox.abandoned_seconds
        reports = intake.letters(self.line, now(), count, abandoned)
        for report in reports:
            tell(report.source.removeprefix("submit:"), report)
        return reports

    def articles(self, articles: Sequence[object], program: str, receipt: str) -> Report:
        """Take *articles* (decoded JSON) that *program* submits."""
        report = intake.submitted(self.line, articles, program, receipt, now())
        tell(report.source.removeprefix("submit:"), report)
        return report

    def files_in_place(self, files: Sequence[Path]) -> list[tuple[Path, Report]]:
        """Take *files* and leave them where they are; those in the drop folder are claimed."""
        root = self.settings.drop_folder
        inside = [path for path in files if path.absolute().is_relative_to(root)]
        done = (
            intake.dropped(
                self.line, self.drop, [p.absolute().relative_to(root) for p in inside], now()
            )
            if inside
            else []
        )
        outside = [path for path in files if path not in set(inside)]
        for at in range(0, len(outside), self.settings.worker.batch):
            some = outside[at : at + self.settings.worker.batch]
            done += intake.paths(self.line, some, self.settings.drop.max_bytes, now())
        self._told(done)
        return done

    def replay(self, paths: Sequence[Path] = ()) -> list[str]:
        """Put *paths*, or all that was rejected or a duplicate, back into the folder.

        Returns where they are now, relative to it.
        """
        return [str(path) for path in self.drop.replay([path.absolute() for path in paths])]

    def refile(self) -> None:
        """Have every story stand in the feeds that the configured rules give it."""
        self.refiling.apply(now())

    def publish(self, feeds: Collection[str] = ()) -> list[str]:
        """Publish *feeds*, or all that changed; return the paths of the files that were written."""
        public = self.settings.public_folder
        self.keep_time()
        self.refile()
        foreign = self.refiling.foreign(self.store.filing.ruling())
        written = self.press.publish(now(), feeds, but=foreign)
        return [str(path.relative_to(public)) for path in written]

    def _told(self, done: Iterable[tuple[Path, Report]]) -> list[Report]:
        reports = []
        for path, report in done:
            tell(legible(path.name), report)
            reports.append(report)
        return reports


def now() -> datetime:
    """Return the moment: the one clock that everything below is handed."""
    return datetime.now(UTC)


def changed(reports: Iterable[Report]) -> bool:
    """Tell whether *reports* leave anything to publish."""
    quiet = {Verdict.DUPLICATE, Verdict.UNCHANGED, Verdict.STALE, Verdict.REJECTED}
    outcomes = (outcome for report in reports for outcome in report.outcomes)
    return any(one.verdict not in quiet or one.rule in ("likeness", "content") for one in outcomes)


def tell(name: str, report: Report) -> None:
    """Say in one line what became of the file or message *name*."""
    if len(report.outcomes) == 1:
        outcome = report.outcomes[0]
        say(f"{outcome.verdict:<10} {_what(outcome)}  ({name})", **_fields(name, report, outcome))
        return
    tally = ", ".join(f"{count} {verdict}" for verdict, count in sorted(report.tally.items()))
    say(
        f"{'read':<10} {len(report.outcomes)} entries: {tally or 'none'}  ({name})",
        **_fields(name, report, None),
    )


def _what(outcome: Outcome) -> str:
    title = outcome.title
    if len(title) > _TITLE_CHARACTERS:
        title = title[: _TITLE_CHARACTERS - 1].rstrip() + "…"
    return f"{title}: {outcome.reason}" if title and outcome.reason else title or outcome.reason


def _fields(name: str, report: Report, outcome: Outcome | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"event": "ingested", "source": report.source, "item": name}
    if outcome is None:
        return {**fields, "tally": dict(report.tally)}
    return {**fields, "verdict": outcome.verdict, "id": outcome.id, "reason": outcome.reason}


def person() -> str:
    """Return who gives the command, for the audit record."""
    return f"{getpass.getuser()} by command"


def _is_worker() -> bool:
    """Tell whether this is a part of a running Wireroom, and not a command of a person."""
    return "WIREROOM_PROCESS" in os.environ


def process_name() -> str:
    """Return the part that this process plays (worker, beat, web, watcher), or its number."""
    return os.environ.get("WIREROOM_PROCESS") or str(os.getpid())
