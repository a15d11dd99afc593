"""Which crops to read: the best value first, and not every frame.

A track without a bib is looked at several times a second, one with a confirmed bib now and
then, to notice a mistake. A number line that the detector already found in the whole frame is
read as it is; else the torso is looked at more closely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist

from engines.types import Box, Detections, Kind
from stream.geometry import LOWER_EDGE
from stream.tracking import Tracked
from stream.types import LookKind

_SLIM = 2.5
"""Height of a whole runner, in widths of the box; a round figure, chosen and not measured."""


@dataclass(frozen=True, slots=True)
class LookSettings:
    """How often to look, and at what.

    Attributes:
        most_per_frame: looks that one frame may ask for.
        most_leaving: and so many more at those about to leave the picture whose turn it is not.
        unsure_gap_s: least time between looks at a track whose bib is not confirmed; grows by
            itself per ten looks at the runner as near as now. While no number line shows, it
            doubles for every two looks in a row that found none, up to `empty_gap_s`: who shows
            no bib in several looks mostly has none.
        as_near: a look counts as one at the runner as near as now if the person was at least
            this share of the present height.
        empty_gap_s: see there.
        confirmed_gap_s: the same once it is confirmed.
        leaving_from: a number line that ends below this share of the picture's height is about to
            leave it, as large as it gets.
        leaving_gap_s: least time between looks at it, while its bib is not confirmed.
        most_per_track: looks that one track may ask for.
        min_person_px: persons lower than this wear a bib that cannot be read.
        min_number_px: number lines lower than this are looked at through the torso instead.
        full_number_px: height from which a number line is as good as it gets.
        min_score: bibs and numbers below this score are not used.
        same_place: lines of one runner with their centres no farther apart are taken for the same
            one, in widths of the person's box.
        torso: part of the box of a whole person where the bib is, fractions ``x0, y0, x1, y1``.
        bib_centre: part of it where the bib's centre is: a bib at the side of somebody's box is of
            whoever runs beside.
    """

    most_per_frame: int = 3
    most_leaving: int = 1
    unsure_gap_s: float = 0.12
    as_near: float = 0.7
    empty_gap_s: float = 1.0
    confirmed_gap_s: float = 0.8
    leaving_from: float = 0.85
    leaving_gap_s: float = 0.04
    most_per_track: int = 60
    min_person_px: float = 130.0
    min_number_px: float = 10.0
    full_number_px: float = 24.0
    min_score: float = 0.3
    same_place: float = 0.25
    torso: Box = (0.05, 0.12, 0.95, 0.68)
    bib_centre: Box = (0.15, 0.12, 0.85, 0.68)


@dataclass(frozen=True, slots=True)
class LineRead:
    """Where on a runner a line was read, see `place_of`, and whether that can be a bib."""

    place: tuple[float, float]
    is_bib: bool


@dataclass(frozen=True, slots=True)
class LookHistory:
    """What a track has asked for so far.

    Attributes:
        heights: of the person in each look, pixels.
        empty: looks in a row without a number.
        lines: the newest that were read.
    """

    heights: tuple[float, ...] = ()
    last_utc_ns: int | None = None
    confirmed: bool = False
    empty: int = 0
    lines: tuple[LineRead, ...] = ()


def place_of(line: Box, person: Box) -> tuple[float, float]:
    """Where a line's centre is, from the upper left corner of the person's box, in widths of that
    box: whose feet are cut off has the same places. Both boxes in pixels."""
    x, y = _centre(line)
    width = max(person[2] - person[0], 1.0)
    return (x - person[0]) / width, (y - person[1]) / width


@dataclass(frozen=True, slots=True)
class Wish:
    """A look that one track would like; see `stream.types.Look`."""

    track_id: int
    kind: LookKind
    person: Box
    crop: Box
    bib: Box | None
    value: float


def owner(
    x: float, y: float, persons: Sequence[Tracked], picture_height: float, bib_centre: Box
) -> int | None:
    """Id of the track on whose chest the point is; the nearest runner where there are several.

    Nearest to the camera is who stands lowest in the picture; who was not found in this frame is
    only believed to be there, and comes after all others, also where a bib lies as theirs did: it
    may be of whoever they hide (given to them, one runner fewer was read on one of two cameras, and
    none more on the other). None where it is on nobody's.
    """
    return _on_chest(x, y, _chests(persons, picture_height, bib_centre))


def _chests(
    persons: Sequence[Tracked], picture_height: float, bib_centre: Box
) -> list[tuple[Box, int]]:
    """Where the centres of all bibs are, the nearest runner first, and their tracks."""
    nearest_first = sorted(persons, key=lambda p: (p.measured is None, -p.box[3]))
    return [(chest(p.box, picture_height, bib_centre), p.track_id) for p in nearest_first]


def chest(person: Box, picture_height: float, torso: Box) -> Box:
    """The part of a person box where the bib is.

    Whose box ends at the lower edge of the picture stands in it without legs: the bib is farther
    down in the box than on a whole runner.

    Args:
        person: pixels.
        picture_height: pixels.
        torso: see `LookSettings`.
    """
    x0, y0, x1, y1 = person
    if y1 < LOWER_EDGE * picture_height:
        return part(person, torso)
    left, top, right, bottom = part((x0, y0, x1, max(y1, y0 + _SLIM * (x1 - x0))), torso)
    return left, top, right, min(bottom, max(y1, picture_height))


def _on_chest(x: float, y: float, chests: Sequence[tuple[Box, int]]) -> int | None:
    return next((track_id for chest, track_id in chests if _within(x, y, chest)), None)


def part(box: Box, fractions: Box) -> Box:
    """The part of a box between fractions of its width and height."""
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    return (
        x0 + fractions[0] * width,
        y0 + fractions[1] * height,
        x0 + fractions[2] * width,
        y0 + fractions[3] * height,
    )


def wishes(
    detections: Detections,
    persons: Sequence[Tracked],
    asked: dict[int, LookHistory],
    now_utc_ns: int,
    picture_height: float,
    settings: LookSettings,
) -> list[Wish]:
    """The looks worth asking for in this frame, most valuable first.

    Args:
        detections: of the frame.
        persons: the open tracks of the frame.
        asked: by track id; tracks that are missing asked for nothing yet.
        now_utc_ns: capture time.
        picture_height: pixels.
        settings: see there.
    """
    chests = _chests(persons, picture_height, settings.bib_centre)
    lines = _by_owner(detections, Kind.NUMBER, chests, settings)
    numbers = {
        p.track_id: _likeliest(lines[p.track_id], p, asked.get(p.track_id), settings)
        for p in persons
        if p.track_id in lines
    }
    due, hurried = [], set()
    for p in persons:
        before, number = asked.get(p.track_id, LookHistory()), numbers.get(p.track_id)
        if _is_due(
            before, _gap_s(before, p.box[3] - p.box[1], number, settings), now_utc_ns, settings
        ):
            due.append(p)
        elif _leaves(before, number, picture_height, settings) and _is_due(
            before, settings.leaving_gap_s, now_utc_ns, settings
        ):
            due.append(p)
            hurried.add(p.track_id)
    if not due:
        return []
    bibs = _by_owner(detections, Kind.BIB, chests, settings)
    found = [
        _wish(p, bibs.get(p.track_id, []), numbers.get(p.track_id), picture_height, settings)
        for p in due
        if p.measured is not None and p.measured[3] - p.measured[1] >= settings.min_person_px
    ]
    found.sort(
        key=lambda w: -w.value * (0.3 if asked.get(w.track_id, LookHistory()).confirmed else 1.0)
    )
    # Who leaves takes nobody else's turn.
    turns = [wish for wish in found if wish.track_id not in hurried]
    leaving = [wish for wish in found if wish.track_id in hurried]
    return turns[: settings.most_per_frame] + leaving[: settings.most_leaving]


def _is_due(asked: LookHistory, gap_s: float, now_utc_ns: int, settings: LookSettings) -> bool:
    """Whether it is time for another look, so long after the last one."""
    if asked.last_utc_ns is None:
        return True
    if len(asked.heights) >= settings.most_per_track:
        return False
    # Half a millisecond of grace: frame times are rounded.
    return now_utc_ns - asked.last_utc_ns >= gap_s * 1e9 - 5e5


def _gap_s(asked: LookHistory, height: float, number: Box | None, settings: LookSettings) -> float:
    """Time between the looks of a track's turns.

    Args:
        asked: the looks so far.
        height: of the person now, pixels.
        number: line in sight.
        settings: see there.
    """
    # Looks in vain at a distant runner say nothing about the same runner close by.
    alike = sum(before >= settings.as_near * height for before in asked.heights)
    gap_s = settings.unsure_gap_s * (1 + alike / 10)
    if asked.confirmed:
        return settings.confirmed_gap_s
    if number is not None:
        return gap_s
    return min(gap_s * 2 ** (asked.empty / 2), max(settings.empty_gap_s, gap_s))


def _leaves(
    asked: LookHistory, number: Box | None, picture_height: float, settings: LookSettings
) -> bool:
    """Whether a bib that is not confirmed is about to leave the picture."""
    if asked.confirmed or number is None:
        return False
    return number[3] >= settings.leaving_from * picture_height


def _wish(
    person: Tracked,
    bibs: Sequence[Box],
    number: Box | None,
    picture_height: float,
    settings: LookSettings,
) -> Wish:
    box = person.measured or person.box
    bib = bibs[0] if bibs else None
    if number is not None and bib is not None:
        around = [one for one in bibs if _within(*_centre(number), one)]
        bib, number = (around[0], number) if around else (bib, None)
    if number is not None and number[3] - number[1] >= settings.min_number_px:
        tall = number[3] - number[1]
        value = min(tall / settings.full_number_px, 1.0)
        return Wish(person.track_id, LookKind.NUMBER, box, number, bib, value)
    # Bibs are about an eighth of a body high, their number line half of that.
    tall = (box[3] - box[1]) / 16
    value = 0.7 * min(tall / settings.full_number_px, 1.0)
    torso = chest(box, picture_height, settings.torso)
    return Wish(person.track_id, LookKind.TORSO, box, torso, bib, value)


def _by_owner(
    detections: Detections,
    kind: Kind,
    chests: Sequence[tuple[Box, int]],
    settings: LookSettings,
) -> dict[int, list[Box]]:
    """The boxes of one kind on each track's chest, best score first."""
    found: dict[int, list[tuple[float, Box]]] = {}
    rows = detections.of(kind)
    for row, score in zip(rows.boxes.tolist(), rows.scores.tolist(), strict=True):
        box: Box = (row[0], row[1], row[2], row[3])
        track_id = _on_chest(*_centre(box), chests)
        if track_id is not None and score >= settings.min_score:
            found.setdefault(track_id, []).append((score, box))
    return {
        track_id: [box for _, box in sorted(boxes, key=lambda one: -one[0])]
        for track_id, boxes in found.items()
    }


def _likeliest(
    lines: Sequence[Box], person: Tracked, asked: LookHistory | None, settings: LookSettings
) -> Box:
    """The line of a runner that is most likely the bib's.

    A word on the shirt often has the better score. What was read there before tells: where words
    stood in most of the newest looks, another line comes first; of those alike the better score.
    """
    if asked is None or len(lines) == 1:
        return lines[0]
    box = person.measured or person.box
    return max(lines, key=lambda line: _was_bib(place_of(line, box), asked.lines, settings))


def _was_bib(
    place: tuple[float, float], known: Sequence[LineRead], settings: LookSettings
) -> float:
    """From 1, only bibs were read at that place, to -1, only words; 0 where nothing was."""
    near = [line.is_bib for line in known if dist(line.place, place) <= settings.same_place]
    return 2 * sum(near) / len(near) - 1 if near else 0.0


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _within(x: float, y: float, box: Box) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
