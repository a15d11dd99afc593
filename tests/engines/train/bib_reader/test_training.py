"""The reader's network, its file, and a run that learns."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from engines.line_reader import LineReader  # noqa: E402
from engines.load import ON_PROCESSOR, EngineSettings, Runtime, open_session  # noqa: E402
from engines.train.bib_reader.crop_input import OWN  # noqa: E402
from engines.train.bib_reader.crops import CropMix  # noqa: E402
from engines.train.bib_reader.network import (  # noqa: E402
    N_SYMBOLS,
    ReaderNetwork,
    ReaderSize,
    write_reader_onnx,
)
from engines.train.bib_reader.stock import CropStock  # noqa: E402
from engines.train.bib_reader.training import (  # noqa: E402
    ReaderSettings,
    batch_of,
    learn,
    train_reader,
)
from engines.train.run import Pace, make_optimizer  # noqa: E402
from engines.train.weights import grow_weights, write_weights  # noqa: E402
from tests.engines.train.resumed import longer  # noqa: E402

TINY = ReaderSize(widths=(8, 8, 8, 16), context=1)


@pytest.mark.parametrize("width", [64, 160, 224])
def test_a_step_stands_for_four_columns(width: int) -> None:
    log_probs = ReaderNetwork(TINY).eval()(torch.rand(2, 3, 32, width))
    assert log_probs.shape == (2, width // 4, N_SYMBOLS)
    assert torch.allclose(log_probs.exp().sum(-1), torch.ones(2, width // 4), atol=1e-4)


def test_texts_stand_one_after_the_other() -> None:
    crop = np.full((16, 44, 3), 9, np.uint8)
    batch = batch_of([(crop, "10"), (crop, ""), (crop[:, :9], "Z-9")], OWN)
    # As wide as the widest crop at the network's height, in steps of 16.
    assert batch.images.shape == (3, 3, 32, 96)
    assert batch.lengths.tolist() == [2, 0, 3]
    assert batch.symbols.tolist() == [2, 1, 36, 37, 10]
    assert batch.images[0, :, :, :88].eq(torch.tensor(9 / 255)).all()
    assert batch.images[0, :, :, 88:].eq(0).all()


@pytest.mark.parametrize("has_bfloat16", [False, True])
def test_it_learns_a_crop_by_heart(has_bfloat16: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": has_bfloat16})
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    crops = [(rng.integers(0, 256, (32, 96, 3), dtype=np.uint8), text) for text in ("12", "7")]
    network, batch = ReaderNetwork(TINY), batch_of(crops, OWN)
    optimizer = make_optimizer(network, Pace(Path(), 1, 1e-2))
    losses = [learn(network, batch, optimizer).losses["ctc_loss"] for _ in range(60)]
    assert losses[-1] < 0.3 * losses[0]


@pytest.mark.parametrize("runtime", ON_PROCESSOR)
def test_the_file_reads_as_the_network_does(runtime: Runtime, tmp_path: Path) -> None:
    torch.manual_seed(2)
    network = ReaderNetwork(TINY).eval()
    file = write_reader_onnx(network, tmp_path / "reader.onnx")
    reader = LineReader(
        open_session(file, EngineSettings(runtime), static_shapes=False, bytes_in=True)
    )
    crops = [np.random.default_rng(n).integers(0, 256, (32, 96, 3), np.uint8) for n in range(3)]
    crops.append(np.zeros((10, 300, 3), np.uint8))
    readings = reader.read(crops)
    reader.close()
    images = torch.from_numpy(crops[1])[None].permute(0, 3, 1, 2).float() / 255
    wanted = network(images)[0].detach().numpy()
    assert np.abs(readings[1].log_probs - wanted).max() < 0.05
    assert len(readings) == 4
    assert readings[3].log_probs.shape == (224 // 4, N_SYMBOLS)


def test_a_wider_network_begins_where_a_narrower_one_ended(tmp_path: Path) -> None:
    torch.manual_seed(3)
    narrow = ReaderNetwork(TINY).eval()
    write_weights(narrow, tmp_path / "reader.npz")
    wide = ReaderNetwork(ReaderSize(widths=(16, 16, 16, 24), context=1)).eval()
    grow_weights(wide, tmp_path / "reader.npz")
    images = torch.rand(2, 3, 32, 96)
    assert torch.allclose(wide(images), narrow(images), atol=0.05)


def test_a_run_ends_in_time_and_goes_on(tmp_path: Path) -> None:
    settings = ReaderSettings(Pace(tmp_path, 0.03), n_drawn=3, n_crops=4, network=TINY, threads=1)
    file = train_reader(settings, [])
    assert file.stat().st_size > 5_000
    seen = torch.load(tmp_path / "last.pt", weights_only=True)["n_seen"]
    train_reader(replace(settings, pace=longer(settings.pace), resume=True), [])
    assert torch.load(tmp_path / "last.pt", weights_only=True)["n_seen"] > seen > 0


def test_the_sheets_have_letters_as_the_mix_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocks: list[CropStock] = []

    def kept(stock: CropStock, *given: object) -> None:
        stocks.append(stock)
        raise KeyboardInterrupt

    monkeypatch.setattr("engines.train.bib_reader.training._Crops", kept)
    settings = ReaderSettings(
        Pace(tmp_path, 0.03), n_drawn=9, network=TINY, mix=CropMix(letter_share=1.0), threads=1
    )
    with pytest.raises(KeyboardInterrupt):
        train_reader(settings, [])
    [stock] = stocks
    assert all(re.search("[A-Z]", line.text) for line in stock.drawn)
