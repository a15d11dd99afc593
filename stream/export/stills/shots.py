"""Pictures of a runner that could become stills: cut from the video, or kept during the race."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from engines.legibility import sharpness
from engines.picture import RgbPicture
from engines.types import Box, Detections, Detector, Image, Kind
from stream.export.errors import ExportError
from stream.export.race import ExportRace
from stream.export.stills.choice import Moment, marks_of, moments_of
from stream.export.stills.people import Group, head_of, sort_out, torso_of
from stream.export.video import Piece, ShownFrame
from stream.store import ImageKind, ImageRow, RunnerRow

ROOM: Final = 0.3
"""Left above and below the runner, as a share of the person's height: hair, hands, the road."""
ASPECT: Final = 2 / 3
"""Width of a still, of its height, unless arms and legs need more."""
ROOM_ACROSS: Final = 1.15

CLOSE_SIZE: Final = (384, 576)
"""The network's input (width, height) for a picture cut round a runner: its faces are two to
three times larger there than in the whole frame."""
WIDE_SIZE: Final = (1280, 736)
"""For whole frames, to find the far faces too; turned for upright ones."""

KEPT_ROOM: Final = 0.08
"""What the race leaves round a person in the frames it keeps, of the person's width and height."""
EVIDENCE_WORTH: Final = 0.5
"""The crop that decided the vote shows the bib and the face above it, and is small."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture of a runner.

    Attributes:
        image: what the still will show, RGB ``[height, width, 3]``.
        found: what the detector found in it, pixels of `image`.
        runner: the runner's person box in it.
        value: how good it is, larger is better.
    """

    camera: str
    capture_utc_ns: int
    image: Image
    found: Detections
    runner: Box
    value: float


def moments_in_video(
    race: ExportRace, tracks: Iterable[RunnerRow]
) -> tuple[list[Moment], list[str]]:
    """Moments of the tracks that the recorded video shows, and why others are lost.

    Tracks whose footage was never recorded have no moments, which is no loss.
    """
    moments: list[Moment] = []
    problems: list[str] = []
    for track in tracks:
        if not is_recorded(race, track):
            continue
        assert track.footage_id is not None
        span = (track.footage_id, track.first_seen_utc_ns, track.last_seen_utc_ns + 1)
        try:
            pieces = race.video.covering(*span)
        except ExportError as error:
            problems.append(str(error))
            continue
        problems += race.video.lost(*span)
        segment = pieces[0].row.segment
        looks = race.reader.looks_of_track(track.track_id)
        seen = moments_of(track, looks, (segment.width, segment.height))
        moments += [moment for moment in seen if _shown(moment, pieces)]
    return moments, problems


def is_recorded(race: ExportRace, track: RunnerRow) -> bool:
    """Whether video of a track was ever recorded, be it there now or not."""
    footage_id = track.footage_id
    if footage_id is None:
        return False
    return bool(race.video.rows(footage_id, track.first_seen_utc_ns, track.last_seen_utc_ns + 1))


def shots_of(
    race: ExportRace, moments: Sequence[Moment], detector: Detector, *, whole_frame: bool
) -> Iterator[Shot]:
    """Decodes moments and sees what they show; those without the runner are left out.

    Args:
        moments: ordered by footage and time.
        whole_frame: show all of the frame, not only the runner.

    Raises:
        ExportError: the video cannot be read.
    """
    for footage_id in dict.fromkeys(moment.footage_id for moment in moments):
        of_footage = [moment for moment in moments if moment.footage_id == footage_id]
        frames = race.video.frames_at(footage_id, [m.capture_utc_ns for m in of_footage])
        for moment, frame in zip(of_footage, frames, strict=True):
            shot = _shot(moment, frame, detector, whole_frame)
            if shot is not None:
                yield shot


def kept_shots(race: ExportRace, images: Iterable[ImageRow], detector: Detector) -> Iterator[Shot]:
    """Pictures of the runner that the race has kept: where there is no video."""
    for row in images:
        file = race.reader.find_image(row.path)
        image = None if file is None else _read(file.read_bytes())
        if image is None:
            continue
        found = detector.detect([RgbPicture(image)], CLOSE_SIZE)[0]
        expected = _kept_person(row, image)
        group = sort_out(found, expected, certain=True)
        assert group is not None
        # The picture ends where the person does: what cuts the runner off cannot be told.
        marks = replace(marks_of(group, _size(image), _crispness(image, group)), cut=1.0)
        worth = EVIDENCE_WORTH if row.kind is ImageKind.EVIDENCE else 1.0
        yield Shot(row.camera, row.capture_utc_ns, image, found, group.runner, worth * marks.value)


def group_of(shot: Shot, detector: Detector | None = None) -> Group:
    """Who is who in a shot.

    Args:
        detector: looks once more, at the shot alone: small faces that the first look missed
            must not be missed when others are to be blurred.
    """
    group = sort_out(shot.found, shot.runner, certain=True)
    if group is not None and detector is not None:
        width, height = _size(shot.image)
        close = shot.runner[3] - shot.runner[1] > height / (1 + 3 * ROOM)
        wide = WIDE_SIZE if width > height else (WIDE_SIZE[1], WIDE_SIZE[0])
        size = CLOSE_SIZE if close and width <= height else wide
        closer = _worn(detector.detect([RgbPicture(shot.image)], size)[0])
        # So near an ear may pass for a face: the runner's own is known better from afar.
        group = sort_out(_joined(shot.found, closer), shot.runner, certain=True, face=group.face)
    assert group is not None
    return group


def frame_round(person: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of a picture that a still of `person` shows: whole pixels x0, y0, x1, y1.

    The runner is in its middle; at the picture's left and right edge it is moved inwards, at
    the upper and lower one it is cut off, as sky or road add nothing.

    Args:
        size: width and height of the picture.
    """
    x0, y0, x1, y1 = person
    room = ROOM * (y1 - y0)
    top = min(max(round(y0 - room), 0), size[1] - 1)
    bottom = max(min(round(y1 + room), size[1]), top + 1)
    wanted = max(round(ASPECT * (bottom - top)), round(ROOM_ACROSS * (x1 - x0)), 1)
    width = min(wanted, size[0])
    left = min(max(round((x0 + x1 - width) / 2), 0), size[0] - width)
    return left, top, left + width, bottom


def _shown(moment: Moment, pieces: Sequence[Piece]) -> bool:
    return any(p.first_utc_ns <= moment.capture_utc_ns < p.end_utc_ns for p in pieces)


def _shot(moment: Moment, frame: ShownFrame, detector: Detector, whole_frame: bool) -> Shot | None:
    image, size = frame.image, _size(frame.image)
    found = detector.detect([RgbPicture(image)])[0]
    group = sort_out(found, moment.person)
    if group is None:
        return None
    marks = marks_of(group, size, _crispness(image, group))
    x0, y0, x1, y1 = (0, 0, *size) if whole_frame else frame_round(group.runner, size)
    return Shot(
        moment.camera,
        frame.capture_utc_ns,
        image[y0:y1, x0:x1].copy(),
        replace(found, boxes=found.boxes - np.array([x0, y0, x0, y0], np.float32)),
        _moved(group.runner, x0, y0),
        marks.value,
    )


def _crispness(image: Image, group: Group) -> float:
    """How sharp head and chest are, 0..1: whole persons are too large to be measured."""
    picture = RgbPicture(image)
    parts = (group.face or head_of(group.runner), group.bib or torso_of(group.runner))
    return float(np.mean([sharpness(picture.crop(part)) for part in parts]))


def _kept_person(row: ImageRow, image: Image) -> Box:
    width, height = _size(image)
    if row.kind is ImageKind.EVIDENCE:
        return 0.0, 0.0, float(width), float(height)
    room = KEPT_ROOM / (1 + 2 * KEPT_ROOM)
    return room * width, room * height, (1 - room) * width, (1 - room) * height


def _worn(found: Detections) -> Detections:
    """Without the persons: so near, legs and arms are taken for persons too."""
    rows = found.kinds != Kind.PERSON
    return Detections(found.boxes[rows], found.scores[rows], found.kinds[rows])


def _joined(first: Detections, second: Detections) -> Detections:
    return Detections(
        np.concatenate([first.boxes, second.boxes]),
        np.concatenate([first.scores, second.scores]),
        np.concatenate([first.kinds, second.kinds]),
    )


def _read(content: bytes) -> Image | None:
    bgr = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _moved(box: Box, x: float, y: float) -> Box:
    return box[0] - x, box[1] - y, box[2] - x, box[3] - y


def _size(image: Image) -> tuple[int, int]:
    return image.shape[1], image.shape[0]
