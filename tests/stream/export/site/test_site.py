from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from stream.export.race import ExportRace
from stream.export.site.export import PARTS, SiteOptions, export_site
from stream.store import Store
from stream.store.values import NewSegment
from stream.types import Clock
from tests.stream.export.finishers import START_NS, entry, record_race, track
from tests.stream.export.site.test_pages import Elements

LISTED = [
    entry("12", "Zoë <b>Adler</b>", "TV Nord"),
    entry("0500", "=SUM(A1)"),
    entry("99", "Max Frei"),
    entry("8", "Bo Lee"),
]
TRACKS = [track(1, "12", 62), track(2, "0500", 60), track(3, None, 61), track(4, "8")]
OPEN = SiteOptions()
SHARED = SiteOptions(share=True)


@pytest.fixture
def race(tmp_path: Path) -> Iterator[ExportRace]:
    with ExportRace.open(record_race(tmp_path / "race", TRACKS, LISTED)) as race:
        stem = race.stem("12")
        for path, kind in (
            (f"stills/{stem}-1.jpg", "still"),
            (f"stills/{stem}-2.jpg", "still"),
            (f"stills-shared/{stem}-1.jpg", "still"),
            (f"clips/{stem}_50% & more.mp4", "clip"),
            (f"photos/{stem}_photo-1.jpg", "photo"),
            (f"photos-shared/{stem}_photo-1.jpg", "photo"),
        ):
            race.manifest.write(path, kind, path.encode(), bib="12", camera="finish")
        yield race


def read(race: ExportRace, path: str) -> str:
    return (race.out / path).read_text(encoding="utf-8")


def links(race: ExportRace, path: str) -> list[str]:
    """Every address that a page names, as paths inside the export folder."""
    place = (race.out / path).parent
    found = []
    for _, attributes in Elements(read(race, path)).found:
        for name in ("href", "src"):
            address = attributes.get(name)
            if address is not None and not address.startswith("#"):
                target = (place / unquote(address)).resolve()
                found.append(target.relative_to(race.out.resolve()).as_posix())
    return found


def pages(race: ExportRace) -> list[str]:
    return sorted(file.path for file in race.manifest.files(kind="page") if "html" in file.path)


def test_there_is_a_page_for_every_runner_who_was_seen(race: ExportRace) -> None:
    written = export_site(race, None, OPEN)
    assert pages(race) == sorted(
        ["index.html", *(f"runners/{race.stem(bib)}.html" for bib in ("12", "0500", "8"))]
    )
    assert {file.path for file in written} == {*pages(race), *PARTS}
    runners = [at for tag, at in Elements(read(race, "index.html")).found if tag == "a"]
    bibs = [at["data-bib"] for at in runners if "data-bib" in at]
    assert bibs == ["0500", "12", "8"], "in the order of crossing, then who did not cross"


@pytest.mark.parametrize("options", [OPEN, SHARED], ids=["open", "shared"])
def test_every_link_leads_to_a_file_of_the_export(race: ExportRace, options: SiteOptions) -> None:
    export_site(race, None, options)
    for path in pages(race):
        for target in links(race, path):
            assert (race.out / target).is_file(), f"{path} names {target}"


def test_a_runner_s_page_shows_all_that_was_exported(race: ExportRace) -> None:
    export_site(race, None, OPEN)
    stem = race.stem("12")
    named = set(links(race, f"runners/{stem}.html"))
    assert {f"stills/{stem}-1.jpg", f"stills/{stem}-2.jpg"} <= named
    assert f"clips/{stem}_50% & more.mp4" in named
    assert f"photos/{stem}_photo-1.jpg" in named
    assert not any(path.startswith(("stills-shared/", "photos-shared/")) for path in named)
    assert "<b>Adler" not in read(race, f"runners/{stem}.html")


def test_a_shared_site_names_blurred_stills_only(race: ExportRace) -> None:
    export_site(race, None, SHARED)
    named = {target for path in pages(race) for target in links(race, path)}
    assert {target for target in named if target.startswith(("stills", "clips", "photos"))} == {
        f"stills-shared/{race.stem('12')}-1.jpg",
        f"photos-shared/{race.stem('12')}_photo-1.jpg",
    }
    assert "<video" not in read(race, f"runners/{race.stem('12')}.html")


def test_blurred_stills_are_shown_where_there_are_no_others(race: ExportRace) -> None:
    for n in (1, 2):
        race.manifest.remove(f"stills/{race.stem('12')}-{n}.jpg")
    export_site(race, None, OPEN)
    assert f"stills-shared/{race.stem('12')}-1.jpg" in links(race, "index.html")


def test_a_second_export_writes_nothing(race: ExportRace) -> None:
    first = export_site(race, None, OPEN)
    inodes = [(race.out / file.path).stat().st_ino for file in first]
    assert export_site(race, None, OPEN) == first
    assert [(race.out / file.path).stat().st_ino for file in first] == inodes


def test_only_changed_pages_are_written(race: ExportRace) -> None:
    before = {file.path: file.sha256 for file in export_site(race, None, OPEN)}
    race.manifest.write("stills/8-1.jpg", "still", b"new", bib="8")
    after = {file.path: file.sha256 for file in export_site(race, None, OPEN)}
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {"index.html", f"runners/{race.stem('8')}.html"}


def test_pages_of_bibs_that_are_no_more_are_removed(tmp_path: Path, race: ExportRace) -> None:
    export_site(race, None, OPEN)
    kept = race.out / "runners/not-ours.html"
    kept.write_text("mine")
    export_site(race, ["12"], OPEN)
    assert pages(race) == ["index.html", f"runners/{race.stem('12')}.html"]
    assert sorted((race.out / "runners").iterdir()) == sorted(
        [race.out / f"runners/{race.stem('12')}.html", kept]
    )
    assert "0500" not in read(race, f"runners/{race.stem('12')}.html")


def test_a_new_name_gives_a_new_page_and_no_old_one(tmp_path: Path) -> None:
    folder = record_race(tmp_path / "race", TRACKS)
    with ExportRace.open(folder) as race:
        export_site(race, None, OPEN)
        assert "runners/12.html" in pages(race)
    record_race(folder, [], LISTED)
    with ExportRace.open(folder) as race:
        export_site(race, None, OPEN)
        assert "runners/12.html" not in pages(race)
        assert not (race.out / "runners/12.html").exists()


def test_an_empty_race_has_a_page_that_says_so(tmp_path: Path) -> None:
    with ExportRace.open(record_race(tmp_path / "race", [], LISTED)) as race:
        export_site(race, None, OPEN)
        assert "No runner has been confirmed yet." in Elements(read(race, "index.html")).text


@pytest.mark.parametrize(
    ("codec", "ending", "plays"),
    [
        ("h264", "mp4", True),
        ("av1", "webm", True),
        ("hevc", "mp4", False),
        ("mjpeg", "mp4", False),
        ("h264", "mov", False),
    ],
)
def test_a_clip_is_played_where_browsers_know_its_codec(
    tmp_path: Path, codec: str, ending: str, plays: bool
) -> None:
    folder = record_race(tmp_path / "race", TRACKS[:1])
    with Store.open(folder) as store:
        footage = store.begin_footage("finish", "rtsp://x", None, None)
        store.begin_segment(
            NewSegment(footage.id, "finish", "a.mp4", False, codec, None, 640, 360, START_NS,
                       Clock.RTCP)
        )  # fmt: skip
    with ExportRace.open(folder) as race:
        race.manifest.write(f"clips/12.{ending}", "clip", b"film", bib="12", camera="finish")
        export_site(race, None, OPEN)
        page = read(race, "runners/12.html")
    assert ("<video" in page) is plays
    assert f'href="../clips/12.{ending}" download' in page
