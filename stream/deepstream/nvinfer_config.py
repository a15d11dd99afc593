"""What nvinfer is told of the detector, rendered from the detector's manifest. Pure.

The box parser is one of DeepStream's own, ``NvDsInferParseCustomTfSSD``: it looks the detector's
three outputs up by name. Suppression is nvinfer's (``cluster-mode=2``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.detector import OUTPUTS
from engines.models import DetectorManifest

PARSER = "NvDsInferParseCustomTfSSD"
ONNX = "detector.onnx"
LABELS = "labels.txt"
FP32, FP16 = 0, 2
MOST_OF_A_KIND = 200
"""Boxes of one kind and frame that are kept."""

Section = tuple[str, tuple[tuple[str, str | int | float], ...]]


@dataclass(frozen=True, slots=True)
class InferPlan:
    """What is not in the manifest.

    Attributes:
        folder: holds the ONNX file and the labels; the engine that TensorRT builds goes there.
        library: with the box parser.
        batch: frames of one call, one per camera.
        mode: `FP32` or `FP16`. FP16 is quicker and may move far boxes by half a pixel.
        gpu: number of the GPU.
    """

    folder: Path
    library: Path
    batch: int
    mode: int = FP32
    gpu: int = 0

    @property
    def engine(self) -> Path:
        """Where nvinfer writes the engine it has built, and finds it the next time."""
        mode = "fp16" if self.mode == FP16 else "fp32"
        return self.folder / f"{ONNX}_b{self.batch}_gpu{self.gpu}_{mode}.engine"


def infer_config(manifest: DetectorManifest, plan: InferPlan) -> str:
    """The text of nvinfer's configuration file.

    A key file has no comments behind a value, so there are none at all.
    """
    return "\n\n".join(_written(section) for section in sections(manifest, plan)) + "\n"


def labels(manifest: DetectorManifest) -> str:
    """The text of the labels file: one name for each class id."""
    return "".join(f"{label}\n" for label in manifest.labels)


def sections(manifest: DetectorManifest, plan: InferPlan) -> Sequence[Section]:
    """The groups of the file with their keys."""
    return (
        ("property", _property(manifest, plan)),
        *(
            (
                f"class-attrs-{number}",
                (
                    ("pre-cluster-threshold", manifest.scores[label]),
                    ("nms-iou-threshold", manifest.overlaps[label]),
                    ("topk", MOST_OF_A_KIND),
                ),
            )
            for number, label in enumerate(manifest.labels)
        ),
    )


def _property(
    manifest: DetectorManifest, plan: InferPlan
) -> tuple[tuple[str, str | int | float], ...]:
    return (
        ("gpu-id", plan.gpu),
        ("gie-unique-id", 1),
        ("process-mode", 1),
        ("network-type", 0),
        ("onnx-file", str(plan.folder / ONNX)),
        ("model-engine-file", str(plan.engine)),
        ("labelfile-path", str(plan.folder / LABELS)),
        ("batch-size", plan.batch),
        ("infer-dims", f"3;{manifest.height};{manifest.width}"),
        ("network-mode", plan.mode),
        ("num-detected-classes", len(manifest.labels)),
        ("net-scale-factor", manifest.scale),
        ("model-color-format", {"RGB": 0, "BGR": 1}[manifest.colour]),
        # As `engines.letterbox` does it: shape kept, centred, the rest 0.
        ("maintain-aspect-ratio", 1),
        ("symmetric-padding", 1),
        ("interval", 0),
        ("cluster-mode", 2),
        ("output-blob-names", ";".join(OUTPUTS)),
        ("parse-bbox-func-name", PARSER),
        ("custom-lib-path", str(plan.library)),
    )


def _written(section: Section) -> str:
    name, keys = section
    return "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in keys)])
