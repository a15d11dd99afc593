"""Which files of an export folder are a runner's."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.export.manifest import Manifest, listed
from stream.forget.exports import by_kind, doomed, export_folders, remove
from stream.forget.spans import Span

S = 1_000_000_000
LISTED = (
    ("clips/12_Ann-Ek_finish.mp4", "clip", "12", 10),
    ("clips/34_Bo-Lind_finish.mp4", "clip", "34", 20),
    ("clips/56_finish.mp4", "clip", "56", 60),
    ("stills/34_Bo-Lind_finish-1.jpg", "still", "34", 22),
    ("photos/12_Ann-Ek_photo-3.jpg", "photo", "12", 21),
    ("photos/34_Bo-Lind_photo-3.jpg", "photo", "34", 21),
    ("results.csv", "table", None, None),
    ("runners/12_Ann-Ek.html", "page", "12", None),
    ("runners/34_Bo-Lind.html", "page", "34", None),
    ("index.html", "page", None, None),
    ("style.css", "page", None, None),
)
UNLISTED = (
    "clips/12_Ann-Ek_finish_2.mp4",
    "clips/12-part2.mp4",
    "clips/12.mp4",
    "clips/123_finish.mp4",
    "stills-shared/12_Ann-Ek_finish-1.jpg",
    "photos-shared/12_Ann-Ek_photo-3.jpg",
    "results.lif",
    "notes.txt",
)
OF_ALL = {"results.csv", "results.lif", "runners/34_Bo-Lind.html", "index.html"}
OWN = {
    "clips/12_Ann-Ek_finish.mp4",
    "clips/12_Ann-Ek_finish_2.mp4",
    "clips/12-part2.mp4",
    "clips/12.mp4",
    "stills-shared/12_Ann-Ek_finish-1.jpg",
    "photos/12_Ann-Ek_photo-3.jpg",
    "photos-shared/12_Ann-Ek_photo-3.jpg",
    "runners/12_Ann-Ek.html",
}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    place = tmp_path / "race" / "export"
    with Manifest.open(place) as manifest:
        for path, kind, bib, at_s in LISTED:
            first, end = (None, None) if at_s is None else (at_s * S, (at_s + 2) * S)
            camera = None if at_s is None else "finish"
            manifest.write(
                path, kind, b"x", bib=bib, camera=camera, first_utc_ns=first, end_utc_ns=end
            )
    for path in UNLISTED:
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_bytes(b"x")
    return place


@pytest.mark.parametrize(
    ("span", "others"),
    [
        pytest.param(None, set(), id="video stays"),
        pytest.param(
            Span(1, "finish", 21 * S, 25 * S),
            {"clips/34_Bo-Lind_finish.mp4", "stills/34_Bo-Lind_finish-1.jpg"},
            id="video is cut",
        ),
        pytest.param(Span(1, "side", 21 * S, 25 * S), set(), id="of another camera"),
    ],
)
def test_what_goes(span: Span | None, others: set[str], out: Path) -> None:
    found = doomed(out, "12", {"12"}, [] if span is None else [span])
    assert set(found) == OWN | OF_ALL | others
    assert by_kind(found.values())["table"] == 2


def test_what_goes_is_gone_from_the_list_and_the_disk(out: Path) -> None:
    with Manifest.open(out) as manifest:
        remove(manifest, doomed(out, "12", {"12"}, ()))
        assert b"Ann-Ek" not in (out / "manifest.json").read_bytes()
    assert {file.path for file in listed(out)} == {
        "clips/34_Bo-Lind_finish.mp4",
        "clips/56_finish.mp4",
        "photos/34_Bo-Lind_photo-3.jpg",
        "stills/34_Bo-Lind_finish-1.jpg",
        "style.css",
    }
    assert not list(out.rglob("12[_.-]*"))
    assert (out / "clips/123_finish.mp4").is_file() and (out / "notes.txt").is_file()


def test_only_folders_of_exports_are_looked_at(out: Path) -> None:
    race = out.parent
    (race / "pivot").mkdir()
    with Manifest.open(race / "for-the-web"):
        pass
    assert export_folders(race) == (race / "export", race / "for-the-web")
