"""Keywords in copies: read back by Pillow, every pixel and every other note as before."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import ExifTags, Image, IptcImagePlugin

from stream.export.errors import ExportError
from stream.photos import iptc, xmp
from stream.photos.copies_made import RECORD
from stream.photos.jpeg_segments import APP1, APP13, JpegError, Segment, read_jpeg
from stream.photos.keywords import check_apart, marked, words_of, write_copies
from stream.start_list import Entry, StartList
from stream.store import Store
from tests.stream.photos.staged import BIB, PERSON, StagedTagger, Told, line, photo, shown, tag

WORDS = ("bib:2419", "Zoë Ek")
LISTED = StartList((Entry("2419", "Zoë", "Ek"),))


def jpeg(*segments: Segment) -> bytes:
    noise = np.random.default_rng(3).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ann"
    written = BytesIO()
    Image.fromarray(noise).save(written, "JPEG", exif=exif, quality=90)
    made = read_jpeg(written.getvalue())
    for segment in segments:
        made = made.with_segment(segment)
    return made.file()


def subjects(content: bytes) -> list[str]:
    """The keywords in the XMP, as any reader of RDF finds them."""
    with Image.open(BytesIO(content)) as shot:
        packet = shot.info["xmp"]
    return subjects_of(packet)


def subjects_of(packet: bytes) -> list[str]:
    body = packet[packet.index(b"?>") + 2 : packet.rindex(b"<?xpacket")]
    items = ElementTree.fromstring(body).iterfind(
        ".//{http://purl.org/dc/elements/1.1/}subject//"
        "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"
    )
    return [str(item.text) for item in items]


def iptc_words(content: bytes) -> list[bytes]:
    with Image.open(BytesIO(content)) as shot:
        info = IptcImagePlugin.getiptcinfo(shot)
    assert info is not None
    words = info[2, 25]
    return words if isinstance(words, list) else [words]


def test_a_jpeg_has_its_keywords_and_the_same_pixels() -> None:
    before = jpeg()
    copy = marked(before, WORDS)
    assert copy.sidecar is None
    assert subjects(copy.content) == list(WORDS)
    assert iptc_words(copy.content) == [word.encode() for word in WORDS]
    assert read_jpeg(copy.content).rest == read_jpeg(before).rest
    with Image.open(BytesIO(before)) as one, Image.open(BytesIO(copy.content)) as other:
        assert np.array_equal(np.array(one), np.array(other))
        assert other.getexif()[ExifTags.Base.Artist] == "Ann"


def test_what_stood_there_stays_and_nothing_is_said_twice() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>city</rdf:li>'
        b"</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    caption = b"\x1c\x02\x78\x00\x05" + b"Start"
    resources = iptc.BEGINS + b"8BIM\x04\x04\0\0" + len(caption).to_bytes(4, "big") + caption
    resources += b"8BIM\x0b\xb7\0\0\0\0\0\x03abc\0"
    before = jpeg(
        Segment(APP13, resources), Segment(APP1, b"http://ns.adobe.com/xap/1.0/\0" + packet)
    )
    once = marked(before, WORDS).content
    twice = marked(once, WORDS).content
    assert once == twice
    assert subjects(once) == ["city", *WORDS]
    assert b'xmp:Rating="4"' in once
    assert iptc_words(once) == [b"bib:2419", b"Zoe Ek"]  # nobody says how letters are written
    with Image.open(BytesIO(once)) as shot:
        info = IptcImagePlugin.getiptcinfo(shot)
        assert info is not None
        assert info[2, 120] == b"Start"
        assert shot.info["photoshop"][0x0BB7] == b"abc"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x89PNG\r\n\x1a\n rest", id="another format"),
        pytest.param(
            jpeg(Segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<broken")), id="notes are broken"
        ),
        pytest.param(jpeg()[:40], id="cut short"),
    ],
)
def test_where_there_is_no_place_in_the_file_a_sidecar_says_it(content: bytes) -> None:
    copy = marked(content, WORDS)
    assert copy.content == content
    assert copy.sidecar is not None
    assert subjects_of(copy.sidecar) == list(WORDS)


def test_iptc_that_cannot_be_read_is_left_alone() -> None:
    odd = Segment(APP13, iptc.BEGINS + b"not a resource at all")
    content = marked(jpeg(odd), WORDS).content
    assert odd in read_jpeg(content).segments
    assert subjects(content) == list(WORDS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"GIF89a", "does not begin", id="no JPEG"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x10JF", "cut short", id="in a segment"),
        pytest.param(b"\xff\xd8\x00\x00\x00\x00", "no segment at byte 2", id="no marker"),
    ],
)
def test_what_is_no_jpeg_is_said(content: bytes, message: str) -> None:
    with pytest.raises(JpegError, match=message):
        read_jpeg(content)


def test_a_packet_with_words_of_its_own_is_refused() -> None:
    with pytest.raises(xmp.XmpError, match="words of its own"):
        xmp.with_keywords(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', WORDS)


def test_words_are_bibs_and_names() -> None:
    assert words_of(["2419", "7"], LISTED) == ("bib:2419", "Zoë Ek", "bib:7")
    assert words_of(["7"], None) == ("bib:7",)


def test_copies_lie_as_the_photos_do_and_photos_are_not_touched(tmp_path: Path) -> None:
    seen = shown([PERSON, BIB], [line("2419")])
    places = [tmp_path / "in"]
    paths = [photo(tmp_path / "in/day/a.jpg", 50), photo(tmp_path / "in/b.png", 150)]
    paths.append(photo(tmp_path / "in/nobody.jpg", 250))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    out = tmp_path / "copies"
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: seen, 150: seen, 250: shown([], [])}), paths)
        for _ in range(2):
            assert write_copies(store.photos, paths, places, out, LISTED, Told()) == 2
    found = (p for p in out.rglob("*") if p.is_file() and p.name != RECORD)
    files = sorted(p.relative_to(out).as_posix() for p in found)
    assert files == ["in/b.png", "in/b.png.xmp", "in/day/a.jpg"]
    assert subjects((out / "in/day/a.jpg").read_bytes()) == ["bib:2419", "Zoë Ek"]
    assert (out / "in/b.png").read_bytes() == paths[1].read_bytes()
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths] == digests


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        pytest.param("a.jpg", "in/a.jpg", id="a copy's name"),
        pytest.param("a.png", "in/a.png.xmp", id="a sidecar's name"),
    ],
)
def test_a_file_of_somebody_else_stays(tmp_path: Path, name: str, foreign: str) -> None:
    theirs, out = tmp_path / "copies" / foreign, tmp_path / "copies"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    paths = [photo(tmp_path / "in" / name, 50)]
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: shown([PERSON, BIB], [line("2419")])}), paths)
        told = Told()
        assert write_copies(store.photos, paths, [tmp_path / "in"], out, LISTED, told) == 0
        [(path, why)] = told.problems
        assert (str(path), "another file has this name" in why) == (str(paths[0]), True)
        assert [p for p in out.rglob("*") if p.is_file() and p.name != RECORD] == [theirs]
        assert theirs.read_bytes() == b"theirs"
        theirs.unlink()
        assert write_copies(store.photos, paths, [tmp_path / "in"], out, LISTED, Told()) == 1


def test_own_copies_are_mended_and_a_changed_one_stays(tmp_path: Path) -> None:
    paths, out = [photo(tmp_path / "in/a.jpg", 50)], tmp_path / "copies"
    copy = out / "in/a.jpg"
    with Store.open(tmp_path / "race") as store:
        tag(store, StagedTagger({50: shown([PERSON, BIB], [line("2419")])}), paths)

        def write(start_list: StartList | None) -> tuple[int, int]:
            told = Told()
            n = write_copies(store.photos, paths, [tmp_path / "in"], out, start_list, told)
            return n, len(told.problems)

        assert write(None) == (1, 0)
        assert subjects(copy.read_bytes()) == ["bib:2419"]
        # The record's last line may be broken off by a power cut.
        with (out / RECORD).open("a") as record:
            record.write('\n["in/a')
        assert write(LISTED) == (1, 0)
        assert subjects(copy.read_bytes()) == ["bib:2419", "Zoë Ek"]
        copy.write_bytes(copy.read_bytes() + b"edited")
        assert write(None) == (0, 1)
        assert copy.read_bytes().endswith(b"edited")


@pytest.mark.parametrize(
    "out",
    [
        pytest.param("in", id="among the photos"),
        pytest.param("in/copies", id="below them"),
        pytest.param(".", id="above them"),
    ],
)
def test_copies_never_lie_among_the_photos(tmp_path: Path, out: str) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(ExportError, match="lie in each other"):
        check_apart(tmp_path / out, [tmp_path / "in"])
    check_apart(tmp_path / "other", [tmp_path / "in"])
