"""Clips of a race: their names, their ranges, made once and made anew when something changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from stream.export import ExportError, ExportRace, Outcome
from stream.export.clips.export import ClipOptions, export_clips
from stream.store import Store
from stream.store.values import StartListRow
from stream.types import State
from tests.stream.export.filmed import (
    FPS,
    RECORDED,
    SECOND_NS,
    START_NS,
    Film,
    Seen,
    Shot,
    correct,
    make_film,
    make_race,
    numbers,
)

FILM = Film()
CLOSE = ClipOptions(lead_s=1, tail_s=0.5, run_up_s=0)


def recorded(
    folder: Path,
    starts: Sequence[float] = (0, 2, 4, 6),
    film: Film = FILM,
    camera: str = "finish",
) -> list[Shot]:
    """Files of two seconds, the first frame of each numbered by its second."""
    return [
        Shot(
            make_film(folder / camera / f"{start:g}.mp4", replace(film, first=round(start * FPS))),
            at_s=start,
            camera=camera,
        )
        for start in starts
    ]


def export(
    race: Path, bibs: Sequence[str] = ("12",), options: ClipOptions = CLOSE
) -> dict[str, Outcome]:
    told: list[Outcome] = []
    with ExportRace.open(race) as opened:
        export_clips(opened, bibs, options, told.append)
    assert [one.bib for one in told] == list(bibs)
    return {one.bib: one for one in told}


def clips(race: Path) -> dict[str, list[int]]:
    """Numbers of the first and the last frame of every clip on disk."""
    found = {}
    for file in sorted((race / "export" / "clips").glob("*")):
        shown = [n for _, n in numbers(file)]
        found[file.name] = [shown[0], shown[-1]]
    with ExportRace.open(race) as opened:
        listed = [Path(one.path).name for one in opened.manifest.files(kind="clip")]
    assert listed == list(found)
    return found


@pytest.mark.parametrize(
    ("situation", "seen", "options", "frames"),
    [
        ("lead and tail", Seen("12", 3.2, 4.2), CLOSE, [50, 117]),
        ("a crossing after the last sight", Seen("12", 3.2, 4.2, 5.0), CLOSE, [50, 137]),
        ("a crossing before it", Seen("12", 3.2, 4.2, 3.9), CLOSE, [50, 117]),
        ("from the very beginning", Seen("12", 0.2, 1.0), CLOSE, [0, 37]),
        ("to the very end", Seen("12", 7.0, 7.96), CLOSE, [150, 199]),
        ("longer", Seen("12", 3.2, 4.2), ClipOptions(lead_s=3, tail_s=2), [0, 155]),
        ("nothing around", Seen("12", 3.2, 4.2), ClipOptions(lead_s=0, tail_s=0), [75, 105]),
        (
            "known only near the line",
            Seen("12", 5.2, 6.2, 5.6),
            replace(CLOSE, run_up_s=3.0),
            [50, 167],
        ),
        ("to the frame", Seen("12", 3.2, 4.2), replace(CLOSE, exact=True), [55, 117]),
        ("corrected", Seen("12", 3.2, 4.2, state=State.CORRECTED), CLOSE, [50, 117]),
    ],
)
def test_a_clip_shows_its_runner(
    situation: str, seen: Seen, options: ClipOptions, frames: list[int], tmp_path: Path
) -> None:
    race = make_race(tmp_path / "race", recorded(tmp_path), [seen])
    assert export(race, options=options)["12"] == Outcome("12", 1, 0, None), situation
    assert clips(race) == {"12_finish.mp4": frames}, situation
    with ExportRace.open(race) as opened:
        [clip] = opened.manifest.files()
    assert (clip.bib, clip.camera, clip.kind, clip.codec) == ("12", "finish", "clip", "h264")
    assert clip.first_utc_ns == START_NS + frames[0] * SECOND_NS // FPS
    assert clip.end_utc_ns == START_NS + (frames[1] + 1) * SECOND_NS // FPS


class TestNames:
    def test_the_start_list_gives_the_name(self, tmp_path: Path) -> None:
        race = make_race(tmp_path / "race", recorded(tmp_path), [Seen("0123", 1, 2)])
        with Store.open(race) as store:
            store.replace_start_list([StartListRow("0123", "Anna Müller/Test")])
        export(race, ["0123"])
        assert list(clips(race)) == ["0123_Anna-Mueller-Test_finish.mp4"]

    def test_a_name_that_changes_renames_the_clip(self, tmp_path: Path) -> None:
        race = make_race(tmp_path / "race", recorded(tmp_path), [Seen("12", 1, 2)])
        export(race)
        with Store.open(race) as store:
            store.replace_start_list([StartListRow("12", "Anna")])
        assert export(race)["12"] == Outcome("12", 1, 0, None)
        assert list(clips(race)) == ["12_Anna_finish.mp4"]

    def test_passages_are_numbered(self, tmp_path: Path) -> None:
        seen = [Seen("12", 0.5, 1), Seen("12", 6.8, 7.2)]
        race = make_race(tmp_path / "race", recorded(tmp_path), seen)
        assert export(race)["12"].written == 2
        assert clips(race) == {"12_finish.mp4": [0, 37], "12_finish_2.mp4": [125 + 0, 192]}

    def test_two_cameras_are_two_clips_or_one(self, tmp_path: Path) -> None:
        shots = [
            *recorded(tmp_path),
            *recorded(tmp_path, film=Film(), camera="side"),
        ]
        # The side camera sees the runner first, but crosses later than the finish does.
        seen = [
            Seen("12", 3.2, 4.2, 4.0),
            Seen("12", 2.2, 3.2, camera="side"),
        ]
        race = make_race(tmp_path / "race", shots, seen)
        assert export(race)["12"].written == 2
        assert list(clips(race)) == ["12_finish.mp4", "12_side.mp4"]
        joined = export(race, options=replace(CLOSE, join=True))["12"]
        assert joined == Outcome("12", 1, 0, None)
        assert list(clips(race)) == ["12.mp4", "12_finish.mp4", "12_side.mp4"]
        shown = [n for _, n in numbers(race / "export/clips/12.mp4")]
        assert shown == [*range(25, 93), *range(50, 118)]

    def test_one_camera_of_two(self, tmp_path: Path) -> None:
        shots = [*recorded(tmp_path), *recorded(tmp_path, camera="side")]
        seen = [Seen("12", 3.2, 4.2), Seen("12", 2.2, 3.2, camera="side"), Seen("13", 1, 2)]
        race = make_race(tmp_path / "race", shots, seen)
        export(race)
        told = export(race, ["12", "13"], replace(CLOSE, camera="side"))
        assert told["12"] == Outcome("12", 0, 1, None)
        assert told["13"].problem == "camera side did not see it, but finish did"
        assert list(clips(race)) == ["12_finish.mp4", "12_side.mp4"]


class TestNothingTwice:
    def test_a_second_export_writes_nothing(self, tmp_path: Path) -> None:
        race = make_race(tmp_path / "race", recorded(tmp_path), [Seen("12", 1, 2)])
        export(race)
        before = (race / "export/clips/12_finish.mp4").stat()
        assert export(race)["12"] == Outcome("12", 0, 1, None)
        after = (race / "export/clips/12_finish.mp4").stat()
        assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)

    @pytest.mark.parametrize(
        "options",
        [replace(CLOSE, lead_s=0.5), replace(CLOSE, tail_s=1), replace(CLOSE, exact=True)],
        ids=["lead", "tail", "exact"],
    )
    def test_other_options_make_it_anew(self, options: ClipOptions, tmp_path: Path) -> None:
        race = make_race(tmp_path / "race", recorded(tmp_path), [Seen("12", 3.2, 4)])
        export(race)
        assert export(race, options=options)["12"] == Outcome("12", 1, 0, None)
        assert export(race, options=options)["12"] == Outcome("12", 0, 1, None)
        assert list(clips(race)) == ["12_finish.mp4"]

    @pytest.mark.parametrize("what", ["gone", "cut off"])
    def test_a_clip_that_was_damaged_is_made_anew(self, what: str, tmp_path: Path) -> None:
        race = make_race(tmp_path / "race", recorded(tmp_path), [Seen("12", 1, 2)])
        export(race)
        clip = race / "export/clips/12_finish.mp4"
        clip.unlink() if what == "gone" else os.truncate(clip, 100)
        assert export(race)["12"] == Outcome("12", 1, 0, None)
        assert clips(race) == {"12_finish.mp4": [0, 62]}

    def test_only_what_a_growing_race_changed_is_made_anew(self, tmp_path: Path) -> None:
        shots = recorded(tmp_path)
        early, late = Seen("12", 0.5, 1), Seen("13", 3.0, 3.8)
        race = make_race(tmp_path / "race", shots[:2], [early, late])
        export(race, ["12", "13"])
        assert clips(race)["13_finish.mp4"] == [50, 99]
        make_race(race, shots[2:], [Seen("12", 6.5, 7)])
        told = export(race, ["12", "13"])
        assert told == {"12": Outcome("12", 1, 1, None), "13": Outcome("13", 1, 0, None)}
        assert clips(race) == {
            "12_finish.mp4": [0, 37],
            "12_finish_2.mp4": [125, 187],
            "13_finish.mp4": [50, 107],
        }

    def test_a_segment_that_ends_changes_nothing_before(self, tmp_path: Path) -> None:
        file = make_film(tmp_path / "open.mp4", Film(n=200, movflags=RECORDED))
        content = file.read_bytes()
        begins = [n for n in range(len(content)) if content.startswith(b"moof", n)]
        file.write_bytes(content[: begins[5] + 20])
        seen = [Seen("12", 1, 2), Seen("13", 4, 4.9)]
        race = make_race(tmp_path / "race", [Shot(file, long_s=None)], seen)
        export(race, ["12", "13"])
        assert clips(race) == {"12_finish.mp4": [0, 62], "13_finish.mp4": [75, 124]}
        file.write_bytes(content)
        told = export(race, ["12", "13"])
        assert (told["12"].kept, told["13"].written) == (1, 1)
        assert clips(race) == {"12_finish.mp4": [0, 62], "13_finish.mp4": [75, 135]}


class TestCorrections:
    def test_a_clip_moves_to_the_right_bib(self, tmp_path: Path) -> None:
        race = make_race(tmp_path / "race", recorded(tmp_path), [Seen("12", 1, 2)])
        export(race)
        correct(race, 1, "21")
        told = export(race, ["21"])
        assert told["21"] == Outcome("21", 1, 0, None)
        assert list(clips(race)) == ["21_finish.mp4"]

    def test_a_tag_taken_back_leaves_no_clip(self, tmp_path: Path) -> None:
        race = make_race(tmp_path / "race", recorded(tmp_path), [Seen("12", 1, 2)])
        export(race)
        correct(race, 1, None)
        problem = export(race)["12"].problem
        assert problem is not None and problem.startswith("no sighting is confirmed")
        assert clips(race) == {}

    def test_one_passage_less_is_one_clip_less(self, tmp_path: Path) -> None:
        seen = [Seen("12", 0.5, 1), Seen("12", 6.8, 7.2)]
        race = make_race(tmp_path / "race", recorded(tmp_path), seen)
        export(race)
        correct(race, 1, "13")
        assert export(race, ["12", "13"])["12"] == Outcome("12", 1, 0, None)
        assert clips(race) == {"12_finish.mp4": [125, 192], "13_finish.mp4": [0, 37]}


class TestProblems:
    def test_one_bib_does_not_stop_the_others(self, tmp_path: Path) -> None:
        shots = recorded(tmp_path)
        seen = [Seen("12", 0.5, 1), Seen("13", 4.5, 5), Seen("14", 20, 21), Seen("16", 7, 7.5)]
        seen.append(Seen("15", 1, 2, state=State.SEEN))
        race = make_race(tmp_path / "race", shots, seen)
        shots[2].file.unlink()
        told = export(race, ["15", "12", "14", "13", "16"])
        assert {bib for bib, one in told.items() if one.problem is None} == {"12", "16"}
        assert "no sighting is confirmed" in (told["15"].problem or "")
        assert "camera finish was not recorded" in (told["14"].problem or "")
        assert "put the video back at" in (told["13"].problem or "")
        assert str(shots[2].file) in (told["13"].problem or "")
        assert list(clips(race)) == ["12_finish.mp4", "16_finish.mp4"]

    def test_video_that_comes_back_mends_it(self, tmp_path: Path) -> None:
        shots = recorded(tmp_path)
        race = make_race(tmp_path / "race", shots, [Seen("12", 3.2, 5)])
        aside = shots[2].file.rename(tmp_path / "aside.mp4")
        for written in (1, 0):  # and is told again, though the clip is there
            one = export(race)["12"]
            assert one.written == written and "put the video back" in (one.problem or "")
            assert clips(race) == {"12_finish.mp4": [50, 99]}
        aside.rename(shots[2].file)
        assert export(race)["12"] == Outcome("12", 1, 0, None)
        assert clips(race) == {"12_finish.mp4": [50, 137]}

    def test_what_the_disk_guard_took_is_no_problem_for_clips_that_are_there(
        self, tmp_path: Path
    ) -> None:
        race = tmp_path / "race"
        shots = [replace(one, referenced=False) for one in recorded(race / "video")]
        make_race(race, shots, [Seen("12", 0.5, 1), Seen("13", 0.5, 1.5)])
        export(race)
        with Store.open(race) as store:
            store.delete_segments([1])
        shots[0].file.unlink()
        told = export(race, ["12", "13"])
        assert told["12"] == Outcome("12", 0, 1, None)
        assert "removed by the disk guard" in (told["13"].problem or "")

    def test_lead_that_was_lost_is_no_problem(self, tmp_path: Path) -> None:
        shots = recorded(tmp_path)
        race = make_race(tmp_path / "race", shots, [Seen("12", 2.5, 3)])
        shots[0].file.unlink()
        assert export(race)["12"] == Outcome("12", 1, 0, None)
        assert clips(race) == {"12_finish.mp4": [50, 87]}

    @pytest.mark.parametrize(
        ("situation", "keep", "message"),
        [("cut off", 0.7, "is cut off or damaged"), ("destroyed", 0.01, "holds no picture")],
    )
    def test_a_damaged_file_is_told(
        self, situation: str, keep: float, message: str, tmp_path: Path
    ) -> None:
        film = Film(n=200, movflags="+faststart", size=(320, 192))
        file = make_film(tmp_path / "film.mp4", film)
        race = make_race(tmp_path / "race", [Shot(file, long_s=8.0)], [Seen("12", 1, 7)])
        os.truncate(file, round(file.stat().st_size * keep))
        one = export(race)["12"]
        assert message in (one.problem or ""), situation
        assert str(file) in (one.problem or "")
        assert one.written == (1 if situation == "cut off" else 0)

    def test_a_file_that_is_no_video_any_more_takes_only_its_part(self, tmp_path: Path) -> None:
        shots = recorded(tmp_path)
        race = make_race(tmp_path / "race", shots, [Seen("12", 1, 5)])
        shots[1].file.write_bytes(b"hello")
        one = export(race)["12"]
        assert one.written == 1 and str(shots[1].file) in (one.problem or "")
        shown = [n for _, n in numbers(race / "export/clips/12_finish.mp4")]
        assert shown == [*range(50), *range(100, 138)]

    def test_a_format_that_changes_makes_parts_and_is_noted(self, tmp_path: Path) -> None:
        shots = recorded(tmp_path, [0, 2])
        shots += recorded(tmp_path / "wide", [4, 6], Film(size=(320, 192)))
        race = make_race(tmp_path / "race", shots, [Seen("12", 3.2, 5)])
        one = export(race)["12"]
        assert (one.written, one.problem) == (2, None)
        assert one.note is not None and "--browser makes one file" in one.note
        assert clips(race) == {"12_finish-part2.mp4": [100, 137], "12_finish.mp4": [50, 99]}
        assert export(race)["12"] == Outcome("12", 0, 2, None)
        whole = export(race, options=replace(CLOSE, browser=True))["12"]
        assert whole == Outcome("12", 1, 0, None)
        assert clips(race) == {"12_finish.mp4": [55, 137]}


@pytest.mark.parametrize(
    ("lead_s", "tail_s"), [(-1, 0), (0, -0.1), (float("nan"), 0), (0, float("inf"))]
)
def test_seconds_must_make_sense(lead_s: float, tail_s: float) -> None:
    with pytest.raises(ExportError, match="write seconds"):
        ClipOptions(lead_s=lead_s, tail_s=tail_s)


def test_no_bibs_no_clips(tmp_path: Path) -> None:
    race = make_race(tmp_path / "race", recorded(tmp_path), [Seen("12", 1, 2)])
    assert export(race, []) == {}
    assert clips(race) == {}
