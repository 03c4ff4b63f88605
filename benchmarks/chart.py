"""Rows of dots on logarithmic scales, as an SVG that can be read on white and on black."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _ROW, _TOP, _LEFT, _GAP = 860, 26, 78, 236, 44
_STYLE = """
text{font:13px system-ui,sans-serif;fill:#24292f}.small{font-size:11px;fill:#57606a}
.grid{stroke:#d0d7de}.mark{stroke:#9a6700;stroke-dasharray:4 3}.span{stroke:#0969da;stroke-width:3}
.dot{fill:#0969da}.tag{font-size:11px;fill:#9a6700}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.grid{stroke:#3d444d}
.mark{stroke:#d29922}.span{stroke:#4493f8}.dot{fill:#4493f8}.tag{fill:#d29922}}
"""


@dataclass
class Panel:
    """One scale: a dot a row, or a line from the dot on; *marks* are (value, word) on all rows."""

    title: str
    ticks: Sequence[float]
    values: Sequence[tuple[float, float]]
    marks: Sequence[tuple[float, str]]

    def place(self, value: float, left: float, width: float) -> float:
        """Return where *value* stands on a scale that is *width* wide."""
        low, high = math.log(self.ticks[0]), math.log(self.ticks[-1])
        share = (math.log(max(value, self.ticks[0])) - low) / (high - low)
        return round(left + min(share, 1.0) * width, 1)


def svg(title: str, names: Sequence[str], panels: Sequence[Panel]) -> str:
    """Return a chart of *panels* beside each other, a row for each of *names*."""
    bottom = _TOP + _ROW * len(names)
    width = (_WIDTH - _LEFT - _GAP * len(panels)) / len(panels)
    box = f"0 0 {_WIDTH} {bottom + 34}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
    ]
    parts += (
        _text(_LEFT - 14, _TOP + _ROW * at + 17, name, end=True) for at, name in enumerate(names)
    )
    for number, panel in enumerate(panels):
        parts += _panel(panel, _LEFT + number * (width + _GAP), width, bottom)
    return "\n".join([*parts, "</svg>\n"])


def _panel(panel: Panel, left: float, width: float, bottom: float) -> list[str]:
    parts = [_text(left, 18, panel.title)]
    for tick in panel.ticks:
        x = panel.place(tick, left, width)
        parts.append(_line("grid", x, _TOP, x, bottom))
        parts.append(_text(x, bottom + 18, f"{tick:g}", kind="small", middle=True))
    for level, (value, word) in enumerate(panel.marks):
        x, y = panel.place(value, left, width), 40 + 15 * (level % 2)
        parts.append(_line("mark", x, y + 5, x, bottom))
        parts.append(_text(x, y, word, kind="tag", middle=True))
    for at, (value, end) in enumerate(panel.values):
        y = _TOP + _ROW * at + 13
        x = panel.place(value, left, width)
        parts.append(_line("span", x, y, panel.place(end, left, width), y))
        parts.append(f'<circle class="dot" cx="{x}" cy="{y}" r="5"/>')
    return parts


def _line(kind: str, *at: float) -> str:
    x, y, to_x, to_y = at
    return f'<line class="{kind}" x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}"/>'


def _text(  # noqa: PLR0913 - what a label is
    x: float, y: float, words: str, *, kind: str = "", end: bool = False, middle: bool = False
) -> str:
    anchor = "end" if end else "middle" if middle else "start"
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
