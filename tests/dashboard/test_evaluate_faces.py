"""`finishline evaluate faces` as its user meets it."""

import importlib.util
import json
from pathlib import Path

import cv2
import pytest

from dashboard.cli import main
from tests.engines.faces.test_dlib_embedder import DARK, FAIR, drawn

INSTALLED = all(importlib.util.find_spec(name) for name in ("dlib", "face_recognition_models"))


def written(folder: Path) -> Path:
    """Two pictures of one drawn face, one of another, with their boxes."""
    faces = {"a": drawn(FAIR, 1), "b": drawn(FAIR, 2), "c": drawn(DARK, 3)}
    box = {}
    for name, face in faces.items():
        cv2.imwrite(str(folder / f"{name}.png"), face.image[:, :, ::-1])
        box[name] = " ".join(f"{side:.1f}" for side in face.box)
    rows = ["file1,box1,file2,box2,same"]
    for one, other, same in (("a", "b", 1), ("a", "c", 0), ("b", "c", 0)):
        rows.append(f"{one}.png,{box[one]},{other}.png,{box[other]},{same}")
    path = folder / "pairs.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.mark.skipif(not INSTALLED, reason="the extra 'faces' is not installed")
def test_pairs_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(tmp_path))
    assert main(["evaluate", "faces", path, path, "--threads", "1", "--json"]) == 0
    one, other = json.loads(capsys.readouterr().out)
    assert one["separation"] == other["separation"]
    assert (one["n_pairs"], one["n_faces"], one["n_pairs_without"]) == (3, 3, 0)
    assert (one["separation"]["auc"], one["separation"]["tpr"]) == (1, 1)
    assert main(["evaluate", "faces", path, "--threads", "1"]) == 0
    text = capsys.readouterr().out
    assert "TPR at FPR 1 %" in text
    assert "0 pairs could not be compared" in text


def test_a_pack_that_is_missing_is_one_clear_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = str(written(tmp_path))
    assert main(["evaluate", "faces", pairs, "--embedder", f"insightface:{tmp_path}"]) == 2
    told = capsys.readouterr().err
    assert "insightface-cli model.download buffalo_l" in told
    assert "non-commercial research only" in told
