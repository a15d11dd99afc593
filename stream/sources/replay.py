"""Observations in a file: record once with a detector, replay often without one.

Gzipped JSON lines: a header with the version, then one line per observation. Numbers come
back bit for bit.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from engines.types import Detections, Floats
from stream.sources.port import SourceError
from stream.types import Clock, Observation

FORMAT = "finishline observations"
VERSION = 1


class ReplayError(SourceError):
    """A recording that cannot be replayed. The message names file and line."""


class Recording:
    """Writes observations; use `record`. Not for several threads."""

    def __init__(self, path: Path) -> None:
        self._file = gzip.open(path, "wt", encoding="utf-8", compresslevel=6)  # noqa: SIM115
        self._line({"format": FORMAT, "version": VERSION})

    def write(self, observation: Observation) -> None:
        """Append one. Raises ValueError for boxes or scores that are not finite."""
        found = observation.detections
        self._line(
            {
                "camera": observation.camera,
                "frame": observation.frame_index,
                "pts_ns": observation.pts_ns,
                "utc_ns": observation.capture_utc_ns,
                "clock": observation.clock.value,
                "size": [observation.width, observation.height],
                "boxes": _numbers(found.boxes),
                "scores": _numbers(found.scores),
                "kinds": found.kinds.tolist(),
            }
        )

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _line(self, values: dict[str, Any]) -> None:
        self._file.write(json.dumps(values, separators=(",", ":"), allow_nan=False) + "\n")


def record(path: Path) -> Recording:
    """A new recording at `path` (by custom ``.jsonl.gz``); an old one there is replaced.

    Use it in a ``with`` statement. Raises OSError where the file cannot be written.
    """
    return Recording(path)


def replay(path: Path) -> Iterator[Observation]:
    """The observations of a recording, in order.

    Raises:
        ReplayError: the file is missing, is no recording, is of a newer version, is damaged or
            ends too early. The observations before that line have been yielded.
    """
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if number == 1:
                    _check_header(path, line)
                else:
                    yield _observation(path, number, line)
    except FileNotFoundError:
        raise ReplayError(f"{path}: no such recording; check the path") from None
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ReplayError(f"{path}, after line {number}: damaged or cut off: {error}") from error
    except OSError as error:
        raise ReplayError(f"{path}, after line {number}: cannot be read: {error}") from error
    if number == 0:
        raise ReplayError(f"{path}: is empty, not a recording of observations")


def _check_header(path: Path, line: str) -> None:
    try:
        header = json.loads(line)
        form, version = header["format"], header["version"]
    except (ValueError, KeyError, TypeError):
        form, version = None, None
    if form != FORMAT:
        raise ReplayError(f"{path}, line 1: is not a recording of observations")
    if version != VERSION:
        raise ReplayError(
            f"{path}, line 1: version {version}, this program reads {VERSION}; update finishline"
        )


def _observation(path: Path, number: int, line: str) -> Observation:
    try:
        row = json.loads(line)
        width, height = row["size"]
        return Observation(
            camera=row["camera"],
            frame_index=row["frame"],
            pts_ns=row["pts_ns"],
            capture_utc_ns=row["utc_ns"],
            clock=Clock(row["clock"]),
            width=width,
            height=height,
            detections=Detections(
                np.array(row["boxes"], np.float32).reshape(-1, 4),
                np.array(row["scores"], np.float32),
                np.array(row["kinds"], np.int8),
            ),
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ReplayError(f"{path}, line {number}: is not an observation: {error!r}") from error


def _numbers(values: Floats) -> list[float]:
    """The shortest decimals that give the same float32 again, row after row."""
    flat = values.ravel()
    short = [float(str(value)) for value in flat]
    if not np.array_equal(np.array(short, np.float32), flat):
        short = [float(value) for value in flat]
    return short
