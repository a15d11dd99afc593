"""FinishLynx results (.lif), which most meet software reads.

The first line is the event: event, round, heat, name, wind, wind unit, template, capture time,
capture duration, distance, start time. Then one line for each runner: place, ID, lane, last name,
first name, affiliation, time, license, delta time, reaction time, splits, time trial start, and
three fields for the user (https://help.finishlynx.com/Content/OnlineManual/DatabaseFiles.htm).

Times are times of day in UTC, counted on past 24:00 in a race over midnight, with a start time of
0:00: finishline knows no gun. On undated footage they count from the footage's start. The first
delta is that runner's own time, as FinishLynx writes it.

A runner without a place has neither place nor time. The codes DNF and DNS say what no camera can
know; the judges set them. Bibs that no camera saw and no start list knows are left out: a photo is
no witness of a race's results.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator

from stream.export.tables.results import Result, Results
from stream.export.times import MS_NS, midnight_before, running_text, short_text


def lif_text(race_name: str, results: Results) -> str:
    """The whole file, with the line ends that Windows programs expect."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    start = running_text(0) if results.dated else ""
    lines.writerow([1, 1, 1, _field(race_name), "", "", "", "", "", "", start])
    lines.writerows(_lines(results))
    return text.getvalue()


def lif_bytes(race_name: str, results: Results) -> bytes:
    """The file in the encodings that FinishLynx knows: "Single Byte", else "Unicode".

    UTF-8 is none of them (https://github.com/esitarski/RaceDB/issues/9).
    """
    text = lif_text(race_name, results)
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return "\ufeff".encode("utf-16-le") + text.encode("utf-16-le")


def split_name(name: str) -> tuple[str, str]:
    """First name and last name of a name that is written in this order.

    The last word is the last name, together with the particles before it: Anna | van der Berg.
    """
    words = name.split()
    if len(words) < 2:
        return "", "".join(words)
    cut = next((n for n in range(1, len(words) - 1) if words[n].islower()), len(words) - 1)
    return " ".join(words[:cut]), " ".join(words[cut:])


def _lines(results: Results) -> Iterator[list[str]]:
    before_ns = None
    for row in results.rows:
        if row.place is None or row.crossing is None:
            continue
        if before_ns is None:
            before_ns = zero_ns = midnight_before(row.crossing.utc_ns)
        # Cut to what is written, so that the deltas add up.
        time_ns = row.crossing.utc_ns // MS_NS * MS_NS
        yield _line(row, short_text(time_ns - zero_ns), short_text(time_ns - before_ns))
        before_ns = time_ns
    for row in results.rows:
        if row.place is None and (row.cameras or row.listed):
            yield _line(row, "", "")


def _line(row: Result, time: str, delta: str) -> list[str]:
    first, last = split_name(_field(row.name or ""))
    place = "" if row.place is None else str(row.place)
    # Lane 0 is the road.
    own = [place, _field(row.bib), "0", last, first, _field(row.club or ""), time, "", delta]
    return own + [""] * 6


def _field(text: str) -> str:
    """One line, without the double quotes that not every reader of CSV understands inside."""
    composed = unicodedata.normalize("NFC", text)
    return re.sub(r"\s+", " ", composed).strip().replace('"', "'")
