"""Charts of the page as SVG: horizontal bars, logarithmic where figures are far apart. No library."""

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from bench.proof.table import short

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 720, 190, 80, 26, 52, 30
PLOT = WIDTH - LEFT - RIGHT
OURS, STREAM, BATCH = "#1b7f5c", "#7a9cc6", "#c9a36a"
LIGHT, TEXT, GRID = 0.45, "#333333", "#dddddd"
FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="12"'


class Bar(NamedTuple):
    """One bar: its name, what it tells, a lighter part in front of which it stands, and its colour."""

    name: str
    figure: float
    more: float = 0.0
    colour: str = BATCH


def chart(title: str, unit: str, bars: Sequence[Bar], *, is_logarithmic: bool = False) -> str:
    """Return a chart of bars from the shortest to the longest."""
    ordered = sorted(bars, key=lambda bar: bar.figure + bar.more)
    most = max((bar.figure + bar.more for bar in ordered), default=1.0)
    least = min((bar.figure for bar in ordered if bar.figure > 0), default=most)
    ends = (10 ** math.floor(math.log10(least)), most) if is_logarithmic else (0.0, most)
    height = TOP + ROW * len(ordered) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" {FONT}>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="20" font-size="15" font-weight="bold" fill="{TEXT}">{escape(title)}</text>',
        f'<text x="12" y="38" fill="{TEXT}">{escape(unit)}{", logarithmic" * is_logarithmic}</text>',
        *_grid(ends, height, is_logarithmic),
    ]
    for number, bar in enumerate(ordered):
        parts += _bar(bar, TOP + ROW * number, ends, is_logarithmic)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(bar: Bar, top: float, ends: tuple[float, float], is_logarithmic: bool) -> list[str]:
    first, whole = (_x(figure, ends, is_logarithmic) for figure in (bar.figure, bar.figure + bar.more))
    middle = top + ROW / 2 + 4
    colour = f'fill="{TEXT}"' + (' font-weight="bold"' if bar.colour == OURS else "")
    shape = f'y="{top + 4:g}" height="{ROW - 8}" fill="{bar.colour}"'
    parts = [
        f'<text x="{LEFT - 8}" y="{middle:g}" text-anchor="end" {colour}>{escape(bar.name)}</text>',
        f'<rect x="{LEFT}" width="{max(1.0, first):.1f}" {shape}/>',
    ]
    if bar.more:
        parts.append(f'<rect x="{LEFT + first:.1f}" width="{whole - first:.1f}" opacity="{LIGHT}" {shape}/>')
    label = short(bar.figure + bar.more)
    return [
        *parts,
        f'<text x="{LEFT + max(first, whole) + 6:.1f}" y="{middle:g}" fill="{TEXT}">{label}</text>',
    ]


def _grid(ends: tuple[float, float], height: int, is_logarithmic: bool) -> list[str]:
    lines = []
    for figure in _ticks(ends, is_logarithmic):
        x = LEFT + _x(figure, ends, is_logarithmic)
        place = f'x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM}"'
        lines.append(f'<line {place} stroke="{GRID}"/>')
        lines.append(
            f'<text x="{x:.1f}" y="{height - 12}" text-anchor="middle" fill="{TEXT}">{figure:,g}</text>'
        )
    return lines


def _ticks(ends: tuple[float, float], is_logarithmic: bool) -> list[float]:
    low, high = ends
    if is_logarithmic:
        first, last = round(math.log10(low)), math.floor(math.log10(high))
        return [10.0**power for power in range(first, last + 1)]
    step = 10 ** math.floor(math.log10(high)) if high > 0 else 1.0
    step = step / 5 if high / step < 2 else step / 2 if high / step < 5 else step
    return [number * step for number in range(int(high / step) + 1)]


def _x(figure: float, ends: tuple[float, float], is_logarithmic: bool) -> float:
    low, high = ends
    if not is_logarithmic:
        return PLOT * figure / high if high else 0.0
    if figure <= low or high <= low:
        return 0.0
    return PLOT * math.log(figure / low) / math.log(high / low)
