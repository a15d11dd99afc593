"""The clock, the learning rate and the running average of a training run."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from engines.errors import TrainingError  # noqa: E402
from engines.train.network import DetectorNetwork  # noqa: E402
from engines.train.run import Pace, Run, Step, follow, rate_at, train_until  # noqa: E402
from tests.engines.train.test_network import TINY  # noqa: E402


@pytest.mark.parametrize(
    ("share", "step", "expected"),
    [(0, 0, 1 / 300), (0, 1000, 1.0), (0.5, 1000, 0.505), (1, 1000, 0.01), (2, 1000, 0.01)],
)
def test_the_rate_warms_up_and_falls(share: float, step: int, expected: float) -> None:
    assert rate_at(share, step) == pytest.approx(expected)


def test_the_average_follows() -> None:
    average, live = DetectorNetwork(TINY), DetectorNetwork(TINY)
    with torch.no_grad():
        for one, two in zip(average.parameters(), live.parameters(), strict=True):
            one.zero_()
            two.fill_(1.0)
    follow(average, live, 0)
    assert all(float(p.detach().mean()) == pytest.approx(0.95) for p in average.parameters())
    follow(average, live, 10**6)
    assert all(float(p.detach().mean()) == pytest.approx(0.950025) for p in average.parameters())


def test_a_checkpoint_of_another_size_is_refused(tmp_path: Path) -> None:
    pace = Pace(tmp_path, 1, 1e-3)
    begun = Run.of(DetectorNetwork(TINY), asdict(TINY), pace)
    begun.step = 7
    begun.save(tmp_path / "last.pt")
    again = Run.of(DetectorNetwork(TINY), asdict(TINY), pace)
    again.load(tmp_path / "last.pt")
    assert again.step == 7
    wider = replace(TINY, neck=TINY.neck * 2)
    other = Run.of(DetectorNetwork(wider), asdict(wider), pace)
    with pytest.raises(TrainingError, match="another size"):
        other.load(tmp_path / "last.pt")
    assert other.step == 0


@pytest.mark.parametrize(
    ("situation", "damage"),
    [
        ("empty", lambda whole: b""),
        ("cut off", lambda whole: whole[:50_000]),
        ("without its last byte", lambda whole: whole[:-1]),
        ("another file", lambda whole: b"broken"),
    ],
)
def test_a_damaged_checkpoint_is_named(
    situation: str, damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    file = tmp_path / "last.pt"
    run = Run.of(DetectorNetwork(TINY), asdict(TINY), Pace(tmp_path, 1, 1e-3))
    run.save(file)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(TrainingError, match=r"last\.pt is damaged .* another --out"):
        run.load(file)


@pytest.mark.parametrize("state", [{}, [], {"size": asdict(TINY)}], ids=["empty", "list", "size"])
def test_a_checkpoint_of_something_else_is_named(state: object, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "last.pt")
    run = Run.of(DetectorNetwork(TINY), asdict(TINY), Pace(tmp_path, 1, 1e-3))
    with pytest.raises(TrainingError, match=r"last\.pt is damaged"):
        run.load(tmp_path / "last.pt")


def test_a_run_without_time_left_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.of(DetectorNetwork(TINY), asdict(TINY), Pace(tmp_path, 1, 1e-3))
    run.elapsed_s = 90.0

    def learn(network: DetectorNetwork, batch: int, optimizer: object) -> Step:
        raise AssertionError("no time is left")

    none: Iterator[int] = iter(())
    train_until(run, none, learn, 60.0, Pace(tmp_path, 1, 1e-3))
    assert "1.5 of 1 minutes: no time is left to learn" in capsys.readouterr().err
    assert not (tmp_path / "progress.jsonl").exists()
