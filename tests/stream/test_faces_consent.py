"""Whose face may be kept: only who said yes, in a race that allows it."""

from pathlib import Path

import pytest

from stream.faces_consent import FacePermission, FaceRule, face_rule, may_keep_face
from stream.start_list import Entry, StartList, load_start_list


@pytest.mark.parametrize(
    ("faces", "entry", "rule"),
    [
        pytest.param(True, Entry("1", consent=True), FaceRule.KEEP, id="said yes"),
        pytest.param(True, Entry("1", consent=False), FaceRule.REFUSED, id="said no"),
        pytest.param(True, Entry("1"), FaceRule.NOT_ASKED, id="nobody asked"),
        pytest.param(True, None, FaceRule.UNKNOWN, id="not on the list"),
        pytest.param(False, Entry("1", consent=True), FaceRule.FACES_OFF, id="yes, faces off"),
        pytest.param(False, None, FaceRule.FACES_OFF, id="unknown, faces off"),
    ],
)
def test_whose_face_may_be_kept(faces: bool, entry: Entry | None, rule: FaceRule) -> None:
    assert face_rule(faces, entry) is rule
    assert may_keep_face(faces, entry) is (rule is FaceRule.KEEP)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("yes", True), ("no", False), ("", False)],
)
def test_the_consent_column_of_a_start_list_decides(cell: str, kept: bool, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"bib,name,consent\n7,Ada Ek,{cell}\n8,Bo Berg,no\n", encoding="utf-8")
    assert may_keep_face(True, load_start_list(path).find("7")) is kept


def test_a_start_list_without_the_column_allows_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("bib,name\n7,Ada Ek\n", encoding="utf-8")
    assert not may_keep_face(True, load_start_list(path).find("7"))


LISTED = StartList((Entry("1", consent=True), Entry("2", consent=False), Entry("3")))


@pytest.mark.parametrize(
    ("faces", "of_unknown", "bib", "matched", "kept"),
    [
        pytest.param(True, False, "1", None, True, id="said yes"),
        pytest.param(True, True, "2", None, False, id="said no"),
        pytest.param(True, True, "3", None, False, id="nobody asked"),
        pytest.param(True, True, "4", None, False, id="not on the list"),
        pytest.param(False, True, "1", None, False, id="faces off"),
        pytest.param(True, False, None, None, False, id="unknown"),
        pytest.param(True, True, None, None, True, id="unknown, the organiser answers for it"),
        pytest.param(True, True, None, "1", True, id="unknown and matched to a yes"),
        pytest.param(True, True, None, "2", False, id="unknown and matched to a no"),
        pytest.param(True, True, None, "3", False, id="unknown and matched to who was not asked"),
        pytest.param(True, False, None, "1", False, id="matched to a yes, unknown ones off"),
        pytest.param(False, True, None, None, False, id="unknown, faces off"),
    ],
)
def test_whom_a_race_permits(
    faces: bool, of_unknown: bool, bib: str | None, matched: str | None, kept: bool
) -> None:
    assert FacePermission(faces, of_unknown, LISTED).may_keep(bib, matched) is kept


def test_by_default_nobody_is_permitted() -> None:
    assert not FacePermission(start_list=LISTED).may_keep("1")
