"""Puts a body together from limbs and trunks, in the clothes of its person."""

from __future__ import annotations

import numpy as np

from engines.simulate.body import Build, Point, Pose, Side
from engines.simulate.outfit import Cut, Legs, Material, Outfit
from engines.simulate.person import Hair, Person
from engines.simulate.relief import Relief, Station, View, Wrap, ball, limb, trunk

_THIGH = (0.082, 0.079, 0.053)
_SHIN = (0.053, 0.058, 0.034)
_UPPER_ARM = (0.047, 0.044, 0.036)
_FOREARM = (0.036, 0.037, 0.025)


def raise_figure(
    relief: Relief, view: View, person: Person, pose: Pose
) -> tuple[Wrap | None, Wrap | None]:
    """Draws a person into the buffers.

    Returns:
        Where the shirt's and the face's textures go.
    """
    build, outfit = person.build, person.outfit
    for side in (pose.left, pose.right):
        _leg(relief, view, build, outfit, side)
        _arm(relief, view, build, outfit, side)
    chest = trunk(relief, view, pose.neck, pose.crotch, _torso(build, outfit), 2.6)
    head = _head(relief, view, person, pose)
    return chest, head


def _scaled(radii: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    return (radii[0] * factor, radii[1] * factor, radii[2] * factor)


def _between(start: Point, end: Point, share: float) -> Point:
    return start + (end - start) * share


def _leg(relief: Relief, view: View, build: Build, outfit: Outfit, side: Side) -> None:
    k = build.scale
    thick = build.limb * k
    covered = outfit.legs in (Legs.TIGHTS, Legs.TROUSERS)
    bare = Material.LEGWEAR if covered else Material.SKIN
    wide = 1.35 if outfit.legs is Legs.TROUSERS else 1.0
    limb(relief, view, side.hip, side.knee, _scaled(_THIGH, thick * wide**0.5), bare)
    limb(relief, view, side.knee, side.ankle, _scaled(_SHIN, thick * wide), bare)
    if not covered:
        cuff = _between(side.knee, side.ankle, 0.78)
        limb(relief, view, cuff, side.ankle, _scaled((0.043, 0.04, 0.039), thick), Material.SOCK)
        hem = _between(side.hip, side.knee, outfit.hem)
        if outfit.legs is Legs.LOOSE:
            radii = _scaled((0.09, 0.096, 0.1), thick)
        else:
            radii = _scaled((0.086, 0.085, 0.072), thick)
        limb(relief, view, side.hip, hem, radii, Material.SHORTS)
    heel = side.ankle + np.array([0.0, -0.035 * k, -0.02 * k])
    limb(relief, view, heel, _between(heel, side.toe, 0.85), _scaled((0.042, 0.046, 0.04), k),
         Material.SHOE)  # fmt: skip


def _arm(relief: Relief, view: View, build: Build, outfit: Outfit, side: Side) -> None:
    thick = build.limb * build.scale
    long = outfit.cut is Cut.LONG
    bare = Material.SLEEVE if long else Material.SKIN
    loose = 1.15 if long else 1.0
    limb(relief, view, side.shoulder, side.elbow, _scaled(_UPPER_ARM, thick * loose), bare)
    limb(relief, view, side.elbow, side.wrist, _scaled(_FOREARM, thick * loose), bare)
    if outfit.cut is Cut.SHIRT:
        hem = _between(side.shoulder, side.elbow, 0.5)
        radii = _scaled((0.05, 0.054, 0.06), thick)
        limb(relief, view, side.shoulder, hem, radii, Material.SLEEVE)
    along = (side.wrist - side.elbow) / max(float(np.linalg.norm(side.wrist - side.elbow)), 1e-6)
    palm = side.wrist + along * 0.055 * build.scale
    limb(relief, view, side.wrist, palm, _scaled((0.027, 0.04, 0.037), thick), Material.GLOVE)


def _torso(build: Build, outfit: Outfit) -> tuple[Station, ...]:
    """Widths and depths from the neck to the crotch."""
    k = build.scale
    cloth, skin, shorts = Material.SHIRT, Material.SKIN, Material.SHORTS
    if outfit.legs in (Legs.TIGHTS, Legs.TROUSERS):
        shorts = Material.LEGWEAR
    rows = (
        (0.0, 0.05, 0.05, skin),
        (0.04, 0.062, 0.06, cloth),
        (0.07, 0.5 * build.shoulder, 0.08, cloth),
        (0.105, 0.84 * build.shoulder, 0.09, cloth),
        (0.14, 0.99 * build.shoulder, 0.1, cloth),
        (0.21, 1.06 * build.chest, 0.115, cloth),
        (0.32, build.chest, 0.122, cloth),
        (0.48, 0.5 * (build.chest + build.waist), 0.5 * (0.12 + build.belly), cloth),
        (0.62, build.waist, build.belly, cloth),
        (0.72, 0.95 * build.hip, 0.97 * build.belly, cloth),
        (0.82, 1.02 * build.hip, 0.108, cloth),
        (0.845, build.hip, 0.105, shorts),
        (0.93, 0.95 * build.hip, 0.1, shorts),
        (1.0, 0.7 * build.hip, 0.085, shorts),
    )
    return tuple(Station(at, width * k, depth * k, mat) for at, width, depth, mat in rows)


def _head(relief: Relief, view: View, person: Person, pose: Pose) -> Wrap | None:
    k = person.build.scale**0.5
    up, centre = np.array([0.0, 0.122 * k, 0.0]), pose.head
    limb(relief, view, pose.neck - up * 0.5, centre - up * 0.5, _scaled((0.058, 0.051, 0.05), k),
         Material.SKIN)  # fmt: skip
    _back_hair(relief, view, person, centre, k)
    rows = (
        (0.0, 0.012), (0.04, 0.036), (0.12, 0.058), (0.25, 0.073), (0.42, 0.079), (0.58, 0.077),
        (0.72, 0.070), (0.84, 0.058), (0.93, 0.042), (1.0, 0.016),
    )  # fmt: skip
    stations = [Station(at, half * k, half * 1.28 * k, Material.HEAD) for at, half in rows]
    for side in (-1, 1):
        ear = centre + np.array([side * 0.076 * k, -0.008 * k, -0.015])
        limb(relief, view, ear, ear - up * 0.25, _scaled((0.016, 0.019, 0.012), k), Material.SKIN)
    wrap = trunk(relief, view, centre + up, centre - up, stations, 2.2)
    if person.cap:
        _cap(relief, view, centre, k)
    return wrap


def _back_hair(relief: Relief, view: View, person: Person, centre: Point, k: float) -> None:
    """Hair behind and round the skull."""
    if person.hair is Hair.BALD:
        return
    behind = centre + np.array([0.0, 0.03 * k, -0.035])
    ball(relief, view, behind, 0.095 * k, Material.HAIR)
    if person.hair is Hair.LONG:
        for side in (-1, 1):
            start = behind + np.array([side * 0.045, 0.0, -0.01])
            end = start + np.array([side * 0.035, -0.2, -0.01])
            limb(relief, view, start, end, (0.055, 0.056, 0.035), Material.HAIR)
    elif person.hair is Hair.TAIL:
        start = behind + np.array([0.0, 0.03, -0.08])
        # The tail swings against the trunk.
        end = start + np.array([0.11 * np.sign(pose_swing(person)) + 0.02, -0.14, -0.04])
        limb(relief, view, start, end, (0.03, 0.035, 0.012), Material.HAIR)


def pose_swing(person: Person) -> float:
    """To which side a ponytail hangs, -1 or 1."""
    return 1.0 if person.gait.roll_deg >= 0 else -1.0


def _cap(relief: Relief, view: View, centre: Point, k: float) -> None:
    crown = centre + np.array([0.0, 0.058 * k, 0.0])
    rows = ((0.0, 0.03), (0.25, 0.064), (0.6, 0.08), (1.0, 0.083))
    stations = [Station(at, half * k, half * 1.28 * k, Material.CAP) for at, half in rows]
    up = np.array([0.0, 0.068 * k, 0.0])
    trunk(relief, view, crown + up, crown - up * 0.45, stations, 2.0)
    left = crown + np.array([-0.045 * k, -0.02 * k, 0.12 * k])
    right = crown + np.array([0.045 * k, -0.02 * k, 0.12 * k])
    limb(relief, view, left, right, _scaled((0.018, 0.024, 0.018), k), Material.CAP)
