"""Opens the recognition of a race, as its race file says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dashboard.photo_settings import rules_told
from dashboard.recognition.looking import EngineRecogniser
from dashboard.recognition.recognition import Recognition
from engines.load import EngineSettings
from stream.config import FACES_DAYS, RaceFile, load_race_file
from stream.faces_consent import face_rule
from stream.start_list import StartList, load_start_list
from stream.store.folder import RACE_FILE
from stream.store.people import PeopleReader
from stream.store.remembered import Remembered


def open_recognition(
    people: PeopleReader,
    race_file: RaceFile | None,
    start_list: StartList | None,
    told: Callable[[str], None],
    *,
    live: bool = False,
) -> Recognition:
    """The recognition of one race. Models are loaded when the first picture comes.

    Args:
        people: pivots and enrolled people of the race.
        race_file: says which engines, and whether faces may be compared; None compares none.
        start_list: names, consent, and which bibs there are; None where nobody said.
        told: what the user must know of a licence.
        live: cameras will be watched: models are loaded now. Beside a race that takes ten times as
            long, and the first picture would wait for it.

    Raises:
        EngineError: a model that is loaded now cannot be: that of looks, live all of them.
    """
    faces = race_file is not None and race_file.faces
    engine = EngineSettings() if race_file is None else race_file.engine
    rules = rules_told(race_file, start_list)
    # Whoever is forgotten while the race is shown is neither named nor compared any more.
    listed = Remembered(people.folder, start_list or StartList(()))
    # One thread: whoever sees frames has the others.
    recogniser = EngineRecogniser(replace(engine, threads=1), rules, faces, told)
    if live:
        recogniser.load()
    return Recognition(
        recogniser,
        people,
        listed,
        lambda bib: face_rule(faces, listed.find(bib)),
        faces_days=FACES_DAYS if race_file is None else race_file.faces_delete_after_days,
    )


def told_of_race(
    folder: Path, imported: StartList | None
) -> tuple[RaceFile | None, StartList | None]:
    """The race file in a race folder, where there is one, and the start list that it names.

    Who agreed to be compared stands in the list itself; where the file is gone, there are only the
    names that were `imported` into the race.

    Raises:
        ConfigError, StartListError: the race file or the list cannot be used.
    """
    file = folder / RACE_FILE
    race_file = load_race_file(file) if file.is_file() else None
    place = None if race_file is None else race_file.start_list
    if place is None or not place.is_file():
        return race_file, imported
    return race_file, load_start_list(place)
