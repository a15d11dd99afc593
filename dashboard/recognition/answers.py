"""What ``/recognition`` tells, as JSON. Keys are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from dashboard.race_view import Entries
from dashboard.recognition.matching import By, Gallery, Match
from dashboard.recognition.seen import SeenFace, SeenPerson, SeenPicture
from engines.types import Box
from stream.store.people import PersonRow
from stream.store.photo_values import PhotoSighting

Sides = Annotated[
    tuple[float, float, float, float],
    Field(description="x0, y0, x1, y1 in pixels of the upright picture"),
]
Share = Annotated[float, Field(ge=0, le=1)]


class RecognitionRefusal(BaseModel):
    """Why a request was refused: a sentence, and a code that stays the same."""

    detail: str
    code: str
    about: dict[str, str | int] = {}


class MatchAnswer(BaseModel):
    """Somebody who looks like the one in the picture. A hint for a person, never proof."""

    bib: str | None = Field(
        description="of a pivot, or of the enrolled person where it is known; operators only"
    )
    person: int | None = Field(
        description="number of an enrolled person; null for a pivot, and for viewers"
    )
    name: str | None = Field(description="of an enrolled person for operators only")
    enrolled: bool = Field(description="an enrolled person; whom, operators are told")
    likeness: Annotated[float, Field(ge=-1, le=1, description="cosine of the two templates")]
    by: Literal["face", "appearance"]
    others: Annotated[
        float,
        Field(ge=0, description="how many of all who were compared are so like by chance"),
    ]
    says: Literal["likely", "possible", "weak"] = Field(
        description="`others` in a word; appearance alone is never likely"
    )


class RecognisedBib(BaseModel):
    """A bib that was read."""

    text: str
    state: Literal["seen", "confirmed"] = Field(
        description="confirmed where one picture is enough to be sure of it; seen may be wrong"
    )
    probability: Share = Field(description="that the text is right")
    box: Sides | None = Field(description="of the bib, where one was found")
    number_box: Sides | None = Field(description="of the line of characters")
    listed: bool | None = Field(description="on the start list; null without one")
    name: str | None = Field(description="by the start list")


class RecognisedFace(BaseModel):
    """A face. Its matches are with the person whose face it is."""

    box: Sides
    score: Share = Field(description="of the detector")
    compared: bool = Field(description="faces are on, and this one could be aligned")


class LooseFace(RecognisedFace):
    """A face that belongs to none of the persons."""

    matches: list[MatchAnswer]


class RecognisedPerson(BaseModel):
    """A person in the picture, and what belongs to them."""

    box: Sides
    score: Share | None = Field(description="of the detector")
    bib: RecognisedBib | None
    face: RecognisedFace | None
    matches: list[MatchAnswer] = Field(
        description="best first by face, then best first by appearance; at most three of each"
    )


class RecognitionAnswer(BaseModel):
    """Everybody in the picture."""

    width: int = Field(description="of the upright picture, pixels")
    height: int
    people: list[RecognisedPerson] = Field(description="those with a bib first")
    loose_numbers: list[RecognisedBib] = Field(description="read, and worn by nobody found")
    loose_faces: list[LooseFace]
    faces_compared: bool = Field(description="whether this race allows faces to be compared")


class EnrolledPerson(BaseModel):
    """Somebody who was enrolled. Pictures are not kept, only what was computed of them."""

    number: int
    name: str
    bib: str | None
    added_by: str
    added_utc_ns: int
    pictures: int = Field(description="of how many the template is made")


class PeopleAnswer(BaseModel):
    """Who is enrolled, in the order of their numbers."""

    people: list[EnrolledPerson]


class FacesAnswer(BaseModel):
    """Whether faces are compared, and with what."""

    compared: bool
    model: str | None
    why: str


class DescriptionAnswer(BaseModel):
    """What may be sent, and what is done with it."""

    model_config = ConfigDict(protected_namespaces=())

    accepts: list[str] = Field(description="media types of the body")
    field: str
    max_bytes: int
    max_pixels: int
    requests_per_minute: int
    at_once: int
    faces: FacesAnswer
    appearance_model: str
    enrols: bool = Field(description="whether people can be enrolled here and now")
    kept: str
    example: str


class _Who(TypedDict):
    bib: str | None
    person: int | None
    name: str | None


class Galleries:
    """Those with whom one picture is compared; without `faces` none is compared."""

    def __init__(self, appearances: Gallery, faces: Gallery | None) -> None:
        self.appearances = appearances
        self.faces = faces


@dataclass(frozen=True, slots=True)
class Telling:
    """What may be told.

    Attributes:
        entries: the start list, for names.
        enrolled: who an enrolled person is; else only that it is one.
    """

    entries: Entries
    enrolled: bool


def recognition_answer(
    seen: SeenPicture, galleries: Galleries, telling: Telling
) -> RecognitionAnswer:
    """What a picture shows, as it is told.

    Args:
        seen: in the picture.
        galleries: with whom faces and looks are compared.
        telling: what may be told of whom it shows.
    """
    entries = telling.entries
    return RecognitionAnswer(
        width=seen.width,
        height=seen.height,
        people=[_person(one, galleries, telling) for one in seen.people],
        loose_numbers=[bib for one in seen.numbers if (bib := _bib(one, entries)) is not None],
        loose_faces=[
            LooseFace(
                **_face(face).model_dump(), matches=_matches(_by_face(face, galleries), telling)
            )
            for face in seen.faces
        ],
        faces_compared=galleries.faces is not None,
    )


def enrolled_person(row: PersonRow) -> EnrolledPerson:
    """Somebody who was enrolled, as they are told."""
    return EnrolledPerson(
        number=row.number,
        name=row.name,
        bib=row.bib,
        added_by=row.added_by,
        added_utc_ns=row.added_utc_ns,
        pictures=row.pictures,
    )


def _person(one: SeenPerson, galleries: Galleries, telling: Telling) -> RecognisedPerson:
    assert one.sighting.person is not None, "whoever is told of was found"
    found = () if one.face is None else _by_face(one.face, galleries)
    if one.appearance is not None:
        found += galleries.appearances.best(one.appearance.vector)
    return RecognisedPerson(
        box=_sides(one.sighting.person),
        score=None if one.sighting.score is None else _rounded(one.sighting.score),
        bib=_bib(one.sighting, telling.entries),
        face=None if one.face is None else _face(one.face),
        matches=_matches(found, telling),
    )


def _by_face(face: SeenFace, galleries: Galleries) -> tuple[Match, ...]:
    if face.template is None or galleries.faces is None:
        return ()
    return galleries.faces.best(face.template.vector)


def _bib(one: PhotoSighting, entries: Entries) -> RecognisedBib | None:
    if one.bib is None or one.state is None:
        return None
    return RecognisedBib(
        text=one.bib,
        state="confirmed" if one.state.value == "confirmed" else "seen",
        probability=_rounded(one.probability),
        box=None if one.sheet is None else _sides(one.sheet),
        number_box=None if one.number is None else _sides(one.number),
        listed=one.listed,
        name=_name(entries, one.bib),
    )


def _face(face: SeenFace) -> RecognisedFace:
    return RecognisedFace(
        box=_sides(face.box), score=_rounded(face.score), compared=face.template is not None
    )


def _matches(found: tuple[Match, ...], telling: Telling) -> list[MatchAnswer]:
    return [
        MatchAnswer(
            **_who(one, telling),
            enrolled=one.person is not None,
            likeness=max(-1.0, min(round(one.likeness, 3), 1.0)),
            by="face" if one.by is By.FACE else "appearance",
            others=round(one.others, 3),
            says=one.says.value,
        )
        for one in found
    ]


def _who(one: Match, telling: Telling) -> _Who:
    if one.person is not None and not telling.enrolled:
        # The bib leads to the name by the start list.
        return _Who(bib=None, person=None, name=None)
    name = one.name or (None if one.bib is None else _name(telling.entries, one.bib))
    return _Who(bib=one.bib, person=one.person, name=name)


def _name(entries: Entries, bib: str) -> str | None:
    entry = entries.find(bib)
    return None if entry is None else entry.name or None


def _sides(box: Box) -> Sides:
    x0, y0, x1, y1 = (round(float(side), 1) for side in box)
    return x0, y0, x1, y1


def _rounded(share: float) -> float:
    return round(min(max(float(share), 0.0), 1.0), 4)
