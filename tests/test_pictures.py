"""Pictures that arrive with articles: made anew, kept once, seen as long as an article shows them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Raster
from PIL.PngImagePlugin import PngInfo

from feeds.errors import DiskTrouble
from feeds.model import Entry, Image, Rules, Site, Text
from feeds.pictures import Pictures, illustrated, made_anew
from feeds.pipeline import Line, Press
from feeds.publish.pictures import KEPT
from feeds.store import Store
from tests.factories import NOW, document

SITE = Site(public_url="https://news.example", tag_authority="news.example")
ARTICLE = (
    b"---\ntitle: Ferries sail\nid: f1\n---\nThe ferry left at seven.\n\n![The quay](quay.jpg)\n"
)


def raster(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **save: object) -> bytes:
    out = io.BytesIO()
    Raster.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **save)
    return out.getvalue()


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "pictures")


@pytest.fixture
def line(store: Store, pictures: Pictures) -> Line:
    return Line(store, Rules(), SITE, pictures=pictures)


@pytest.fixture
def press(store: Store, tmp_path: Path, pictures: Pictures) -> Press:
    return Press(store, SITE, tmp_path / "public", pictures.folder)


@pytest.mark.parametrize(
    ("kind", "suffix"), [("JPEG", ".jpg"), ("WEBP", ".jpg"), ("TIFF", ".jpg"), ("PNG", ".png"), ("GIF", ".png"), ("BMP", ".png"), ("AVIF", ".jpg")]
)  # fmt: skip
def test_every_kind_of_picture_becomes_one_that_all_readers_show(kind: str, suffix: str) -> None:
    data, found, size = made_anew(raster(kind))

    assert (found, size) == (suffix, (64, 48))
    with Raster.open(io.BytesIO(data)) as made:
        assert made.size == (64, 48)


def test_nothing_of_the_camera_is_left() -> None:
    exif = Raster.Exif()
    exif[0x010E] = "at home, 52.1 N"

    data, _, _ = made_anew(raster(exif=exif))

    with Raster.open(io.BytesIO(data)) as made:
        assert not dict(made.getexif())
    assert b"at home" not in data


def test_no_text_is_left_in_a_png() -> None:
    words = PngInfo()
    words.add_text("Comment", "<script>alert(1)</script>")

    data, _, _ = made_anew(raster("PNG", pnginfo=words))

    assert b"script" not in data


def test_what_stands_behind_the_picture_is_not_passed_on() -> None:
    data, _, _ = made_anew(raster() + b"<html><script>alert(1)</script>")

    assert b"script" not in data


def test_a_picture_on_its_side_is_turned_upright() -> None:
    exif = Raster.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees

    _, _, size = made_anew(raster(exif=exif))

    assert size == (48, 64)


def test_a_large_picture_is_brought_to_a_size_that_pages_use() -> None:
    _, _, size = made_anew(raster(size=(4000, 1000)))

    assert size == (2000, 500)


def test_see_through_parts_stay_so() -> None:
    out = io.BytesIO()
    Raster.new("RGBA", (8, 8), (255, 0, 0, 0)).save(out, "WEBP", lossless=True)

    data, suffix, _ = made_anew(out.getvalue())

    assert suffix == ".png"
    with Raster.open(io.BytesIO(data)) as made:
        assert made.convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"%PDF-1.7", raster()[:90]],
)
def test_what_is_no_sound_picture_is_left_out(pictures: Pictures, data: bytes) -> None:
    assert pictures.keep(data) is None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damage_is_never_more_than_a_picture_left_out(
    pictures: Pictures, data: st.DataObject
) -> None:
    whole = bytearray(raster(data.draw(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF"]))))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    kept = pictures.keep(bytes(whole[: data.draw(st.integers(0, len(whole)))]))

    assert kept is None or kept.url.startswith(KEPT)


def test_a_bomb_is_refused_before_it_is_decoded(pictures: Pictures) -> None:
    bomb = bytearray(raster("PNG"))
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2  # width and height in IHDR

    assert pictures.keep(bytes(bomb)) is None


def test_the_same_bytes_are_kept_once(pictures: Pictures) -> None:
    first, second = pictures.keep(raster()), pictures.keep(raster())

    assert first == second
    assert len(list(pictures.folder.iterdir())) == 1


def test_a_disk_that_refuses_says_so(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_bytes(b"no folder")

    with pytest.raises(DiskTrouble):
        Pictures(tmp_path / "pictures").keep(raster())


@pytest.mark.parametrize(
    "reference", ["cid:quay@wire", "quay@wire", "CID:QUAY@wire".replace("CID", "cid"), "./quay@wire", "media/quay@wire"]
)  # fmt: skip
def test_markup_finds_its_picture_by_any_spelling(pictures: Pictures, reference: str) -> None:
    entry = Entry(
        format="mail",
        content=Text(f'<p>a</p><img alt="x" src="{reference}">', "html"),
        attachments={"quay@wire": raster()},
    )

    shown = illustrated(entry, {}, pictures)

    assert shown.content is not None
    assert f'src="{KEPT}' in shown.content.value
    assert shown.attachments == {}


def test_an_address_on_the_web_is_left_alone(pictures: Pictures) -> None:
    html = '<img src="https://wire.example/quay.jpg">'
    entry = Entry(format="x", content=Text(html, "html"), attachments={"quay.jpg": raster()})

    shown = illustrated(entry, {}, pictures)

    assert shown.content == Text(html, "html")


def test_the_words_of_a_picture_that_cannot_be_read_stay(pictures: Pictures) -> None:
    entry = Entry(
        format="x", images=[Image("quay.jpg", alt="The quay")], attachments={"quay.jpg": b"no"}
    )

    shown = illustrated(entry, {}, pictures)

    assert shown.images == [Image(None, alt="The quay")]


def test_a_picture_beside_the_file_illustrates_it(pictures: Pictures) -> None:
    shown = illustrated(Entry(format="x"), {"story.jpg": raster()}, pictures)

    [image] = shown.images
    assert (image.width, image.height) == (64, 48)


def test_a_kept_picture_stands_in_the_tree_and_in_the_feeds(line: Line, press: Press) -> None:
    [report] = line.ingest([document(ARTICLE, "f.md", beside={"quay.jpg": raster()})], NOW)
    press.publish(NOW)

    [file] = (press.public / "pictures").iterdir()
    address = f"https://news.example/pictures/{file.name}"
    assert report.outcomes[0].verdict == "new"
    for name in ("feeds/all.rss", "feeds/all.atom", "feeds/all.json"):
        text = (press.public / name).read_text("utf-8")
        assert address in text.replace("\\/", "/")
        assert "pictures.invalid" not in text
    page = press.public / "articles" / (report.outcomes[0].id or "") / "index.html"
    assert address in page.read_text("utf-8")


def test_the_picture_of_a_withdrawn_story_goes_and_comes_back_with_it(
    line: Line, press: Press
) -> None:
    [report] = line.ingest([document(ARTICLE, "f.md", beside={"quay.jpg": raster()})], NOW)
    one = report.outcomes[0].id or ""
    press.publish(NOW)
    line.store.editorial.withdraw(one, "wrong", "a test", NOW)
    press.publish(NOW)
    gone = list((press.public / "pictures").iterdir())
    line.restore(one, "a test", NOW)
    press.publish(NOW)

    assert gone == []
    assert len(list((press.public / "pictures").iterdir())) == 1


def test_a_pass_that_was_killed_before_it_hid_a_picture_leaves_it_to_the_next(
    line: Line, press: Press
) -> None:
    [report] = line.ingest([document(ARTICLE, "f.md", beside={"quay.jpg": raster()})], NOW)
    one = report.outcomes[0].id or ""
    press.publish(NOW)
    line.store.editorial.withdraw(one, "wrong", "a test", NOW)
    told = line.store.shelf.show_pictures({one: ()})  # and here it dies
    press.publish(NOW)

    assert len(told) == 1
    assert list((press.public / "pictures").iterdir()) == []


def test_a_picture_that_another_story_shows_stays(line: Line, press: Press) -> None:
    other = ARTICLE.replace(b"f1", b"f2").replace(b"sail", b"rest").replace(b"left", b"came")
    beside = {"quay.jpg": raster()}
    [first, _] = line.ingest(
        [document(ARTICLE, "f.md", beside=beside), document(other, "g.md", beside=beside)], NOW
    )
    press.publish(NOW)
    line.store.editorial.withdraw(first.outcomes[0].id or "", "wrong", "a test", NOW)
    press.publish(NOW)

    assert len(list((press.public / "pictures").iterdir())) == 1


def test_a_picture_that_an_edit_leaves_out_goes(line: Line, press: Press) -> None:
    line.ingest([document(ARTICLE, "f.md", beside={"quay.jpg": raster()})], NOW)
    press.publish(NOW)
    line.ingest([document(ARTICLE.partition(b"!")[0], "f.md")], NOW)
    press.publish(NOW)

    assert list((press.public / "pictures").iterdir()) == []
