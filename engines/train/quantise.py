"""Writes a trained detector as ONNX, as it is and rounded to 8 bits:
`python -m engines.train.quantise --help`.

Rounding nearly halves its time on processors without bfloat16 arithmetic, which is most laptops;
the others, and GPUs, take it as it is. Needs nncf (extra ``train``).

An activation tensor is rounded with one step for all its channels, and so the quiet channels of
a depthwise convolution drown beside a loud one. `equalise` makes them equally loud first
(cross-layer equalisation, Nagel et al. 2019): where nothing but a ReLU lies between two
convolutions, a factor taken from a channel of the first and given to the second changes nothing.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engines.train.export import write_onnx
from engines.train.network import DetectorNetwork, Separable
from engines.train.pictures import TrainingPicture, read_coco
from engines.train.races import read_race
from engines.train.scenes import SceneMix, Stock, make_scene
from engines.train.weights import read_weights, size_of

SIZE = (640, 384)
N_SCENES = 200
"""Scenes that the ranges of the activations are measured on."""

LOUD = 0.9995
"""Share of a channel's values below what counts as its loudness; the rest are outliers."""

LEAST_LOUDNESS = 0.01
"""Of the loudest channel: a dead channel is not made loud."""


@torch.no_grad()
def equalise(network: DetectorNetwork, images: Tensor) -> None:
    """Makes the channels between neighbouring convolutions equally loud; outputs stay the same.

    Args:
        network: changed in place; must be in evaluation mode.
        images: [B, 3, H, W], 0..1, to measure loudness on.
    """
    blocks = [module for module in network.modules() if isinstance(module, Separable)]
    pairs = [(network.stem[1], blocks[0].depthwise[0])]
    pairs += [(block.depthwise, block.pointwise[0]) for block in blocks]
    loudness = _loudness(network, images, [first for first, _ in pairs])
    for (first, second), loud in zip(pairs, loudness, strict=True):
        share = (loud / loud.max().clamp(min=1e-9)).clamp(min=LEAST_LOUDNESS)
        assert isinstance(first, nn.Sequential) and isinstance(second, nn.Conv2d)
        norm = first[1]
        assert isinstance(norm, nn.BatchNorm2d)
        norm.weight.div_(share)
        norm.bias.div_(share)
        # A depthwise convolution has one input channel for each of its groups.
        across = (-1, 1, 1, 1) if second.groups > 1 else (1, -1, 1, 1)
        second.weight.mul_(share.reshape(across))


def _loudness(network: nn.Module, images: Tensor, modules: Sequence[nn.Module]) -> list[Tensor]:
    """Per module, the loudness [C] of each channel of its output."""
    found: dict[nn.Module, Tensor] = {}

    def note(module: nn.Module, _: object, out: Tensor) -> None:
        values = out.abs().transpose(0, 1).flatten(1)
        found[module] = values.kthvalue(max(1, round(values.shape[1] * LOUD)), dim=1).values

    hooks = [module.register_forward_hook(note) for module in modules]
    try:
        network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return [found[module] for module in modules]


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
    parser.add_argument(
        "--out", type=Path, required=True, metavar="ONNX", help="NAME_8bit.onnx comes beside it"
    )
    given = parser.parse_args()
    readers: list[tuple[list[Path], Callable[[Path], list[TrainingPicture]]]] = [
        (given.coco, lambda path: read_coco(path, {})),
        (given.simulated, read_race),
    ]
    pictures = [picture for paths, read in readers for path in paths for picture in read(path)]
    network = DetectorNetwork(size_of(given.weights))
    read_weights(network, given.weights)
    print(write_onnx(network.eval(), given.out))
    rounded = given.out.with_stem(f"{given.out.stem}_8bit")
    print(quantise(network, calibration_scenes(pictures, N_SCENES), rounded))


if __name__ == "__main__":
    main()
