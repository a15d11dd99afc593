"""Keeps what OpenVINO has compiled for the next start, which reads it much quicker.

A file belongs to one network, one way of computing, one version of OpenVINO and one kind of
processor; its name is a digest of all that. Files lie under ``$XDG_CACHE_HOME/finishline/openvino``
(``~/.cache/finishline/openvino``); those unused for longest go first. Where that folder cannot be
used, everything is compiled anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engines.runtimes.cache_folder import cache_folder
from engines.whole_files import write_atomically

log = logging.getLogger(__name__)

LEAST_BYTES: Final = 256 << 10
"""Of a network's file: smaller ones compile in no time."""

MOST_BYTES: Final = 512 << 20
"""All files together."""

_DIGEST: Final = hashlib.sha256().digest_size


def digest_of(*told: object, file: Path | None = None) -> str:
    """Digest of everything that says which compiled network is meant.

    Args:
        told: values that JSON knows.
        file: whose content counts.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    if file is not None:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def code_digest(source: Path) -> str | None:
    """Digest of a module, to be taken when it is imported: an upgrade may replace it later. None
    where it cannot be read."""
    try:
        return digest_of(file=source)
    except OSError:
        return None


class CompiledNetworks:
    """Compiles a network, or reads what an earlier start has compiled. For any thread."""

    def __init__(self, core: Any, folder: Path | None = None) -> None:
        """`core` is OpenVINO's; `folder` is where the files lie, None: see the module."""
        self._core = core
        self._folder = folder

    def compiled(self, network: Any, key: str | None, settings: Mapping[str, str | int]) -> Any:
        """The network, compiled for the processor.

        Args:
            network: as OpenVINO has it.
            key: see `digest_of`; None: it is not worth keeping.
            settings: how it computes.

        Raises:
            RuntimeError: OpenVINO cannot compile it.
        """
        path = None if key is None else self._path(key)
        if path is None:
            return self._core.compile_model(network, "CPU", dict(settings))
        kept = self._read(path, settings)
        if kept is not None:
            return kept
        compiled = self._core.compile_model(network, "CPU", dict(settings))
        self._write(path, compiled)
        return compiled

    def _path(self, key: str) -> Path | None:
        try:
            return (self._folder or cache_folder("openvino")) / f"{key}.blob"
        except RuntimeError as error:  # there is no home
            log.info("what was compiled is not kept: %s", error)
            return None

    def _read(self, path: Path, settings: Mapping[str, str | int]) -> Any:
        """None where there is nothing, or nothing of use."""
        try:
            with path.open("rb") as file:
                digest, blob = file.read(_DIGEST), file.read()
        except OSError:
            return None
        if hashlib.sha256(blob).digest() != digest:
            log.warning("%s is damaged; the network is compiled anew", path)
            return None
        try:
            compiled = self._core.import_model(io.BytesIO(blob), "CPU", dict(settings))
        except RuntimeError as error:
            log.warning("%s is of no use, the network is compiled anew: %s", path, error)
            return None
        # Somebody else's, or gone meanwhile: it serves all the same.
        with suppress(OSError):
            os.utime(path)
        return compiled

    def _write(self, path: Path, compiled: Any) -> None:
        try:
            blob = compiled.export_model().getvalue()
            write_atomically(path, hashlib.sha256(blob).digest() + blob)
            _make_room(path.parent)
        except (RuntimeError, OSError) as error:
            log.info("what was compiled is not kept in %s: %s", path.parent, error)


def _make_room(folder: Path) -> None:
    """Remove the files unused for longest until the others are few enough."""
    left = MOST_BYTES
    for path, stat in sorted(_files(folder), key=lambda one: -one[1].st_mtime):
        left -= stat.st_size
        if left < 0:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Files, and what writers that were killed have left; others may remove them meanwhile."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            yield path, path.stat()
