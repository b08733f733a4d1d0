"""The compiled search of one merchant, against the search in Python's own integers."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.verify import compiled
from optimizer.verify.compiled import digest_of
from optimizer.verify.linear_kernel import Linear, times
from optimizer.verify.search import Choice, Meter, best_of
from optimizer.verify.search_kernel import Found, solve_linear

BITS = 20
Cells = list[list[Choice]]


def solved(cells: Cells, bounds: list[int], most_work: int = 10**7) -> tuple[bool, int | None]:
    """Return whether the compiled search ended, and what it found."""
    mask = (1 << BITS) - 1
    values = [value for choices in cells for value, _ in choices]
    weights = [[amount or 0 for amount in adds] for choices in cells for _, adds in choices]
    linear = Linear(
        starts=np.cumsum([0, *map(len, cells)]),
        values=np.array([[value >> BITS, value & mask] for value in values], np.int64),
        weights=np.array(weights, np.int64).reshape(len(values), len(bounds)),
        bounds=np.array(bounds, np.int64),
    )
    found = Found(np.zeros(3, np.int64), np.array([0, most_work]), BITS)
    is_done = bool(solve_linear(linear, found))
    return is_done, (int(found.best[1]) << BITS) + int(found.best[2]) if found.best[0] else None


@st.composite
def merchants(draw: st.DrawFn) -> tuple[Cells, list[int]]:
    """Draw the cells of a merchant, and what its limits allow."""
    num_limits = draw(st.integers(1, 3))
    largest = draw(st.sampled_from([3, 1000, 10**15]))
    heaviest = draw(st.sampled_from([3, 60, 10**12]))
    lightest = draw(st.sampled_from([0, -heaviest]))
    amounts = st.tuples(*[st.integers(lightest, heaviest)] * num_limits)
    choice = st.tuples(st.integers(-largest, largest), amounts)
    nothing: Choice = (0, (0,) * num_limits)
    cell = st.builds(
        lambda must, own: own if must else [nothing, *own],
        st.booleans(),
        st.lists(choice, min_size=1, max_size=4),
    )
    cells = draw(st.lists(cell, min_size=1, max_size=6))
    bound = st.integers(-heaviest, 2 * heaviest * len(cells))
    return cells, draw(st.lists(bound, min_size=num_limits, max_size=num_limits))


@settings(deadline=None, max_examples=300)
@given(merchants())
def test_equals_the_search_in_python(merchant: tuple[Cells, list[int]]) -> None:
    """The best under linear limits must be what the plain search finds, to the last unit."""
    cells, bounds = merchant
    assert solved(cells, bounds) == (True, best_of(cells, [Meter(bound, is_limit=True) for bound in bounds]))


def test_hundreds_of_cells_under_one_cap() -> None:
    """A merchant of 400 cells under one cap must be solved in little counted work, and not be guessed."""
    rng = np.random.default_rng(3)
    costs = np.sort(rng.integers(10**4, 10**6, (400, 5)), axis=1)
    values = np.sort(rng.integers(10**9, 10**11, (400, 5)), axis=1)
    cells: Cells = [
        [(0, (0,)), *((int(v), (int(c),)) for v, c in zip(*own, strict=True))]
        for own in zip(values, costs, strict=True)
    ]
    cap = int(costs[:, -1].sum()) // 3
    is_done, best = solved(cells, [cap], 2_000_000)
    assert is_done
    assert best is not None
    # One unit more of room can only help; a cap that the best choice just meets must give it again.
    assert solved(cells, [cap + 1], 2_000_000)[1] >= best
    assert solved(cells, [int(costs.max(axis=1).sum())])[1] == int(values.max(axis=1).sum())


def test_gives_up_when_its_counted_work_is_done() -> None:
    """A merchant beyond the counted work must be said to be unchecked."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 10**9, (40, 3)).tolist()
    cells: Cells = [
        [(0, (0, 0)), *((s, (s, t)) for s, t in zip(row, row[::-1], strict=True))] for row in sizes
    ]
    assert solved(cells, [10**10, 10**10], 50_000)[0] is False


@pytest.mark.parametrize("bits", [1, 7, 31])
@given(st.integers(-(2**58), 2**58), st.integers(-(2**58), 2**58))
def test_products_are_exact(bits: int, number: int, factor: int) -> None:
    """A two-word number times a whole one must be the exact product, where that fits."""
    if abs(number * factor) >> bits >= 2**60 or abs(factor) >= 2**60:
        factor = factor % 2 or 1
    high, low = times(number >> bits, number & ((1 << bits) - 1), factor, bits)
    assert (int(high) << bits) + int(low) == number * factor


def test_what_is_kept_depends_on_every_source() -> None:
    """Kept compiled code must be looked up under a digest of all sources compiled into it, and of no more."""
    assert digest_of([b"a", b"b"]) != digest_of([b"a", b"c"])
    assert digest_of([b"a", b"b"]) != digest_of([b"ab", b""])
    verify_modules = [module for name, module in sys.modules.items() if name.startswith("optimizer.verify.")]
    texts = {module: Path(str(module.__file__)).read_text(encoding="utf-8") for module in verify_modules}
    modules = {module for module, text in texts.items() if "_compiled = njit" in text}
    assert modules == set(compiled.SOURCES)
    for kept in (compiled.add_priced, compiled.best_of_cells, compiled.solve_blocks):
        (cell,) = kept.py_func.__closure__
        assert cell.cell_contents == digest_of([Path(str(m.__file__)).read_bytes() for m in compiled.SOURCES])
