"""No runner of a race is both learnt from and measured on."""

from pathlib import Path

import pytest

from engines.train.labelled.data_set import LabelledBox, LabelledPicture
from engines.train.labelled.split import Split, split_by_runner
from engines.types import Kind


def picture(name: str, *numbers: str, race: str = "city") -> LabelledPicture:
    boxes = tuple(
        LabelledBox(kind=Kind.BIB, box=(0, 0, 9, 9), text=text, where=name) for text in numbers
    )
    return LabelledPicture(Path(name), 64, 64, boxes, race)


def part_of(split: Split, name: str) -> int:
    parts = (split.train, split.validation, split.test)
    [part] = [i for i, p in enumerate(parts) if any(q.path.name == name for q in p)]
    return part


def runners(split_part: tuple[LabelledPicture, ...]) -> set[tuple[str, str | None]]:
    return {(p.race, box.text) for p in split_part for box in p.boxes}


def test_every_picture_is_in_one_part_and_no_runner_in_two() -> None:
    pictures = [picture(f"{n:04}.jpg", str(n // 3)) for n in range(300)]
    split = split_by_runner(pictures)
    assert len(split.train) + len(split.validation) + len(split.test) == 300
    assert not runners(split.train) & runners(split.validation)
    assert not runners(split.train) & runners(split.test)
    assert not runners(split.validation) & runners(split.test)
    assert len(split.validation) == pytest.approx(30, abs=3)
    assert len(split.test) == pytest.approx(15, abs=3)


def test_runners_linked_by_a_third_picture_stay_together() -> None:
    linked = [picture("a.jpg", "1"), picture("b.jpg", "2"), picture("c.jpg", "1", "2")]
    others = [picture(f"x{n}.jpg", str(100 + n)) for n in range(60)]
    split = split_by_runner([*others, *linked])
    assert part_of(split, "a.jpg") == part_of(split, "b.jpg") == part_of(split, "c.jpg")


def test_the_same_number_in_another_race_is_another_runner() -> None:
    pictures = [picture(f"{race}.jpg", "7", race=race) for race in map(str, range(40))]
    split = split_by_runner(pictures)
    assert split.validation
    assert split.test


def test_a_mass_start_is_learnt_from() -> None:
    start = [picture("start.jpg", *map(str, range(100)))]
    split = split_by_runner([*start, *(picture(f"{n}.jpg", str(n)) for n in range(100))])
    assert len(split.train) == 101
    assert not split.validation


def test_pictures_without_numbers_are_split_by_bursts() -> None:
    pictures = [picture(f"IMG_{n:04}.jpg") for n in range(200)]
    split = split_by_runner(pictures)
    for start in range(0, 200, 10):
        assert len({part_of(split, f"IMG_{n:04}.jpg") for n in range(start, start + 10)}) == 1
    assert split.validation
    assert split.test


def test_the_order_of_the_pictures_does_not_matter() -> None:
    pictures = [picture(f"{n}.jpg", str(n)) for n in range(50)]
    split, turned = split_by_runner(pictures), split_by_runner(pictures[::-1])
    assert {p.path for p in split.test} == {p.path for p in turned.test}
    assert {p.path for p in split.validation} == {p.path for p in turned.validation}


@pytest.mark.parametrize("n", [0, 1, 5])
def test_few_pictures_are_all_learnt_from(n: int) -> None:
    split = split_by_runner([picture(f"{i}.jpg", str(i)) for i in range(n)])
    assert len(split.train) == n
