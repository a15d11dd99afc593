from __future__ import annotations

from pathlib import Path

import pytest

from stream.start_list import (
    Entry,
    StartList,
    StartListError,
    bib_key,
    load_start_list,
    parse_start_list,
)

CLIPS = Path(__file__).parents[3] / "shared" / "data" / "clips" / "start_list.csv"


def listed(*bibs: str) -> StartList:
    return StartList(tuple(Entry(bib) for bib in bibs))


FORMS = {
    "comma": "bib,first_name,last_name,club\n007,Ada,Byron,AC\n",
    "semicolon": "Bib;First Name;Last Name;Club\n007;Ada;Byron;AC\n",
    "tab": "BIB\tFirstname\tLASTNAME\tTeam\n007\tAda\tByron\tAC\n",
    "byte order mark": "\ufeffbib,first_name,last_name,club\n007,Ada,Byron,AC\n",
    "windows line ends": "bib,first_name,last_name,club\r\n007,Ada,Byron,AC\r\n",
    "crossmgr names": "Bib#,LastName,FirstName,Team\n007,Byron,Ada,AC\n",
    "other order, unknown column": "Club,x,Nachname,Vorname,Startnummer\nAC,?,Byron,Ada,007\n",
    "one name column": "number,name,team\n007,Ada Byron,AC\n",
    "empty lines and short rows": "bib,first_name,last_name,club,city\n\n007,Ada,Byron,AC\n\n",
    "quoted commas": 'bib,first_name,last_name,club\n007,Ada,"Byron","AC"\n',
    "trailing empty cells": "bib,first_name,last_name,club\n007,Ada,Byron,AC,,\n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_forms_of_one_list(text: str) -> None:
    assert parse_start_list(text).entries == (Entry("007", "Ada", "Byron", "AC"),)


def test_all_fields() -> None:
    text = (
        "bib,first,last,club,category,wave,city,nat,gender,consent\n"
        "A12,Ada,Byron,AC,W35,2,London,GBR,f,yes\n"
        "A13,,,,,,,,,no\n"
        "A14,,,,,,,,,\n"
    )
    first, second, third = parse_start_list(text).entries
    assert first == Entry("A12", "Ada", "Byron", "AC", "W35", "2", "London", "GBR", "f", True)
    assert (second.consent, third.consent) == (False, None)
    assert (first.name, second.name) == ("Ada Byron", "")


ERRORS = {
    "no bib column": (
        "first,last\nAda,Byron\n",
        "list.csv, row 1: no column for the bib among first, last. Name one column 'bib'.",
    ),
    "empty file": (
        "",
        "list.csv, row 1: no column for the bib among nothing. Name one column 'bib'.",
    ),
    "a bib twice": (
        "bib\n12\n13\n12\n",
        "list.csv: 1 row cannot be used\n"
        "  row 4: bib '12' is already in row 2; every bib may occur once",
    ),
    "no bib and no digit": (
        "bib,name\n12,Ada\n,Bob\nVIP,Cy\n",
        "list.csv: 2 rows cannot be used\n"
        "  row 3: no bib; fill it in or remove the row\n"
        "  row 4: bib 'VIP' has no digit; a bib needs at least one",
    ),
    "too many cells": (
        "bib,name\n12,Byron, Ada\n",
        "list.csv: 1 row cannot be used\n"
        "  row 2: 3 cells under 2 columns; put quotes round cells with commas",
    ),
    "rows are counted with empty lines": (
        "bib\n\n12\n\n12\n",
        "list.csv: 1 row cannot be used\n"
        "  row 5: bib '12' is already in row 3; every bib may occur once",
    ),
}


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_errors_name_row_and_mend(text: str, message: str) -> None:
    with pytest.raises(StartListError) as caught:
        parse_start_list(text, "list.csv")
    assert str(caught.value) == message


def test_a_long_list_of_faults_is_cut() -> None:
    with pytest.raises(StartListError, match=r"and 5 more$"):
        parse_start_list("bib,name\n" + ",Ada\n" * 25)


def test_bibs_are_text() -> None:
    runners = listed("007", "7", "a-12")
    assert ("007" in runners, "07" in runners, "A-12" in runners) == (True, False, True)
    assert runners.find("7") == Entry("7")
    assert bib_key(" 15.1 ") == "151"


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("1234", ("1235",)),
        ("123", ("1235",)),
        ("12345", ("1235",)),
        ("9999", ()),
        ("B1", ("A1",)),
        ("A", ("A1",)),
    ],
)
def test_near(text: str, near: tuple[str, ...]) -> None:
    assert listed("1235", "4321", "A1").near(text) == near


def test_what_continues() -> None:
    runners = listed("43", "4312", "1243")
    assert runners.beginning_with("43") == ("4312",)
    assert runners.ending_with("43") == ("1243",)
    assert runners.beginning_with("4312") == ()


@pytest.mark.parametrize(
    ("first", "last", "substitution", "clipped"),
    [(1, 999, 0.96, 0.95), (1001, 2000, 0.75, 0.0), (1, 500, 0.80, 0.95)],
)
def test_risk_of_consecutive_bibs(
    first: int, last: int, substitution: float, clipped: float
) -> None:
    risk = listed(*(str(bib) for bib in range(first, last + 1))).risk()
    assert risk.substitution == pytest.approx(substitution, abs=0.01)
    assert risk.clipped == pytest.approx(clipped, abs=0.02)


def test_risk_is_told() -> None:
    assert str(listed("12", "13").risk()) == (
        "6% of one-digit misreadings and 0% of readings with an edge digit missing are "
        "another runner's bib"
    )


def test_files(tmp_path: Path) -> None:
    with pytest.raises(StartListError, match="no such file"):
        load_start_list(tmp_path / "none.csv")
    with pytest.raises(StartListError, match=r"cannot be read .*\. Name a CSV file"):
        load_start_list(tmp_path)
    latin = tmp_path / "latin.csv"
    latin.write_bytes("bib,name\n1,Zoë\n".encode("latin-1"))
    with pytest.raises(StartListError, match=r"not UTF-8 text\. Save it as 'CSV UTF-8'"):
        load_start_list(latin)


@pytest.mark.skipif(not CLIPS.exists(), reason="needs the clips")
def test_the_list_of_the_clips() -> None:
    runners = load_start_list(CLIPS)
    assert len(runners) == 73
    assert runners.find("38") == Entry("38", "Xenia", "Sandell", "Team Kestrel", "SEN", "2")


def test_a_list_without_some_bibs() -> None:
    whole = parse_start_list("bib,name\n12,Ann Ek\na-7,Bo Lind\n34,Cy Berg\n")
    left = whole.without({"12", "A-7", "99"})
    assert [entry.bib for entry in left.entries] == ["34"]
    assert "12" not in left and left.find("A-7") is None
