"""Exported clips against the truth: right ones pass, and every kind of wrong one is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from dashboard.cli import main
from stream.evaluate_export import ExportReport, evaluate_export
from stream.export import ExportedFile, ExportError, ExportRace, Manifest
from stream.export.clips.export import ClipOptions, export_clips
from tests.stream.export.filmed import FPS, RECORDED, SECOND_NS, Seen, Shot, make_race

SIZE = (320, 192)
N_FRAMES = 250
RUNS = {"12": (40, 110, 150), "34": (90, 150, 200)}
"""Frames at which runners come into view, cross, and are gone."""


def box(bib: str, n: int) -> list[float]:
    begin, _, _ = RUNS[bib]
    x = 20 + 1.5 * (n - begin)
    return [x, 40, x + 40, 150]


def draw(path: Path, first: int = 0, n: int = N_FRAMES, movflags: str = "") -> Path:
    """Runners of noise cross a picture of noise."""
    rng = np.random.default_rng(1)
    noise = rng.integers(60, 200, (SIZE[1], SIZE[0], 3), np.uint8)
    ground = np.asarray(cv2.blur(noise, (5, 5)), np.uint8)
    shirts = {bib: rng.integers(0, 255, (110, 40, 3), np.uint8) for bib in RUNS}
    options = {"movflags": movflags} if movflags else {}
    with av.open(str(path), "w", options=options) as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {
            "crf": "18",
            "preset": "ultrafast",
            "g": "25",
            "x264-params": "scenecut=0",
        }
        for k in range(first, first + n):
            picture = ground.copy()
            for bib, (begin, _, end) in RUNS.items():
                if begin <= k < end:
                    x0, y0, x1, y1 = (round(value) for value in box(bib, k))
                    picture[y0:y1, x0 : min(x1, SIZE[0])] = shirts[bib][:, : SIZE[0] - x0]
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts = k - first
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def write_truth(path: Path) -> Path:
    runners = [
        {
            "bib": bib,
            "bib_readable": True,
            "t_exit": end / FPS,
            "t_cross_torso": crossing / FPS,
            "boxes": [[n, *box(bib, n), None, None, None, None] for n in range(begin, end)],
        }
        for bib, (begin, crossing, end) in RUNS.items()
    ]
    body = {"fps": FPS, "width": SIZE[0], "height": SIZE[1], "frames": N_FRAMES, "line": None}
    path.write_text(json.dumps(body | {"runners": runners}))
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("source") / "film.mp4")


SEEN = [Seen("12", 2.0, 5.8, 4.4), Seen("34", 4.2, 7.8, 6.0)]


def exported(
    tmp_path: Path, shots: list[Shot], seen: list[Seen], options: ClipOptions | None = None
) -> Path:
    race = make_race(tmp_path / "race", shots, seen)
    with ExportRace.open(race) as opened:
        export_clips(
            opened, opened.reader.tagged_bibs(), options or ClipOptions(1, 0.5), lambda _: None
        )
    return race


def evaluated(race: Path, camera: str | None = None) -> ExportReport:
    truth = write_truth(race.parent / "truth.json")
    return evaluate_export(race, None, truth, camera, lambda done, total: None)


@pytest.mark.parametrize(
    "options",
    [ClipOptions(1, 0.5), ClipOptions(1, 0.5, exact=True), ClipOptions()],
    ids=["copied", "encoded", "long"],
)
def test_right_clips_are_right(options: ClipOptions, source: Path, tmp_path: Path) -> None:
    report = evaluated(exported(tmp_path, [Shot(source, long_s=10.0)], SEEN, options))
    assert report.is_right
    told = report.to_json()
    assert (told["clips"], told["whole"], told["wrong_runner"]) == (2, 2, 0)
    assert (told["worst_offset_ms"], told["without_clip"], told["faults"]) == (0, None, None)


def test_a_recording_in_several_files_with_a_gap(tmp_path: Path) -> None:
    shots = [
        Shot(draw(tmp_path / f"{first}.mp4", first, n, RECORDED), at_s=first / FPS, long_s=n / FPS)
        for first, n in ((0, 50), (50, 75), (130, 120))
    ]
    report = evaluated(exported(tmp_path, shots, SEEN))
    assert report.is_right and report.to_json()["worst_offset_ms"] == 0


Fault = Callable[[Path, ExportedFile], ExportedFile]


def claims(**other: int) -> Fault:
    def change(export: Path, clip: ExportedFile) -> ExportedFile:
        return replace(
            clip,
            first_utc_ns=(clip.first_utc_ns or 0) + other.get("first", 0),
            end_utc_ns=(clip.end_utc_ns or 0) + other.get("end", 0),
        )

    return change


def is_other_file(export: Path, clip: ExportedFile) -> ExportedFile:
    with av.open(str(export / clip.path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        rng = np.random.default_rng(5)
        for _ in range(150):
            noise = rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "rgb24")))
        out.mux(stream.encode(None))
    return clip


def is_of(bib: str) -> Fault:
    return lambda export, clip: replace(clip, bib=bib)


FRAME_NS = SECOND_NS // FPS


@pytest.mark.parametrize(
    ("situation", "fault", "figure", "text"),
    [
        ("one frame late", claims(first=FRAME_NS, end=FRAME_NS), ("worst_offset_ms", 40), "off"),
        ("half a second early", claims(first=-13 * FRAME_NS), ("worst_offset_ms", 520), "off"),
        ("far off", claims(first=-3 * SECOND_NS), ("wrong_runner", 0), "s off"),
        ("another film", is_other_file, ("other_pictures", 1), "shows other pictures"),
        ("ends too early", claims(end=-3 * SECOND_NS), ("whole", 1), "the whole run"),
        ("a bib that does not run", is_of("99"), ("wrong_runner", 1), "bib 99 is not in view"),
    ],
)
def test_a_fault_is_found(
    situation: str,
    fault: Fault,
    figure: tuple[str, int],
    text: str,
    source: Path,
    tmp_path: Path,
) -> None:
    race = exported(tmp_path, [Shot(source, long_s=10.0)], SEEN)
    with Manifest.open(race / "export") as manifest:
        clip = manifest.find("clips/12_finish.mp4")
        assert clip is not None
        changed = fault(race / "export", clip)
        content = (race / "export" / clip.path).read_bytes()
        manifest.write(
            clip.path,
            "clip",
            content,
            bib=changed.bib,
            camera=clip.camera,
            first_utc_ns=changed.first_utc_ns,
            end_utc_ns=changed.end_utc_ns,
        )
    report = evaluated(race)
    assert not report.is_right, situation
    told = report.to_json()
    assert told[figure[0]] == figure[1], situation
    assert text in str(told["faults"]), situation
    assert "34_finish" not in str(told["faults"]), situation


def test_a_clip_that_begins_after_its_runner_is_not_whole(source: Path, tmp_path: Path) -> None:
    seen = [Seen("12", 4.0, 5.8, 4.4)]
    report = evaluated(
        exported(tmp_path, [Shot(source, long_s=10.0)], seen, ClipOptions(0, 0, run_up_s=0))
    )
    [check] = report.checks
    assert check.is_runner and not check.is_whole and check.offset_s == 0
    assert report.missing == ("34",)
    assert not report.is_right


def test_a_runner_with_the_right_bib_at_the_wrong_time_is_wrong(
    source: Path, tmp_path: Path
) -> None:
    race = exported(
        tmp_path, [Shot(source, long_s=10.0)], [Seen("12", 8, 9)], ClipOptions(0.5, 0.5)
    )
    [check] = evaluated(race).checks
    assert not check.is_runner


def test_the_command_says_it_and_fails_with_a_fault(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    race = exported(tmp_path, [Shot(source, long_s=10.0)], SEEN)
    truth = write_truth(tmp_path / "truth.json")
    arguments = ["evaluate", "export", "--race", str(race), "--truth", str(truth), "--json"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["whole"] == 2
    with Manifest.open(race / "export") as manifest:
        manifest.write("clips/1.mp4", "clip", source.read_bytes(), bib="1", camera="finish")
    assert main(arguments) == 1
    assert json.loads(capsys.readouterr().out)["wrong_runner"] == 1


@pytest.mark.parametrize(
    ("situation", "camera", "message"),
    [
        ("two cameras, none named", None, "2 footages"),
        ("a camera without clips", "side", "holds no clips of camera side"),
        ("no such camera", "x", "0 footages"),
    ],
)
def test_what_cannot_be_evaluated_is_told(
    situation: str, camera: str | None, message: str, source: Path, tmp_path: Path
) -> None:
    shots = [Shot(source, long_s=10.0), Shot(source, long_s=10.0, camera="side")]
    race = exported(tmp_path, shots, SEEN)
    assert evaluated(race, "finish").is_right
    with pytest.raises(ExportError, match=message):
        evaluated(race, camera)


def test_a_race_without_an_export_is_told_and_left_alone(source: Path, tmp_path: Path) -> None:
    race = make_race(tmp_path / "race", [Shot(source, long_s=10.0)], SEEN)
    with pytest.raises(ExportError, match="finishline export clips"):
        evaluated(race)
    assert not (race / "export").exists()
