"""One race folder: its database and its pictures.

`Store` writes (and reads), `StoreReader` reads, also beside a writer in another process.
"""

from stream.store.corrections import Change
from stream.store.errors import (
    CorrectionRefused,
    NewerRaceFolder,
    NotARaceFolder,
    NothingToCorrect,
    RaceFolderInUse,
    StoreError,
)
from stream.store.footage import Footage, fingerprint
from stream.store.images import ImageKind, NewImage
from stream.store.reading import StoreReader
from stream.store.store import Store
from stream.store.values import (
    Counts,
    FootageRow,
    GuardedSegment,
    ImageRow,
    LookRow,
    NewSegment,
    RunnerRow,
    SegmentRow,
    Snapshot,
    StartListRow,
)

__all__ = [
    "Change",
    "CorrectionRefused",
    "Counts",
    "Footage",
    "FootageRow",
    "GuardedSegment",
    "ImageKind",
    "ImageRow",
    "LookRow",
    "NewImage",
    "NewSegment",
    "NewerRaceFolder",
    "NotARaceFolder",
    "NothingToCorrect",
    "RaceFolderInUse",
    "RunnerRow",
    "SegmentRow",
    "Snapshot",
    "StartListRow",
    "Store",
    "StoreError",
    "StoreReader",
    "fingerprint",
]
