"""A plot with two logarithmic axes as clean SVG: it reads on light and dark pages, and fetches nothing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 48, 52
_LABEL_HEIGHT = 16
_COLOURS = ("#0f7b6c", "#d1732b", "#4c72b0", "#b0507c", "#7a7a2a", "#8a62c7", "#5f7480", "#b03a3a")
"""Of middling lightness, so that each stands out on white and on black."""

_STYLE = """\
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 15px }
  .tick { font-size: 12px; fill: #57606a }
  .grid { stroke: #8c959f; stroke-opacity: .25 }
  .axis { stroke: #8c959f }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .tick { fill: #9da7b3 } }
"""


@dataclass(frozen=True)
class Point:
    """A point; `is_open` draws it hollow: what was asked for was not reached."""

    x: float
    y: float
    is_open: bool = False


@dataclass(frozen=True)
class Series:
    """A line with its name; `is_steps` holds every value until the next point."""

    name: str
    points: tuple[Point, ...]
    is_steps: bool = False


@dataclass(frozen=True)
class Plot:
    """What is drawn. All coordinates are above zero."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]

    def svg(self) -> str:
        """Return the picture.

        Raises
        ------
        ValueError
            If there is no point, or one that is not above zero.
        """
        points = [point for series in self.series for point in series.points]
        if not points or min(min(point.x, point.y) for point in points) <= 0:
            raise ValueError("a logarithmic plot needs points above zero")
        x = _Axis.of([point.x for point in points], _LEFT, _WIDTH - _RIGHT)
        y = _Axis.of([point.y for point in points], _HEIGHT - _BOTTOM, _TOP)
        parts = [*self._frame(x, y), *self._lines(x, y)]
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        title = f"<title>{escape(self.title)}</title>"
        body = "\n".join(parts)
        return (
            f'{head} aria-label="{escape(self.title)}">\n{title}\n<style>\n{_STYLE}</style>\n{body}\n</svg>\n'
        )

    def _frame(self, x: _Axis, y: _Axis) -> list[str]:
        middle, bottom = (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - _BOTTOM
        parts = [
            _text(_LEFT, 24, self.title, "title"),
            _text(middle, _HEIGHT - 10, self.x_label, anchor="middle"),
        ]
        parts.append(_text(16, (_TOP + bottom) / 2, self.y_label, anchor="middle", turned=True))
        for exponent in x.decades:
            at = x.place(10.0**exponent)
            parts.append(f'<path class="grid" d="M{at:.1f} {_TOP}V{bottom}"/>')
            parts.append(_text(at, bottom + 18, _decade(exponent), "tick", anchor="middle"))
        for exponent in y.decades:
            at = y.place(10.0**exponent)
            parts.append(f'<path class="grid" d="M{_LEFT} {at:.1f}H{_WIDTH - _RIGHT}"/>')
            parts.append(_text(_LEFT - 8, at + 4, _decade(exponent), "tick", anchor="end"))
        return [*parts, f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - _RIGHT}"/>']

    def _lines(self, x: _Axis, y: _Axis) -> list[str]:
        parts, ends = list[str](), list[tuple[float, str, str]]()
        for number, series in enumerate(self.series):
            colour = _COLOURS[number % len(_COLOURS)]
            places = [(x.place(point.x), y.place(point.y), point.is_open) for point in series.points]
            parts.append(f'<path class="line" stroke="{colour}" d="{_path(places, series.is_steps)}"/>')
            for across, up, is_open in places if len(places) == 1 or not series.is_steps else ():
                fill = 'fill="none"' if is_open else f'fill="{colour}"'
                parts.append(f'<circle cx="{across:.1f}" cy="{up:.1f}" r="4" stroke="{colour}" {fill}/>')
            ends.append((places[-1][1], series.name, colour))
        for at, (_, name, colour) in zip(_apart([end[0] for end in ends]), ends, strict=True):
            parts.append(
                f'<path stroke="{colour}" stroke-width="3" d="M{_WIDTH - _RIGHT + 10} {at:.1f}h14"/>'
            )
            parts.append(_text(_WIDTH - _RIGHT + 30, at + 4, name))
        return parts


@dataclass(frozen=True)
class _Axis:
    """Maps the decades from `low` to `high` to pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    @staticmethod
    def of(values: Sequence[float], start: float, end: float) -> _Axis:
        low, high = log10(min(values)), log10(max(values))
        room = max((high - low) * 0.05, 0.1)
        return _Axis(low - room, high + room, start, end)

    def place(self, value: float) -> float:
        return self.start + (log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def decades(self) -> range:
        return range(ceil(self.low), floor(self.high) + 1)


def _path(places: Sequence[tuple[float, float, bool]], is_steps: bool) -> str:
    first, *rest = places
    moves = [f"M{first[0]:.1f} {first[1]:.1f}"]
    moves += [f"H{p[0]:.1f}V{p[1]:.1f}" if is_steps else f"L{p[0]:.1f} {p[1]:.1f}" for p in rest]
    return "".join(moves)


def _apart(places: Sequence[float]) -> list[float]:
    """Push labels apart, from the top down, so that none lies on another; the order stays."""
    found = list(places)
    order = sorted(range(len(found)), key=lambda number: found[number])
    for above, below in itertools.pairwise(order):
        found[below] = max(found[below], found[above] + _LABEL_HEIGHT)
    lowest = float(_HEIGHT - _BOTTOM)
    for number in reversed(order):
        found[number] = min(found[number], lowest)
        lowest = found[number] - _LABEL_HEIGHT
    return found


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start", turned: bool = False) -> str:
    named = f' class="{kind}"' if kind else ""
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>{escape(text)}</text>'


def _decade(exponent: int) -> str:
    names = {0: "1", 1: "10", 2: "100", 3: "1 k", 4: "10 k", 5: "100 k", 6: "1 M", 7: "10 M", 8: "100 M"}
    return names.get(exponent, f"1e{exponent}")
