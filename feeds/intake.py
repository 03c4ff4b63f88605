"""From where articles arrive to the line, and back: files are settled, letters finished.

What arrived is let go only after what became of it is durable in Redis: a file leaves its claim, a
letter the inbox, in that order and no other. Cut short anywhere, the same work is done again and
its receipts bring the same verdicts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from .errors import RefusedFile, Transient
from .model import DROP, Arrival, Document, Outcome, Rejection, Report, Source, Verdict, legible
from .pipeline import Line
from .read.companions import Arrived, is_picture, pictures_beside, together
from .read.drop import Claim, DropFolder, poison
from .read.files import read_file
from .read.names import DONE, DUPLICATE, REJECTED
from .reading import rejection
from .store.inbox import Letter

DROP_SOURCE = Source(id=DROP, title="", repeat=Verdict.DUPLICATE)

_NAME_CHARACTERS = 100
_ALONE = (
    "a picture, and no article of the same name came with it: "
    "drop story.jpg beside story.xml (or any other format that is read)"
)

_KINDS = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}

_SHOWN = {Verdict.NEW, Verdict.UPDATED, Verdict.HELD}


def dropped(
    line: Line, drop: DropFolder, paths: Iterable[Path], now: datetime
) -> list[tuple[Path, Report]]:
    """Claim, read, admit and settle the files at *paths* (relative to the folder).

    Returns (where it is now, report) for each that was there.

    Raises:
        StoreUnavailable, DiskTrouble: what is not settled stays claimed and is taken over later.
    """
    claim = drop.claim(paths)
    return [] if claim is None else _settle(line, claim, now)


def left_behind(line: Line, drop: DropFolder, now: datetime) -> list[tuple[Path, Report]]:
    """Finish what workers that died had claimed. Returns and raises as ``dropped``."""
    return [done for claim in drop.abandoned() for done in _settle(line, claim, now)]


def paths(
    line: Line, files: Sequence[Path], max_bytes: int, now: datetime
) -> list[tuple[Path, Report]]:
    """Admit the files at *files*, wherever they are, with the pictures beside them.

    All of them stay there. Returns a report for each file that is no picture of another.

    Raises:
        StoreUnavailable: some may be admitted; the same call again completes the work.
    """

    def taken(path: Path) -> Document | Rejection:
        try:
            return read_file(
                path.resolve(), path.name, DROP_SOURCE, now, max_bytes=max_bytes, receipt=None
            )
        except RefusedFile as error:
            return rejection(error, None)

    known = set(files)
    beside = [path for path in pictures_beside(Path(), files) if path not in known]
    arrived = together([*files, *beside])
    arriving: list[Document | Arrival] = []
    for path, pictures in arrived:
        document = _with_pictures(path, taken(path), pictures, taken)
        if isinstance(document, Rejection):
            arriving.append(_refused(document, legible(path.name), ""))
        else:
            arriving.append(document)
    reports = line.ingest(arriving, now)
    return [(one.file, report) for one, report in zip(arrived, reports, strict=True)]


def letters(line: Line, now: datetime, count: int, abandoned_seconds: float) -> list[Report]:
    """Admit up to *count* entries of the inbox and take them out of it; return a report for each.

    Raises:
        StoreUnavailable: what is not finished stays in the inbox.
    """
    taken = line.store.inbox.take(count, abandoned_seconds)
    reports = line.ingest([_letter(letter, now) for letter in taken], now)
    line.store.inbox.finish(
        {letter.id: report.outcomes[0] for letter, report in zip(taken, reports, strict=True)}
    )
    return reports


def submitted(
    line: Line, articles: Sequence[object], program: str, receipt: str, now: datetime
) -> Report:
    """Admit *articles* (decoded JSON) of *program*; the report has an outcome for each, in order.

    Raises:
        StoreUnavailable: some may be admitted; the same receipt again brings the same verdicts.
    """
    source = _program(program)
    place = f"submitted by {source.id.removeprefix('submit:')}"
    reports = line.ingest(
        [
            _submission(article, source, place, f"{receipt}/{number}", now)
            for number, article in enumerate(articles)
        ],
        now,
    )
    return Report(source.id, [outcome for report in reports for outcome in report.outcomes])


def _settle(line: Line, claim: Claim, now: datetime) -> list[tuple[Path, Report]]:
    """Bring every file of *claim* to its end, and give the claim up whatever happens."""
    try:
        waiting = claim.arrived()
        if claim.attempt > 1 and len(waiting) > 1:
            # It killed its worker: each on its own from here, so that one cannot take the others.
            alone = [claim.single(arrived, number) for number, arrived in enumerate(waiting)]
            return [done for one in alone if one is not None for done in _settle(line, one, now)]
        return _finish(line, claim, waiting, now)
    except Transient:
        claim.excuse()
        raise
    finally:
        claim.close()


def _finish(
    line: Line, claim: Claim, waiting: Sequence[Arrived], now: datetime
) -> list[tuple[Path, Report]]:
    documents: list[Document | Rejection] = []
    taken: list[Path] = []
    pictures: list[list[Path]] = []
    for relative, beside in waiting:
        document = _read(claim, relative, now)
        if isinstance(document, Document) and claim.still_growing(relative, document):
            for early in (relative, *beside):
                claim.put_back(early)
            continue
        taken.append(relative)
        documents.append(
            _with_pictures(relative, document, beside, lambda path: _read(claim, path, now))
        )
        pictures.append(beside)
    reports = line.ingest(
        [
            document
            if isinstance(document, Document)
            else _refused(document, legible(str(relative)), f"{claim.receipt(relative)}#0")
            for relative, document in zip(taken, documents, strict=True)
        ],
        now,
    )
    done = []
    for relative, beside, report in zip(taken, pictures, reports, strict=True):
        result, reason = _result(relative, report)
        for picture in beside:  # the file goes last: cut short here, it is read again alone
            claim.settle(picture, result)
        done.append((claim.settle(relative, result, reason), report))
    claim.sync()
    line.store.admission.forget_receipts([claim.receipt(relative) for relative in taken])
    return done


def _read(claim: Claim, relative: Path, now: datetime) -> Document | Rejection:
    if claim.poisonous:
        return poison(claim.attempt - 1)
    try:
        return claim.read(relative, DROP_SOURCE, now)
    except RefusedFile as error:
        return rejection(error, None)


def _with_pictures(
    path: Path,
    document: Document | Rejection,
    pictures: Sequence[Path],
    taken: Callable[[Path], Document | Rejection],
) -> Document | Rejection:
    """Return the file *path* with the *pictures* beside it; one that cannot be read is left out."""
    if isinstance(document, Rejection):
        return document
    if is_picture(path):
        return Rejection("RefusedFile", _ALONE)
    if not pictures:
        return document
    found = [(picture, taken(picture)) for picture in pictures]
    beside = {picture.name: one.data for picture, one in found if isinstance(one, Document)}
    return msgspec.structs.replace(document, beside=beside)


def _refused(reason: Rejection, place: str, receipt: str) -> Arrival:
    """Return what is counted for a file that was not opened."""
    return Arrival(what=reason, source=DROP_SOURCE, place=place, receipt=receipt)


def _result(relative: Path, report: Report) -> tuple[str, object]:
    """Return the folder that a file goes to, and the reason to write beside it (or None).

    A file of which anything is shown is done, even if some of its entries were turned away.
    """
    verdicts = set(report.tally)
    if verdicts & _SHOWN or not verdicts:
        folder = DONE
    elif verdicts == {Verdict.REJECTED}:
        folder = REJECTED
    else:
        folder = DUPLICATE
    others = [
        {"entry": number, **msgspec.to_builtins(outcome)}
        for number, outcome in enumerate(report.outcomes, 1)
        if outcome.verdict is not Verdict.NEW and outcome.verdict is not Verdict.UPDATED
    ]
    if not others and verdicts:
        return folder, None
    return folder, {"file": legible(str(relative)), **_head(report), "entries": others}


def _head(report: Report) -> dict[str, object]:
    """Return the reason in short: of the first entry that was rejected, else of the first."""
    if not report.outcomes:
        return {"verdict": "empty", "problem": "the document is in order and holds no entry"}
    rejected = next((one for one in report.outcomes if one.rejection is not None), None)
    if rejected is not None and rejected.rejection is not None:
        return {"verdict": rejected.verdict, **msgspec.to_builtins(rejected.rejection)}
    first: Outcome = report.outcomes[0]
    return {"verdict": first.verdict, "problem": first.reason, "id": first.id, "rule": first.rule}


def _program(name: str) -> Source:
    """Return the program *name*, which may be any text, as a source."""
    plain = " ".join(legible(name).replace("\0", " ").split())
    return Source(id=f"submit:{plain[:_NAME_CHARACTERS] or 'unnamed'}")


def _letter(letter: Letter, now: datetime) -> Document | Arrival:
    """Return an inbox entry as a document: the field ``article`` holds JSON, ``source`` a name."""
    source = _program(letter.fields.get("source", b"").decode("utf-8", "replace"))
    place, receipt = f"inbox entry {letter.id}", f"inbox/{letter.id}"
    try:
        article = msgspec.json.decode(letter.fields["article"])
    except KeyError:
        given = ", ".join(sorted(letter.fields))[:_NAME_CHARACTERS]
        problem = f"the entry has no field 'article', only: {given}"
    except (msgspec.DecodeError, RecursionError) as error:
        problem = f"the field 'article' cannot be read as JSON: {error}"
    else:
        return _submission(article, source, place, receipt, now)
    return _unfit(problem, source, place, receipt)


def _submission(
    article: object, source: Source, place: str, receipt: str, now: datetime
) -> Document | Arrival:
    """Return one *article* as a document of its own: what is wrong with it is its own affair."""
    if not isinstance(article, dict):
        kind = _KINDS.get(type(article), "a number")
        return _unfit(f"an article is a JSON object, not {kind}", source, place, receipt)
    if any(isinstance(article.get(name), list) for name in ("articles", "items")):
        return _unfit("a list of articles stands where one is expected", source, place, receipt)
    try:
        data = msgspec.json.encode(article)
    except (UnicodeEncodeError, OverflowError):  # half an emoji; a number of twenty digits
        data = json.dumps(article, ensure_ascii=False, default=str).encode("utf-8", "replace")
    except RecursionError:
        return _unfit("the JSON is nested too deep to be an article", source, place, receipt)
    return Document(
        data=data,
        name=place,
        source=source,
        received=now,
        content_type="application/json",
        receipt=receipt,
    )


def _unfit(problem: str, source: Source, place: str, receipt: str) -> Arrival:
    """Return what is counted for something submitted that cannot be one article."""
    return Arrival(Rejection("InvalidArticle", problem), source, place, receipt=f"{receipt}#0")
