"""IPTC's controlled words, in the spellings that wires really use.

A code comes as ``stat:usable`` (NewsML-G2), as the end of an address (ninjs 3), or bare (NITF,
NewsML 1.2); ``bare`` makes them one. The vocabularies are at https://cv.iptc.org/newscodes/.
"""

from __future__ import annotations

import re

CORRECTED = "Correction"
"""What a reader is told of a correction that comes without a word about it."""

NO_TEXT = "has a headline and no text, which only a flash may (urgency 1 or 2)"
"""Why an item that is to be used and says no more than its headline is turned away."""

# NewsML 1.2 has "Embargoed" for a status; NITF has it too. Superdesk writes two l.
_STATUSES = {
    "usable": "usable",
    "embargoed": "usable",  # until its embargo ends, which is a field of its own
    "withheld": "withheld",
    "canceled": "canceled",
    "cancelled": "canceled",
}
_CORRECTIONS = frozenset(
    {"correction", "correct", "corrected", "corrective", "rectify", "rectification"}
)
_RECALLS = frozenset(
    {"kill", "killed", "mandatorykill", "cancel", "canceled", "cancelled", "withdraw", "withdrawn"}
    | {"withdrawal", "retract", "retracted", "retraction", "recall", "delete", "deleted"}
)
# The first level of the subject codes (NITF, "subj:") and of the media topics that took their
# place ("medtop:"): the same eight digits.
_SUBJECTS = (
    "arts, culture, entertainment and media",
    "crime, law and justice",
    "disaster, accident and emergency incident",
    "economy, business and finance",
    "education",
    "environment",
    "health",
    "human interest",
    "labour",
    "lifestyle and leisure",
    "politics",
    "religion",
    "science and technology",
    "society",
    "sport",
    "conflict, war and peace",
    "weather",
)
_SUBJECT_CODE = re.compile(r"(?:^|\D)(0[1-9]|1[0-7])\d{6}$", re.ASCII)
_LONGEST_ID = 2_000
_LEAST_FLASH = 2  # IPTC: 1 is "flash", 2 what interrupts the other wires
_URGENCY = re.compile(r"[1-9]", re.ASCII)
_NEWSML_URN = re.compile(r"urn:newsml:([^:]+):[^:]+:.", re.IGNORECASE)
_TAG_URI = re.compile(r"tag:([^,:]+),\d{4}", re.IGNORECASE)
_WEB_HOST = re.compile(r"https?://(?:www\.)?([^/?#:@\s]+)", re.IGNORECASE)
# RFC 3085: urn:newsml:ProviderId:DateId:NewsItemId:RevisionId, and an N, U or A for the update.
_REVISED_URN = re.compile(
    r"(urn:newsml:[^:]+:\d{8}(?:T\d{6}\w{0,5})?:[^:]+):0*(\d+)[NUA]?", re.IGNORECASE
)
# Reuters and Superdesk add the version to an id that otherwise stays.
_REVISED = re.compile(r"(.*(?:newsml_\w+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})):0*(\d+)")


def bare(code: str) -> str:
    """Return the last part of *code* in lower case: "usable" of ``stat:usable``."""
    return re.split(r"[:/#]", code.strip().rstrip(":/#"))[-1].strip().lower()


def status(code: str) -> str | None:
    """Return "usable", "withheld" or "canceled", None for no code.

    A word that IPTC does not have is no permission to publish.
    """
    return _STATUSES.get(bare(code), "withheld") if code.strip() else None


def is_correction(code: str) -> bool:
    """Tell whether a signal, an instruction or a role says: this is corrected."""
    return bare(code) in _CORRECTIONS


def is_recall(code: str) -> bool:
    """Tell whether a signal, an instruction or a role asks to take the story back."""
    return bare(code) in _RECALLS


def subject(code: str) -> str | None:
    """Return the name of the subject's first level ("sport" for ``subj:15007000``), if known."""
    found = _SUBJECT_CODE.search(code.strip())
    return _SUBJECTS[int(found[1]) - 1] if found else None


def urgency(value: str) -> int | None:
    """Return an urgency from 1, most urgent, to 9; None for anything else."""
    digit = bare(value)
    return int(digit) if _URGENCY.fullmatch(digit) else None


def is_flash(urgency: int | None) -> bool:
    """Tell whether an item is so urgent that its headline is all there is yet."""
    return urgency is not None and urgency <= _LEAST_FLASH


def issuer(upstream_id: str | None, declared: str | None) -> str | None:
    """Return who issued *upstream_id*: whom it names itself, else who is *declared* to have.

    RFC 3085 (``urn:newsml:``) and RFC 4151 (``tag:``) ids name their issuer, and so does a web
    address, whatever the format is that an id comes in.
    """
    named = upstream_id or ""
    for pattern in (_NEWSML_URN, _TAG_URI, _WEB_HOST):
        if found := pattern.match(named):
            return found[1].lower()
    return declared or None


def without_version(upstream_id: str, version: str | None) -> str:
    """Return *upstream_id* without the *version* at its end, where its kind says that it is one."""
    for pattern in (_REVISED_URN, _REVISED) if len(upstream_id) < _LONGEST_ID else ():
        found = pattern.fullmatch(upstream_id)
        if found and version and found[2] == version.lstrip("0"):
            return found[1]
    return upstream_id
