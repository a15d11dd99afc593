from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from PIL import ExifTags, Image

from stream.export.stills.picture_tags import PictureTags, exif, xmp

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
MOMENT_NS = 1_780_000_000_045_600_000
"""2026-05-28 20:26:40.0456 UTC."""


def saved(tags: PictureTags) -> Image.Image:
    """A picture with the tags, as it is read back."""
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "JPEG", exif=exif(tags), xmp=xmp(tags))
    return Image.open(io.BytesIO(content.getvalue()))


def keywords(picture: Image.Image) -> list[str | None]:
    root = ElementTree.fromstring(picture.info["xmp"])
    bags = root.findall(f".//{DC}subject/{RDF}Bag")
    assert len(bags) == 1
    return [entry.text for entry in bags[0].findall(f"{RDF}li")]


def description(picture: Image.Image) -> str | None:
    return ElementTree.fromstring(picture.info["xmp"]).findtext(f".//{DC}description//{RDF}li")


def test_the_moment_is_told_in_utc() -> None:
    told = saved(PictureTags("12", "Anna Rapp", "City Run", "finish", MOMENT_NS)).getexif()
    place = told.get_ifd(ExifTags.IFD.Exif)
    assert place[ExifTags.Base.DateTimeOriginal] == "2026:05:28 20:26:40"
    assert place[ExifTags.Base.SubsecTimeOriginal] == "045"
    assert place[ExifTags.Base.OffsetTimeOriginal] == "+00:00"
    assert told[ExifTags.Base.ImageDescription] == "City Run: bib 12, Anna Rapp"
    assert told[ExifTags.Base.Software] == "finishline"


@pytest.mark.parametrize("capture_utc_ns", [0, 3_600_000_000_000, 86_400 * 300 * 10**9])
def test_footage_without_a_start_time_has_no_date(capture_utc_ns: int) -> None:
    picture = saved(PictureTags("12", None, "City Run", "finish", capture_utc_ns))
    assert not picture.getexif().get_ifd(ExifTags.IFD.Exif)
    assert picture.getexif()[ExifTags.Base.ImageDescription] == "City Run: bib 12"
    assert b"1970" not in picture.info["xmp"] + picture.info["exif"]


@pytest.mark.parametrize(
    ("tags", "words", "line"),
    [
        pytest.param(
            PictureTags("12", "Anna Rapp", "City Run", "finish", 0),
            ["12", "Anna Rapp", "City Run", "finish"],
            "City Run: bib 12, Anna Rapp",
            id="all",
        ),
        pytest.param(
            PictureTags("007", None, "Run", "finish", 0),
            ["007", "Run", "finish"],
            "Run: bib 007",
            id="nobody on the start list",
        ),
        pytest.param(
            PictureTags("A<1>", 'O\'Neil & "Sons" ]]>', "5 < 10 km & more", "a&b", 0),
            ["A<1>", 'O\'Neil & "Sons" ]]>', "5 < 10 km & more", "a&b"],
            '5 < 10 km & more: bib A<1>, O\'Neil & "Sons" ]]>',
            id="what XML takes for its own",
        ),
        pytest.param(
            PictureTags("1", "Zoë Müller-李", "Straße 🏃", "ziel", 0),
            ["1", "Zoë Müller-李", "Straße 🏃", "ziel"],
            "Straße 🏃: bib 1, Zoë Müller-李",
            id="any script",
        ),
        pytest.param(
            PictureTags("1", "A\x00nna\x1b \n Rapp\ud800", "Run", "Run", 0),
            ["1", "Anna Rapp", "Run"],
            "Run: bib 1, Anna Rapp",
            id="what no XML can hold, and one word twice",
        ),
        pytest.param(PictureTags("1", "", "", "  ", 0), ["1"], "bib 1", id="hardly anything"),
    ],
)
def test_keywords_and_description(tags: PictureTags, words: list[str], line: str) -> None:
    picture = saved(tags)
    assert keywords(picture) == words
    assert description(picture) == line
    told = picture.getexif()[ExifTags.Base.ImageDescription]
    # Pillow reads EXIF text as Latin-1; what was written is UTF-8.
    assert told.encode("latin-1").decode() == line
