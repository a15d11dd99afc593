"""The only place that knows which engines there are: settings in, engines out.

Runtimes are imported here, when they are asked for, so that a machine needs only those it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from engines.bib_picture import LEAST_SURE_LINE, BibPictureReader
from engines.chosen import chosen_detector, chosen_reader
from engines.detector import OnnxDetector
from engines.errors import ModelFileError
from engines.faces.insightface_embedder import LICENCE, InsightfaceEmbedder, find_pack
from engines.faces.port import FaceEmbedder
from engines.faces.scrfd import ScrfdPoints
from engines.line_reader import LineReader
from engines.looking import Looker
from engines.models import (
    DEFAULT_READER,
    DetectorManifest,
    ReaderManifest,
    ReaderName,
    read_manifest,
    reader_file,
    reader_of,
    verify,
)
from engines.photo import PhotoRules, PhotoTagger
from engines.picture import RgbPicture
from engines.reader import PpOcrReader, folding
from engines.runtimes.metadata import onnx_metadata
from engines.runtimes.opening import ON_PROCESSOR, Runtime, open_with
from engines.runtimes.session import Precision, Session, SessionOptions
from engines.types import Image, Reader, Reading, View

__all__ = [
    "ON_PROCESSOR",
    "EngineSettings",
    "PipelineName",
    "Runtime",
    "load_bib_picture_reader",
    "load_detector",
    "load_face_embedder",
    "load_looker",
    "load_photo_tagger",
    "load_reader",
    "open_session",
    "photo_readers",
    "warm_up",
]


_OFTEN: Final = 64
"""Pictures of one size: to compile the detector for it takes as long as is gained on so many."""


class PipelineName(StrEnum):
    """What decodes, finds and follows before finishline's own stages."""

    FINISHLINE = "finishline"
    """Our own sources, detector and tracking."""
    DEEPSTREAM = "deepstream"
    """NVIDIA DeepStream: one pipeline for all cameras."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How to build engines.

    Attributes:
        runtime: see `Runtime`.
        threads: threads of one call; None leaves it to the runtime. On a small machine with
            several cameras 1 or 2 serve the whole better.
        precision: see `Precision`.
        detector: the detector's weights; its manifest lies beside with the suffix ``.json``.
            None takes the one in use, see `engines.chosen`.
        reader: the name of a reader (see `ReaderName`), or the path of an ONNX file with a
            manifest beside it. None takes the one in use.
        pipeline: see `PipelineName`.
        gpu: which NVIDIA GPU, from 0, as ``nvidia-smi -L`` counts: of DeepStream, TensorRT and
            ONNX Runtime alike.
    """

    runtime: Runtime = Runtime.OPENVINO
    threads: int | None = None
    precision: Precision = Precision.DEFAULT
    detector: Path | None = None
    reader: str | None = None
    pipeline: PipelineName = PipelineName.FINISHLINE
    gpu: int = 0

    @property
    def weights(self) -> Path:
        """The detector's weights.

        Raises:
            ModelFileError: the detector in use is gone.
        """
        return self.detector or chosen_detector()

    @property
    def reads_with(self) -> ReaderName | Path:
        """The reader: one that has a name, or the weights of another.

        Raises:
            ModelFileError: there is no such reader, or the one in use is gone.
        """
        return chosen_reader() if self.reader is None else reader_of(self.reader)


def load_detector(
    settings: EngineSettings, least_score: float | None = None, *, any_size: bool = False
) -> OnnxDetector:
    """A detector for one thread.

    Args:
        settings: which one, and how it computes.
        least_score: replaces the manifest's score thresholds: measuring precision and recall
            looks at weak boxes too.
        any_size: pictures will come in input sizes of all kinds. One seen for the first time then
            costs nothing; pictures take a fifth to two thirds longer until their size has come
            often.

    Raises:
        MissingPackageError: the runtime is not installed.
        ModelFileError: the weights are absent or not those of the manifest.
        InferenceError: the runtime refuses the weights.
    """
    weights = settings.weights
    manifest = read_manifest(DetectorManifest, weights)
    model = verify(weights, manifest.sha256)
    rounded = manifest.rounded_beside(weights)
    if rounded is not None:
        verify(rounded, manifest.rounded_sha256)
    session = open_session(
        model,
        settings,
        static_shapes=True,
        own_copy_after=_OFTEN if any_size else 0,
        bytes_in=True,
        rounded=rounded,
    )
    detector = OnnxDetector(session, manifest.thresholds, manifest.size)
    return detector if least_score is None else detector.keeping(least_score)


def load_reader(settings: EngineSettings) -> Reader:
    """The reader of `settings`, for one thread.

    Raises:
        MissingPackageError: the reader's package or the runtime is not installed.
        ModelFileError: there is no such reader, its network is absent, or it is another one than
            was measured or its manifest says.
        InferenceError: the runtime refuses the network.
    """
    reader = settings.reads_with
    model = reader_file(reader)
    # Crops come in twenty shapes: one copy for all costs a tenth more per call than a copy for
    # each, and no camera waits half a second for the next compilation.
    if reader is ReaderName.EASYOCR:
        from engines.easyocr_reader import load_easyocr  # noqa: PLC0415

        return load_easyocr(model, settings.threads)
    own = None if reader is ReaderName.PP_OCR else read_manifest(ReaderManifest, model)
    if own is None or own.is_pp_ocr:
        characters = onnx_metadata(model).get("character", "").splitlines()
        columns, _ = folding(characters)
        # By their number alone the reader tells the columns asked for from all of them.
        asked = tuple(columns.tolist()) if len(columns) <= len(characters) else None
        session = open_session(model, settings, static_shapes=False, columns=asked)
        return PpOcrReader(session, characters)
    return LineReader(open_session(model, settings, static_shapes=False, bytes_in=True))


def load_looker(settings: EngineSettings, detector: OnnxDetector | None = None) -> Looker:
    """A looker for one thread, with readers of its own, see `live_readers`.

    Args:
        settings: see `EngineSettings`.
        detector: for torsos; one of its own where none is given.

    Raises:
        MissingPackageError, ModelFileError, InferenceError: see the other two.
    """
    torso_size = read_manifest(DetectorManifest, settings.weights).torso_size
    first, *more = live_readers(settings)
    return Looker(
        detector or load_detector(settings),
        load_reader(replace(settings, reader=str(first))),
        torso_size,
        load_reader(replace(settings, reader=str(more[0]))) if more else None,
    )


def load_photo_tagger(
    settings: EngineSettings,
    rules: PhotoRules | None = None,
    detector: OnnxDetector | None = None,
) -> PhotoTagger:
    """A tagger of photos for one thread; the usual rules where none are given.

    Args:
        settings: see `EngineSettings`.
        rules: see there.
        detector: for photos and torsos, of any size; one of its own where none is given.

    Raises:
        MissingPackageError, ModelFileError, InferenceError: see the other two.
    """
    detector = detector or load_detector(settings, any_size=True)
    first, *more = photo_readers(settings)
    return PhotoTagger(
        detector,
        load_looker(replace(settings, reader=str(first)), detector),
        rules or PhotoRules(),
        load_reader(replace(settings, reader=str(more[0]))) if more else None,
        load_bib_picture_reader(settings, detector),
    )


def load_bib_picture_reader(
    settings: EngineSettings, detector: OnnxDetector | None = None
) -> BibPictureReader:
    """A reader of pictures of one bib each, for one thread.

    It reads with PP-OCR as it was trained on with bibs, unless somebody chose a reader. That is
    loaded when there is something to read: not with a folder of photos in which everybody is
    tagged.

    Args:
        settings: see `EngineSettings`.
        detector: of any size; one of its own where none is given.

    Raises:
        MissingPackageError, ModelFileError, InferenceError: see the others; a runtime that refuses
            the reader says so when it reads.
    """
    detector = detector or load_detector(settings, any_size=True)
    *_, for_bibs = photo_readers(settings)
    reader_file(for_bibs)
    reader = _LateReader(partial(load_reader, replace(settings, reader=str(for_bibs))))
    return BibPictureReader(detector.keeping(LEAST_SURE_LINE), reader)


class _LateReader:
    """A reader that is loaded with its first crops."""

    def __init__(self, load: Callable[[], Reader]) -> None:
        self._load = load
        self._loaded: Reader | None = None

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """See `Reader.read`."""
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded.read(crops)

    def close(self) -> None:
        """See `Reader.close`."""
        if self._loaded is not None:
            self._loaded.close()


def photo_readers(settings: EngineSettings) -> tuple[ReaderName | Path, ...]:
    """Which readers a tagger of photos has: for every line, for those that look like a bib, and
    for pictures of a bib alone.

    A photo shows a bib once, so two networks that err differently are worth their time. The
    project's own is the quick one. A reader that somebody chose reads alone.

    Raises:
        ModelFileError: there is no such reader, or the one in use is gone.
    """
    if not _nobody_chose(settings):
        return (settings.reads_with,)
    return ReaderName.FINISHLINE, ReaderName.PP_OCR, ReaderName.PP_OCR_BIBS


def live_readers(settings: EngineSettings) -> tuple[ReaderName | Path, ...]:
    """Which readers a race has: the one whose readings count, and one that must bear them out.

    The looks at one bib are wrong together, and two networks seldom are. A reader that somebody
    chose, or trained for the race, reads alone.

    Raises:
        ModelFileError: there is no such reader, or the one in use is gone.
    """
    if not _nobody_chose(settings):
        return (settings.reads_with,)
    return ReaderName.PP_OCR, ReaderName.FINISHLINE


def _nobody_chose(settings: EngineSettings) -> bool:
    return settings.reader is None and settings.reads_with is DEFAULT_READER


def load_face_embedder(
    name: str, settings: EngineSettings, told: Callable[[str], None]
) -> FaceEmbedder:
    """What makes templates of faces, for one thread.

    Args:
        name: ``dlib``, ``insightface`` or ``insightface:FOLDER`` with the folder of its pack.
        settings: how insightface's networks compute; dlib computes by itself.
        told: what the user must know of a licence before the first face.

    Raises:
        MissingPackageError: dlib, its networks or the runtime is not installed.
        ModelFileError: there is no such embedder, or its networks are absent.
        InferenceError: the runtime refuses a network.
    """
    kind, _, folder = name.partition(":")
    if name == "dlib":
        from engines.faces.dlib_embedder import DlibEmbedder  # noqa: PLC0415

        return DlibEmbedder()
    if kind != "insightface":
        raise ModelFileError(f"faces {name!r}: write dlib, insightface or insightface:FOLDER")
    pack = find_pack(folder)
    told(LICENCE)
    points = ScrfdPoints(open_session(pack.points, settings, static_shapes=False))
    return InsightfaceEmbedder(
        open_session(pack.recognition, settings, static_shapes=False), points
    )


def warm_up(detector: OnnxDetector, looker: Looker, cameras: int = 1) -> None:
    """Let the runtime compile every shape a race will ask for: seconds that no camera waits for.

    But for pictures higher than wide: few cameras have them, and their first one waits.

    Args:
        cameras: how many; their frames are detected together.
    """
    picture = RgbPicture(np.zeros((384, 640, 3), np.uint8))
    for n in {1 << k for k in range(max(cameras - 1, 0).bit_length() + 1)}:
        detector.detect([picture] * n)
    for n in (1, 2, 4):
        looker.look_at_torsos(picture, [(0, 0, 200, 200)] * n, [View.TIGHT] * n)
        looker.look_at_numbers(picture, [(0, 0, 100, 40)] * n, [View.TIGHT] * n)


def open_session(
    model: Path,
    settings: EngineSettings,
    *,
    static_shapes: bool,
    own_copy_after: int = 0,
    bytes_in: bool = False,
    columns: tuple[int, ...] | None = None,
    rounded: Path | None = None,
) -> Session:
    """An ONNX file opened by the runtime of `settings`.

    Raises:
        MissingPackageError: the runtime is not installed.
        InferenceError: the runtime refuses the file.
    """
    options = SessionOptions(
        threads=settings.threads,
        precision=settings.precision,
        static_shapes=static_shapes,
        own_copy_after=own_copy_after,
        bytes_in=bytes_in,
        columns=columns,
        rounded=rounded,
        gpu=settings.gpu,
    )
    return open_with(settings.runtime, model, options)
