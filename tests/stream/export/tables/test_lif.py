from __future__ import annotations

import pytest

from stream.export.tables.lif import lif_bytes, lif_text, split_name
from stream.export.tables.results import results
from stream.store.photo_values import PhotoBib
from stream.store.values import RunnerRow, StartListRow
from tests.stream.export.finishers import NO_DATE, entry, track

LISTED = [
    entry("7", "Anna van der Berg", "LG Nord"),
    entry("101", "Bo Lee, Jr.", 'Team "Fast"'),
    entry("9", "Madonna"),
    entry("13", "Max Frei", "TV\nSüd"),
]


@pytest.mark.parametrize(
    ("name", "tracks", "listed", "lines"),
    [
        pytest.param("City run", [], [], ["1,1,1,City run,,,,,,,"], id="an empty race"),
        pytest.param(
            "City run, 10 km",
            [track(1, "7", 62.3459), track(2, "101", 63.5), track(3, "9", 125),
             track(4, "44", 0.1)],
            LISTED,
            [
                '1,1,1,"City run, 10 km",,,,,,,00:00:00.000',
                "1,44,0,,,,9:30:00.100,,9:30:00.100,,,,,,",
                "2,7,0,van der Berg,Anna,LG Nord,9:31:02.345,,1:02.245,,,,,,",
                "3,101,0,Jr.,\"Bo Lee,\",Team 'Fast',9:31:03.500,,1.155,,,,,,",
                "4,9,0,Madonna,,,9:32:05.000,,1:01.500,,,,,,",
                ",13,0,Frei,Max,TV Süd,,,,,,,,,",
            ],
            id="times of day",
        ),
        pytest.param(
            "Clip",
            [track(1, "7", 2.5, start_ns=NO_DATE), track(2, "8", 62.5, start_ns=NO_DATE),
             track(3, "9", start_ns=NO_DATE)],
            [],
            [
                "1,1,1,Clip,,,,,,,",
                "1,7,0,,,,2.500,,2.500,,,,,,",
                "2,8,0,,,,1:02.500,,1:00.000,,,,,,",
                ",9,0,,,,,,,,,,,,",
            ],
            id="undated footage counts from its start",
        ),
        pytest.param(
            "Night run",
            [track(1, "7", 14.4 * 3600), track(2, "8", 14.6 * 3600)],
            [],
            [
                "1,1,1,Night run,,,,,,,00:00:00.000",
                "1,7,0,,,,23:54:00.000,,23:54:00.000,,,,,,",
                "2,8,0,,,,24:06:00.000,,12:00.000,,,,,,",
            ],
            id="over midnight",
        ),
    ],
)  # fmt: skip
def test_the_file_is_what_meet_software_reads(
    name: str, tracks: list[RunnerRow], listed: list[StartListRow], lines: list[str]
) -> None:
    text = lif_text(name, results(tracks, listed))
    assert text.split("\r\n") == [*lines, ""]


@pytest.mark.parametrize(
    ("listed", "bibs"),
    [
        pytest.param([entry("7"), entry("8")], ["101", "7", "8"], id="of those listed"),
        pytest.param([], ["101"], id="without a start list"),
    ],
)
def test_photos_alone_bring_nobody_who_is_not_listed(
    listed: list[StartListRow], bibs: list[str]
) -> None:
    photographed = [PhotoBib(bib, False, 0.9, None, None) for bib in ("7", "55")]
    text = lif_text("Run", results([track(1, "101", 1)], listed, photographed=photographed))
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == bibs


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("Jürgen Groß", "cp1252"),
        ("Ju\u0308rgen", "cp1252"),
        ("Łukasz Żak", "utf-16"),
        ("山田 太郎", "utf-16"),
    ],
)
def test_the_encoding_is_one_that_finishlynx_knows(name: str, codec: str) -> None:
    found = results([track(1, "7", 20)], [entry("7", name)])
    content = lif_bytes("City run", found)
    assert content.decode(codec) == lif_text("City run", found)
    assert content.startswith(b"\xff\xfe") is (codec == "utf-16")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Anna Meier", "Anna", "Meier"),
        ("Anna Maria Meier", "Anna Maria", "Meier"),
        ("Anna van der Berg", "Anna", "van der Berg"),
        ("Maria da Silva Santos", "Maria", "da Silva Santos"),
        ("anna meier", "anna", "meier"),
        ("Madonna", "", "Madonna"),
        ("  ", "", ""),
    ],
)
def test_a_name_is_split_before_its_last_word_and_particles(
    name: str, first: str, last: str
) -> None:
    assert split_name(name) == (first, last)
