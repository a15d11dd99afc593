"""Which tracks claim the same bib, as the race has told it and as the tracks stand now."""

from __future__ import annotations

import sqlite3

from stream.types import State

# A conflict is over when one of the two has another bib by now, or is in no list any more; of who
# was corrected a person has said so. The pairs with the same bib are few, so the events of their
# tracks are all that is read.
_CLAIMS = """
WITH listed AS MATERIALIZED (SELECT track_id, camera, bib, state FROM tracks
    WHERE superseded = 0 AND hidden = 0 AND merged_into IS NULL AND bib IS NOT NULL)
SELECT DISTINCT a.track_id, a.state, b.track_id, b.state
FROM listed a JOIN listed b USING (bib, camera)
JOIN events e ON e.track_id = a.track_id AND e.kind = 'conflict'
    AND json_extract(e.body, '$.other_track_id') = b.track_id
    AND json_extract(e.body, '$.bib') = a.bib
WHERE a.track_id <> b.track_id
"""


def standing_conflicts(db: sqlite3.Connection) -> dict[int, tuple[int, ...]]:
    """By track, the other tracks that claim its bib, in order."""
    claims: dict[int, set[int]] = {}
    for one, state, other, other_state in db.execute(_CLAIMS):
        for track_id, its_state, rival in ((one, state, other), (other, other_state, one)):
            if its_state != State.CORRECTED:
                claims.setdefault(track_id, set()).add(rival)
    return {track_id: tuple(sorted(others)) for track_id, others in claims.items()}
