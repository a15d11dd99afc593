"""How far a posterior can be believed: of the tags that were 99 % sure, how many are right?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

EDGES: Final = (0.0, 0.5, 0.8, 0.95, 0.99, 1.0)
"""Between these posteriors tags are counted together; from 0.95 on they are confirmed."""

_SIDE: Final = 360
_MARGIN: Final = 48


@dataclass(frozen=True, slots=True)
class Bin:
    """Tags with a posterior from `low` to `high`: how many, how sure on average, how many right."""

    low: float
    high: float
    n: int
    mean_posterior: float
    right: int

    @property
    def right_share(self) -> float:
        """0..1."""
        return self.right / self.n


def reliability(tags: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Tags (posterior, right) counted between `EDGES`; empty bins are left out."""
    bins = []
    for low, high in pairwise(EDGES):
        last = high == EDGES[-1]
        inside = [tag for tag in tags if low <= tag[0] and (last or tag[0] < high)]
        if inside:
            mean = sum(posterior for posterior, _ in inside) / len(inside)
            bins.append(Bin(low, high, len(inside), mean, sum(right for _, right in inside)))
    return tuple(bins)


def plot_reliability(bins: Sequence[Bin], out: Path) -> Path:
    """Writes an SVG picture: posterior to the right, share that is right upwards; returns `out`.

    On the line it keeps what it says; below it is too sure. Circles are as large as their tags
    are many.
    """
    most = max((one.n for one in bins), default=1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="white"/>',
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#999"/>',
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(
            f'<text x="{_x(share)}" y="{_y(0) + 16}" text-anchor="middle">{share:g}</text>'
            f'<text x="{_x(0) - 8}" y="{_y(share) + 4}" text-anchor="end">{share:g}</text>'
            f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(share)}" y2="{_y(share)}" stroke="#eee"/>'
        )
    for one in bins:
        x, y = _x(one.mean_posterior), _y(one.right_share)
        radius = 3 + 9 * (one.n / most) ** 0.5
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#1f6feb" fill-opacity="0.5">'
            f"<title>{one.low:g} to {one.high:g}: {one.right} of {one.n} right</title></circle>"
            f'<text x="{x - radius - 4:.1f}" y="{y + 4:.1f}" text-anchor="end">{one.n}</text>'
        )
    middle = _SIDE / 2
    parts.append(f'<text x="{middle}" y="{_SIDE - 10}" text-anchor="middle">posterior</text>')
    parts.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        "share that is right</text></svg>"
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(parts) + "\n", encoding="utf-8")
    return out


def _x(share: float) -> float:
    return _MARGIN + (_SIDE - 2 * _MARGIN) * share


def _y(share: float) -> float:
    return _SIDE - _x(share)
