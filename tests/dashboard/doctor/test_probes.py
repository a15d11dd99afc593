"""Looking for real: processes that crash and hang, libraries, the disk."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from dashboard.doctor.disk import existing, write_speed
from dashboard.doctor.elf import NotElfError, read_library
from dashboard.doctor.findings import State
from dashboard.doctor.isolated import ask, ask_python
from dashboard.doctor.nvidia import judge_parser, judge_parts
from dashboard.doctor.video import ask_av, judge_av
from stream.deepstream.nvinfer_config import PARSER
from tests.stream.deepstream.test_install import install


@pytest.mark.parametrize(
    ("code", "text", "error"),
    [
        pytest.param("print(' 7 ')", "7", "", id="an answer"),
        pytest.param("import os; os.kill(os.getpid(), 11)", "", "crashed (SIGSEGV)", id="a crash"),
        pytest.param("import nothing", "", "No module named 'nothing'", id="no such module"),
        pytest.param("raise SystemExit(3)", "", "ended with code 3", id="a silent failure"),
        pytest.param("import time; time.sleep(60)", "", "no answer within 0.5 s", id="it hangs"),
    ],
)
def test_what_happens_elsewhere_is_an_answer(code: str, text: str, error: str) -> None:
    answer = ask_python(code, limit_s=0.5 if "sleep" in code else 60)
    assert (answer.text, answer.error, answer.ok) == (text, error, not error)


def test_a_program_that_is_not_here() -> None:
    assert ask(["no-such-program-here"]).error == "no-such-program-here is not here"


def test_a_file_in_the_working_folder_is_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyds.py").write_text("gst_buffer_get_nvds_batch_meta = 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert ask_python("import pyds").error == "No module named 'pyds'"


def a_library() -> Path:
    found = importlib.util.find_spec("numpy._core._multiarray_umath")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin)


def test_what_a_library_exports_and_needs() -> None:
    library = read_library(a_library())
    assert "PyInit__multiarray_umath" in library.exports
    # It calls this, and does not have it.
    assert "PyErr_SetString" not in library.exports
    assert "libc.so.6" in library.needs


@pytest.mark.parametrize(
    "keep", [pytest.param(0, id="empty"), pytest.param(64, id="head"), pytest.param(-9, id="cut")]
)
def test_a_damaged_library_is_told(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.so"
    path.write_bytes(a_library().read_bytes()[:keep])
    with pytest.raises(NotElfError, match=r"cut\.so"):
        read_library(path)


def test_the_parser_is_looked_for_by_name(tmp_path: Path) -> None:
    assert judge_parser(tmp_path / "none.so", True).state is State.MISSING
    assert judge_parser(tmp_path / "none.so", False).state is State.NOT_NEEDED
    other = judge_parser(a_library(), True)
    assert other.state is State.MISSING
    assert PARSER in other.found


def test_the_parts_of_deepstream_that_a_race_names(tmp_path: Path) -> None:
    install(tmp_path)
    tracker = tmp_path / "samples/configs/deepstream-app/config_tracker_NvDCF_perf.yml"
    library = tmp_path / "lib/libnvds_nvmultiobjecttracker.so"
    assert judge_parts(tmp_path, {}, True).state is State.OK
    new_mux = judge_parts(tmp_path, {"USE_NEW_NVSTREAMMUX": "yes"}, True)
    assert (new_mux.state, new_mux.mend) == (State.MISSING, "unset the variable")
    tracker.write_text("BaseConfig:\n  minDetectorConfidence: 0\n", encoding="utf-8")
    assert "has no TargetManagement: probationAge" in judge_parts(tmp_path, {}, True).found
    library.unlink()
    gone = judge_parts(tmp_path, {}, False)
    assert gone.state is State.WARNING
    assert gone.found.startswith(f"{library}: no such file")
    assert gone.mend.startswith("run finishline inside NVIDIA's DeepStream container")


def test_writing_is_timed_within_its_limits_and_leaves_nothing(tmp_path: Path) -> None:
    speed = write_speed(tmp_path, most_bytes=9_000_000)
    assert 9_000_000 <= speed.n_bytes < 14_000_000
    assert speed.mb_s > 0
    assert write_speed(tmp_path, most_ns=0).n_bytes == 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_yet_lies_in_one_that_is(tmp_path: Path) -> None:
    assert existing(tmp_path / "race" / "video") == tmp_path


def test_the_pyav_that_the_product_depends_on_is_whole() -> None:
    assert judge_av(ask_av()).state is State.OK
