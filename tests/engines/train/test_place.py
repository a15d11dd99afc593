import numpy as np
import pytest

from engines.train.pictures import Labels, TrainingPicture
from engines.train.place import Placement, choose_placement, clip_labels, warp

FULL = (0, 0, 100, 60)


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        (Placement(1, 1, 0, 0), [10, 20, 30, 60]),
        (Placement(2, 0.5, 5, 1), [25, 11, 65, 31]),
        (Placement(-1, 1, 100, 0), [70, 20, 90, 60]),
    ],
)
def test_boxes_follow_the_pixels(placement: Placement, expected: list[float]) -> None:
    box = np.array([[10, 20, 30, 60]], np.float32)
    assert placement.boxes(box)[0].tolist() == expected


@pytest.mark.parametrize(
    ("row", "kept", "ignored"),
    [
        ((10, 10, 40, 50, 0, False), True, False),
        ((10, 10, 40, 50, 0, True), True, True),
        ((200, 10, 240, 50, 0, False), False, False),
        ((10, 10, 14, 50, 0, False), True, True),  # too thin a person
        ((10, 20, 50, 200, 0, False), True, False),  # head and chest of a person are enough
        ((10, -80, 50, 30, 0, False), True, True),  # legs alone are not
        ((-85, 10, 15, 50, 0, False), True, True),  # nor is an arm
        ((-40, 10, 60, 50, 0, False), True, False),  # most of a person is
        ((-85, 10, 15, 50, 1, False), True, True),  # a bib cut to 15 % does not
        ((-5, 10, 15, 20, 1, False), True, False),
        ((-5, 10, 15, 20, 3, False), True, True),  # a cut number would be another number
        ((0, 10, 15, 20, 3, False), True, False),
    ],
)
def test_clipping(
    row: tuple[float, float, float, float, int, bool], kept: bool, ignored: bool
) -> None:
    labels = clip_labels(Labels.of([row]), FULL)
    assert len(labels.kinds) == kept
    if kept:
        assert bool(labels.ignored[0]) is ignored
        assert (labels.boxes[0, :2] >= 0).all()
        assert (labels.boxes[0, 2:] <= [100, 60]).all()


def _marked_picture() -> TrainingPicture:
    image = np.zeros((200, 160, 3), np.uint8)
    image[60:140, 60:100] = 255
    return TrainingPicture.of(image, Labels.of([(60, 60, 100, 140, 0, False)]))


@pytest.mark.parametrize("seed", range(12))
def test_the_box_stays_on_the_pixels_at_every_scale(seed: int) -> None:
    rng = np.random.default_rng(seed)
    region = (40, 20, 240, 180)
    placement = choose_placement(_marked_picture(), region, (30, 120), rng)
    canvas = np.zeros((200, 260, 3), np.uint8)
    warp(_marked_picture(), placement, region, canvas)
    pixels = canvas[20:180, 40:240]
    box = placement.boxes(np.array([[60, 60, 100, 140]], np.float32))[0] - [40, 20, 40, 20]
    ys, xs = np.nonzero(pixels[..., 0] > 127)
    expected = np.clip(box, 0, [200, 160, 200, 160])
    if len(xs):
        found = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
        assert np.abs(np.subtract(found, expected)).max() <= 2.5


def test_a_picture_without_persons_is_placed_too() -> None:
    picture = TrainingPicture.of(np.full((50, 50, 3), 9, np.uint8), Labels.of([]))
    region = (0, 0, 64, 64)
    placement = choose_placement(picture, region, (20, 60), np.random.default_rng(0))
    canvas = np.zeros((64, 64, 3), np.uint8)
    warp(picture, placement, region, canvas)
    assert canvas.any()


def test_where_a_picture_does_not_reach_the_ground_is_seen() -> None:
    canvas = np.full((40, 60, 3), 7, np.uint8)
    picture = TrainingPicture.of(np.full((20, 20, 3), 9, np.uint8), Labels.of([]))
    warp(picture, Placement(1, 1, 30, 10), (20, 0, 60, 40), canvas)
    assert (canvas[12:28, 32:48] == 9).all()
    assert (canvas[:, :20] == 7).all()
    assert (canvas[32:, :] == 7).all()
