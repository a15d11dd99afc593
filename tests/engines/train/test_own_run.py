"""The folder of a training on a user's own data: what may lie in it, and what may not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from engines.errors import LabelError
from engines.simulate.race_bibs import RaceBibs
from engines.train.labelled.data_set import LabelledPicture
from engines.train.labelled.split import Split
from engines.train.own_run import note_run

SPLIT = Split((LabelledPicture(Path("a.png"), 80, 60, (), "city"),), (), ())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("last.pt", r"holds a run: go on with it \(--resume\) or name another --out"),
        ("detector.onnx", "holds detector.onnx, which .* name another --out"),
        ("detector.json", "holds detector.json"),
        ("detector.npz", "holds detector.npz"),
        ("reader.onnx", "holds reader.onnx"),
        ("reader.json", "holds reader.json"),
        ("reader.npz", "holds reader.npz"),
        ("report.json", "holds report.json"),
    ],
)
def test_a_run_that_begins_replaces_nothing(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(LabelError, match=message):
        note_run(tmp_path, SPLIT, None, resume=False)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_what_a_run_left_that_was_killed_at_once_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    (tmp_path / "progress.jsonl").write_text('{"minutes": 0.5}\n')
    (tmp_path / "notes.txt").write_text("mine")
    note_run(tmp_path, SPLIT, None, resume=False)
    assert json.loads((tmp_path / "run.json").read_text())["train"] == ["a.png"]
    assert {file.name for file in tmp_path.iterdir()} == {"run.json", "notes.txt"}


@pytest.mark.parametrize(
    ("situation", "note", "message"),
    [
        ("cut off", '{"train": ["a.p', r"run\.json cannot be read"),
        ("empty", "", r"run\.json cannot be read"),
        ("no text", b"\xff\xfe\x00", r"run\.json cannot be read"),
        ("no table", "[]", r"run\.json is no note of a run"),
        ("missing", None, r"run\.json cannot be read"),
    ],
)
def test_a_damaged_note_is_named(
    situation: str, note: str | bytes | None, message: str, tmp_path: Path
) -> None:
    (tmp_path / "last.pt").write_bytes(b"")
    if note is not None:
        (tmp_path / "run.json").write_bytes(note.encode() if isinstance(note, str) else note)
    with pytest.raises(LabelError, match=f"{message}.* begin again with another --out"):
        note_run(tmp_path, SPLIT, None, resume=True)


@pytest.mark.parametrize(
    ("situation", "files", "message"),
    [
        ("nothing at all", [], "no checkpoint to go on from; leave out --resume$"),
        ("only a result", ["reader.onnx"], "leave out --resume and name another --out$"),
    ],
)
def test_nothing_to_go_on_from(
    situation: str, files: list[str], message: str, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(LabelError, match=message):
        note_run(tmp_path, SPLIT, None, resume=True)


def test_a_run_is_gone_on_with_as_it_was_begun(tmp_path: Path) -> None:
    race = RaceBibs(title="City")
    note_run(tmp_path, SPLIT, race, resume=False)
    begun = (tmp_path / "run.json").read_text()
    (tmp_path / "last.pt").write_bytes(b"")
    (tmp_path / "progress.jsonl").write_text('{"minutes": 0.5}\n')
    note_run(tmp_path, SPLIT, race, resume=True)
    assert (tmp_path / "run.json").read_text() == begun
    assert (tmp_path / "progress.jsonl").read_text() == '{"minutes": 0.5}\n'
    with pytest.raises(LabelError, match="other --bibs"):
        note_run(tmp_path, SPLIT, None, resume=True)
    with pytest.raises(LabelError, match="other pictures"):
        note_run(tmp_path, replace(SPLIT, train=()), race, resume=True)


def test_a_run_begun_before_bibs_were_noted_may_have_had_any(tmp_path: Path) -> None:
    (tmp_path / "last.pt").write_bytes(b"")
    note = {"train": ["a.png"], "validation": [], "test": []}
    (tmp_path / "run.json").write_text(json.dumps(note))
    note_run(tmp_path, SPLIT, RaceBibs(title="City"), resume=True)
    assert json.loads((tmp_path / "run.json").read_text()) == note


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_that_cannot_be_written(
    resume: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if resume:
        note_run(tmp_path, SPLIT, None, resume=False)
        (tmp_path / "last.pt").write_bytes(b"")

    def refuse(path: Path, content: bytes) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("engines.train.own_run.write_atomically", refuse)
    with pytest.raises(LabelError, match=r"cannot be made or written: .*Permission denied"):
        note_run(tmp_path, SPLIT, None, resume=resume)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(LabelError, match=r"cannot be made or written: .* name another --out"):
        note_run(tmp_path / "file" / "out", SPLIT, None, resume=False)
