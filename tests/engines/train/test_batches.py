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
