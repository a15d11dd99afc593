"""The report as it stands in a terminal of 80 columns."""

from __future__ import annotations

from dashboard.doctor.findings import Finding, Group, State, Told
from dashboard.doctor.table import as_json, shown

ROWS = [
    Told(Group.RACE, Finding("camera finish", State.MISSING, "no answer within 3 s", "check it")),
    Told(Group.MACHINE, Finding("Python", State.OK, "3.11.7")),
    Told(Group.MACHINE, Finding("clock", State.WARNING, "word " * 20, "sudo set-ntp " * 6)),
    Told(Group.NVIDIA, Finding("CUDA", State.NOT_NEEDED, "not here")),
]
EXPECTED = """\
This machine
  ✓ Python         3.11.7
  ! clock          word word word word word word word word word word word word
                   word word word word word word word word
                   → sudo set-ntp sudo set-ntp sudo set-ntp sudo set-ntp sudo
                     set-ntp sudo set-ntp

NVIDIA
  · CUDA           not needed: not here

Race file
  ✗ camera finish  no answer within 3 s
                   → check it

1 needed and not there (✗); 1 worth a look (!)."""


def test_groups_stand_in_order_and_lines_are_wrapped() -> None:
    assert shown(ROWS, 80) == EXPECTED


def test_what_cannot_be_broken_is_not_cut() -> None:
    address = "rtsp://" + "a" * 90
    told = [Told(Group.RACE, Finding("camera", State.OK, address))]
    assert address in shown(told, 40)


def test_for_programs() -> None:
    report = as_json(ROWS[:2])
    assert report["ready"] is False
    assert report["findings"] == [
        {
            "group": "race file",
            "name": "camera finish",
            "state": "missing",
            "found": "no answer within 3 s",
            "mend": "check it",
        },
        {"group": "this machine", "name": "Python", "state": "ok", "found": "3.11.7", "mend": ""},
    ]
    assert as_json(ROWS[1:])["ready"] is True
