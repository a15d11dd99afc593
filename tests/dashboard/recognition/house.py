"""A race with a recogniser that sees what it is told to."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from dashboard.access.rules import Access
from dashboard.access.tokens import Role, Tokens
from dashboard.app import create_app
from dashboard.race_view import RaceView
from dashboard.recognition.api import recognition_routes
from dashboard.recognition.gate import Gate, Limits
from dashboard.recognition.recognition import Recognition
from dashboard.recognition.seen import SeenFace, SeenPerson, SeenPicture
from engines.appearance import Appearance
from engines.errors import EngineError
from engines.faces.port import FaceTemplate
from engines.picture import RgbPicture
from engines.types import Floats
from stream.config import FACES_DAYS
from stream.faces_consent import face_rule
from stream.hub import Hub
from stream.start_list import Entry, StartList
from stream.store import Store
from stream.store.people import People, PeopleReader
from stream.store.photo_values import PhotoSighting
from stream.types import State

HERE = ("127.0.0.1", 5000)
LAN = ("192.168.7.9", 5000)
RUNNERS = StartList(
    (
        Entry("12", last_name="Emil", consent=True),
        Entry("13", last_name="Ada"),
        Entry("14", last_name="Bo", consent=False),
    )
)
LOOKS = "stripes-test"
FACE_MODEL = "dlib"


def pointing(n: int, d: int = 8) -> Floats:
    """A vector of length 1 that is like no other of another number."""
    vector = np.zeros(d, np.float32)
    vector[n] = 1.0
    return vector


def face(n: int = 0, x: float = 40.0, side: float = 60.0) -> SeenFace:
    return SeenFace((x, 10.0, x + side, 10.0 + side), 0.9, FaceTemplate(pointing(n), 0.8))


def person(
    bib: str | None = "12",
    state: State | None = State.CONFIRMED,
    shows: SeenFace | None = None,
    looks: Floats | None = None,
) -> SeenPerson:
    box = (20.0, 5.0, 120.0, 190.0)
    if bib is None:
        sighting = PhotoSighting((20, 5, 120, 190), box, 0.8)
    else:
        sheet, number = (50.0, 80.0, 90.0, 110.0), (55.0, 85.0, 85.0, 105.0)
        sighting = PhotoSighting(
            (20, 5, 120, 190), box, 0.8, sheet, number, bib, 0.9, state, bib in RUNNERS
        )
    return SeenPerson(sighting, shows, None if looks is None else Appearance(looks, 0.9))


@dataclass
class FakeRecogniser:
    """Sees `people`, and in portraits `portraits`, one after the other; waits for `gate`."""

    face_model: str | None = FACE_MODEL
    appearance_model: str = LOOKS
    people: tuple[SeenPerson, ...] = ()
    loose: tuple[SeenFace, ...] = ()
    portraits: list[tuple[SeenFace, ...]] = field(default_factory=list)
    failure: EngineError | None = None
    gate: threading.Event | None = None
    sizes: list[tuple[int, int]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    began: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def look(self, picture: RgbPicture) -> SeenPicture:
        self._note(picture)
        return SeenPicture(picture.width, picture.height, self.people, (), self.loose)

    def faces(self, picture: RgbPicture) -> tuple[SeenFace, ...]:
        self._note(picture)
        return self.portraits.pop(0) if self.portraits else (face(),)

    def close(self) -> None:
        self.closed = True

    def _note(self, picture: RgbPicture) -> None:
        self.sizes.append((picture.width, picture.height))
        self.threads.add(threading.current_thread().name)
        self.began.set()
        if self.gate is not None:
            assert self.gate.wait(30)
        if self.failure is not None:
            raise self.failure


@dataclass
class House:
    """A race folder, its app, and tokens by role."""

    folder: Path
    store: Store
    recogniser: FakeRecogniser
    recognition: Recognition
    app: FastAPI
    tokens: dict[str, str]

    def client(self, address: tuple[str, int] = HERE) -> TestClient:
        return TestClient(self.app, "http://localhost", client=address)

    def close(self) -> None:
        self.recognition.close()
        self.store.close()


def open_house(
    folder: Path,
    recogniser: FakeRecogniser | None = None,
    limits: Limits | None = None,
    *,
    read_only: bool = False,
    gate: Gate | None = None,
    faces_days: int = FACES_DAYS,
) -> House:
    store = Store.open(folder)
    recogniser = recogniser or FakeRecogniser()
    people = PeopleReader(folder) if read_only else store.people
    recognition = Recognition(
        recogniser,
        people,
        RUNNERS,
        lambda bib: face_rule(True, RUNNERS.find(bib)),
        limits or Limits(),
        faces_days=faces_days,
    )
    assert read_only or isinstance(people, People)
    names = Tokens(folder)
    tokens = {role.word: names.add(role.word, role) for role in Role}
    app = create_app(
        Hub(),
        store,
        RaceView("City run", folder, entries=RUNNERS),
        access=Access(folder),
        recognition=recognition_routes(recognition, gate),
    )
    return House(folder, store, recogniser, recognition, app, tokens)


def picture(
    width: int = 160, height: int = 200, kind: str = "JPEG", orientation: int | None = None
) -> bytes:
    image = Image.effect_noise((width, height), 40).convert("RGB")
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    content = io.BytesIO()
    image.save(content, kind, exif=exif)
    return content.getvalue()
