"""File names: readable, safe everywhere, and never the same for two bibs."""

from __future__ import annotations

import re

import pytest

from stream.export.names import MAX_STEM, camera_part, file_stem

LONG = "Wolfeschlegelsteinhausenbergerdorff " * 4


@pytest.mark.parametrize(
    ("situation", "bib", "parts", "stem"),
    [
        ("all there", "12", ("Anna Müller", "finish"), "12_Anna-Mueller_finish"),
        ("leading zeros", "0123", ("finish",), "0123_finish"),
        ("letters", "A-17", ("finish",), "A-17_finish"),
        ("no name", "12", (None, "finish"), "12_finish"),
        ("nothing but a bib", "12", (), "12"),
        ("an empty part", "12", ("", "finish"), "12_finish"),
        (
            "accents",
            "1",
            ("José Ñandú Łukasz Ødegård Weiß",),
            "1_Jose-Nandu-Lukasz-Oedegaard-Weiss",
        ),
        ("accents written apart", "1", ("Mu\u0308ller",), "1_Mueller"),
        ("slashes and dots", "1", ("../../etc/passwd", "a\\b"), "1_etc-passwd_a-b"),
        ("what shells expand", "1", ("$(rm) *?; 'x' \"y\"",), "1_rm-x-y"),
        ("an underscore", "1", ("a_b",), "1_a-b"),
        ("a line break", "1", ("a\nb\t\0c",), "1_a-b-c"),
        ("letters that cannot be folded", "1", ("李小龍", "finish"), "1_finish"),
        ("full-width digits", "1", ("\uff11\uff12",), "1_12"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_name_is_plain(
    situation: str, bib: str, parts: tuple[str | None, ...], stem: str
) -> None:
    assert file_stem(bib, *parts) == stem, situation


@pytest.mark.parametrize(
    "bib", ["CON", "NUL", "COM1", "12/3", "..", "-1", "é", "a", "李", "1" * 90]
)
def test_any_bib_gives_a_name_that_any_system_takes(bib: str) -> None:
    stem = file_stem(bib, LONG, "finish")
    assert re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z_-]*", stem)
    assert len(stem) <= MAX_STEM
    assert stem.endswith("_finish")
    assert file_stem(bib) not in ("CON", "NUL", "COM1")


def test_different_bibs_never_share_a_name_on_any_disk() -> None:
    bibs = [
        "12",
        "012",
        "12/3",
        "12-3",
        "12 3",
        "a",
        "A",
        "é",
        "e",
        "E",
        "",
        "CON",
        "con",
        "李",
        "龍",
    ]
    bibs += [file_stem(bib) for bib in bibs if bib] + ["12_3", "1" * 41, "1" * 42]
    stems = {file_stem(bib, "Anna").lower() for bib in bibs if bib}
    assert len(stems) == len({bib for bib in bibs if bib})


def test_a_bib_must_be_there() -> None:
    with pytest.raises(ValueError, match="empty"):
        file_stem("", "Anna")


def test_a_long_name_is_cut_and_the_rest_stays() -> None:
    stem = file_stem("12", LONG, "finish")
    assert len(stem) <= MAX_STEM
    assert stem.startswith("12_Wolfeschlegelsteinhausenbergerdorff-Wolfe")
    assert stem.endswith("_finish")


@pytest.mark.parametrize(
    ("situation", "camera", "others", "part"),
    [
        ("the only one", "Ziel Süd", (), "Ziel-Sued"),
        ("another that is different", "finish", ("start",), "finish"),
        ("another that reads the same", "Ziel 1", ("Ziel-1",), r"Ziel-1-[0-9a-f]{8}"),
        ("the same but for its capitals", "Finish", ("finish",), r"Finish-[0-9a-f]{8}"),
        ("nothing to fold", "李", (), r"[0-9a-f]{8}"),
        ("a very long one", "x" * 60, (), r"x{40}-[0-9a-f]{8}"),
    ],
)
def test_cameras_stay_apart(
    situation: str, camera: str, others: tuple[str, ...], part: str
) -> None:
    found = camera_part(camera, (camera, *others))
    assert re.fullmatch(part, found), situation
    assert all(camera_part(other, (camera, *others)) != found for other in others), situation
