import pytest

torch = pytest.importorskip("torch")

from engines.train.batches import batches  # noqa: E402
from engines.train.scenes import SceneMix  # noqa: E402
from tests.engines.train.test_scenes import small_stock  # noqa: E402


def test_batches_are_channels_last_bytes_with_targets() -> None:
    batch = next(batches(small_stock(), (96, 64), 3, SceneMix(), seed=0, n_workers=0))
    assert batch.images.shape == (3, 3, 64, 96)
    assert batch.images.dtype == torch.uint8
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    assert len(batch.targets) == 3
    for target in batch.targets:
        assert target.boxes.dtype == torch.float32
        assert len(target.boxes) == len(target.kinds) == len(target.ignored)


def test_the_seed_decides() -> None:
    stock = small_stock()
    one, two, other = (
        next(batches(stock, (96, 64), 1, SceneMix(), seed=seed, n_workers=0)).images
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_a_share_of_the_batches_is_upright() -> None:
    made = batches(small_stock(), (96, 64), 1, SceneMix(), 0, upright_share=0.5, n_workers=0)
    shapes = [tuple(next(made).images.shape[2:]) for _ in range(20)]
    assert set(shapes) == {(64, 96), (96, 64)}
    assert 4 <= shapes.count((96, 64)) <= 16
