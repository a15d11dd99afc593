"""Changes light, colour, sharpness and noise of a picture, as cameras and races do."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class NoiseBank:
    """Gaussian noise drawn once: int16 [h, w, 3] with standard deviation 16.

    Cutting a random window is forty times cheaper than drawing noise for every picture.
    """

    values: NDArray[np.int16]

    @classmethod
    def of(cls, rng: np.random.Generator, side: int = 1024) -> "NoiseBank":
        """A bank for pictures up to `side` / 1.3 pixels."""
        return cls(np.round(rng.normal(0, 16, (side, side, 3))).astype(np.int16))

    def window(self, height: int, width: int, rng: np.random.Generator) -> NDArray[np.int16]:
        """A random part."""
        y = int(rng.integers(self.values.shape[0] - height + 1))
        x = int(rng.integers(self.values.shape[1] - width + 1))
        return self.values[y : y + height, x : x + width]


def relight(image: Pixels, rng: np.random.Generator, noise: NoiseBank) -> Pixels:
    """A random mix of the changes below; about one picture in six stays as it is."""
    if rng.random() < 0.15:
        return image
    image = _tones(image, rng)
    if rng.random() < 0.08:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        image = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
    elif rng.random() < 0.6:
        image = _colours(image, rng)
    if rng.random() < 0.2:
        image = _blur(image, rng)
    if rng.random() < 0.2:
        shift = rng.integers(1, 13)
        part = noise.window(image.shape[0], image.shape[1], rng)
        image = np.clip(image + part * shift // 16, 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        _, packed = cv2.imencode(".jpg", image, quality)
        image = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return image


def _tones(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Exposure, contrast and gamma, a little different per channel (white balance)."""
    ramp = np.linspace(0, 1, 256)[:, None]
    gamma = np.exp(rng.uniform(-0.45, 0.45))
    gain = np.exp(rng.uniform(-0.3, 0.3)) * np.exp(rng.uniform(-0.08, 0.08, 3))
    table = (ramp**gamma - 0.5) * rng.uniform(0.7, 1.25) + 0.5
    table = np.clip(table * gain * 255 + rng.uniform(-12, 12), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table.reshape(1, 256, 3)), np.uint8)


def _colours(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Turns the hue and changes the saturation."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hue = (np.arange(256) + int(rng.integers(-8, 9))) % 180
    saturation = np.clip(np.arange(256) * rng.uniform(0.4, 1.5), 0, 255)
    table = np.stack((hue, saturation, np.arange(256)), 1).astype(np.uint8)
    hsv = cv2.LUT(hsv, table.reshape(1, 256, 3))
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def _blur(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Out of focus, or moved during the exposure."""
    if rng.random() < 0.4:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.4))), np.uint8)
    size = int(rng.integers(3, 9))
    kernel = np.zeros((size, size), np.float32)
    angle = rng.normal(0, 0.5)
    middle, reach = (size - 1) / 2, size / 2
    step = np.array([np.cos(angle), np.sin(angle)]) * reach
    start, end = np.round(middle - step).astype(int), np.round(middle + step).astype(int)
    cv2.line(kernel, tuple(start.tolist()), tuple(end.tolist()), 1.0)
    return np.asarray(cv2.filter2D(image, -1, kernel / max(kernel.sum(), 1.0)), np.uint8)
