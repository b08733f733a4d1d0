"""Pins -> what each cell is pinned to, in a few passes over the cells however many pins there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.headers import EVERY_KEY, NO_OPTION
from models.instance import Instance, Int32, Int64, Pin
from models.problem import FORBIDDEN, FREE

_FITS = 2**62


def compile_pins(instance: Instance, pins: Sequence[Pin], option_start: Int64, cell_keys: Int32) -> Int64:
    """Return what each cell is pinned to (see `Problem.pinned`); shape (cells,).

    Reading has made sure that pins name cells and options that exist, do not clash, and force no wildcard.
    """
    pinned = np.full(len(cell_keys), FREE, np.int64)
    forced: list[Pin] = []
    forbidding: dict[tuple[int, ...], list[Pin]] = {}
    for pin in pins:
        if pin.option != NO_OPTION:
            forced.append(pin)
            continue
        named = tuple(place for place, key in enumerate(pin.keys) if key != EVERY_KEY)
        forbidding.setdefault(named, []).append(pin)
    for named, alike in forbidding.items():  # pins with wildcards at the same keys are looked up together
        cells, wanted = _ranked(cell_keys, _coded(instance, alike), named)
        pinned[np.isin(cells, wanted)] = FORBIDDEN
    if forced:
        every = tuple(range(cell_keys.shape[1]))
        cells, wanted = _ranked(cell_keys, _coded(instance, forced), every)
        cell = _places(cells, wanted)
        pinned[cell] = _options(instance, forced, cell, option_start)
    return pinned


def _coded(instance: Instance, pins: Sequence[Pin]) -> Int64:
    """Return the index of every key of every pin among the texts of its column; -1 where it is none."""
    columns = []
    for place, column in enumerate(instance.options.keys.values()):
        codes = {text: code for code, text in enumerate(column.texts)}
        columns.append([codes.get(pin.keys[place], -1) for pin in pins])
    return np.array(columns, np.int64).T


def _ranked(cell_keys: Int32, wanted: Int64, named: Sequence[int]) -> tuple[Int64, Int64]:
    """Return one number per cell and one per pin: equal where they agree on the named keys.

    The numbers of cells ascend as their keys do.
    """
    cells, pins, count = np.zeros(len(cell_keys), np.int64), np.zeros(len(wanted), np.int64), 1
    for place in named:
        own, asked = cell_keys[:, place], wanted[:, place]
        size = int(own.max(initial=0)) + 2  # one more than there are, for keys that no cell has
        if count * size >= _FITS:
            distinct, cells = np.unique(cells, return_inverse=True)
            pins, count = _places(distinct, pins), len(distinct) + 1
        cells = cells * size + own
        pins = np.where((asked < 0) | (asked >= size) | (pins < 0), -1, pins * size + asked)
        count *= size
    return cells, pins


def _places(ascending: Int64, wanted: Int64) -> Int64:
    """Return the place of each number in an ascending array; -1 where it has none."""
    found = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[found] == wanted, found, -1)


def _options(instance: Instance, pins: Sequence[Pin], cell: Int64, option_start: Int64) -> Int64:
    """Return the option that each pin forces in its cell: options of a cell are sorted by name."""
    option = instance.options.option
    codes = {text: code for code, text in enumerate(option.texts)}
    wanted = np.array([codes[pin.option] for pin in pins], np.int64)
    names = len(option.texts)
    of_option = np.repeat(np.arange(len(option_start) - 1), np.diff(option_start)) * names + option.codes
    return _places(of_option, cell * names + wanted)
