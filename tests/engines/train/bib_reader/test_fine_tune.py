"""From a user's number lines to a reader and a report, small but whole."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from engines.errors import LabelError, ModelFileError  # noqa: E402
from engines.evaluate.labels import Progress  # noqa: E402
from engines.load import EngineSettings, load_reader  # noqa: E402
from engines.models import (  # noqa: E402
    DEFAULT_READER,
    ReaderManifest,
    ReaderName,
    any_manifest,
    checksum,
    read_manifest,
    stamp,
    verify,
    write_manifest,
)
from engines.simulate.bib import render_bib  # noqa: E402
from engines.train.bib_reader.fine_tune import (  # noqa: E402
    ReaderReport,
    ReadWhole,
    fine_tune_reader,
    n_right,
)
from engines.train.bib_reader.network import ReaderNetwork, write_reader_onnx  # noqa: E402
from engines.train.bib_reader.stock import NumberLine  # noqa: E402
from engines.train.bib_reader.training import ReaderSettings  # noqa: E402
from engines.train.labelled.data_set import (  # noqa: E402
    DataSet,
    LabelledBox,
    LabelledPicture,
    Problem,
)
from engines.train.own_run import DataSetError  # noqa: E402
from engines.train.run import Pace  # noqa: E402
from engines.train.weights import write_weights  # noqa: E402
from engines.types import Kind  # noqa: E402
from tests.engines.tiny_models import write_line_reader  # noqa: E402
from tests.engines.train.bib_reader.test_training import TINY  # noqa: E402
from tests.engines.train.resumed import longer  # noqa: E402

FAULT = Problem("crops.csv:3", "the picture 'b.png' is missing", "put it there")


def silent(what: str) -> Progress:
    return lambda done, total: None


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader that knows nothing: ONNX file, manifest, weights."""
    torch.manual_seed(1)
    network = ReaderNetwork(TINY).eval()
    path = tmp_path_factory.mktemp("first") / "first.onnx"
    write_weights(network, path.with_suffix(".npz"))
    write_reader_onnx(network, path)
    stamp(path, ReaderManifest())
    return path


def numbers(folder: Path, n: int = 12, texts: bool = True) -> DataSet:
    """Pictures of one bib each: every other one labels the number line, the rest the bib."""
    rng = np.random.default_rng(1)
    pictures = []
    for i in range(n):
        sheet = render_bib(str(100 + i), rng, 96)
        image = np.full((160, 240, 3), 90, np.uint8)
        height, width = sheet.image.shape[:2]
        image[30 : 30 + height, 40 : 40 + width] = sheet.image[..., :3]
        path = folder / f"{i:02}.png"
        cv2.imwrite(str(path), image)
        x0, y0, x1, y1 = sheet.number_xyxy
        line = (40 + x0, 30 + y0, 40 + x1, 30 + y1)
        kind, where = (
            (Kind.BIB, (40, 30, 40 + width, 30 + height)) if i % 2 else (Kind.NUMBER, line)
        )
        box = LabelledBox(kind, where, str(100 + i) if texts else None, False, "")
        pictures.append(LabelledPicture(path, 240, 160, (box,), "city"))
    return DataSet(tuple(pictures), ())


def settings(out: Path) -> ReaderSettings:
    return ReaderSettings(Pace(out, 0.03), n_drawn=3, n_crops=4, threads=1)


def test_a_data_set_becomes_a_reader_and_a_report(first: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = fine_tune_reader(numbers(tmp_path), first, settings(out), silent)
    manifest = any_manifest(verify(report.reader, any_manifest(report.reader).sha256))
    assert isinstance(manifest, ReaderManifest)
    load_reader(EngineSettings(threads=1, reader=str(report.reader))).close()
    assert (report.n_train, report.n_validation, report.n_test) == (10, 1, 1)
    assert [(part.part, part.n_lines) for part in report.read] == [("validation", 1), ("test", 1)]
    # One that learnt for two seconds knows nothing; the default reader reads drawn bibs.
    assert [part.before for part in report.read] == [0, 0]
    assert sum(part.default for part in report.read) > 0
    assert "NOT better" in str(report)
    assert "models use" not in str(report)
    told = json.loads((out / "report.json").read_text())
    assert (told["is_better"], told["default_reader"]) == (False, DEFAULT_READER)
    assert (out / "progress.svg").read_text().startswith("<svg")
    assert (out / "reader.npz").is_file()


def test_pp_ocr_is_trained_on_and_not_spoilt(tmp_path: Path) -> None:
    out = tmp_path / "out"
    kept = replace(settings(out), keep=0.5)
    report = fine_tune_reader(numbers(tmp_path), ReaderName.PP_OCR, kept, silent)
    manifest = any_manifest(verify(report.reader, any_manifest(report.reader).sha256))
    assert isinstance(manifest, ReaderManifest) and manifest.is_pp_ocr
    for part in report.read:
        assert part.before == part.default == part.after == part.n_lines
    # As many as before are no reason to change.
    assert "NOT better" in str(report)
    assert "both the one it began with and pp-ocr" in str(report)
    assert not (out / "reader.npz").exists()


def test_a_run_is_gone_on_with_and_never_mixed_up(first: Path, tmp_path: Path) -> None:
    data, once = numbers(tmp_path, 3), settings(tmp_path / "out")
    report = fine_tune_reader(data, first, once, silent)
    assert "is not known" in str(report)
    with pytest.raises(LabelError, match="--resume"):
        fine_tune_reader(data, first, once, silent)
    seen = torch.load(tmp_path / "out" / "last.pt", weights_only=True)["n_seen"]
    again = replace(once, resume=True, pace=longer(once.pace))
    with pytest.raises(LabelError, match="other pictures"):
        fine_tune_reader(DataSet(data.pictures[:2], ()), first, again, silent)
    box = replace(data.pictures[0].boxes[0], text="999")
    corrected = replace(data.pictures[0], boxes=(box,))
    with pytest.raises(LabelError, match="other pictures"):
        fine_tune_reader(DataSet((corrected, *data.pictures[1:]), ()), first, again, silent)
    # A manifest that lies there is not kept: PP-OCR's height is not this network's.
    stale = replace(read_manifest(ReaderManifest, report.reader), name="mine", height=48)
    write_manifest(stale, report.reader)
    fine_tune_reader(data, first, again, silent)
    assert torch.load(tmp_path / "out" / "last.pt", weights_only=True)["n_seen"] > seen
    manifest = read_manifest(ReaderManifest, report.reader)
    assert (manifest.name, manifest.height) == ("own reader", 32)
    assert manifest.sha256 == checksum(report.reader)


def test_faults_are_told_and_nothing_is_trained(first: Path, tmp_path: Path) -> None:
    faulty = DataSet(numbers(tmp_path, 2).pictures, (FAULT,))
    with pytest.raises(DataSetError, match=r"crops.csv:3: the picture 'b.png' is missing"):
        fine_tune_reader(faulty, first, settings(tmp_path / "out"), silent)
    assert not (tmp_path / "out").exists()
    report = fine_tune_reader(
        faulty, first, settings(tmp_path / "out"), silent, leave_out_faulty=True
    )
    assert report.n_train == 2


@pytest.mark.parametrize(
    ("situation", "n", "texts", "change", "message"),
    [
        ("no picture at all", 0, True, {}, "no usable picture"),
        ("no text at all", 3, False, {}, "no number line of the data set has a text"),
        ("nothing to go on from", 2, True, {"resume": True}, "no checkpoint"),
    ],
)
def test_bad_requests(
    situation: str,
    n: int,
    texts: bool,
    change: dict[str, bool],
    message: str,
    first: Path,
    tmp_path: Path,
) -> None:
    asked = replace(settings(tmp_path / "out"), **change)  # type: ignore[arg-type]
    with pytest.raises(LabelError, match=message):
        fine_tune_reader(numbers(tmp_path, n, texts), first, asked, silent)
    assert not (tmp_path / "out" / "last.pt").exists()


@pytest.mark.parametrize("suffix", [".onnx", ".npz", ".json"])
@pytest.mark.parametrize("fault", ["absent", "broken"])
def test_a_reader_to_begin_with_that_is_not_whole(
    suffix: str, fault: str, first: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.onnx"
    for one in (".onnx", ".npz", ".json"):
        own.with_suffix(one).write_bytes(first.with_suffix(one).read_bytes())
    file = own.with_suffix(suffix)
    file.unlink() if fault == "absent" else file.write_bytes(b"broken")
    with pytest.raises(ModelFileError, match=r"own\.") as raised:
        fine_tune_reader(numbers(tmp_path, 2), own, settings(tmp_path / "out"), silent)
    if fault == "absent" and suffix != ".json":
        assert "no reader to train on from" in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_lines_read_whole_are_counted_by_part(tmp_path: Path) -> None:
    path = write_line_reader(tmp_path / "r.onnx", "12")
    stamp(path, ReaderManifest())
    white = np.full((60, 90, 3), 255, np.uint8)
    lines = [NumberLine.of(white, (20, 20, 70, 40), text) for text in ("12", "21", "12")]
    assert n_right(str(path), [lines, lines[1:2]], 1) == [2, 0]
    assert n_right("none", [], 1) == []


@pytest.mark.parametrize(
    ("situation", "before", "after", "default", "is_better"),
    [
        ("better than both", 5, 8, 7, True),
        ("as good as the default one", 5, 7, 7, True),
        ("worse than the default one", 5, 6, 7, False),
        ("no better than before", 8, 8, 7, False),
    ],
)
def test_only_a_better_reader_is_recommended(
    situation: str, before: int, after: int, default: int, is_better: bool
) -> None:
    read = (ReadWhole("validation", 10, before, after, default),)
    report = ReaderReport(Path("r.onnx"), 80, 10, 0, read)
    assert report.is_better is is_better, situation
    assert ("finishline models use r.onnx" in str(report)) is is_better
    assert ("NOT better" in str(report)) is not is_better
