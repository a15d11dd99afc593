"""Everything that the race can be told, as frozen values with documented defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engines.types import Box
from stream.finish import Approach, FinishSettings, Line
from stream.judging import JudgeSettings
from stream.looks import LookSettings
from stream.tracking import TrackerSettings
from stream.votes import VoteSettings


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What one camera looks at.

    Attributes:
        finish_line: see `stream.finish.Line`; None where the camera sees none.
        approach: from which side of it runners come.
        region: ``x0, y0, x1, y1`` as fractions of the picture; persons who stand outside are
            not followed. None is the whole picture.
    """

    finish_line: Line | None = None
    approach: Approach = Approach.AUTO
    region: Box | None = None


@dataclass(frozen=True, slots=True)
class RaceSettings:
    """Everything the race can be told. Cameras that are not named have no finish line.

    Attributes:
        conflict_s: a bib of a closed track that was in view together with another for longer than
            this cannot be the other's as well.
        recross_s: a track whose bib crossed on another track this recently does not cross again.
    """

    cameras: Mapping[str, CameraSettings] = field(default_factory=lambda: MappingProxyType({}))
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    looks: LookSettings = field(default_factory=LookSettings)
    judge: JudgeSettings = field(default_factory=JudgeSettings)
    vote: VoteSettings = field(default_factory=VoteSettings)
    finish: FinishSettings = field(default_factory=FinishSettings)
    conflict_s: float = 0.3
    recross_s: float = 10.0
