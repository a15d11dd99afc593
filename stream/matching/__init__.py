"""Who is who: unknown runners are matched to pivots, or not. Pure values in and out."""

from stream.matching.calibration import Calibration, fit_calibration
from stream.matching.decision import MatchSettings
from stream.matching.match import Calibrations, match
from stream.matching.rules import Rules, TrackSpan, Travel, Why
from stream.matching.values import (
    Assignment,
    Candidate,
    Evidence,
    Excluded,
    Refusal,
    Refused,
    Unknown,
)

__all__ = [
    "Assignment",
    "Calibration",
    "Calibrations",
    "Candidate",
    "Evidence",
    "Excluded",
    "MatchSettings",
    "Refusal",
    "Refused",
    "Rules",
    "TrackSpan",
    "Travel",
    "Unknown",
    "Why",
    "fit_calibration",
    "match",
]
