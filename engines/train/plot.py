"""Draws the losses of a training run as an SVG picture that any browser opens."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

WIDTH: Final = 720
HEIGHT: Final = 320
MARGIN: Final = 48

Line = tuple[str, str, str]
"""The key of a loss in the progress file, its name on the picture, its colour."""

OF_DETECTOR: Final[tuple[Line, ...]] = (
    ("score_loss", "scores", "#1f6feb"),
    ("box_loss", "boxes", "#bc4c00"),
)
OF_READER: Final[tuple[Line, ...]] = (("ctc_loss", "texts", "#1f6feb"),)


def plot_losses(progress: Path, out: Path, lines: Sequence[Line] = OF_DETECTOR) -> Path:
    """Writes the losses over the minutes of a `progress.jsonl` and returns `out`.

    A run that was resumed without time left has noted nothing: its picture is empty.
    """
    rows = _rows(progress) if progress.exists() else []
    minutes = [float(row["minutes"]) for row in rows]
    top = max((float(row[key]) for row in rows for key, _, _ in lines), default=1.0) * 1.05
    end = max(minutes, default=1.0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *_axes(end, top),
    ]
    for place, (key, name, colour) in enumerate(lines):
        values = [float(row[key]) for row in rows]
        points = " ".join(
            f"{_x(minute, end):.1f},{_y(value, top):.1f}"
            for minute, value in zip(minutes, values, strict=True)
        )
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'
        )
        parts.append(
            f'<text x="{WIDTH - MARGIN - 60}" y="{MARGIN + 16 * place}" '
            f'fill="{colour}">{name}</text>'
        )
    out.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")
    return out


def _rows(progress: Path) -> list[dict[str, Any]]:
    """The notes of a run in the order of its clock."""
    rows: list[dict[str, Any]] = []
    for line in progress.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # cut off as the run was killed
        # After a kill a run goes on from its checkpoint: what was noted since is learnt again.
        while rows and rows[-1]["minutes"] > row["minutes"]:
            rows.pop()
        rows.append(row)
    return rows


def _axes(end: float, top: float) -> Sequence[str]:
    parts = []
    for step in range(5):
        value, minute = top * step / 4, end * step / 4
        y, x = _y(value, top), _x(minute, end)
        parts.append(
            f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        )
        parts.append(f'<text x="{MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.2f}</text>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - MARGIN + 18}" text-anchor="middle">{minute:.1f}</text>'
        )
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">minutes</text>')
    return parts


def _x(minute: float, end: float) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * minute / max(end, 1e-9)


def _y(value: float, top: float) -> float:
    return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * value / max(top, 1e-9)
