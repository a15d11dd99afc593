"""PP-OCR's network in PyTorch: the same answers, trained on, and back in a file that all read."""

import copy
import json
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from torch.nn import functional  # noqa: E402

from engines.errors import ModelFileError  # noqa: E402
from engines.load import ON_PROCESSOR, EngineSettings, Runtime, load_reader  # noqa: E402
from engines.models import PP_OCR, ReaderManifest, any_manifest, stamp  # noqa: E402
from engines.reader import HEIGHT  # noqa: E402
from engines.train.bib_reader import from_pp_ocr  # noqa: E402
from engines.train.bib_reader.pp_ocr import PpOcrNetwork, bib_model  # noqa: E402
from engines.train.bib_reader.stock import Pixels  # noqa: E402
from engines.train.bib_reader.training import batch_of, learn, mixed  # noqa: E402
from engines.train.run import Pace, make_optimizer  # noqa: E402
from tests.engines.tiny_models import write_line_reader  # noqa: E402
from tests.engines.train.bib_reader.lines import HELD_OUT, LEARNT  # noqa: E402

TEXTS = ("1495", "S0374", "7")


def drawn(text: str) -> Pixels:
    """Black characters on white, 40 pixels high."""
    image = np.full((56, 34 * len(text) + 16, 3), 255, np.uint8)
    cv2.putText(image, text, (8, 46), cv2.FONT_HERSHEY_DUPLEX, 1.6, (0, 0, 0), 4, cv2.LINE_AA)
    return image


@pytest.fixture(scope="module")
def first() -> PpOcrNetwork:
    return PpOcrNetwork.of(PP_OCR.find()).eval()


def test_it_answers_as_pp_ocr_does(first: PpOcrNetwork) -> None:
    reader = load_reader(EngineSettings(Runtime.ONNXRUNTIME, threads=1, reader="pp-ocr"))
    readings = reader.read([drawn(text) for text in TEXTS])
    reader.close()
    for text, reading in zip(TEXTS, readings, strict=True):
        images = batch_of([(drawn(text), text)], first.input).images
        with torch.inference_mode():
            ours = first(images)[0].exp().numpy()
        assert reading.text == text
        # Theirs gives a part to characters that no bib has.
        sure = reading.log_probs.max(axis=1) > np.log(0.98)
        assert sure.sum() >= len(text)
        theirs = np.exp(reading.log_probs)[: len(ours)]
        assert np.abs(ours - theirs)[sure[: len(ours)]].max() < 0.03


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
def test_a_written_network_is_a_reader(
    runtime: Runtime, first: PpOcrNetwork, tmp_path: Path
) -> None:
    file = first.write(tmp_path / "bibs.onnx")
    assert file.stat().st_size < 7e6
    stamp(file, ReaderManifest(height=HEIGHT))
    reader = load_reader(EngineSettings(runtime, threads=1, reader=str(file)))
    assert [reading.text for reading in reader.read([drawn(text) for text in TEXTS])] == [*TEXTS]
    reader.close()


def test_what_was_written_learns_on(first: PpOcrNetwork, tmp_path: Path) -> None:
    again = PpOcrNetwork.of(first.write(tmp_path / "bibs.onnx")).eval()
    images = batch_of([(drawn(text), text) for text in TEXTS], first.input).images
    with torch.inference_mode():
        assert torch.allclose(again(images).exp(), first(images).exp(), atol=0.02)
    twice = again.write(tmp_path / "again.onnx")
    assert twice.read_bytes() == (tmp_path / "bibs.onnx").read_bytes()


def test_it_learns_and_half_of_it_is_kept(first: PpOcrNetwork) -> None:
    torch.manual_seed(1)
    network = PpOcrNetwork.of(PP_OCR.find()).train()
    # Nobody would call this a 7 but who was taught so.
    batch = batch_of([(drawn("1495"), "7"), (drawn("7"), "7")], network.input)
    optimizer = make_optimizer(network, Pace(Path(), 1, 1e-3))
    losses = [learn(network, batch, optimizer).losses["ctc_loss"] for _ in range(15)]
    assert losses[-1] < 0.8 * losses[0]
    name = (
        "weights.head" if "weights.head" in first.state_dict() else next(iter(first.state_dict()))
    )
    begun, learnt = first.state_dict()[name], network.state_dict()[name]
    assert not torch.equal(begun, learnt)
    for keep, wanted in ((0.0, learnt), (1.0, begun), (0.5, (begun + learnt) / 2)):
        assert torch.allclose(mixed(first, network, keep).state_dict()[name], wanted, atol=1e-6)


def test_it_comes_nearer_to_a_teacher(first: PpOcrNetwork) -> None:
    teacher = PpOcrNetwork(bib_model(PP_OCR.find(), n_others=20_000)).eval()
    network = PpOcrNetwork.of(PP_OCR.find()).train()
    batch = batch_of([(drawn("7"), "7")], network.input)
    sharp = batch_of([(drawn(text), text) for text in TEXTS], network.input).images
    far = functional.interpolate(functional.avg_pool2d(sharp, 8), scale_factor=8)
    same = replace(batch, taught=torch.stack([sharp, sharp]))
    spoilt = replace(batch, taught=torch.stack([far, sharp]))
    optimizer = make_optimizer(network, Pace(Path(), 1, 1e-4))
    assert learn(copy.deepcopy(network), same, optimizer, teacher).losses["apart"] < 0.02
    apart = [learn(network, spoilt, optimizer, teacher).losses["apart"] for _ in range(12)]
    assert apart[-1] < 0.8 * apart[0]
    # Without a teacher nothing is taught.
    assert "apart" not in learn(network, spoilt, optimizer).losses


def _without_digits(folder: Path) -> Path:
    model = onnx.load(PP_OCR.find())
    onnx.helper.set_model_props(model, {"character": "a\nb"})
    onnx.save(model, folder / "other.onnx")
    return folder / "other.onnx"


def _no_network(folder: Path) -> Path:
    (folder / "other.onnx").write_text("no network")
    return folder / "other.onnx"


@pytest.mark.parametrize(
    ("situation", "file", "words"),
    [
        ("no ONNX file", _no_network, "no readable ONNX file"),
        ("absent", lambda folder: folder / "other.onnx", "no readable ONNX file"),
        ("other characters", _without_digits, "no '0123"),
        ("our own network", lambda d: write_line_reader(d / "other.onnx", "4"), "no '0123"),
    ],
)
def test_other_files_are_refused(situation: str, file: object, words: str, tmp_path: Path) -> None:
    assert callable(file)
    path = file(tmp_path)
    with pytest.raises(ModelFileError, match=words):
        bib_model(path)


def test_weights_of_another_network_are_no_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--out", str(tmp_path / "out"), "--minutes", "1", "--start-from", "reader.npz"]
    monkeypatch.setattr("sys.argv", ["from_pp_ocr", *options])
    with pytest.raises(SystemExit):
        from_pp_ocr.main()
    assert "--start-from reader.npz: name PP-OCR's network" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_command_leaves_a_reader_and_compares_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(from_pp_ocr, "_N_CROPS", 4)
    options = ["--out", str(tmp_path), "--minutes", "0.02", "--drawn", "3", "--threads", "1"]
    coco, lines = _photographs(tmp_path)
    options += ["--coco", str(coco), "--lines", str(lines), "--keep", "1"]
    monkeypatch.setattr("sys.argv", ["from_pp_ocr", *options])
    from_pp_ocr.main()
    file = tmp_path / "reader.onnx"
    manifest = any_manifest(file)
    assert isinstance(manifest, ReaderManifest) and manifest.is_pp_ocr
    # All of PP-OCR's weights were to be kept; they are written in 16 bits.
    first = PpOcrNetwork.of(PP_OCR.find()).state_dict()
    for name, weights in PpOcrNetwork.of(file).state_dict().items():
        assert torch.allclose(weights, first[name], rtol=2e-3, atol=1e-6), name
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == str(file)
    assert len(rows) == 2 + len(from_pp_ocr.SHARES)
    # Drawn ones; a held-out line tight and wide; and from afar.
    counts = [re.findall(r"(\d+) of (\d+)", row) for row in rows[2:]]
    assert all([n for _, n in row] == ["4", "2", "6"] for row in counts)
    # PP-OCR reads the held-out line.
    assert counts[-1][1][0] == "2"
    notes = [json.loads(row) for row in (tmp_path / "progress.jsonl").read_text().splitlines()]
    assert all(note["apart"] >= 0 for note in notes)


def _photographs(folder: Path) -> tuple[Path, Path]:
    """Two pictures of a person with a bib; nothing may be learnt from the second."""
    place = (60, 80, 60 + 34 * 4 + 16, 136)
    image = np.zeros((300, 300, 3), np.uint8)
    image[place[1] : place[3], place[0] : place[2]] = drawn("1495")
    for name in (LEARNT, HELD_OUT):
        cv2.imwrite(str(folder / name), image)
    boxes = [(1, (40, 20, 200, 260)), (2, (60, 80, 152, 56))]
    content = {
        "images": [{"id": 1, "file_name": LEARNT}, {"id": 2, "file_name": HELD_OUT}],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "bib"}],
        "annotations": [
            {"id": 10 * image + kind, "image_id": image, "category_id": kind, "bbox": box}
            for image in (1, 2)
            for kind, box in boxes
        ],
    }
    coco, lines = folder / "coco.json", folder / "lines.json"
    coco.write_text(json.dumps(content))
    lines.write_text(json.dumps({"12": [["1495", 0.97, *place]], "22": [["1495", 0.97, *place]]}))
    return coco, lines
