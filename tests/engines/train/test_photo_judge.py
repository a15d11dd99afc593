from __future__ import annotations

import dataclasses
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engines.errors import LabelError
from engines.looking import Looker
from engines.photo import PhotoRules, PhotoTagger
from engines.photo_judge import Evidence, Judge
from engines.simulate.plan import plan
from engines.simulate.settings import SimulationSettings
from engines.simulate.write import write
from engines.train import photo_judge
from engines.train.photo_judge import examples, fitted, right_from, threshold
from engines.train.races import FILM, TRUTH
from engines.types import Kind
from tests.engines.tiny_models import FakeDetector, FakeReader, Row, detections, reading

TINY = SimulationSettings(
    runners=2, minutes=0.05, seed=3, width=320, height=180, fps=10, neighbours=1, absent=1
)
EVERY = 10
FRAMES = (0, 10, 20)


def drawn(judge: Judge, n: int) -> list[tuple[Evidence, bool]]:
    """Examples of which `judge` knows the probability."""
    random_ = np.random.default_rng(5)
    known = []
    for row in random_.uniform(0, 1, (n, 8)):
        evidence = Evidence(
            6 * float(row[0]) - 3, float(row[1] < 0.3), float(0.3 < row[1] < 0.6),
            float(0.6 < row[1] < 0.9), 2 * float(row[3]), 0.7 * float(row[4]),
            3 * float(row[5]), float(row[6] < 0.4), float(row[7]),
        )  # fmt: skip
        known.append((evidence, bool(random_.random() < judge.probability(evidence))))
    return known


@pytest.mark.parametrize(
    ("situation", "judge"),
    [
        (
            "much speaks against",
            Judge(Evidence(0.8, -2.0, -1.5, -0.5, -0.9, -2.0, -0.7, -1.0, 1.2), 1.5),
        ),
        (
            "the other way round",
            Judge(Evidence(-0.8, 2.0, 1.5, 0.5, 0.9, 2.0, 0.7, 1.0, -1.2), -1.5),
        ),
        ("only the readings count", Judge(Evidence(1.2, 0, 0, 0, 0, 0, 0, 0, 0), 0.0)),
    ],
)
def test_the_weights_are_found_again(situation: str, judge: Judge) -> None:
    found = fitted(drawn(judge, 20_000))
    for field in dataclasses.fields(Evidence):
        one, true = (getattr(j.weights, field.name) for j in (found, judge))
        assert one == pytest.approx(true, abs=0.4), f"{situation}: {field.name}"
    assert found.bias == pytest.approx(judge.bias, abs=0.3), situation


def test_a_fit_does_not_depend_on_the_order() -> None:
    known = drawn(Judge(Evidence(0.8, -2.0, -1.5, -0.5, -0.9, -2.0, -0.7, -1.0, 1.2), 1.5), 500)
    mixed = random.Random(1).sample(known, len(known))
    assert fitted(known) == fitted(known)
    assert fitted(mixed) == fitted(known)


@pytest.mark.parametrize(
    ("share", "right", "least"),
    [
        pytest.param(1.0, [1, 1, 0, 1], 0.88, id="until the first that is wrong"),
        pytest.param(0.75, [1, 1, 0, 1], 0.12, id="all of them"),
        pytest.param(0.6, [0, 1, 1, 0], 0.27, id="wrong ones at the top are made up for"),
    ],
)
def test_how_probable_a_tag_must_be(share: float, right: Sequence[int], least: float) -> None:
    judge = Judge(Evidence(1, 0, 0, 0, 0, 0, 0, 0, 0), 0.0)
    known = [
        (Evidence(odds, 0, 0, 0, 0, 0, 0, 0, 0), bool(one))
        for odds, one in zip((3.0, 2.0, -1.0, -2.0), right, strict=True)
    ]
    assert threshold(known, judge, share) == pytest.approx(least, abs=0.01)


@pytest.mark.parametrize(("least", "told"), [(0.1, (4, 2)), (0.5, (2, 1)), (0.99, (0, 0))])
def test_how_many_tags_are_right(least: float, told: tuple[int, int]) -> None:
    judge = Judge(Evidence(1, 0, 0, 0, 0, 0, 0, 0, 0), 0.0)
    known = [
        (Evidence(odds, 0, 0, 0, 0, 0, 0, 0, 0), is_right)
        for odds, is_right in ((3.0, True), (2.0, False), (-1.0, True), (-2.0, False))
    ]
    assert right_from(known, judge, least) == told


def test_tags_that_are_never_right_enough() -> None:
    with pytest.raises(LabelError, match="nowhere are 90% of the tags right"):
        threshold(
            [(Evidence(0, 0, 0, 0, 0, 0, 0, 0, 0), False)], Judge(Evidence(*[0] * 9), 0.0), 0.9
        )


def test_what_was_never_seen_has_no_weight() -> None:
    known = [
        (Evidence(log_odds, 0, 0, 0, 0, 0, 0, 0, 0), is_right)
        for log_odds, is_right in (
            (3.0, True),
            (2.0, True),
            (0.5, False),
            (-2.0, False),
            (0.0, True),
        )
    ]
    found = fitted(known)
    assert found.weights.log_odds > 0
    assert found.weights.row()[1:] == [0.0] * 8


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("race") / "new"
    write(plan(TINY), folder, lambda done, total: None)
    return folder


def worn(race: Path, runner: int) -> tuple[str, dict[int, Sequence[float]]]:
    """A runner's bib, and its box by frame."""
    told = json.loads((race / TRUTH).read_text())["runners"][runner]
    return str(told["bib"]), {row[0]: row[5:] for row in told["boxes"] if row[5] is not None}


def tagger(shown: Sequence[Sequence[Row]], texts: Sequence[str]) -> tuple[PhotoTagger, FakeReader]:
    """A tagger that finds `shown` in frame after frame, and reads every frame's lines as one of
    `texts`, in both views."""
    reader = FakeReader([reading(text, 0.9999) for text in texts for _ in range(2)])
    looker = Looker(FakeDetector([]), reader, (192, 192))
    rules = PhotoRules(long_sides=(320,), least_height_px=1.0)
    return PhotoTagger(FakeDetector([detections(rows) for rows in shown]), looker, rules), reader


def on(box: Sequence[float], score: float = 0.9) -> Row:
    return (box[0], box[1], box[2], box[3], score, Kind.NUMBER)


NOWHERE: Row = (5, 5, 25, 15, 0.9, Kind.NUMBER)


def test_lines_on_bibs_are_examples(race: Path) -> None:
    (bib, boxes), (other, others) = worn(race, 0), worn(race, 1)
    assert bib != other
    shown = [[on(boxes[0])], [on(others[10])], [on(boxes[20])]]
    tags, reader = tagger(shown, [bib, other, other])
    found = examples(race, tags, EVERY)
    assert not reader.answers
    assert [is_right for _, is_right in found] == [True, True, False]
    assert all(evidence.no_sheet == 1.0 for evidence, _ in found)


@pytest.mark.parametrize(
    ("situation", "rows", "text"),
    [("beside every bib", [NOWHERE], "{bib}"), ("no bib read", None, "ADIDAS"), ("none", [], "")],
)
def test_other_lines_are_no_examples(
    race: Path, situation: str, rows: list[Row] | None, text: str
) -> None:
    bib, boxes = worn(race, 0)
    shown = [[on(boxes[frame])] if rows is None else rows for frame in FRAMES]
    tags, _ = tagger(shown, [text.format(bib=bib)] * len(FRAMES))
    assert examples(race, tags, EVERY) == [], situation


@pytest.mark.parametrize("names", [(), (FILM,), (TRUTH,)])
def test_another_folder_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).write_text("{}")
    tags, _ = tagger([], [])
    with pytest.raises(LabelError, match="is no simulated race"):
        examples(tmp_path, tags, EVERY)


def test_the_command_prints_the_weights(
    race: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bib, boxes = worn(race, 0)
    shown, texts = [[on(boxes[frame])] for frame in FRAMES], [bib, "999", bib]
    expected = fitted(examples(race, tagger(shown, texts)[0], EVERY))
    tags, reader = tagger(shown, texts)
    monkeypatch.setattr(photo_judge, "load_photo_tagger", lambda settings: tags)
    monkeypatch.setattr(sys, "argv", ["photo_judge", str(race), "--every", str(EVERY)])
    photo_judge.main()
    printed = capsys.readouterr()
    assert printed.out.startswith(f"JUDGE: Final = {expected!r}\n")
    assert "3 lines so far, 2 right" in printed.err
    assert reader.closed
