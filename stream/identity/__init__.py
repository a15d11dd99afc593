"""Who is who in a race folder: what runners look like is described, and unknown ones are matched.

The decisions themselves are pure, see `stream.matching`.
"""

from stream.identity.assigning import Matched, MatchRules, match_race, would_match
from stream.identity.describing import Described, describe_new, describe_race
from stream.identity.face_sight import FaceSight
from stream.identity.faces import (
    FacesDescribed,
    compare_faces,
    describe_faces,
    erase_faces,
    keep_faces_of_photos,
)
from stream.identity.live import LiveMatching

__all__ = [
    "Described",
    "FaceSight",
    "FacesDescribed",
    "LiveMatching",
    "MatchRules",
    "Matched",
    "compare_faces",
    "describe_faces",
    "describe_new",
    "describe_race",
    "erase_faces",
    "keep_faces_of_photos",
    "match_race",
    "would_match",
]
