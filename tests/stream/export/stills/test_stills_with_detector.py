"""Stills of a simulated race with the detector that is shipped. Slow: beside `test_stills`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from engines.load import EngineSettings, load_detector
from engines.simulate import SimulationSettings, plan, write
from engines.types import Box, Finding, Image
from stream.export.race import ExportRace, Outcome
from stream.export.stills.export import SHARED, STILLS, StillOptions, export_stills
from stream.hub import Message
from stream.store import NewSegment, Store
from stream.types import Clock, Closed, Event, Judged, Look, LookKind, Opened, State, Tagged
from tests.engines.tiny_models import reading

RACE = SimulationSettings(runners=4, minutes=8 / 60, seed=5, neighbours=2, absent=2)
LEAST_FACE_PX = 14
"""Faces lower than this show next to nothing anyway."""


@dataclass(frozen=True)
class TrueRunner:
    """Where a simulated runner's body and face are, by frame."""

    bib: str
    boxes: dict[int, Box]
    faces: dict[int, Box]


def true_runners(truth: Path) -> list[TrueRunner]:
    body = json.loads(truth.read_text(encoding="utf-8"))
    return [
        TrueRunner(
            runner["bib"],
            {int(row[0]): tuple(row[1:5]) for row in runner["boxes"]},
            {int(row[0]): tuple(row[1:5]) for row in runner["faces"]},
        )
        for runner in body["runners"]
    ]


def write_race(folder: Path, video: Path, runners: list[TrueRunner]) -> None:
    """A race folder whose tracks are the truth, looked at every fifth frame."""
    events: list[Event] = []
    with Store.open(folder) as store:
        footage = store.begin_footage("finish", "video", "abc", None)
        segment = store.begin_segment(
            NewSegment(footage.id, "finish", str(video), True, "h264", None, RACE.width,
                       RACE.height, 0, Clock.FILE)
        )  # fmt: skip
        store.end_segment(segment, round(RACE.minutes * 60 * 10**9), video.stat().st_size)
        for track_id, runner in enumerate(runners, start=1):
            first, last = min(runner.boxes), max(runner.boxes)
            events += [Opened("finish", track_id, first, at(first), runner.boxes[first])]
            for frame, box in runner.boxes.items():
                if frame % 5 == 0 and box[3] - box[1] > 130:
                    look = Look("finish", track_id, frame, at(frame), at(frame), LookKind.TORSO,
                                box, box, None, 1.0)  # fmt: skip
                    finding = Finding(box, None, reading(runner.bib), 0.5)
                    store.record_look(Judged(look, finding, None))
            tagged = (runner.bib, State.CONFIRMED, 0.99)
            box = runner.boxes[last]
            events += [
                Tagged("finish", track_id, last, at(last), box, *tagged, 3, None, True),
                Closed("finish", track_id, last, at(last), *tagged, 3, {}),
            ]
        for seq, event in enumerate(events, start=1):
            store.record(Message(seq, event, None))


def at(frame: int) -> int:
    return frame * 1_000_000_000 // RACE.fps


def frame_of(time_ns: int | None) -> int:
    assert time_ns is not None
    return round(time_ns * RACE.fps / 1e9)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[ExportRace, list[TrueRunner]]:
    """The race with its stills, plain and shared, as whole frames."""
    folder = tmp_path_factory.mktemp("stills")
    write(plan(RACE), folder / "film", lambda done, total: None, force=True)
    runners = true_runners(folder / "film" / "truth.json")
    write_race(folder / "race", folder / "film" / "video.mp4", runners)
    detector = load_detector(EngineSettings(threads=2), any_size=True)
    bibs = [runner.bib for runner in runners]
    told: list[Outcome] = []
    race = ExportRace.open(folder / "race")
    for shared in (False, True):
        options = StillOptions(per_runner=2, whole_frame=True, blur_others=shared)
        export_stills(race, bibs, detector, options, told.append)
    race.close()
    detector.close()
    assert [outcome.problem for outcome in told] == [None] * len(told)
    return race, runners


def _features(image: Image, face: Box) -> float:
    """How much eyes, nose and mouth stand out: light that only changes evenly counts nothing."""
    x0, y0, x1, y1 = face
    across, along = 0.15 * (x1 - x0), 0.15 * (y1 - y0)
    rows, columns = (round(y0 + along), round(y1 - along)), (round(x0 + across), round(x1 - across))
    part = image[slice(*rows), slice(*columns)].mean(axis=2)
    return float(np.abs(np.diff(part, 2, axis=0)).mean() + np.abs(np.diff(part, 2, axis=1)).mean())


def picture(race: ExportRace, path: str) -> Image:
    return np.asarray(PilImage.open(race.out / path).convert("RGB"))


def test_every_runner_has_large_stills_with_a_face(
    exported: tuple[ExportRace, list[TrueRunner]],
) -> None:
    race, runners = exported
    for runner in runners:
        files = [f for f in race.manifest.files(runner.bib) if f.path.startswith(f"{STILLS}/")]
        assert files, runner.bib
        frame = frame_of(files[0].first_utc_ns)
        heights = sorted(box[3] - box[1] for box in runner.boxes.values())
        box = runner.boxes[frame]
        assert box[3] - box[1] >= heights[len(heights) // 2], "nearer than half the time"
        assert frame in runner.faces, "the best still shows the face"
        assert box[1] > 0, "the head is not cut off"


def test_shared_stills_show_one_face_only(exported: tuple[ExportRace, list[TrueRunner]]) -> None:
    race, runners = exported
    strangers: list[tuple[str, str, float]] = []
    seen: list[tuple[str, str, float]] = []
    for runner in runners:
        for file in race.manifest.files(runner.bib):
            if not file.path.startswith(f"{SHARED}/"):
                continue
            shared = picture(race, file.path)
            plain = picture(race, file.path.replace(SHARED, STILLS))
            frame = frame_of(file.first_utc_ns)
            for other in runners:
                face = other.faces.get(frame)
                if face is None or face[3] - face[1] < LEAST_FACE_PX:
                    continue
                left = _features(shared, face) / _features(plain, face)
                (seen if other is runner else strangers).append((file.path, other.bib, left))
    assert len(seen) >= len(runners), "too few faces to say anything"
    assert len(strangers) >= len(runners), "too few faces to say anything"
    assert [one for one in seen if not 0.95 < one[2] < 1.05] == [], "the runner's own is blurred"
    assert [one for one in strangers if one[2] > 0.4] == [], "another's face can be seen"
