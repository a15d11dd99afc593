"""What the command line asks of the engines; a race file says the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engines.load import EngineSettings
from engines.runtimes.opening import Runtime


@dataclass(frozen=True, slots=True)
class EngineAsked:
    """What was asked for, see `EngineSettings`; None takes what the race file says."""

    runtime: Runtime | None = None
    threads: int | None = None
    detector: Path | None = None
    reader: str | None = None
    gpu: int | None = None

    def applied(self, engine: EngineSettings) -> EngineSettings:
        """The race file's engines with what was asked for on top."""
        return replace(
            engine,
            runtime=self.runtime or engine.runtime,
            threads=engine.threads if self.threads is None else self.threads,
            detector=self.detector or engine.detector,
            reader=self.reader or engine.reader,
            gpu=engine.gpu if self.gpu is None else self.gpu,
        )
