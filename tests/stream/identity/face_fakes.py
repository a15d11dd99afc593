"""Faces of the drawn runners of `races`, told apart by a stand-in that makes no mistake."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from engines.errors import MissingPackageError
from engines.faces.port import FaceCrop, FaceTemplate, unit
from engines.types import Box, Floats, Image
from stream.identity import FaceSight
from tests.stream.identity.races import crops, widened

MODEL = "dlib"


def who(image: Image) -> int:
    """The runner whose picture it is, from 0."""
    return min(
        (float(np.abs(_small(image) - _small(widened(crop.image))).mean()), runner)
        for runner, shown in enumerate(crops())
        for crop in shown
    )[1]


def vector(runner: int) -> Floats:
    """A runner's face: 1.0 like itself and 0.8 like each other's."""
    told = np.zeros(8, np.float32)
    told[0], told[1 + runner] = 1, 0.5
    return unit(told)


def face_of(image: Image, person: Box) -> FaceCrop:
    """The picture itself as a face, marked where a head would be."""
    height, width = image.shape[:2]
    return FaceCrop(image, (0.3 * width, 0.1 * height, 0.7 * width, 0.3 * height))


@dataclass(slots=True)
class FakeFaces:
    """The port `FaceEmbedder`.

    Attributes:
        quality: of all templates.
        taken_for: runners whose face is another's.
        seen: the runners that were looked at.
    """

    quality: float = 0.8
    taken_for: Mapping[int, int] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)

    def embed(self, faces: Sequence[FaceCrop]) -> list[FaceTemplate | None]:
        runners = [who(face.image) for face in faces]
        self.seen += runners
        return [FaceTemplate(vector(self.taken_for.get(one, one)), self.quality) for one in runners]

    def close(self) -> None:
        pass


def sight(embedder: FakeFaces) -> FaceSight:
    return FaceSight(MODEL, embedder, face_of)


def load_sight() -> FaceSight:
    """What a process of its own loads."""
    return sight(FakeFaces())


def load_blind() -> FaceSight:
    return FaceSight(MODEL, FakeFaces(), lambda image, person: None)


def load_nothing() -> FaceSight:
    raise MissingPackageError("dlib", "pip install 'finishline[faces]'")


def load_killed() -> FaceSight:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def load_sleeper() -> FaceSight:
    """Whose first face takes an hour."""

    def slowly(image: Image, person: Box) -> FaceCrop:
        time.sleep(3600)
        return face_of(image, person)

    return FaceSight(MODEL, FakeFaces(), slowly)


def _small(image: Image) -> Floats:
    return np.asarray(cv2.resize(image, (16, 32), interpolation=cv2.INTER_AREA), np.float32)
