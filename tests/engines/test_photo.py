from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from engines.bib_picture import BibPictureReader
from engines.looking import Line, Looker
from engines.number_range import NumberRange
from engines.photo import PhotoRules, PhotoTag, PhotoTagger, distinct_tags, tags_of
from engines.photo_race import KnownRace, PhotoLine, heard
from engines.photo_views import ViewRules
from engines.picture import RgbPicture
from engines.types import ALPHABET, Box, Detections, Image, Kind, Reading
from tests.engines.tiny_models import FakeDetector, FakeReader, Row, detections, reading

PICTURE = RgbPicture(np.random.default_rng(0).integers(0, 256, (600, 900, 3)).astype(np.uint8))
"""Noise is sharp everywhere: no line loses for being blurred."""

PERSON: Row = (100, 100, 200, 400, 0.9, Kind.PERSON)
SMALL: Row = (300, 100, 320, 150, 0.9, Kind.PERSON)
BIB: Row = (120, 180, 180, 230, 0.8, Kind.BIB)
NUMBER: Row = (130, 190, 170, 215, 0.7, Kind.NUMBER)
ELSEWHERE: Row = (430, 190, 480, 220, 0.7, Kind.NUMBER)
IN_TORSO: Row = (36, 61, 74, 86, 0.7, Kind.NUMBER)
"""`NUMBER` as it is seen in the torso of `PERSON`, whose corner is (95, 130)."""

NONE = detections([])
ONCE = PhotoRules(long_sides=(960,))
ANY = dataclasses.replace(ONCE, least_probability=0.0)


def sure(text: str) -> Reading:
    return reading(text, 0.9999)


def doubtful(text: str, likelier: float, first: str, other: str) -> Reading:
    """A reading whose first character is `first` or, less likely, `other`."""
    known = sure(text)
    log_probs = known.log_probs.copy()
    log_probs[1] = np.log(1e-6)
    log_probs[1, ALPHABET.index(first) + 1] = np.log(likelier)
    log_probs[1, ALPHABET.index(other) + 1] = np.log(0.99 - likelier)
    return dataclasses.replace(known, log_probs=log_probs)


def tagger(
    whole: Sequence[Row],
    readings: Sequence[Reading],
    rules: PhotoRules,
    in_torsos: Sequence[Detections] = (),
    second: FakeReader | None = None,
) -> tuple[PhotoTagger, FakeReader]:
    reader = FakeReader(readings)
    looker = Looker(FakeDetector(in_torsos), reader, (192, 192))
    return PhotoTagger(FakeDetector([detections(whole)]), looker, rules, second), reader


def tagged(
    whole: Sequence[Row],
    in_torsos: Sequence[Detections],
    tight: Sequence[Reading],
    wide: Sequence[Reading],
    rules: PhotoRules = ONCE,
) -> list[tuple[str, Box]]:
    """The tags where the lines read so in their views; wide ones only of the hopeful lines."""
    tags, reader = tagger(whole, [*tight, *wide], rules, in_torsos)
    found = tags.tag(PICTURE).tags
    assert not reader.answers, "not every expected crop was read"
    return [(tag.bib, tag.number) for tag in found]


@pytest.mark.parametrize(
    ("situation", "whole", "in_torsos", "tight", "wide", "bibs"),
    [
        ("an empty photo", [], [], [], [], []),
        ("one line", [NUMBER], [], ["431"], ["431"], ["431"]),
        ("two lines", [NUMBER, ELSEWHERE], [], ["431", "562"], ["431", "562"], ["431", "562"]),
        ("a person without a line, one too small", [PERSON, SMALL], [NONE], [], [], []),
        ("only in the torso", [PERSON], [detections([IN_TORSO])], ["774"], ["774"], ["774"]),
        ("seen twice, read once", [PERSON, NUMBER], [detections([IN_TORSO])],
         ["774"], ["774"], ["774"]),
        ("a bib without a line gets a look of its own", [BIB],
         [detections([(40, 40, 70, 60, 0.9, Kind.NUMBER)])], ["815"], ["815"], ["815"]),
        ("no bib", [NUMBER], [], ["ADIDAS"], [], []),
        ("nothing read", [NUMBER], [], [""], [], []),
        ("just high enough", [(10, 10, 30, 16, 0.9, Kind.NUMBER)], [], ["431"], ["431"], ["431"]),
        ("too low to be read", [(10, 10, 30, 15, 0.9, Kind.NUMBER)], [], [], [], []),
        ("the same text twice", [NUMBER, ELSEWHERE], [], ["431", "431"], ["431", "431"], ["431"]),
    ],
)  # fmt: skip
def test_tags_of_a_photo(
    situation: str,
    whole: Sequence[Row],
    in_torsos: Sequence[Detections],
    tight: Sequence[str],
    wide: Sequence[str],
    bibs: Sequence[str],
) -> None:
    tags = tagged(whole, in_torsos, [sure(t) for t in tight], [sure(t) for t in wide])
    assert sorted(bib for bib, _ in tags) == list(bibs), situation


def test_what_is_read_with_little_certainty_is_no_tag() -> None:
    unsure = [reading("431", 0.8)]
    assert tagged([NUMBER], [], unsure, unsure) == []


@pytest.mark.parametrize(
    ("situation", "least_hope", "n_read"),
    [("hopeful", 0.02, 2), ("just as hopeful as asked", 0.03, 2), ("hopeless", 0.05, 1)],
)
def test_only_hopeful_lines_are_read_again(situation: str, least_hope: float, n_read: int) -> None:
    # The text below has a probability of 0.031.
    rules = dataclasses.replace(ONCE, views=ViewRules(least_hope=least_hope))
    tags, reader = tagger([NUMBER], [reading("431", 0.6)] * 2, rules)
    tags.tag(PICTURE)
    assert len(reader.seen) == n_read, situation


@pytest.mark.parametrize(
    ("situation", "tight", "wide"),
    [
        ("the box cut the 1 off, or a bib's edge was taken for one", "431", "1431"),
        ("nothing in the wide view", "431", ""),
        ("another text", "431", "437"),
        ("a word", "431", "ADIDAS"),
    ],
)
def test_one_view_alone_is_not_believed(situation: str, tight: str, wide: str) -> None:
    agreed, _ = tagger([NUMBER], [sure(tight), sure(tight)], ANY)
    differ, reader = tagger([NUMBER], [sure(tight), reading(wide)], ANY)
    assert [tag.bib for tag in agreed.tag(PICTURE).tags] == [tight], situation
    assert differ.tag(PICTURE).tags == (), situation
    assert reader.seen == [(46, 31), (66, 31)], situation


@pytest.mark.parametrize("text", ["", "ADIDAS", "123456"])
def test_without_a_bib_in_the_tight_view_nothing_else_is_read(text: str) -> None:
    second = FakeReader([])
    tags, reader = tagger([NUMBER], [sure(text)], ANY, second=second)
    assert tags.tag(PICTURE).lines == ()
    assert (reader.seen, second.seen) == ([(46, 31)], [])


TIGHT, WIDE = (46, 31), (66, 31)
"""Crops of `NUMBER`."""


@pytest.mark.parametrize(
    ("situation", "first", "second", "asked"),
    [
        ("sure in every view", [sure("431"), sure("431")], [], []),
        ("the second is sure too", [sure("431"), sure("437")], [sure("431")] * 2, [TIGHT, WIDE]),
        ("both are sure enough after one view", [sure("431"), reading("431", 0.95)],
         [sure("431")], [TIGHT]),
        ("no bib for the second", [reading("431", 0.6), sure("")],
         [sure("ADIDAS")], [TIGHT]),
        ("the second doubts it", [sure("431"), sure("431X")], [sure("437"), sure("431")],
         [TIGHT, WIDE]),
    ],
)  # fmt: skip
def test_when_the_second_reader_is_asked(
    situation: str,
    first: Sequence[Reading],
    second: Sequence[Reading],
    asked: Sequence[tuple[int, int]],
) -> None:
    other = FakeReader(second)
    tags, reader = tagger([NUMBER], first, ANY, second=other)
    tags.tag(PICTURE)
    assert reader.seen == [TIGHT, WIDE], situation
    assert other.seen == asked, situation


def test_the_second_readers_word_weighs_twice() -> None:
    # Lines are read from the last to the first: the hopeless one is ELSEWHERE.
    first = [sure(""), sure("431"), sure("437")]
    second = FakeReader([sure("431"), sure("437")])
    tags, reader = tagger([NUMBER, ELSEWHERE], first, ANY, second=second)
    [line] = tags.tag(PICTURE).lines
    assert reader.seen == [(56, 36), TIGHT, WIDE]
    assert second.seen == [TIGHT, WIDE]
    assert line.texts["431"] == pytest.approx(3 / 6, abs=0.01)
    assert line.texts["437"] == pytest.approx(3 / 6, abs=0.01)
    assert (line.support["431"], line.support["437"]) == (2, 2)


@pytest.mark.parametrize("has_second", [False, True])
def test_everything_is_closed(has_second: bool) -> None:
    detector, torsos, reader, second = (
        FakeDetector([]), FakeDetector([]), FakeReader([]), FakeReader([]),
    )  # fmt: skip
    looker = Looker(torsos, reader, (192, 192))
    PhotoTagger(detector, looker, ANY, second if has_second else None).close()
    assert (detector.closed, torsos.closed, reader.closed) == (True, True, True)
    assert second.closed is has_second


@pytest.mark.parametrize(
    ("situation", "tight", "place"),
    [
        ("clear in the whole photo", [sure("774")], NUMBER[:4]),
        ("unclear there", [reading("774", 0.9), sure("774")], (131, 193, 169, 216)),
    ],
)
def test_only_who_wears_no_clear_line_is_looked_at_closely(
    situation: str, tight: Sequence[Reading], place: Box
) -> None:
    shifted: Row = (36, 63, 74, 86, 0.2, Kind.NUMBER)
    [(_, number)] = tagged([PERSON, NUMBER], [detections([shifted])], tight, [sure("774")])
    assert number == place, situation


def test_lower_thresholds_let_more_through() -> None:
    rules = dataclasses.replace(ANY, least_height_px=1, least_person_px=10)
    low: Row = (300, 120, 320, 126, 0.9, Kind.NUMBER)
    unsure = [reading("431", 0.8)]
    assert tagged([low, SMALL], [NONE], unsure, unsure, rules) == [("431", low[:4])]


def test_a_tag_tells_where_it_was_seen() -> None:
    tags, _ = tagger([BIB, NUMBER], [sure("431")] * 2, ONCE)
    [tag] = tags.tag(PICTURE).tags
    assert (tag.number, tag.sheet) == (NUMBER[:4], BIB[:4])
    assert 0.5 < tag.probability < 1
    assert 0.5 < tag.sharpness <= 1


def race(letter: str, n: int) -> list[tuple[PhotoLine, ...]]:
    """Photos of one sure bib each."""
    bibs = [f"{letter}{number}" for number in range(1000, 1000 + n)]
    return [(PhotoLine(NUMBER[:4], BIB[:4], 0.8, *heard([sure(bib)] * 2)),) for bib in bibs]


@pytest.mark.parametrize(
    ("situation", "known", "bib"),
    [
        ("nothing is known of the race", KnownRace(), "80374"),
        ("its bibs begin with S", KnownRace.of(race("S", 12)), "S0374"),
        ("its bibs are numbers", KnownRace.of(race("1", 12)), "80374"),
        ("its bibs were told", KnownRace.of([], (), [NumberRange("S", 1, 999, "", 4)]), "S0374"),
    ],
)
def test_what_the_race_looks_like_changes_a_tag(situation: str, known: KnownRace, bib: str) -> None:
    readings = [doubtful("80374", 0.6, "8", "S")] * 2
    tags, _ = tagger([NUMBER], readings, ANY)
    found = tags.tag(PICTURE)
    assert [tag.bib for tag in found.tags] == ["80374"]
    assert [tag.bib for tag in tags.tags_of(found.lines, known, 0)] == [bib], situation
    told, _ = tagger([NUMBER], readings, ANY)
    assert [tag.bib for tag in told.tag(PICTURE, known).tags] == [bib], situation


@pytest.mark.parametrize(
    ("situation", "shift", "n_tags"),
    [("as probable as asked", 0.0, 1), ("hardly less probable", 1e-6, 0)],
)
def test_the_least_probability_decides(situation: str, shift: float, n_tags: int) -> None:
    [[line]] = race("S", 1)
    [tag] = tags_of([line], KnownRace(), ANY)
    rules = PhotoRules(least_probability=tag.probability + shift)
    assert len(tags_of([line], KnownRace(), rules)) == n_tags, situation


def test_the_characters_of_the_wide_view_give_a_third_one() -> None:
    # The wide view begins at 117 and is 66 wide: characters at 130, 150 and 170.
    wide = dataclasses.replace(sure("431"), places=(13 / 66, 33 / 66, 53 / 66))
    tags, reader = tagger([NUMBER], [sure("43"), wide, sure("431")], ANY)
    [tag] = tags.tag(PICTURE).tags
    assert tag.bib == "431"
    # From 120 to 180 with a tenth of the height at the sides, where the box cut off the ends.
    assert reader.seen == [(46, 31), (66, 31), (66, 31)]


def test_a_photo_is_shown_large_and_small() -> None:
    detector = FakeDetector([detections([NUMBER]), detections([NUMBER, ELSEWHERE])])
    reader = FakeReader([sure("562"), sure("431"), sure("562"), sure("431")])
    rules = PhotoRules(long_sides=(896, 448), least_probability=0.0)
    tagged = PhotoTagger(detector, Looker(FakeDetector([]), reader, (192, 192)), rules)
    found = tagged.tag(PICTURE)
    assert detector.sizes == [(896, 608), (448, 320)]
    assert len(found.detections.boxes) == 2, "the line seen twice is one line"
    assert sorted(tag.bib for tag in found.tags) == ["431", "562"]


def test_once_is_enough_where_all_who_are_large_wear_lines() -> None:
    detector = FakeDetector([detections([PERSON, NUMBER])])
    looker = Looker(FakeDetector([]), FakeReader([sure("431"), sure("431")]), (192, 192))
    rules = PhotoRules(long_sides=(896, 448), least_probability=0.0)
    found = PhotoTagger(detector, looker, rules).tag(PICTURE)
    assert detector.sizes == [(896, 608)]
    assert [tag.bib for tag in found.tags] == ["431"]


def test_one_tag_for_one_place_and_one_text() -> None:
    def tag(bib: str, probability: float, x: float) -> PhotoTag:
        return PhotoTag(bib, probability, (x, 0, x + 100, 30), None, 0.5)

    tags = [tag("12", 0.7, 0), tag("123", 0.9, 5), tag("77", 0.8, 300), tag("77", 0.95, 600)]
    assert distinct_tags(tags) == [tags[3], tags[1]]


class CountingReader(FakeReader):
    """Remembers how many crops it was given each time."""

    def __init__(self, answers: Sequence[Reading]) -> None:
        super().__init__(answers)
        self.at_once: list[int] = []

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        self.at_once.append(len(crops))
        return super().read(crops)


def test_of_photos_tagged_together_each_has_its_own_tags() -> None:
    first = CountingReader([sure("431"), sure("774"), reading("431", 0.95), reading("774", 0.95)])
    second = CountingReader([sure("431"), sure("774")])
    torsos = FakeDetector([detections([IN_TORSO])])
    whole = FakeDetector([detections([NUMBER]), NONE, detections([PERSON])])
    looker = Looker(torsos, first, (192, 192))
    together = PhotoTagger(whole, looker, ANY, second).tag_all([PICTURE] * 3)
    assert [[tag.bib for tag in one.tags] for one in together] == [["431"], [], ["774"]]
    assert [tuple(one.detections.kinds) for one in together] == [
        (Kind.NUMBER,),
        (),
        (Kind.PERSON,),
    ]
    # Lines of the whole photos, then those in torsos; wide ones of both; both for the second.
    assert [n for n in first.at_once if n] == [1, 1, 2]
    assert [n for n in second.at_once if n] == [2]
    assert PhotoTagger(FakeDetector([]), looker, ANY).tag_all([]) == []


SHEET = RgbPicture(PICTURE.crop((0, 0, 80, 40)))
"""Stands for a picture of a bib alone: 80 pixels by 40."""

ON_GROUNDS = [
    detections([(100, 90, 140, 110, 0.7, Kind.NUMBER)]),
    detections([(140, 130, 180, 150, 0.7, Kind.NUMBER)]),
]
"""The number line of such a picture, once on each ground."""


def with_bibs(
    whole: Sequence[Row], worn: Sequence[str], on_grounds: Sequence[Detections]
) -> tuple[PhotoTagger, FakeReader]:
    """A tagger whose reader of bibs alone reads 815 on these grounds; and that reader."""
    reader = FakeReader([sure("815")] * 4)
    bibs = BibPictureReader(FakeDetector(on_grounds), reader)
    looker = Looker(FakeDetector([]), FakeReader([sure(text) for text in worn]), (192, 192))
    return PhotoTagger(FakeDetector([detections(whole)]), looker, ONCE, None, bibs), reader


WORN: Row = (10, 5, 60, 30, 0.7, Kind.NUMBER)


@pytest.mark.parametrize(
    ("situation", "whole", "worn", "on_grounds", "bibs", "n_lines"),
    [
        ("nothing else is seen", [], [], ON_GROUNDS, ["815"], 1),
        ("what else is seen is no bib", [WORN], ["ADIDAS"], ON_GROUNDS, ["815"], 1),
        ("another line that one view alone reads", [(10, 5, 30, 12, 0.7, Kind.NUMBER)],
         ["431", "437"], ON_GROUNDS, ["815"], 1),
        ("somebody is tagged", [WORN], ["431", "431"], [], ["431"], 1),
        ("nobody is, and it is not of a bib alone", [], [], [NONE], [], 0),
    ],
)  # fmt: skip
def test_where_nobody_is_tagged_a_bib_alone_is_looked_for(
    situation: str, whole: Sequence[Row], worn: Sequence[str],
    on_grounds: Sequence[Detections], bibs: Sequence[str], n_lines: int,
) -> None:  # fmt: skip
    tags, _ = with_bibs(whole, worn, on_grounds)
    told = tags.tag(SHEET)
    assert [tag.bib for tag in told.tags] == bibs, situation
    assert len(told.lines) == n_lines, situation


WHOLE: Box = (0, 0, 80, 40)


@pytest.mark.parametrize(
    ("situation", "sheets", "worn", "on_grounds", "texts"),
    [
        ("nothing was read then", [], [], ON_GROUNDS, ["815"]),
        ("of a bib alone", [WHOLE], [], ON_GROUNDS, ["815"]),
        ("that, and on somebody's bib", [(0, 0, 70, 40), WHOLE], ["431"] * 2, [], ["431"]),
        ("that, and a word", [(0, 0, 70, 40), WHOLE], ["ADIDAS"], ON_GROUNDS, ["815"]),
        ("on somebody's bib, and without one", [(0, 0, 70, 40), None],
         ["431", "562", "431", "562"], [], ["431", "562"]),
        ("on a bib that fills a photo", [WHOLE], ["431"] * 2, [NONE], ["431"]),
    ],
)  # fmt: skip
def test_lines_are_read_anew_as_photos_are_tagged(
    situation: str, sheets: Sequence[Box | None], worn: Sequence[str],
    on_grounds: Sequence[Detections], texts: Sequence[str],
) -> None:  # fmt: skip
    tags, _ = with_bibs([], worn, on_grounds)
    lines = tags.read(SHEET, [Line((20, 10, 60, 30), sheet) for sheet in sheets])
    assert [text for line in lines for text in line.texts] == texts, situation


def test_what_reads_bibs_alone_is_closed_too() -> None:
    tags, reader = with_bibs([], [], [])
    tags.close()
    assert reader.closed
