"""A story without its text, for feeds that give summaries only."""

from __future__ import annotations

from msgspec.structs import replace

from ..model import Published
from .body import text


def briefly(story: Published) -> Published:
    """Return *story* with its summary in the place of its text.

    Not beside it: a reader would show the same words twice.
    """
    article = replace(story.article, content_html="")
    return replace(story, article=replace(article, content_html=text(article), summary=""))
