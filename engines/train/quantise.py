"""Rounds a trained detector to 8 bits: `python -m engines.train.quantise --help`.

That nearly halves its time on processors without bfloat16 arithmetic, which is most laptops. Needs
nncf (extra ``train``).
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engines.train.export import write_onnx
from engines.train.network import DetectorNetwork
from engines.train.pictures import TrainingPicture, read_coco
from engines.train.races import read_race
from engines.train.rounding import equalise
from engines.train.scenes import SceneMix, Stock, make_scene
from engines.train.weights import read_weights, size_of

SIZE = (640, 384)
N_SCENES = 200
"""Scenes that the ranges of the activations are measured on."""


def calibration_scenes(pictures: Sequence[TrainingPicture], n: int) -> NDArray[np.uint8]:
    """Training scenes at the size of use, RGB [n, H, W, 3]."""
    stock = Stock.of(pictures, seed=3, n_bibs=200)
    rng = np.random.default_rng(9)
    mix = SceneMix(mosaic_share=0.5, person_heights=(0.04, 2.0))
    return np.stack([make_scene(stock, *SIZE, mix, rng)[0] for _ in range(n)])


def quantise(network: DetectorNetwork, scenes: NDArray[np.uint8], out: Path) -> Path:
    """Writes `network` with 8-bit convolutions as an ONNX file of the detector contract.

    From the last convolutions of the heads on nothing is rounded: 255 places for a corner in 640
    pixels would move every box.

    Args:
        network: equalised here, in place.
        scenes: RGB [N, H, W, 3].
        out: the file.
    """
    # Slow to import, and tests of the rest do without them.
    import nncf  # noqa: PLC0415
    import onnx  # noqa: PLC0415
    from nncf.quantization.range_estimator import RangeEstimatorParametersSet  # noqa: PLC0415

    few = torch.from_numpy(scenes[:16]).permute(0, 3, 1, 2).float() / 255
    equalise(network.eval(), few)
    with tempfile.TemporaryDirectory() as folder:
        model = onnx.load(str(write_onnx(network, Path(folder) / "detector.onnx")))
    exact = [node.name for node in model.graph.node if not _may_be_rounded(node.name)]
    rounded = nncf.quantize(
        model,
        nncf.Dataset(list(scenes), _fed),
        preset=nncf.QuantizationPreset.MIXED,
        # The usual range is the mean over the scenes, and cuts off what stands out in one of them.
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            activations_range_estimator_params=RangeEstimatorParametersSet.MINMAX
        ),
        subset_size=len(scenes),
        # nncf does not know all of them: some are folded away.
        ignored_scope=nncf.IgnoredScope(names=exact, validate=False),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(rounded, str(out))
    return out


def _may_be_rounded(node: str) -> bool:
    """Whether a node of the exported graph belongs to the network's body."""
    body = node.startswith(("/stem", "/stage", "/neck", "/heads"))
    return body and "to_score" not in node and "to_box" not in node


def _fed(scene: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    return {"images": np.multiply(scene.transpose(2, 0, 1)[None], np.float32(1 / 255))}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="round a trained detector to 8 bits")
    parser.add_argument("--weights", type=Path, required=True, metavar="NPZ")
    parser.add_argument("--coco", type=Path, nargs="*", default=[])
    parser.add_argument("--simulated", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True, metavar="ONNX")
    given = parser.parse_args()
    readers: list[tuple[list[Path], Callable[[Path], list[TrainingPicture]]]] = [
        (given.coco, lambda path: read_coco(path, {})),
        (given.simulated, read_race),
    ]
    pictures = [picture for paths, read in readers for path in paths for picture in read(path)]
    network = DetectorNetwork(size_of(given.weights))
    read_weights(network, given.weights)
    print(quantise(network, calibration_scenes(pictures, N_SCENES), given.out))


if __name__ == "__main__":
    main()
