"""The report of a clip; the run itself is tested end to end."""

import json

from stream.evaluate import ClipReport, Witness
from stream.truth import Confirmation, Score
from stream.types import Clock, Crossed


def report(errors_ms: tuple[float, ...], leads_s: tuple[float, ...]) -> ClipReport:
    tag = Confirmation(4, "13", 1.25, (0, 0, 1, 1))
    result = Score(3, 2, 1, 1, 1, 0, errors_ms, 2, leads_s, (tag,), ("34",))
    return ClipReport("c.mp4", True, result, 100, 50.0, 200.0, {"asked": 9}, {"blurred": 2})


def test_the_report_has_every_promised_key() -> None:
    told = json.loads(json.dumps(report((-40.0, 10.0, 20.0), (1.5,)).to_json()))
    assert told["crossing_error_ms"] == {"median": 20.0, "p95": 40.0, "n": 3, "extra": 2}
    assert told["lead_s"] == {"median": 1.5, "p5": 1.5}
    assert told["speed"] == 0.25
    assert told["wrong_tags"] == [{"bib": "13", "time_s": 1.25}]
    assert {
        "runners", "readable", "right", "wrong", "missed", "false_tags", "frames", "fps",
        "decode_fps", "look_counts", "reasons",
    } <= told.keys()  # fmt: skip


def test_nothing_measured_is_said_as_nothing() -> None:
    told = report((), ()).to_json()
    assert told["crossing_error_ms"] == {"median": None, "p95": None, "n": 0, "extra": 2}
    assert told["lead_s"] == {"median": None, "p5": None}


def test_a_crossing_takes_the_box_of_the_nearest_frame() -> None:
    witness = Witness(10, lambda done, total: None)
    witness.boxes[5] = {0: (0, 0, 1, 1), 40_000_000: (2, 2, 3, 3)}
    witness.tell(Crossed("clip", 5, 0, 30_000_000, 30_000_000, Clock.FILE), None)
    witness.tell(Crossed("clip", 6, 0, 30_000_000, 30_000_000, Clock.FILE), None)
    assert [passage.person for passage in witness.passages()] == [(2, 2, 3, 3), None]
