"""The rendered nvinfer file: known keys, and pixels as the CPU's detector sees them."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from engines.detector import OUTPUTS
from engines.letterbox import letterbox
from engines.models import DETECTOR, DetectorManifest, read_manifest
from engines.picture import RgbPicture
from engines.types import Floats
from stream.deepstream.nvinfer_config import FP16, InferPlan, infer_config, labels

PLAN = InferPlan(Path("/cache"), Path("/lib/parser.so"), batch=4)
# Of gstnvinfer_property_parser.h, DeepStream 9.1.
PROPERTY_KEYS = {"gpu-id", "gie-unique-id", "process-mode", "network-type", "onnx-file",
                 "model-engine-file", "labelfile-path", "batch-size", "infer-dims",
                 "network-mode", "num-detected-classes", "net-scale-factor",
                 "model-color-format", "maintain-aspect-ratio", "symmetric-padding",
                 "interval", "cluster-mode", "output-blob-names", "parse-bbox-func-name",
                 "custom-lib-path", "secondary-reinfer-interval", "operate-on-gie-id",
                 "operate-on-class-ids", "filter-out-class-ids", "classifier-threshold",
                 "workspace-size", "scaling-filter", "scaling-compute-hw",
                 "strongly-typed", "layer-device-precision", "output-tensor-meta"}  # fmt: skip
CLASS_KEYS = {"pre-cluster-threshold", "nms-iou-threshold", "topk"}


def parsed(manifest: DetectorManifest, plan: InferPlan = PLAN) -> ConfigParser:
    config = ConfigParser(interpolation=None, delimiters=("=",))
    config.optionxform = str  # type: ignore[assignment, method-assign]
    config.read_string(infer_config(manifest, plan))
    return config


def test_every_key_is_one_of_nvinfers() -> None:
    config = parsed(DetectorManifest())
    assert set(config["property"]) <= PROPERTY_KEYS
    assert config.sections() == ["property", *(f"class-attrs-{k}" for k in range(4))]
    assert all(set(config[name]) == CLASS_KEYS for name in config.sections()[1:])


def test_there_are_no_comments() -> None:
    assert "#" not in infer_config(DetectorManifest(), PLAN)


def test_thresholds_and_labels_are_the_manifests() -> None:
    manifest = read_manifest(DetectorManifest, DETECTOR)
    config = parsed(manifest)
    for number, label in enumerate(manifest.labels):
        section = config[f"class-attrs-{number}"]
        assert section.getfloat("pre-cluster-threshold") == manifest.scores[label]
        assert section.getfloat("nms-iou-threshold") == manifest.overlaps[label]
    assert labels(manifest).split() == list(manifest.labels)
    assert config["property"].getint("num-detected-classes") == len(manifest.labels)


def test_the_engine_is_found_again() -> None:
    config = parsed(DetectorManifest(), InferPlan(Path("/c"), Path("/p.so"), 30, FP16, 1))
    assert config["property"]["model-engine-file"] == "/c/detector.onnx_b30_gpu1_fp16.engine"
    assert config["property"]["network-mode"] == "2"


def test_the_shipped_network_has_what_the_parser_looks_for() -> None:
    session = onnxruntime.InferenceSession(str(DETECTOR), providers=["CPUExecutionProvider"])
    found = {output.name: output.type for output in session.get_outputs()}
    asked = parsed(DetectorManifest())["property"]["output-blob-names"].split(";")
    assert {name: found[name] for name in asked} == dict.fromkeys(OUTPUTS, "tensor(float)")
    assert session.get_inputs()[0].type == "tensor(float)"


def as_nvinfer(config: ConfigParser, picture: RgbPicture) -> Floats:
    """What nvinfer makes of a frame, by its file: scaled to fit, centred, padded with 0."""
    told = config["property"]
    channels, height, width = (int(part) for part in told["infer-dims"].split(";"))
    assert (told["maintain-aspect-ratio"], told["symmetric-padding"]) == ("1", "1")
    assert (channels, told["model-color-format"]) == (3, "0")
    scale = min(width / picture.width, height / picture.height)
    inner = round(picture.width * scale), round(picture.height * scale)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas = np.zeros((height, width, 3), np.float32)
    canvas[top : top + inner[1], left : left + inner[0]] = picture.resized(*inner)
    return (canvas * float(told["net-scale-factor"])).transpose(2, 0, 1)


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (720, 1280), (640, 384), (1000, 333)])
def test_nvinfer_sees_what_the_cpu_sees(size: tuple[int, int]) -> None:
    manifest = read_manifest(DetectorManifest, DETECTOR)
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    picture = RgbPicture(noise)
    tensor, _ = letterbox([picture], manifest.size)
    cpu = tensor[0].transpose(2, 0, 1).astype(np.float32) / 255
    assert np.abs(as_nvinfer(parsed(manifest), picture) - cpu).max() < 1e-6
