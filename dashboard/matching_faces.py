"""What `finishline match` and `tag` do with faces, where the race file allows them."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from dashboard.console import progress_line
from engines.errors import MissingPackageError
from stream.clock import now_ns
from stream.config import RaceFile
from stream.faces_consent import FacePermission
from stream.forget.old_templates import faces_are_over
from stream.identity import (
    FacesDescribed,
    FaceSight,
    compare_faces,
    describe_faces,
    erase_faces,
    keep_faces_of_photos,
)
from stream.identity.crops import Problem
from stream.identity.face_process import FaceProcess, load_sight
from stream.identity.faces import barred_faces
from stream.identity.live import LiveFaces
from stream.start_list import StartList, load_start_list
from stream.store import Store, StoreReader
from stream.store.forgetting import forgotten_in

MODEL: Final = "dlib"
"""What makes templates of faces, see `engines.load.load_face_embedder`."""


@dataclass(frozen=True, slots=True)
class FaceWork:
    """How the faces of a race are treated.

    Attributes:
        permission: whose may be kept.
        sight: what looks at them; None where faces are off or the extra is not installed.
    """

    permission: FacePermission
    sight: FaceSight | None = None

    def describe(self, store: Store, stop: threading.Event, problem: Problem) -> FacesDescribed:
        """Erase what may not be kept, and look at faces where that is possible.

        Raises:
            EngineError, StoreError: see there.
        """
        if self.sight is None:
            return FacesDescribed(erased=erase_faces(store, self.permission))
        told = progress_line("comparing faces")
        return describe_faces(store, self.sight, self.permission, stop, told, problem)

    def keep_of_photos(
        self, store: Store, stop: threading.Event, problem: Problem
    ) -> FacesDescribed:
        """As `describe` of runners in photos alone, and nobody's face is compared.

        Raises:
            EngineError, StoreError: see there.
        """
        if self.sight is None:
            return FacesDescribed(erased=erase_faces(store, self.permission))
        told = progress_line("keeping faces")
        return keep_faces_of_photos(store, self.sight, self.permission, stop, told, problem)

    def compare(
        self, store: StoreReader, stop: threading.Event, problem: Problem
    ) -> FacesDescribed:
        """Look at faces where that is possible; nothing is erased or kept.

        Raises:
            EngineError, StoreError: see there.
        """
        if self.sight is None:
            barred = barred_faces(store, self.permission)
            return FacesDescribed(erased=len(barred), barred=barred)
        told = progress_line("comparing faces")
        return compare_faces(store, self.sight, self.permission, stop, told, problem)


def face_work(race_file: RaceFile | None, folder: Path) -> FaceWork:
    """What the race file says of faces. What has to be mended is told on stderr.

    Raises:
        StartListError: the start list cannot be used.
        EngineError: a network cannot be loaded.
        StoreError: the race folder cannot be read.
    """
    if race_file is None or not race_file.faces:
        return FaceWork(FacePermission())
    if _are_over(race_file, folder):
        return FaceWork(FacePermission())
    listed = _start_list(race_file).without(forgotten_in(folder))
    permission = FacePermission(True, race_file.faces_of_unknown, listed)
    try:
        sight = load_sight(MODEL, race_file.engine, _tell)
    except MissingPackageError as error:
        _tell(
            f"faces = true, but {error}. Until then no face is kept, and "
            "runners are matched by appearance alone."
        )
        return FaceWork(permission)
    _tell_of_consent(listed)
    return FaceWork(permission, sight)


def live_faces(race_file: RaceFile, folder: Path, start_list: StartList | None) -> LiveFaces | None:
    """How the faces of a live race are treated; None where they are off.

    Args:
        start_list: without those who were forgotten.

    Raises:
        StoreError: the race folder cannot be read.
    """
    if not race_file.faces or _are_over(race_file, folder):
        return None
    listed = start_list or StartList(())
    _tell_of_consent(listed)
    permission = FacePermission(True, race_file.faces_of_unknown, listed)
    # Beside a race, faces have one core at most.
    engine = replace(race_file.engine, threads=1)
    return LiveFaces(permission, FaceProcess(MODEL, partial(load_sight, MODEL, engine, _tell)))


def faces_told(faces: FacesDescribed, *, dry: bool = False) -> str:
    """What came of it, for people; `dry`, what would."""
    compared = f"{faces.compared} compared in memory only, " if faces.compared else ""
    return (
        f"faces: {faces.kept} newly kept, {compared}{faces.without} not to be seen, "
        f"{faces.erased} {'to be erased' if dry else 'erased'} that may not be kept"
    )


def tell_deleted(n: int) -> None:
    """Say what `delete_old_faces` did, where it did something."""
    if n:
        _tell(
            f"{n} templates, pictures and names of faces were deleted: their days after the race "
            "are over"
        )


def faces_json(faces: FacesDescribed) -> dict[str, int]:
    """What came of it, for programs."""
    return {
        "kept": faces.kept,
        "compared": faces.compared,
        "without": faces.without,
        "erased": faces.erased,
    }


def _are_over(race_file: RaceFile, folder: Path) -> bool:
    """Whether faces may not be kept any more, which is told."""
    over = faces_are_over(folder, now_ns(), race_file.faces_delete_after_days)
    if over:
        _tell(
            f"faces = true, but the {race_file.faces_delete_after_days} days after the race for "
            "which faces may be kept are over: no face is kept, and runners are matched by "
            "appearance alone."
        )
    return over


def _tell_of_consent(listed: StartList) -> None:
    if not any(entry.consent for entry in listed.entries):
        _tell(
            "faces = true, but nobody's face may be kept: no cell in the start list's column "
            "'consent' says yes."
        )


def _start_list(race_file: RaceFile) -> StartList:
    return StartList(()) if race_file.start_list is None else load_start_list(race_file.start_list)


def _tell(text: str) -> None:
    print(f"finishline: {text}", file=sys.stderr)
