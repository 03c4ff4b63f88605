"""What programs are told of a story once its bytes are on the disk."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .model import Published, Site

_LONGEST = 1_000
"""Characters of a title or a link: a thousand events are held in memory."""


def event(story: Published, feeds: Sequence[str], site: Site, *, stood: bool) -> bytes | None:
    """Return the event (JSON) of *story*, which *feeds* hold; None where readers see no change.

    *stood* says that its page was there before. The verdict is ``new``, ``updated`` or
    ``withdrawn``, which is also what becomes of a story that is held again; of that no more is told
    than the ids, so that what was taken back is not said once more.
    """
    gone = story.withdrawn is not None or story.held is not None
    if story.held is not None and not stood:
        return None
    seen = stood and story.revision > 1
    return _encode(
        {
            "id": story.id,
            "entry_id": story.entry_id,
            "title": "" if gone else _short(story.article.title),
            "link": None
            if gone or len(story.article.link or "") > _LONGEST
            else story.article.link,
            "page": f"{site.public_url}/articles/{story.id}/",
            "feeds": list(feeds),
            "verdict": "withdrawn" if gone else "updated" if seen else "new",
        }
    )


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"


_encode = msgspec.json.Encoder().encode
