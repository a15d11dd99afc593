import numpy as np

from engines.train.light import NoiseBank, relight


def test_pictures_change_but_keep_shape_and_type() -> None:
    rng = np.random.default_rng(0)
    noise = NoiseBank.of(rng, side=128)
    image = rng.integers(0, 256, (60, 90, 3)).astype(np.uint8)
    changed = 0
    for _ in range(60):
        out = relight(image, rng, noise)
        assert out.shape == image.shape
        assert out.dtype == np.uint8
        changed += not np.array_equal(out, image)
    assert 40 <= changed < 60


def test_noise_windows_are_as_asked() -> None:
    rng = np.random.default_rng(0)
    bank = NoiseBank.of(rng, side=64)
    window = bank.window(64, 30, rng)
    assert window.shape == (64, 30, 3)
    assert 12 < float(window.std()) < 20
