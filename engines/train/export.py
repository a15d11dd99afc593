"""Writes a trained network as the ONNX file of the detector contract.

The file keeps the 300 best (cell, class) pairs of every image: the box numbers are decoded for
those alone. It holds standard operators and no non-maximum suppression, so that OpenVINO,
ONNX Runtime, TensorRT and nvinfer all read it.
"""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from engines.train.network import N_CLASSES, STRIDES, DetectorNetwork, cell_centres, decode

N_KEPT = 300
OPSET = 17


class ContractNetwork(nn.Module):
    """The network with the contract's outputs.

    Images [B, 3, H, W] to boxes [B, K, 4] (y0, x0, y1, x1 as shares of the input's height and
    width, 0..1), scores [B, K] (0..1, descending) and classes [B, K] (0. to 3.).
    """

    def __init__(self, network: DetectorNetwork, n_kept: int = N_KEPT) -> None:
        super().__init__()
        self.network = network
        self.n_kept = n_kept

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        logits, numbers, centres, strides = [], [], [], []
        for stride, (score, box) in zip(STRIDES, self.network.features(images), strict=True):
            logits.append(score.flatten(2))
            numbers.append(box.flatten(2))
            grid = cell_centres(score.shape[2], score.shape[3], stride, score.device)
            centres.append(grid)
            strides.append(torch.full_like(grid[:, :1], float(stride)))
        every = torch.cat(logits, 2)
        n_cells = every.shape[2]
        best, index = every.flatten(1).topk(self.n_kept, dim=1)
        kind = torch.div(index, n_cells, rounding_mode="floor")
        cell = index - kind * n_cells
        table = torch.cat(numbers, 2).reshape(images.shape[0], N_CLASSES, 4, -1)
        table = table.permute(0, 2, 1, 3).flatten(2)
        picked = table.gather(2, index[:, None].expand(-1, 4, -1)).transpose(1, 2)
        place = torch.cat((torch.cat(centres), torch.cat(strides)), 1)[cell]
        boxes = decode(picked, place[..., :2], place[..., 2:])
        x0, y0, x1, y1 = boxes.unbind(-1)
        height, width = images.shape[2], images.shape[3]
        shares = torch.stack((y0 / height, x0 / width, y1 / height, x1 / width), -1)
        return shares.clamp(0.0, 1.0), best.sigmoid(), kind.to(torch.float32)


def write_onnx(network: DetectorNetwork, out: Path, n_kept: int = N_KEPT) -> Path:
    """Writes `network` to `out` with free batch, height and width (multiples of 32)."""
    model = ContractNetwork(network, n_kept).eval()
    out.parent.mkdir(parents=True, exist_ok=True)
    names = ["detection_boxes", "detection_scores", "detection_classes"]
    axes = {"images": {0: "batch", 2: "height", 3: "width"}, **{n: {0: "batch"} for n in names}}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer's notes on shapes and its deprecation
        torch.onnx.export(
            model,
            (torch.zeros(1, 3, 384, 640),),
            str(out),
            input_names=["images"],
            output_names=names,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    return out
