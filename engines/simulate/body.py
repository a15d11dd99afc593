"""A jointed body: its proportions and where its joints are in each phase of a running stride.

Body coordinates are metres: x to the right of the picture, y up from the ground, z towards the
camera. The joint angles follow the usual curves of running gait (hip about -20..40 degrees, knee
10..105 degrees, elbows near a right angle, arms against the legs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Point = NDArray[np.float64]
"""x, y, z in metres."""

_HIP_PHASE: Final = (0.0, 0.18, 0.35, 0.5, 0.65, 0.8, 0.92, 1.0)
_HIP_DEGREES: Final = (25.0, 3.0, -22.0, -2.0, 28.0, 42.0, 33.0, 25.0)
_KNEE_PHASE: Final = (0.0, 0.15, 0.35, 0.5, 0.62, 0.75, 0.9, 1.0)
_KNEE_DEGREES: Final = (12.0, 36.0, 14.0, 78.0, 108.0, 82.0, 26.0, 12.0)


@dataclass(frozen=True, slots=True)
class Build:
    """A person's proportions. Lengths in metres at a height of 1.75 m, scaled with the height.

    Attributes:
        height: 1.2 to 2.1.
        shoulder, hip, waist, chest: half widths of the trunk.
        belly: how far the trunk's front comes forward at the belly.
        limb: thickness of arms and legs, 1 is average.
    """

    height: float
    shoulder: float
    hip: float
    waist: float
    chest: float
    belly: float
    limb: float

    @property
    def scale(self) -> float:
        """Lengths of this body over those of one of 1.75 m."""
        return self.height / 1.75


@dataclass(frozen=True, slots=True)
class Gait:
    """How somebody runs.

    Attributes:
        cycles_hz: strides (two steps) a second.
        stride: amplitude of the legs, 1 is average.
        arms: amplitude of the arms, 1 is average.
        elbow_deg: bend of the elbows.
        spread_deg: how far the elbows stand off the trunk.
        cross_deg: how far the forearms turn inwards.
        sway_m: sideways swing of the trunk.
        roll_deg: a lean of the trunk to one side.
    """

    cycles_hz: float
    stride: float
    arms: float
    elbow_deg: float
    spread_deg: float
    cross_deg: float
    sway_m: float
    roll_deg: float


@dataclass(frozen=True, slots=True)
class Side:
    """Joints of one side of the body."""

    shoulder: Point
    elbow: Point
    wrist: Point
    hip: Point
    knee: Point
    ankle: Point
    toe: Point


@dataclass(frozen=True, slots=True)
class Pose:
    """All joints at one moment.

    Attributes:
        left, right: as seen in the picture.
        crotch, neck, head: lower and upper end of the trunk, centre of the head.
        twist: turn of the shoulders in radians, positive to the right of the picture.
    """

    left: Side
    right: Side
    crotch: Point
    neck: Point
    head: Point
    twist: float


def random_build(rng: np.random.Generator, woman: bool) -> Build:
    """Draws the proportions of an adult, now and then of a child or of a heavy runner."""
    heavy = float(np.clip(rng.gamma(1.3, 0.45) - 0.25, -0.15, 1.6))
    mean = 1.66 if woman else 1.78
    height = float(np.clip(rng.normal(mean, 0.065), 1.48, 1.98))
    if rng.random() < 0.03:
        height = float(rng.uniform(1.3, 1.5))
    return Build(
        height=height,
        shoulder=(0.172 if woman else 0.196) * float(rng.uniform(0.95, 1.06)) * (1 + 0.04 * heavy),
        hip=(0.172 if woman else 0.158) + 0.028 * heavy,
        waist=(0.126 if woman else 0.141) + 0.045 * heavy,
        chest=(0.148 if woman else 0.166) + 0.026 * heavy,
        belly=0.105 + 0.055 * heavy,
        limb=float(rng.uniform(0.9, 1.06)) * (0.94 if woman else 1.02) + 0.11 * heavy,
    )


def random_gait(rng: np.random.Generator) -> Gait:
    """Draws a running style."""
    return Gait(
        cycles_hz=float(rng.uniform(1.28, 1.5)),
        stride=float(rng.uniform(0.7, 1.1)),
        arms=float(rng.uniform(0.6, 1.2)),
        elbow_deg=float(rng.uniform(80, 115)),
        spread_deg=float(rng.uniform(8, 26)),
        cross_deg=float(rng.uniform(5, 38)),
        sway_m=float(rng.uniform(0.008, 0.022)),
        roll_deg=float(rng.normal(0, 1.4)),
    )


def running(build: Build, gait: Gait, phase: float) -> Pose:
    """The pose of a runner.

    Args:
        build: proportions.
        gait: running style.
        phase: 0..1 of the stride; at 0 the left foot lands, at 0.5 the right one.
    """
    swing = float(np.sin(2 * np.pi * phase))
    twist = 0.16 * gait.arms * float(np.cos(2 * np.pi * (phase - 0.3)))
    lean = np.radians(gait.roll_deg) + 0.02 * swing
    legs = (_leg(build, gait, phase, -1), _leg(build, gait, phase + 0.5, 1))
    lowest = min(float(min(leg[2][1] - 0.07 * build.scale, leg[3][1])) for leg in legs)
    flight = 0.045 * max(0.0, float(np.cos(4 * np.pi * (phase - 0.43))))
    root = np.array([gait.sway_m * swing, flight - lowest + 0.03 * build.scale, 0.0])
    arms = (_arm(build, gait, phase, -1, twist), _arm(build, gait, phase + 0.5, 1, twist))
    return _assemble(build, root, lean, legs, arms, twist)


def standing(build: Build, arms_up: float, turn: float) -> Pose:
    """The pose of a bystander.

    Args:
        build: proportions.
        arms_up: 0 (arms hang) to 1 (arms raised, clapping).
        turn: turn of the shoulders in radians.
    """
    k = build.scale
    legs = []
    arms = []
    for side in (-1, 1):
        hip = np.array([side * 0.085 * k, 0.0, 0.0])
        knee = hip + np.array([0.01 * side, -0.43 * k, 0.02])
        ankle = knee + np.array([0.01 * side, -0.42 * k, -0.02])
        legs.append((hip, knee, ankle, ankle + np.array([0.03 * side, -0.06 * k, 0.17 * k])))
        shoulder = np.array([side * 0.9 * build.shoulder * k, 0.452 * k, 0.0])
        lift = np.radians(15 + 60 * arms_up)
        elbow = shoulder + k * np.array(
            [side * 0.07, -0.28 * np.cos(lift), 0.28 * np.sin(lift) * 0.8]
        )
        bend = np.radians(25 + 110 * arms_up)
        wrist = elbow + k * 0.25 * np.array(
            [-side * 0.3 * arms_up, -np.cos(bend), 0.6 * np.sin(bend)]
        )
        arms.append((shoulder, elbow, wrist))
    root = np.array([0.0, 0.93 * k, 0.0])
    return _assemble(build, root, 0.0, (legs[0], legs[1]), (arms[0], arms[1]), turn)


def _assemble(
    build: Build,
    root: Point,
    lean: float,
    legs: tuple[tuple[Point, ...], tuple[Point, ...]],
    arms: tuple[tuple[Point, ...], tuple[Point, ...]],
    twist: float,
) -> Pose:
    """Moves legs and leaned trunk to the root, the middle of the hip joints."""
    k = build.scale
    sides = []
    for leg, arm in zip(legs, arms, strict=True):
        upper = [root + _tilted(point, lean) for point in arm]
        lower = [root + point for point in leg]
        sides.append(Side(*upper, *lower))
    return Pose(
        left=sides[0],
        right=sides[1],
        crotch=root + np.array([0.0, -0.07 * k, 0.0]),
        neck=root + _tilted(np.array([0.0, 0.56 * k, 0.035]), lean),
        head=root + _tilted(np.array([0.0, 0.70 * k, 0.06]), lean * 0.6),
        twist=twist,
    )


def _leg(build: Build, gait: Gait, phase: float, side: int) -> tuple[Point, Point, Point, Point]:
    """Hip, knee, ankle and toe, relative to the middle of the hip joints."""
    k = build.scale
    cycle = phase % 1.0
    thigh = np.radians(np.interp(cycle, _HIP_PHASE, _HIP_DEGREES)) * gait.stride
    knee_bend = np.radians(np.interp(cycle, _KNEE_PHASE, _KNEE_DEGREES)) * gait.stride**0.6
    hip = np.array([side * 0.082 * k, 0.0, 0.0])
    knee = hip + 0.43 * k * np.array([-side * 0.03, -np.cos(thigh), np.sin(thigh)])
    shin = thigh - knee_bend
    ankle = knee + 0.42 * k * np.array([-side * 0.08, -np.cos(shin), np.sin(shin)])
    foot = shin - np.radians(22)
    toe = ankle + 0.19 * k * np.array([side * 0.12, np.sin(foot), np.cos(foot)])
    return hip, knee, ankle, toe


def _arm(
    build: Build, gait: Gait, phase: float, side: int, twist: float
) -> tuple[Point, Point, Point]:
    """Shoulder, elbow and wrist, relative to the middle of the hip joints."""
    k = build.scale
    ahead = -float(np.cos(2 * np.pi * (phase - 0.8)))
    upper = np.radians(-14 + 30 * gait.arms * ahead)
    spread = np.radians(gait.spread_deg)
    inward = np.radians(gait.cross_deg) * (0.7 + 0.5 * ahead)
    bend = upper + np.radians(gait.elbow_deg + 8 * ahead)
    shoulder = k * np.array([side * 0.9 * build.shoulder, 0.452, side * build.shoulder * twist])
    elbow = shoulder + 0.285 * k * np.array(
        [side * np.sin(spread), -np.cos(upper) * np.cos(spread), np.sin(upper) * np.cos(spread)]
    )
    wrist = elbow + 0.245 * k * np.array(
        [-side * np.sin(inward), -np.cos(bend) * np.cos(inward), np.sin(bend) * np.cos(inward)]
    )
    return shoulder, elbow, wrist


def _tilted(point: Point, angle: float) -> Point:
    """Leans a point about the z axis, positive to the right of the picture."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * point[0] + s * point[1], c * point[1] - s * point[0], point[2]])
