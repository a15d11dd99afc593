"""Runs a clip through the whole pipeline at maximum speed and scores it against its truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engines.load import EngineSettings, load_detector, load_looker, warm_up
from engines.number_range import NumberRange
from engines.types import Box
from stream.clock import SECOND_NS, monotonic_ns
from stream.pipeline import Pipeline
from stream.race import CameraSettings, Race, RaceSettings
from stream.sources.choose import open_source
from stream.sources.decode_rate import measure_decode_fps
from stream.sources.port import Source, Speed
from stream.start_list import StartList
from stream.truth import (
    Confirmation,
    Passage,
    Score,
    Truth,
    are_right,
    read_truth,
    score,
    spread,
)
from stream.types import Crossed, Event, Frame, Judged, State, Tagged

CAMERA = "clip"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ClipReport:
    """What `finishline evaluate clip` prints.

    Attributes:
        fps: frames per second through everything, decoding included.
        decode_fps: the same source and decoder on all cores, delivering every frame to Python.
        look_counts: looks asked for, looks that counted in a vote.
        reasons: looks that did not count, by reason.
        tags: the last tag of every track, seen or confirmed: its posterior, and if it is right.
    """

    video: str
    with_start_list: bool
    score: Score
    frames: int
    fps: float
    decode_fps: float
    look_counts: dict[str, int]
    reasons: dict[str, int]
    tags: tuple[tuple[float, bool], ...] = ()

    def to_json(self) -> dict[str, object]:
        """The report as plain values; errors of crossings are absolute, in milliseconds."""
        result = self.score
        _, error_median, error_p95 = spread([abs(ms) for ms in result.crossing_errors_ms])
        lead_p5, lead_median, _ = spread(result.leads_s)
        return {
            "video": self.video,
            "with_start_list": self.with_start_list,
            "runners": result.runners,
            "readable": result.readable,
            "right": result.right,
            "wrong": result.wrong,
            "missed": result.missed,
            "false_tags": result.false_tags,
            "crossing_error_ms": {
                "median": _rounded(error_median),
                "p95": _rounded(error_p95),
                "n": len(result.crossing_errors_ms),
                "extra": result.extra_crossings,
            },
            "lead_s": {"median": _rounded(lead_median), "p5": _rounded(lead_p5)},
            "frames": self.frames,
            "fps": _rounded(self.fps),
            "decode_fps": _rounded(self.decode_fps),
            "speed": _rounded(self.fps / self.decode_fps, 3),
            "look_counts": self.look_counts,
            "reasons": self.reasons,
            "wrong_tags": [
                {"bib": tag.bib, "time_s": _rounded(tag.time_s, 2)} for tag in result.wrong_tags
            ],
            "missed_bibs": list(result.missed_bibs),
        }


class Witness:
    """Listens to a run and keeps what the score needs; see `stream.pipeline.Listener`."""

    def __init__(self, n_frames: int, progress: Progress) -> None:
        self.confirmations: list[Confirmation] = []
        self.last_tags: dict[int, Confirmation] = {}
        self.crossings: list[Crossed] = []
        self.looks = Counter[str]()
        self.reasons = Counter[str]()
        self.boxes: dict[int, dict[int, Box]] = {}
        self._n_frames = n_frames
        self._progress = progress

    def begin(self, camera: str) -> None:
        """Nothing to prepare."""

    def watch(self, frame: Frame, race: Race) -> None:
        """Note where every track is."""
        for view in race.views(frame.camera):
            self.boxes.setdefault(view.track_id, {})[frame.pts_ns] = view.box
        self._progress(frame.index + 1, self._n_frames)

    def tell(self, event: Event, frame: Frame | None) -> None:
        """Note looks, confirmations and crossings."""
        if isinstance(event, Judged):
            self.looks["asked"] += 1
            self.looks["counted"] += event.reason is None
            if event.reason is not None:
                self.reasons[event.reason.value] += 1
        elif isinstance(event, Tagged) and event.bib:
            time_s = event.capture_utc_ns / SECOND_NS
            tag = Confirmation(event.track_id, event.bib, time_s, event.person, event.posterior)
            self.last_tags[event.track_id] = tag
            if event.state is State.CONFIRMED:
                self.confirmations.append(tag)
        elif isinstance(event, Crossed):
            self.crossings.append(event)

    def over(self, camera: str, error: Exception | None) -> None:
        """A clip that cannot be played to its end cannot be evaluated."""
        if error is not None:
            raise error

    def passages(self) -> list[Passage]:
        """Every crossing with the box of its track at the nearest frame."""
        return [
            Passage(
                crossing.track_id,
                crossing.pts_ns / SECOND_NS,
                _nearest(self.boxes.get(crossing.track_id, {}), crossing.pts_ns),
            )
            for crossing in self.crossings
        ]


def evaluate_clip(
    video: Path,
    truth_path: Path,
    start_list: StartList | None,
    engine: EngineSettings,
    race_settings: RaceSettings,
    progress: Progress,
    numbers: Sequence[NumberRange] = (),
) -> ClipReport:
    """Play `video` at maximum speed, every frame through the detector, and score the events.

    Args:
        numbers: the bibs that were given out; empty where nobody said.

    Raises:
        TruthError: `truth_path` cannot be used.
        SourceError: `video` cannot be played to its end.
    """
    truth = read_truth(truth_path)
    detector, looker = load_detector(engine), load_looker(engine)
    race = Race(_with_line(race_settings, truth), start_list, numbers=numbers)
    witness = Witness(truth.frames, progress)
    try:
        warm_up(detector, looker)
        pipeline = Pipeline([_open(video)], detector, looker, race, [witness], in_step=True)
        began_ns = monotonic_ns()
        pipeline.run()
        seconds = (monotonic_ns() - began_ns) / SECOND_NS
    finally:
        detector.close()
        looker.close()
    frames = pipeline.counts()[CAMERA].frames
    return ClipReport(
        video.name,
        start_list is not None,
        score(truth, witness.confirmations, witness.passages()),
        frames,
        frames / seconds,
        measure_decode_fps(str(video)),
        dict(witness.looks),
        dict(witness.reasons),
        are_right(truth, list(witness.last_tags.values())),
    )


def _with_line(settings: RaceSettings, truth: Truth) -> RaceSettings:
    """The settings with the clip's own finish line, as fractions of the picture."""
    if truth.line is None:
        return settings
    (x0, y0), (x1, y1) = truth.line
    line = (
        (x0 / truth.width, y0 / truth.height),
        (x1 / truth.width, y1 / truth.height),
    )
    return replace(settings, cameras={CAMERA: CameraSettings(finish_line=line)})


def _open(video: Path) -> Source:
    return open_source(CAMERA, str(video), speed=Speed.MAXIMUM)


def _nearest(boxes: dict[int, Box], pts_ns: int) -> Box | None:
    if not boxes:
        return None
    return boxes[min(boxes, key=lambda seen_ns: abs(seen_ns - pts_ns))]


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)
