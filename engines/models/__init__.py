"""The models: what each file is, where it comes from, and whether it is the right one.

A detector's or reader's manifest lies beside its weights (``detector.json``, ``reader.json``) and
drives what feeds the network: our own pre-processing, the thresholds, the configuration of
nvinfer. `python -m engines.models stamp` renews the checksum after a training run has written new
weights.
"""

from engines.models.files import (
    DETECTOR,
    EASYOCR,
    PP_OCR,
    PP_OCR_BIBS,
    READER,
    WEIGHTS,
    DownloadedModel,
    PackagedModel,
    checksum,
    verify,
)
from engines.models.listed import ModelRow, listed_models
from engines.models.manifests import (
    DetectorManifest,
    Manifest,
    ReaderManifest,
    any_manifest,
    read_manifest,
    stamp,
    write_manifest,
)
from engines.models.readers import (
    DEFAULT_READER,
    READERS_TOLD,
    ReaderName,
    reader_file,
    reader_of,
)

__all__ = [
    "DEFAULT_READER",
    "DETECTOR",
    "EASYOCR",
    "PP_OCR",
    "PP_OCR_BIBS",
    "READER",
    "READERS_TOLD",
    "WEIGHTS",
    "DetectorManifest",
    "DownloadedModel",
    "Manifest",
    "ModelRow",
    "PackagedModel",
    "ReaderManifest",
    "ReaderName",
    "any_manifest",
    "checksum",
    "listed_models",
    "read_manifest",
    "reader_file",
    "reader_of",
    "stamp",
    "verify",
    "write_manifest",
]
