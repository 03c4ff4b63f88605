"""The article texts of a feed, taken out before the XML is parsed and put back after it.

Two thirds of a feed are CDATA sections, which libxml2 checks character by character for nothing.
What is taken out is the inside of a section that is the whole of its element; the structure that
the XML parser sees and judges stays the same. Saves a sixth of the time of the fast path.
"""

from __future__ import annotations

import re

_TEXTS = (
    (b"<content:encoded><![CDATA[", b"</content:encoded>"),
    (b'<content type="html"><![CDATA[', b"</content>"),
)
_OPENING = re.compile(rb"<(?:!--|\?)")
_MARK = "\uf8ff"  # a private-use character; who writes it himself gets his own text back
_MARK_BYTES = _MARK.encode("utf-8")


def take_out(data: bytes) -> tuple[bytes, dict[str, str]]:
    """Return *data* (valid UTF-8) with short marks for the long texts, and the text of each mark.

    Comments and processing instructions behind the first text could hide where a section begins:
    such documents stay as they are.
    """
    for opening, closing in _TEXTS:
        before, *parts = data.split(opening)
        if not parts:
            continue
        pieces, texts = [before], {}
        for number, part in enumerate(parts):
            text, after = _cut(part)
            if not after.startswith(closing):
                return data, {}
            lines = b"\n" * text.count(b"\n")  # so that a Rejection names the right line
            pieces += (opening, b"%s%d" % (_MARK_BYTES, number), lines, b"]]>", after)
            texts[f"{_MARK}{number}"] = text
        skeleton = b"".join(pieces)
        if _hides(skeleton, len(before)):
            return data, {}
        return skeleton, {mark: _newlines(text).decode("utf-8") for mark, text in texts.items()}
    return data, {}


def _cut(part: bytes) -> tuple[bytes, bytes]:
    """Return what stands before and behind the first "]]>"; "]" alone is looked for faster."""
    end = part.find(b"]")
    if part[end : end + 3] != b"]]>" and (end := part.find(b"]]>")) < 0:
        return part, b""
    return part[:end], part[end + 3 :]


def _hides(skeleton: bytes, start: int) -> bool:
    """Tell whether a comment or a processing instruction is open at *start*, or opens behind it."""
    return _OPENING.search(skeleton, start) is not None or any(
        skeleton.rfind(opening, 0, start) > skeleton.rfind(closing, 0, start)
        for opening, closing in ((b"<!--", b"-->"), (b"<?", b"?>"))
    )


def _newlines(text: bytes) -> bytes:
    """XML 1.0, 2.11: a parser passes on line ends as a line feed."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
