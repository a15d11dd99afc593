"""The tables of a race as SQL, one text for each step of `stream.store.migrations`.

A text that has been released is never changed: a new step comes after it.
"""

from __future__ import annotations

RACE = """
CREATE TABLE race (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT
);
CREATE TABLE entries (
    bib TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    club TEXT,
    category TEXT,
    wave TEXT
);
CREATE TABLE footage (
    id INTEGER PRIMARY KEY,
    camera TEXT NOT NULL,
    source TEXT NOT NULL,
    fingerprint TEXT,
    start_utc_ns INTEGER,
    done_pts_ns INTEGER,
    frames INTEGER NOT NULL DEFAULT 0,
    complete INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0,
    UNIQUE (camera, fingerprint)
);
CREATE INDEX footage_running ON footage (camera) WHERE running = 1;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    camera TEXT NOT NULL,
    track_id INTEGER NOT NULL,
    capture_utc_ns INTEGER NOT NULL,
    body TEXT NOT NULL,
    evidence TEXT
);
"""

TRACKS = """
CREATE TABLE tracks (
    track_id INTEGER PRIMARY KEY,
    camera TEXT NOT NULL,
    footage_id INTEGER REFERENCES footage (id),
    first_seen_utc_ns INTEGER NOT NULL,
    last_seen_utc_ns INTEGER NOT NULL,
    crossing_utc_ns INTEGER,
    clock TEXT,
    tag_seq INTEGER NOT NULL DEFAULT 0,
    bib TEXT,
    state TEXT,
    posterior REAL NOT NULL DEFAULT 0,
    votes INTEGER NOT NULL DEFAULT 0,
    listed INTEGER,
    evidence TEXT,
    evidence_name TEXT,
    closed INTEGER NOT NULL DEFAULT 0,
    interrupted INTEGER NOT NULL DEFAULT 0,
    superseded INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX tracks_newest ON tracks (superseded, first_seen_utc_ns DESC, track_id DESC);
CREATE INDEX tracks_bib ON tracks (bib);
CREATE INDEX tracks_footage ON tracks (footage_id);
CREATE INDEX tracks_open ON tracks (track_id) WHERE closed = 0;
CREATE TABLE tags (
    seq INTEGER PRIMARY KEY,
    track_id INTEGER NOT NULL,
    capture_utc_ns INTEGER NOT NULL,
    bib TEXT,
    state TEXT NOT NULL,
    posterior REAL NOT NULL,
    votes INTEGER NOT NULL,
    listed INTEGER
);
CREATE INDEX tags_track ON tags (track_id);
CREATE TABLE crossings (
    seq INTEGER PRIMARY KEY,
    camera TEXT NOT NULL,
    track_id INTEGER NOT NULL,
    frame_index INTEGER NOT NULL,
    pts_ns INTEGER NOT NULL,
    capture_utc_ns INTEGER NOT NULL,
    clock TEXT NOT NULL
);
CREATE INDEX crossings_track ON crossings (track_id);
CREATE TABLE looks (
    id INTEGER PRIMARY KEY,
    camera TEXT NOT NULL,
    track_id INTEGER NOT NULL,
    frame_index INTEGER NOT NULL,
    pts_ns INTEGER NOT NULL,
    capture_utc_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT,
    text TEXT,
    score REAL,
    sharpness REAL,
    value REAL NOT NULL,
    person TEXT NOT NULL,
    crop TEXT NOT NULL,
    bib_box TEXT,
    number_box TEXT
);
CREATE INDEX looks_track ON looks (track_id);
CREATE INDEX looks_reason ON looks (reason);
"""

PICTURES = """
CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL UNIQUE,
    moved_from TEXT,
    store TEXT NOT NULL CHECK (store IN ('pivot', 'unknown')),
    kind TEXT NOT NULL CHECK (kind IN ('frame', 'evidence')),
    bib TEXT,
    track_id INTEGER NOT NULL,
    camera TEXT NOT NULL,
    frame_index INTEGER NOT NULL,
    pts_ns INTEGER NOT NULL,
    capture_utc_ns INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX images_track ON images (track_id);
CREATE INDEX images_bib ON images (bib);
CREATE INDEX images_moving ON images (id) WHERE moved_from IS NOT NULL;
"""

SEGMENTS = """
CREATE TABLE segments (
    id INTEGER PRIMARY KEY,
    footage_id INTEGER NOT NULL REFERENCES footage (id),
    camera TEXT NOT NULL,
    path TEXT NOT NULL,
    referenced INTEGER NOT NULL DEFAULT 0,
    codec TEXT NOT NULL,
    sound TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    first_utc_ns INTEGER NOT NULL,
    end_utc_ns INTEGER,
    clock TEXT NOT NULL,
    n_bytes INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    UNIQUE (footage_id, path)
);
CREATE INDEX segments_time ON segments (footage_id, first_utc_ns);
"""

CORRECTIONS = """
CREATE TABLE corrections (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    track_id INTEGER NOT NULL,
    bib TEXT,
    other_track_id INTEGER,
    from_utc_ns INTEGER,
    undone INTEGER REFERENCES corrections (number),
    undone_by INTEGER REFERENCES corrections (number),
    outdone TEXT NOT NULL DEFAULT '[]',
    later_has_tag INTEGER NOT NULL DEFAULT 0,
    made_by TEXT NOT NULL,
    at_utc_ns INTEGER NOT NULL
);
ALTER TABLE tracks ADD COLUMN own TEXT;
ALTER TABLE tracks ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tracks ADD COLUMN merged_into INTEGER;
CREATE INDEX events_track ON events (track_id);
"""

TOWNS_AND_STARTS = """
ALTER TABLE entries ADD COLUMN city TEXT;
ALTER TABLE entries ADD COLUMN nation TEXT;
ALTER TABLE race ADD COLUMN gun_utc_ns INTEGER;
CREATE TABLE waves (
    name TEXT PRIMARY KEY,
    start_utc_ns INTEGER NOT NULL
);
"""

PHOTOS = """
CREATE TABLE photos (
    number INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    taken_utc_ns INTEGER,
    orientation INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    found_with TEXT NOT NULL,
    read_with TEXT NOT NULL,
    found TEXT NOT NULL
);
CREATE TABLE photo_paths (
    path TEXT PRIMARY KEY,
    n_bytes INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL,
    photo INTEGER REFERENCES photos (number),
    problem TEXT,
    CHECK ((photo IS NULL) <> (problem IS NULL))
);
CREATE INDEX photo_paths_photo ON photo_paths (photo);
CREATE TABLE photo_sightings (
    id INTEGER PRIMARY KEY,
    photo INTEGER NOT NULL REFERENCES photos (number),
    place INTEGER NOT NULL,
    name TEXT NOT NULL UNIQUE,
    cut TEXT NOT NULL,
    person TEXT,
    score REAL,
    sheet TEXT,
    line TEXT,
    bib TEXT,
    probability REAL NOT NULL,
    state TEXT,
    listed INTEGER,
    path TEXT UNIQUE,
    moved_from TEXT,
    sha256 TEXT,
    removed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (photo, place)
);
CREATE INDEX photo_sightings_bib ON photo_sightings (bib);
CREATE INDEX photo_sightings_moving ON photo_sightings (id) WHERE moved_from IS NOT NULL;
CREATE INDEX photo_sightings_removed ON photo_sightings (id) WHERE removed = 1;
"""

# A template is only as good as the pictures that it was made of: it goes with any change of them
# and is made anew. The number of a sighting that is gone may be given to another one.
GONE_WITH_PICTURES = """
CREATE TRIGGER templates_new_picture AFTER INSERT ON images WHEN NEW.kind = 'frame' BEGIN
    DELETE FROM templates WHERE track_id = NEW.track_id;
END;
CREATE TRIGGER templates_moved_picture AFTER UPDATE OF track_id ON images BEGIN
    DELETE FROM templates WHERE track_id IN (OLD.track_id, NEW.track_id);
END;
CREATE TRIGGER templates_lost_picture AFTER DELETE ON images BEGIN
    DELETE FROM templates WHERE track_id = OLD.track_id;
END;
CREATE TRIGGER sighting_gone AFTER DELETE ON photo_sightings BEGIN
    DELETE FROM templates WHERE sighting = OLD.id;
    DELETE FROM assignments WHERE sighting = OLD.id;
    DELETE FROM negative_pairs WHERE sighting = OLD.id;
END;
"""

# A template belongs to a track, to a runner in a photo or to an enrolled person.
TEMPLATES_AND_ASSIGNMENTS = (
    """
CREATE TABLE people (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    bib TEXT,
    added_by TEXT NOT NULL,
    added_utc_ns INTEGER NOT NULL
);
CREATE TABLE templates (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('appearance', 'face')),
    model TEXT NOT NULL,
    track_id INTEGER,
    sighting INTEGER REFERENCES photo_sightings (id),
    person INTEGER REFERENCES people (number),
    vector BLOB NOT NULL,
    quality REAL NOT NULL,
    pictures INTEGER NOT NULL,
    made_utc_ns INTEGER NOT NULL,
    CHECK ((track_id IS NOT NULL) + (sighting IS NOT NULL) + (person IS NOT NULL) = 1)
);
CREATE INDEX templates_track ON templates (track_id);
CREATE INDEX templates_sighting ON templates (sighting);
CREATE INDEX templates_person ON templates (person);
CREATE TABLE assignments (
    number INTEGER PRIMARY KEY,
    track_id INTEGER,
    sighting INTEGER REFERENCES photo_sightings (id),
    bib TEXT NOT NULL,
    evidence TEXT NOT NULL,
    posterior REAL NOT NULL,
    made_by TEXT NOT NULL,
    at_utc_ns INTEGER NOT NULL,
    undone_by TEXT,
    undone_utc_ns INTEGER,
    CHECK ((track_id IS NOT NULL) + (sighting IS NOT NULL) = 1)
);
CREATE UNIQUE INDEX assignments_track ON assignments (track_id) WHERE undone_utc_ns IS NULL;
CREATE UNIQUE INDEX assignments_sighting ON assignments (sighting) WHERE undone_utc_ns IS NULL;
CREATE INDEX assignments_bib ON assignments (bib);
CREATE TABLE negative_pairs (
    id INTEGER PRIMARY KEY,
    track_id INTEGER,
    sighting INTEGER REFERENCES photo_sightings (id),
    bib TEXT NOT NULL,
    said_by TEXT NOT NULL,
    at_utc_ns INTEGER NOT NULL,
    CHECK ((track_id IS NOT NULL) + (sighting IS NOT NULL) = 1)
);
CREATE UNIQUE INDEX negative_pairs_track ON negative_pairs (track_id, bib);
CREATE UNIQUE INDEX negative_pairs_sighting ON negative_pairs (sighting, bib);
"""
    + GONE_WITH_PICTURES
)

# Of somebody forgotten only the bib stays, so that no later start list brings the name back. What
# is being erased has one row, and none when it is done: see `stream.forget`.
FORGOTTEN = """
CREATE TABLE forgotten (
    key TEXT PRIMARY KEY,
    bib TEXT NOT NULL,
    at_utc_ns INTEGER NOT NULL
);
CREATE TABLE forgetting (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    body TEXT NOT NULL
);
ALTER TABLE race ADD COLUMN faces_delete_after_days INTEGER;
"""

NO_FACES_OF_TRACK = """
    DELETE FROM templates WHERE kind = 'face' AND track_id = {0}.track_id;
    UPDATE face_crops SET removed = 1 WHERE track_id = {0}.track_id;
"""
NO_FACES_OF_SIGHTING = """
    DELETE FROM templates WHERE kind = 'face' AND sighting = {0};
    UPDATE face_crops SET removed = 1 WHERE sighting = {0};
"""
SURE_BIB = "CASE WHEN {0}.state IN ('confirmed', 'corrected') THEN {0}.bib END"

# Whoever gets a bib or a match may be somebody who said no: the face goes in the same transaction,
# and the next round makes it anew where the runner said yes. `removed` is as in photo_sightings.
FACES = f"""
CREATE TABLE face_crops (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL UNIQUE,
    moved_from TEXT,
    track_id INTEGER,
    sighting INTEGER,
    bib TEXT,
    quality REAL NOT NULL,
    sha256 TEXT NOT NULL,
    made_utc_ns INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    CHECK ((track_id IS NOT NULL) + (sighting IS NOT NULL) = 1)
);
CREATE INDEX face_crops_track ON face_crops (track_id);
CREATE INDEX face_crops_sighting ON face_crops (sighting);
CREATE INDEX face_crops_moving ON face_crops (id) WHERE moved_from IS NOT NULL;
CREATE INDEX face_crops_removed ON face_crops (id) WHERE removed = 1;
CREATE TRIGGER faces_of_another_track
AFTER UPDATE OF bib, state, hidden, superseded, merged_into ON tracks
WHEN {SURE_BIB.format("OLD")} IS NOT {SURE_BIB.format("NEW")}
    OR OLD.hidden <> NEW.hidden OR OLD.superseded <> NEW.superseded
    OR OLD.merged_into IS NOT NEW.merged_into
BEGIN {NO_FACES_OF_TRACK.format("NEW")} END;
CREATE TRIGGER faces_of_no_track AFTER DELETE ON tracks
BEGIN {NO_FACES_OF_TRACK.format("OLD")} END;
CREATE TRIGGER faces_of_another_sighting
AFTER UPDATE OF bib, state, removed, sha256 ON photo_sightings
WHEN {SURE_BIB.format("OLD")} IS NOT {SURE_BIB.format("NEW")}
    OR OLD.removed <> NEW.removed OR OLD.sha256 IS NOT NEW.sha256
BEGIN {NO_FACES_OF_SIGHTING.format("NEW.id")} END;
CREATE TRIGGER faces_of_no_sighting AFTER DELETE ON photo_sightings
BEGIN {NO_FACES_OF_SIGHTING.format("OLD.id")} END;
CREATE TRIGGER faces_matched AFTER INSERT ON assignments
BEGIN {NO_FACES_OF_TRACK.format("NEW")} {NO_FACES_OF_SIGHTING.format("NEW.sighting")} END;
CREATE TRIGGER faces_new_picture AFTER INSERT ON images WHEN NEW.kind = 'frame'
BEGIN {NO_FACES_OF_TRACK.format("NEW")} END;
CREATE TRIGGER faces_moved_picture AFTER UPDATE OF track_id ON images
BEGIN {NO_FACES_OF_TRACK.format("OLD")} {NO_FACES_OF_TRACK.format("NEW")} END;
CREATE TRIGGER faces_lost_picture AFTER DELETE ON images
BEGIN {NO_FACES_OF_TRACK.format("OLD")} END;
"""

# When the newest was made of the faces that went as their days were over: where nothing in the race
# carries a date, this alone tells later that they are.
FACES_OVER = "ALTER TABLE race ADD COLUMN faces_made_utc_ns INTEGER"
