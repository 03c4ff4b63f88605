"""Take the pictures of docs/pages.md: every kind of page, wide and narrow, light and dark.

A script beside what it makes. It shows the stories of the tests' golden cases to the Chromium that
the tests drive, so a page is looked at as it is tested: ``python docs/screenshots.py``.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser import Chromium, visited
from tests.gallery import PAGES, build

FOLDER = Path(__file__).parent / "screenshots"
SHOWN = ("home", "feed", "archive", "article", "credits", "right-to-left", "withdrawn")
LEFT_OUT = ("odd-characters", "every-field", "east-asian")  # for want of pictures and fonts
WIDTHS = {"wide": 1100, "narrow": 380}
HEIGHT = 1200
COME = """Promise.all([...document.images].map(one => {
  one.loading = 'eager';
  return one.decode().catch(() => {});
}))"""  # also those below the screen
COLOURS = 192  # of a palette: a third of the bytes


def main() -> None:
    """Write ``NAME-WIDTH-SCHEME.png`` for each page."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        build(Path(place), LEFT_OUT)
        with visited(Path(place), {}) as site, Chromium() as chromium:
            for name in SHOWN:
                for width, pixels in WIDTHS.items():
                    for scheme in ("light", "dark"):
                        chromium.look(width=pixels, dark=scheme == "dark")
                        chromium.visit(site + PAGES[name])
                        chromium.run(COME)
                        path = FOLDER / f"{name}-{width}-{scheme}.png"
                        path.write_bytes(_small(chromium.picture(HEIGHT)))
                        print(f"{path.stat().st_size:8,}  {path.name}")


def _small(png: bytes) -> bytes:
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small = io.BytesIO()
    image.save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
