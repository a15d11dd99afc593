"""Faces looked at in a process of their own.

While dlib's network computes, no other thread of its process can: each face would hold up a live
race for a quarter of a second. The process ends with the race, also where that dies.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Final

import numpy as np

from engines.errors import EngineError, InferenceError
from engines.faces.finding import of_person
from engines.faces.port import FaceTemplate
from engines.load import EngineSettings, load_detector, load_face_embedder
from engines.types import Box, Image
from stream.identity.face_sight import FaceSight, SeenFace

NICENESS: Final = 10
"""Frames, looks and the page go first."""
_CLOSE_S: Final = 5.0
"""So long the process has to end by itself."""


def load_sight(model: str, engine: EngineSettings, told: Callable[[str], None]) -> FaceSight:
    """What looks at faces in this process.

    Args:
        model: see `engines.load.load_face_embedder`.
        engine: how the detector computes.
        told: see there.

    Raises:
        MissingPackageError: the extra ``faces`` is not installed.
        EngineError: a network cannot be loaded.
    """
    embedder = load_face_embedder(model, engine, told)
    detector = load_detector(engine, any_size=True)
    return FaceSight(model, embedder, lambda image, person: of_person(image, person, detector))


class FaceProcess:
    """A `Sight` whose networks run in a process of its own, begun with the first face.

    Args:
        model: name of the embedder.
        load: called in that process, so a function of a module; see `load_sight`.
    """

    def __init__(self, model: str, load: Callable[[], FaceSight]) -> None:
        self.model = model
        self._load = load
        self._process: multiprocessing.process.BaseProcess | None = None
        self._link: Connection | None = None
        self._looking = threading.Lock()
        self._begins_or_ends = threading.Lock()
        self._closed = False

    def look(self, pictures: Sequence[tuple[Image, Box]]) -> list[SeenFace | None]:
        """See `Sight`.

        Raises:
            InferenceError: a network cannot be loaded or failed, or the process has ended or was
                closed.
        """
        with self._looking:
            try:
                link = self._begun()
                _send_pictures(link, pictures)
                faces = _answer(link)["faces"]
                return [None if one is None else _face(link, one) for one in faces]
            except (EOFError, OSError) as error:
                raise InferenceError(f"the process that looks at faces {self._ended()}") from error

    def close(self) -> None:
        """End the process; at once where it is looking at a face. Closing twice is allowed."""
        with self._begins_or_ends:
            self._closed = True
            process = self._process
            if process is None:
                return
            if self._looking.acquire(blocking=False):
                if self._link is not None:
                    self._link.close()  # the end of its input ends it
                self._looking.release()
                process.join(_CLOSE_S)
            if process.is_alive():
                process.terminate()
                process.join(_CLOSE_S)
            if process.is_alive():
                process.kill()
                process.join()

    def _begun(self) -> Connection:
        if self._link is None:
            self._link = self._begin()
            # What is wrong with a network is said before anything is asked.
            _answer(self._link)
        return self._link

    def _begin(self) -> Connection:
        with self._begins_or_ends:
            if self._closed:
                raise InferenceError("the process that looks at faces was closed")
            # Not forked: the race's threads and networks are no business of this process.
            spawn = multiprocessing.get_context("spawn")
            ours, theirs = spawn.Pipe()
            process = spawn.Process(
                target=_serve, args=(theirs, self._load), name="faces", daemon=True
            )
            process.start()
            theirs.close()
            self._process = process
        return ours

    def _ended(self) -> str:
        # How a process ended is told to one thread only: not while another one waits for it.
        with self._begins_or_ends:
            if self._process is None:
                return "cannot be begun"
            self._process.join(_CLOSE_S)
            code = self._process.exitcode
        return "does not answer" if code is None else f"has ended (exit code {code})"


def _serve(link: Connection, load: Callable[[], FaceSight]) -> None:
    """The process: answers until nobody asks any more."""
    # Ctrl-C goes to both; the race ends in good order and then closes the link.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        sight = load()
        link.send_bytes(b"{}")
        while True:
            _send_faces(link, sight.look(_received(link)))
    except EngineError as error:
        link.send_bytes(json.dumps({"error": str(error)}).encode())
    except (EOFError, BrokenPipeError):
        return


def _answer(link: Connection) -> dict[str, list[dict[str, object] | None]]:
    answer = json.loads(link.recv_bytes())
    assert isinstance(answer, dict)
    if "error" in answer:
        raise InferenceError(answer["error"])
    return answer


def _send_pictures(link: Connection, pictures: Sequence[tuple[Image, Box]]) -> None:
    """Sizes and boxes first, then each picture's bytes."""
    asked = [{"shape": image.shape, "person": person} for image, person in pictures]
    link.send_bytes(json.dumps(asked).encode())
    for image, _ in pictures:
        link.send_bytes(image.tobytes())


def _received(link: Connection) -> list[tuple[Image, Box]]:
    asked = json.loads(link.recv_bytes())
    return [
        (
            np.frombuffer(link.recv_bytes(), np.uint8).reshape(one["shape"]),
            (one["person"][0], one["person"][1], one["person"][2], one["person"][3]),
        )
        for one in asked
    ]


def _send_faces(link: Connection, faces: Sequence[SeenFace | None]) -> None:
    """Qualities and sizes first, then each template's and head's bytes."""
    told = [
        None if one is None else {"quality": one.template.quality, "shape": one.head.shape}
        for one in faces
    ]
    link.send_bytes(json.dumps({"faces": told}).encode())
    for one in faces:
        if one is not None:
            link.send_bytes(one.template.vector.tobytes())
            link.send_bytes(one.head.tobytes())


def _face(link: Connection, told: Mapping[str, object]) -> SeenFace:
    vector = np.frombuffer(link.recv_bytes(), np.float32)
    head = np.frombuffer(link.recv_bytes(), np.uint8)
    shape = told["shape"]
    assert isinstance(shape, list)
    return SeenFace(FaceTemplate(vector, float(str(told["quality"]))), head.reshape(shape))
