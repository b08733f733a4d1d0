"""Pins are looked up together: the answer of the slow definition, in work that does not grow with them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from random import Random
from typing import Any

import numpy as np
import pytest

import optimizer.compile.pins as compiling
from models.instance import Int32, Int64, KeyColumn, Options, Pin
from models.problem import FORBIDDEN, FREE
from optimizer.compile.pins import compile_pins


@dataclass(frozen=True)
class Shop:
    """As much of an instance as pins look at."""

    options: Options


def shop(rng: Random, sizes: tuple[int, ...], share: float) -> tuple[Shop, Int64, Int32]:
    """Return some of all cells with keys of so many texts, with one to three options each."""
    names = ("A", "B", "C")
    cells = [keys for keys in product(*map(range, sizes)) if rng.random() < share] or [(0,) * len(sizes)]
    rows = [(*keys, code) for keys in cells for code in sorted(rng.sample(range(3), rng.randint(1, 3)))]
    codes = np.array(rows, np.int32)
    keys = ("merchant", "category", "slot", "segment")[: len(sizes)]
    texts = [
        tuple(f"{key[0]}{number:04d}" for number in range(size))
        for key, size in zip(keys, sizes, strict=True)
    ]
    columns = {key: KeyColumn(texts[place], codes[:, place]) for place, key in enumerate(keys)}
    first = [
        place for place, (one, other) in enumerate(pairwise([(-1,), *rows]), 0) if one[:-1] != other[:-1]
    ]
    starts = np.array([*first, len(rows)], np.int64)
    return Shop(Options(columns, KeyColumn(names, codes[:, -1]), {}, {})), starts, codes[starts[:-1], :-1]


def pins_of(rng: Random, instance: Shop, starts: Int64, cell_keys: Int32, count: int) -> list[Pin]:
    """Return pins that do not contradict each other: some force, some forbid, some have wildcards."""
    columns = list(instance.options.keys.values())
    pins: list[Pin] = []
    forced = [cell for cell in range(len(cell_keys)) if rng.random() < 0.3][:count]
    kept = {tuple(cell_keys[cell].tolist()) for cell in forced}
    for cell in forced:
        option = instance.options.option.codes[rng.randrange(starts[cell], starts[cell + 1])]
        keys = tuple(column.texts[code] for column, code in zip(columns, cell_keys[cell], strict=True))
        pins.append(Pin(keys, instance.options.option.texts[option], len(pins) + 2))
    for _ in range(count):
        codes = [rng.choice([None, rng.randrange(len(column.texts))]) for column in columns]
        is_clear = all(
            any(code is not None and code != own for code, own in zip(codes, keys, strict=True))
            for keys in kept
        )
        if is_clear:
            texts = ("*" if c is None else column.texts[c] for c, column in zip(codes, columns, strict=True))
            pins.append(Pin(tuple(texts), "none", len(pins) + 2))
    pins.append(Pin(("nobody",) * len(columns), "none", len(pins) + 2))
    return rng.sample(pins, len(pins))


def by_definition(instance: Shop, pins: list[Pin], starts: Int64, cell_keys: Int32) -> list[int]:
    """Return what each cell is pinned to, cell by cell and pin by pin."""
    columns, option = list(instance.options.keys.values()), instance.options.option
    pinned = []
    for cell, codes in enumerate(cell_keys.tolist()):
        keys = [column.texts[code] for column, code in zip(columns, codes, strict=True)]
        own = FREE
        for pin in pins:
            if all(text in ("*", key) for text, key in zip(pin.keys, keys, strict=True)):
                own = FORBIDDEN
                for index in range(starts[cell], starts[cell + 1]):
                    own = index if option.texts[option.codes[index]] == pin.option else own
        pinned.append(own)
    return pinned


@pytest.mark.parametrize("fits", [2**62, 8], ids=["", "keys that do not fit one number"])
@pytest.mark.parametrize("seed", range(12))
def test_same_as_the_definition(seed: int, fits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pins with and without wildcards pin what the definition says, however keys are packed into numbers."""
    monkeypatch.setattr(compiling, "_FITS", fits)
    rng = Random(seed)
    sizes = tuple(rng.randint(1, 5) for _ in range(rng.choice([3, 4])))
    instance, starts, cell_keys = shop(rng, sizes, rng.choice([0.2, 0.7, 1.0]))
    pins = pins_of(rng, instance, starts, cell_keys, rng.randint(1, 12))
    found = compile_pins(instance, pins, starts, cell_keys)  # type: ignore[arg-type]
    assert found.tolist() == by_definition(instance, pins, starts, cell_keys)


class Counted(np.ndarray[Any, Any]):
    """An array that counts the numbers that are made from it, on the way through every function."""

    made = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **others: Any) -> Any:
        return self._counted(getattr(ufunc, method)(*map(_bare, inputs), **others))

    def __array_function__(self, function: Any, types: Any, inputs: Any, others: Any) -> Any:
        return self._counted(function(*map(_bare, inputs), **others))

    @staticmethod
    def _counted(made: Any) -> Any:
        if not isinstance(made, np.ndarray):
            return made
        Counted.made += made.size
        return made.view(Counted)


def _bare(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, np.ndarray) else value


def numbers_made(num_pins: int) -> int:
    """Return how many numbers are made on the way to the pins of 4,000 cells."""
    instance, starts, cell_keys = shop(Random(1), (40, 10, 10), 1.0)
    rng = Random(num_pins)
    pins = [
        Pin((f"m{rng.randrange(40):04d}", *tail), "none", row)
        for row, tail in enumerate([("c0001", "s0002"), ("*", "s0003")] * num_pins)
    ]
    Counted.made = 0
    compile_pins(instance, pins, starts, cell_keys.view(Counted))  # type: ignore[arg-type]
    return Counted.made


def test_work_does_not_grow_with_pins() -> None:
    """A thousand times the pins pass over the cells no more often: the work is cells plus pins, not times."""
    few, many = numbers_made(2), numbers_made(2_000)
    assert few > 4_000
    assert many < few + 20 * 4_000
