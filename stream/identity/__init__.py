"""Who is who in a race folder: what runners look like is described, and unknown ones are matched.

The decisions themselves are pure, see `stream.matching`.
"""

from stream.identity.assigning import Matched, MatchRules, match_race
from stream.identity.describing import Described, describe_race
from stream.identity.live import LiveMatching

__all__ = [
    "Described",
    "LiveMatching",
    "MatchRules",
    "Matched",
    "describe_race",
    "match_race",
]
