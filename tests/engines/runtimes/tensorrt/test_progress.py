from __future__ import annotations

import pytest

from engines.runtimes.tensorrt.progress import Progress


def test_nested_phases_add_up_and_never_go_back() -> None:
    told: list[tuple[str, float]] = []
    progress = Progress(lambda phase, share: told.append((phase, share)), lambda: False)
    progress.start("build", None, 2)
    assert progress.step("build", 0)
    progress.start("tactics", "build", 4)
    progress.step("tactics", 0)
    assert told[-1] == ("tactics", 0.5 + 0.5 / 4)
    progress.finish("tactics")
    progress.start("again", "build", 1)
    progress.step("build", 1)
    progress.finish("build")
    assert told[-1] == ("build", 1.0)
    shares = [share for _, share in told]
    assert shares == sorted(shares)


@pytest.mark.parametrize(
    ("n_steps", "step", "expected"),
    [
        pytest.param(0, 0, 1.0, id="no steps"),
        pytest.param(2, 7, 1.0, id="more steps than told"),
    ],
)
def test_odd_reports(n_steps: int, step: int, expected: float) -> None:
    told: list[float] = []
    progress = Progress(lambda _, share: told.append(share), lambda: False)
    progress.step("unknown", 1)
    progress.start("own", "own", n_steps)
    progress.step("own", step)
    progress.finish("unknown")
    assert told[-1] == expected


def test_it_stops_when_asked_and_when_the_listener_fails() -> None:
    stopped = Progress(lambda _, __: None, lambda: True)
    stopped.start("build", None, 2)
    assert not stopped.step("build", 0)

    def fails(_: str, __: float) -> None:
        raise OSError("the terminal has gone")

    broken = Progress(fails, lambda: False)
    broken.start("build", None, 2)
    assert not broken.step("build", 0)
    assert isinstance(broken.fault, OSError)
