"""Template tags out of Markdown: what Liquid and Hugo would have replaced, nobody replaces here.

A tag goes, the text between two tags stays; an address in quotes, as in
``{{ "/about/" | relative_url }}``, is kept; what is in ``comment`` tags was never to be read. Code
is left alone: an article on templates shows tags there.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
# Braces do not nest in any of them, so each class excludes them and a hostile text stays linear.
_TAG = re.compile(r"`+[^`\n]*`+|\{%([^{}]*)%\}|\{\{([^{}]*)\}\}|\{::?[^{}\n]*\}")
_QUOTED = re.compile(r"""[-\s]*(["'])([^"']*)\1""")


def without_template_tags(text: str) -> str:
    """Return *text* without template tags, but for those in fenced code and in code spans."""
    if "{%" not in text and "{{" not in text and "{:" not in text:
        return text
    parts: list[str] = []
    start, opened = 0, ""
    for fence in _FENCE.finditer(text):
        if not opened:
            parts.append(_without(text[start : fence.start()]))
            start, opened = fence.start(), fence[1]
        elif fence[1].startswith(opened):
            parts.append(text[start : fence.end()])
            start, opened = fence.end(), ""
    parts.append(text[start:] if opened else _without(text[start:]))
    return "".join(parts)


def _without(text: str) -> str:
    kept: list[str] = []
    position, hidden = 0, False
    for tag in _TAG.finditer(text):
        if not hidden:
            kept.append(text[position : tag.start()])
            if tag[0][0] == "`":
                kept.append(tag[0])
            elif tag[2] and (quoted := _QUOTED.match(tag[2])):
                kept.append(quoted[2])
        position = tag.end()
        words = (tag[1] or "").strip("-+ \t\n").split(None, 1)
        if words and words[0] in {"comment", "endcomment"}:
            hidden = words[0] == "comment"
    if not hidden:
        kept.append(text[position:])
    return "".join(kept)
