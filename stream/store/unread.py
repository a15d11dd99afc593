"""The runners who went by without a confirmed bib, and what is known of the looks at them."""

from __future__ import annotations

import sqlite3

from stream.types import Reason
from stream.unread import Looks, Unread

_TRACKS = """
SELECT track_id, crossing_utc_ns IS NOT NULL AS crossed,
    CASE WHEN bib IS NULL THEN NULL ELSE listed END AS listed,
    EXISTS(SELECT 1 FROM events e
        JOIN tracks o ON o.track_id = json_extract(e.body, '$.other_track_id')
        WHERE e.track_id = t.track_id AND e.kind = 'conflict'
        AND o.bib = json_extract(e.body, '$.bib')
        AND o.superseded = 0 AND o.hidden = 0 AND o.merged_into IS NULL) AS claimed,
    EXISTS(SELECT 1 FROM corrections c WHERE c.track_id = t.track_id
        AND c.kind = 'wrong_person' AND c.undone_by IS NULL) AS taken_off
FROM tracks t
WHERE closed = 1 AND superseded = 0 AND hidden = 0 AND merged_into IS NULL
    AND coalesce(state, 'seen') = 'seen' AND (:camera IS NULL OR camera = :camera)
ORDER BY track_id
"""
_LOOKS = f"""
SELECT track_id, reason, CASE WHEN reason IS NULL THEN text END AS read_text, count(*) AS n,
    max(json_extract(number_box, '$[3]') - json_extract(number_box, '$[1]')) AS number_px,
    max(CASE WHEN number_box IS NOT NULL THEN sharpness END) AS sharpness
FROM looks WHERE track_id IN (SELECT track_id FROM ({_TRACKS}))
GROUP BY track_id, reason, read_text ORDER BY track_id, reason, read_text
"""


def unread_tracks(db: sqlite3.Connection, camera: str | None = None) -> tuple[Unread, ...]:
    """Tracks that are over without a confirmed or corrected bib.

    Parts of merged tracks and who is not a runner are left out.

    Args:
        camera: of this one alone; None takes all.
    """
    looks: dict[int, list[Looks]] = {}
    for row in db.execute(_LOOKS, {"camera": camera}):
        reason = None if row["reason"] is None else Reason(row["reason"])
        looks.setdefault(row["track_id"], []).append(
            Looks(reason, row["read_text"], row["n"], row["number_px"], row["sharpness"])
        )
    return tuple(
        Unread(
            track_id=row["track_id"],
            looks=tuple(looks.get(row["track_id"], ())),
            listed=None if row["listed"] is None else bool(row["listed"]),
            claimed=bool(row["claimed"]),
            taken_off=bool(row["taken_off"]),
            crossed=bool(row["crossed"]),
        )
        for row in db.execute(_TRACKS, {"camera": camera})
    )
