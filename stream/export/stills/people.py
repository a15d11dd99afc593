"""Who is who in one picture: which person, face and bib are the runner's. Pure values.

The detector finds persons, faces and bibs without saying whose is what. A face belongs to the
person whose head is expected nearest to it, a bib to the person whose chest is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.boxes import holds
from engines.types import Box, Detections, Floats, Kind
from stream.geometry import as_box, distinct, doubles, ious

HEAD_HEIGHT: Final = 0.18
HEAD_WIDTH: Final = 0.6
"""Shares of a person's box, from its top and round its middle, where the head is."""
HEAD_OF_WIDTH: Final = 0.4
"""Least height of a head, as a share of the box's width: of somebody cut off at the waist the
box is wide, and its head takes a larger share of the height."""
TORSO: Final[Box] = (0.05, 0.12, 0.95, 0.75)
"""Part of a person's box where bibs are worn, fractions ``x0, y0, x1, y1``."""
BODY: Final[Box] = (0.2, 0.15, 0.8, 1.0)
"""Part of a person's box that the body fills from the shoulders down: nobody behind shows there."""

LEAST_OVERLAP: Final = 0.4
"""Intersection over union from which a person is the one who was expected there."""
LEAST_LEAD: Final = 0.15
"""How much better than the next person's it must be: else either may be the runner."""
SAME_PERSON: Final = 0.6
"""Intersection over union above which two boxes are one person; see `geometry.doubles`."""
IN_FRONT: Final = 0.02
TALLER: Final = 1.15
"""Somebody is nearer to the camera whose feet are lower by this share of the runner's height, or
about as low (also where the picture cuts both off) and who is taller by this factor."""
FACE_OF_HEAD: Final = 0.65
"""Usual height of a face box, as a share of the expected head's."""
MOST_SIZE_RATIO: Final = 3.0
"""A face this much larger or smaller than usual is not this person's."""


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else in the picture.

    Attributes:
        person: None where only a face was found.
        face: None where none was found: it may be turned away, small or blurred.
        in_front: nearer to the camera than the runner, see `IN_FRONT`.
    """

    person: Box | None
    face: Box | None
    in_front: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A runner and everybody else in one picture. Boxes are pixels of that picture.

    Attributes:
        runner: the runner's person box.
        face, bib: the runner's; None where not found.
        others: one entry per person, and one per face that belongs to nobody found. A "face"
            on the runner's own body is none: hands and prints are taken for one.
        bibs: bibs and number lines that are not the runner's.
    """

    runner: Box
    face: Box | None
    bib: Box | None
    others: tuple[Other, ...]
    bibs: tuple[Box, ...]


def head_of(person: Box) -> Box:
    """Where a person's head is expected."""
    x0, y0, x1, y1 = person
    middle, half = (x0 + x1) / 2, HEAD_WIDTH * (x1 - x0) / 2
    height = min(max(HEAD_HEIGHT * (y1 - y0), HEAD_OF_WIDTH * (x1 - x0)), y1 - y0)
    return middle - half, y0, middle + half, y0 + height


def torso_of(person: Box) -> Box:
    """Where a person's bib is expected."""
    return _part(person, TORSO)


def body_of(person: Box) -> Box:
    """What of a person's box the body fills below the head."""
    return _part(person, BODY)


def person_at(persons: Floats, expected: Box) -> int | None:
    """Which of ``persons [N, 4]`` is the one expected there.

    None where nobody overlaps enough, or two do about equally: better no picture than one of
    the wrong runner.
    """
    if not len(persons):
        return None
    shared = ious(np.array([expected], np.float32), persons)[0]
    best = int(shared.argmax())
    rivals = ~doubles(persons[[best]], persons, SAME_PERSON)[0]
    rivals[best] = False
    lead = float(shared[best]) - float(shared[rivals].max(initial=0.0))
    return best if shared[best] >= LEAST_OVERLAP and lead >= LEAST_LEAD else None


def sort_out(
    found: Detections, expected: Box, *, certain: bool = False, face: Box | None = None
) -> Group | None:
    """Says whose is what.

    Args:
        found: in the picture.
        expected: where the runner's person box is expected.
        certain: the runner is there also where the detector finds nobody, as in a picture that
            was cut round the runner.
        face: the runner's, where it is known already; None looks for it.

    Returns:
        None where the runner is not among the persons found.
    """
    persons = found.of(Kind.PERSON)
    own = person_at(persons.boxes, expected)
    if own is None and not certain:
        return None
    runner = expected if own is None else as_box(persons.boxes[own])
    same = doubles(np.array([runner], np.float32), persons.boxes, SAME_PERSON)[0]
    boxes, scores = persons.boxes[~same], persons.scores[~same]
    others = [
        person
        for row in distinct(boxes, scores, SAME_PERSON)
        if not _is_part(person := as_box(boxes[row]), runner)
    ]
    everybody = [runner, *others]

    face_rows = found.of(Kind.FACE)
    face_of = _faces(everybody, face_rows, face)
    mine = face_of.get(0)
    strangers = [
        Other(person, face_of.get(row), _is_nearer(person, runner))
        for row, person in enumerate(others, start=1)
    ]
    strangers += [
        Other(None, one, in_front=False)
        for one in map(as_box, face_rows.boxes)
        if one not in face_of.values()
        and not holds(body_of(runner), one)
        and not (mine is not None and _one_face(mine, one))
    ]
    bib, bibs = _bibs(runner, strangers, found)
    return Group(runner, mine, bib, tuple(strangers), bibs)


def _is_part(person: Box, runner: Box) -> bool:
    """Whether a "person" is the runner's legs or arms: nobody behind has the head there."""
    return holds(body_of(runner), head_of(person)) and not _is_nearer(person, runner)


def _is_nearer(person: Box, runner: Box) -> bool:
    height = runner[3] - runner[1]
    lower = (person[3] - runner[3]) / max(height, 1e-6)
    return lower > IN_FRONT or (lower > -IN_FRONT and person[3] - person[1] > TALLER * height)


def _faces(persons: list[Box], found: Detections, first: Box | None) -> dict[int, Box]:
    """Whose face is which, the best fitting and surest pairs first; a person has one face.

    Args:
        first: the first person's, where it is known.
    """
    face_of: dict[int, Box] = {} if first is None else {0: first}
    faces = [
        (as_box(row), float(score))
        for row, score in zip(found.boxes, found.scores, strict=True)
        if first is None or not _one_face(first, as_box(row))
    ]
    # An ear or a hand may lie nearer to a head's middle, but is less of a face.
    pairs = sorted(
        (fit - score, who, face)
        for who, person in enumerate(persons)
        for face, score in faces
        if (fit := _misfit(head_of(person), face)) is not None
    )
    for _, who, face in pairs:
        if who not in face_of and face not in face_of.values():
            face_of[who] = face
    return face_of


def _misfit(head: Box, face: Box) -> float | None:
    """How far a face is from where a head is expected, 0 = in its middle; None = not its face."""
    across = abs(face[0] + face[2] - head[0] - head[2]) / (head[2] - head[0])
    along = abs(face[1] + face[3] - head[1] - head[3]) / (head[3] - head[1])
    size = (face[3] - face[1]) / (FACE_OF_HEAD * (head[3] - head[1]))
    if max(across, along) > 1.3 or not 1 / MOST_SIZE_RATIO < size < MOST_SIZE_RATIO:
        return None
    return math.hypot(across, along) + 0.5 * abs(math.log(size))


def _one_face(face: Box, other: Box) -> bool:
    """Whether two boxes are of one face: a bowed head's hair is taken for another one."""
    width = min(face[2] - face[0], other[2] - other[0])
    height = min(face[3] - face[1], other[3] - other[1])
    aside = abs(face[0] + face[2] - other[0] - other[2]) / 2
    shared = min(face[3], other[3]) - max(face[1], other[1])
    return aside < 0.5 * width and shared > 0.1 * height


def _bibs(
    runner: Box, others: list[Other], found: Detections
) -> tuple[Box | None, tuple[Box, ...]]:
    """The runner's bib, and those of all others.

    A bib is worn by whoever's chest it is nearest to. On the runner's body only somebody in front
    can be meant: a second bib there, or a print, is the runner's too.
    """
    worn: list[Box] = []
    strange: list[Box] = []
    whole = found.of(Kind.BIB)
    lines = found.of(Kind.NUMBER)
    loose = [row for row in lines.boxes if not any(holds(bib, row) for bib in whole.boxes)]
    for row in [*whole.boxes, *loose]:
        bib = as_box(row)
        on_body = holds(body_of(runner), bib)
        rivals = [o.person for o in others if o.person and (o.in_front or not on_body)]
        off = _off_centre(torso_of(runner), bib)
        nearest = all(off <= _off_centre(torso_of(person), bib) for person in rivals)
        own = nearest and (on_body or holds(torso_of(runner), bib))
        (worn if own else strange).append(bib)
    # The detector's order is by score, best first.
    best = next((bib for bib in worn if holds(torso_of(runner), bib)), None)
    return best, tuple(strange)


def _part(box: Box, fractions: Box) -> Box:
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    return (
        x0 + fractions[0] * width,
        y0 + fractions[1] * height,
        x0 + fractions[2] * width,
        y0 + fractions[3] * height,
    )


def _off_centre(torso: Box, bib: Box) -> float:
    across = abs(bib[0] + bib[2] - torso[0] - torso[2]) / (torso[2] - torso[0])
    along = abs(bib[1] + bib[3] - torso[1] - torso[3]) / (torso[3] - torso[1])
    return max(across, along)
