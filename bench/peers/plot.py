"""Bars as SVG, light and dark: a few rectangles and words, so that no plotting library is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

LEAST = 0.1  # where the logarithmic scale begins
_LEFT, _WIDTH, _BAR, _GAP, _TOP = 130, 640, 14, 12, 78


@dataclass(frozen=True, slots=True)
class Colours:
    words: str
    faint: str
    lines: str
    theirs: str
    ours: str


LIGHT = Colours("#1f2328", "#59636e", "#d1d9e0", "#9aa4af", "#3f51b5")
DARK = Colours("#e6edf3", "#9198a1", "#3d444d", "#6e7681", "#8c9eff")


def bars(title: str, unit: str, rows: Sequence[tuple[str, float, float | None]], colours: Colours) -> str:
    """A picture of rows of (name, its own value, crossorigin's or None), on a logarithmic scale."""
    most = max([value for _, own, ours in rows for value in (own, ours or 0.0)], default=1.0)
    decades = range(round(math.log10(LEAST)), math.ceil(math.log10(max(most, 1.0))) + 1)
    span = decades[-1] - decades[0]
    scale = (_WIDTH - _LEFT - 90) / span
    height = _TOP + sum(_GAP + _BAR * (1 if ours is None else 2) for _, _, ours in rows) + 30

    def text(x: float, y: float, words: str, colour: str, more: str = "") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{more}>{escape(words)}</text>'

    def bar(y: float, value: float, colour: str) -> list[str]:
        length = max(math.log10(max(value, LEAST)) - decades[0], 0.02) * scale
        box = f'<rect x="{_LEFT}" y="{y:.1f}" width="{length:.1f}" height="{_BAR - 2}" rx="2" fill="{colour}"/>'
        return [box, text(_LEFT + length + 6, y + _BAR - 4, f"{value:,.1f}", colours.words)]

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="12">',
        text(0, 18, title, colours.words, ' font-size="15" font-weight="bold"'),
        f'<rect x="0" y="32" width="12" height="12" rx="2" fill="{colours.theirs}"/>',
        text(18, 42, "the library's own CORS", colours.words),
        f'<rect x="190" y="32" width="12" height="12" rx="2" fill="{colours.ours}"/>',
        text(208, 42, f"crossorigin, around the same app ({unit}, logarithmic)", colours.words),
    ]
    for decade in decades:
        x = _LEFT + (decade - decades[0]) * scale
        parts.append(f'<path d="M{x:.1f} {_TOP - 8}V{height - 24}" stroke="{colours.lines}"/>')
        parts.append(text(x, height - 8, f"{10.0**decade:,g}", colours.faint, ' text-anchor="middle"'))
    y = float(_TOP)
    for name, own, ours in rows:
        alone = ours is None
        parts.append(text(_LEFT - 8, y + (_BAR - 4 if alone else _BAR + 2), name, colours.words, ' text-anchor="end"'))
        parts += bar(y, own, colours.ours if alone else colours.theirs)
        y += _BAR
        if ours is not None:
            parts += bar(y, ours, colours.ours)
            y += _BAR
        y += _GAP
    return "\n".join([*parts, "</svg>", ""])
