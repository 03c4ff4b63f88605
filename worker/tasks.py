"""The tasks of the contract: each looks at what is stored and calls the desk. No rule of its own.

A task may be lost, late, or run twice. Only a Transient error is tried again. See docs/tasks.md.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from celery import Task

from feeds.errors import Transient
from feeds.model import Report
from feeds.polling import Polled

from . import beat
from .app import app, desk, settings
from .desk import changed, now, process_name
from .hub import Hubs
from .pushes import Pushing
from .upstreams import Upstreams

_RETRY: dict[str, Any] = {
    "autoretry_for": (Transient,),
    "retry_backoff": 1,
    "retry_backoff_max": 30,
    "retry_jitter": True,
}
_LETTERS_AT_ONCE = 100

upstreams = Upstreams(desk)
pushing = Pushing(desk, upstreams)
hubs = Hubs(desk)

app.conf.beat_schedule = beat.schedule(settings)


@app.task(name="wireroom.ingest_files", **_RETRY)
def ingest_files(paths: list[str]) -> dict[str, Any]:
    """Take the files at *paths* inside the drop folder; return the report."""
    return _finish(desk.files(paths))


@app.task(name="wireroom.submit", bind=True, ignore_result=False, **_RETRY)
def submit(
    self: Task[Any, Any], articles: list[dict[str, Any]], source: str = ""
) -> dict[str, Any]:
    """Take *articles* (ninjs or the short form) of the program *source*; return the report.

    Delivered twice, the same message brings the same report: its task id is the receipt.
    """
    if not isinstance(articles, list):
        raise TypeError(f"articles is a list of objects; this is {type(articles).__name__}")
    return _finish([desk.articles(articles, str(source), f"task/{self.request.id}")])


@app.task(name="wireroom.read_inbox", **_RETRY)
def read_inbox(tick: float | None = None) -> dict[str, Any]:
    """Take what stands in the stream ``wireroom:inbox``; return the report."""
    if not _ours("read_inbox", tick):
        return _report([])
    reports: list[Report] = []
    until = time.monotonic() + settings.worker.task_seconds / 4
    # What is left when the time is over is there for the next look.
    while time.monotonic() < until and (fresh := desk.letters(_LETTERS_AT_ONCE)):
        reports += fresh
        _hurry(fresh)
    return _report(reports)


@app.task(name="wireroom.sweep_drop", **_RETRY)
def sweep_drop(tick: float | None = None) -> int:
    """Look through the drop folder; return how many files were finished or handed out.

    Finishes here what a dead worker left behind. What stands ready is handed out as tasks, unless
    so many wait already: the next sweep looks again, and a queue that falls behind does not grow.
    Ticks of beat wait in the same queue, often as the neighbours of this one; they do not count.
    """
    if not _ours("sweep_drop", tick):
        return 0
    finished = desk.left_behind()
    _hurry(finished)
    ready = desk.ready()
    batch = settings.worker.batch
    waiting = desk.store.pulse.queues()["wireroom.ingest"] - len(app.conf.beat_schedule)
    if waiting * batch >= len(ready):
        return len(finished)
    for at in range(0, len(ready), batch):
        send_files(ready[at : at + batch])
    return len(finished) + len(ready)


def send_files(paths: list[str]) -> None:
    """Queue *paths* for reading; a name that is no text cannot travel in JSON and is read here."""
    spelt = [path for path in paths if _is_text(path)]
    odd = [path for path in paths if path not in set(spelt)]
    if odd:
        _hurry(desk.files(odd))
    if spelt:
        ingest_files.apply_async((spelt,))


def _is_text(path: str) -> bool:
    """Tell whether *path* is Unicode: a file name may be any bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


@app.task(name="wireroom.poll", ignore_result=False, **_RETRY)
def poll(sources: list[str]) -> dict[str, Any]:
    """Poll *sources* (ids or addresses) now; return the report of what they brought."""
    return _report(_hurried(upstreams.poll(sources)))


@app.task(name="wireroom.poll_due", **_RETRY)
def poll_due(tick: float | None = None) -> int:
    """Poll the sources that are due; return how many. What time does not suffice for stays due."""
    return len(_hurried(upstreams.poll_due())) if _ours("poll_due", tick) else 0


@app.task(name="wireroom.read_pushes", **_RETRY)
def read_pushes(tick: float | None = None) -> dict[str, Any]:
    """Take what hubs delivered; return the report."""
    return _report(_each_hurried(pushing.read()) if _ours("read_pushes", tick) else [])


@app.task(name="wireroom.renew_pushes", **_RETRY)
def renew_pushes(tick: float | None = None) -> int:
    """Ask the hubs that are to be asked, for the first time or again; return how many were."""
    return pushing.renew() if _ours("renew_pushes", tick) else 0


def _hurried(polled: Iterable[Polled]) -> list[Report]:
    """Return the reports of *polled*, having each published while the next is under way."""
    return _each_hurried(one.report for one in polled)


def _each_hurried(arriving: Iterable[Report]) -> list[Report]:
    reports = []
    for report in arriving:
        _hurry([report])
        reports.append(report)
    return reports


@app.task(name="wireroom.publish", **_RETRY)
def publish(feeds: list[str] | None = None) -> list[str]:
    """Publish *feeds*, or all that changed; return the paths of the files that were written."""
    desk.store.pulse.begin_publish()
    begun = time.monotonic()
    written = desk.publish(feeds or ())
    # Four times as long as the pass took: a burst spends a fifth of one processor on publishing.
    pause = max(settings.publish.every_milliseconds / 1000, 4 * (time.monotonic() - begun))
    desk.store.pulse.pause_publish(pause)
    if written and settings.hubs:
        hub_distribute.apply_async()
    return written


@app.task(name="wireroom.publish_dirty", **_RETRY)
def publish_dirty(tick: float | None = None) -> list[str]:
    """Publish what a lost message left unpublished; return the paths that were written."""
    if not _ours("publish_dirty", tick) or not desk.unpublished():
        return []
    return desk.publish()


@app.task(name="wireroom.hub_verify", **_RETRY)
def hub_verify(tick: float | None = None) -> int:
    """Ask those who want to be subscribed whether it was they; return how many were asked."""
    return hubs.verify() if _ours("hub_verify", tick) else 0


@app.task(name="wireroom.hub_distribute", **_RETRY)
def hub_distribute(tick: float | None = None) -> dict[str, int]:
    """Tell subscribers and foreign hubs what was published; return what that came to."""
    return hubs.distribute() if _ours("hub_distribute", tick) else {}


@app.task(name="wireroom.keep_time", **_RETRY)
def keep_time(tick: float | None = None) -> list[str]:
    """End embargoes, show no more what has expired; return the ids of the articles that changed."""
    if not _ours("keep_time", tick):
        return []
    changed_ids = desk.keep_time()
    if changed_ids:
        _send_publish()
    return changed_ids


@app.task(name="wireroom.withdraw", **_RETRY)
def withdraw(id: str, reason: str) -> bool:  # noqa: A002 - the contract's argument name
    """Take the article *id* back; return whether that changed anything."""
    done = desk.store.editorial.withdraw(id, reason, "task", now())
    _send_publish()
    return done


@app.task(name="wireroom.prune", **_RETRY)
def prune(tick: float | None = None) -> int:
    """Let go of articles that are past their time; return how many."""
    return desk.prune() if _ours("prune", tick) else 0


@app.task(name="wireroom.watch_memory", **_RETRY)
def watch_memory(tick: float | None = None) -> bool:
    """Say in the log that the store's memory runs short, once a day; return whether it was said."""
    return desk.watch_memory() if _ours("watch_memory", tick) else False


@app.task(name="wireroom.beat_pulse")
def beat_pulse(tick: float | None = None) -> None:
    """Prove that a tick makes its way from beat through the queue to a worker."""
    if _ours("beat_pulse", tick):
        desk.store.pulse.beat("tick")


def _ours(name: str, tick: float | None) -> bool:
    """Tell whether to run: a tick of beat is run once however many beats send it; a call always."""
    return tick is None or desk.store.pulse.claim_tick(name, beat.slot(tick), tick)


def _finish(reports: Sequence[Report]) -> dict[str, Any]:
    _hurry(reports)
    return _report(reports)


def _hurry(reports: Sequence[Report]) -> None:
    """Have what *reports* changed published soon; if this is lost, beat's own tick does it."""
    if changed(reports):
        _send_publish()


def _send_publish() -> None:
    wait = desk.store.pulse.claim_publish()
    if wait is not None:
        publish.apply_async(countdown=wait)


def _report(reports: Sequence[Report]) -> dict[str, Any]:
    """Return the public form of *reports*: read, a count for each verdict, an outcome for each."""
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    tally = Report(source=process_name(), outcomes=outcomes).tally
    return {
        "read": len(outcomes),
        "tally": {str(verdict): count for verdict, count in sorted(tally.items())},
        "outcomes": msgspec.to_builtins(outcomes),
    }
