"""At 1e12 smallest units the exact best is found and proven, and not one unit too many is spent."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from optimizer.verify import verify
from tests.search.making import best_of, out_of, solve, write_cells

E12 = 10**12
THIRD = 333_333_333_333

NEAR_TIES = [[(THIRD + i, f"{3 + i % 2}"), (2 * THIRD - i, f"{5 + i % 3}")] for i in range(8)]
"""Costs that differ by units of 1e12, so that only the last unit tells which of them fit together."""

JUST_BELOW = [[(E12 - 1 - i, "9"), (E12 // 2 + i, "5"), (i + 1, "0.000001")] for i in range(6)]

THIRDS = [[(THIRD, "3")], [(THIRD, "3")], [(THIRD + 1, "3")], [(THIRD - 3, "2.5")]]

TWINS = [[(E12 // 7 + (i * 7919) % 13, "1"), (E12 // 3 + (i * 104729) % 17, "2.5")] for i in range(9)]


def _check(folder, amount: int, cells) -> None:
    """Compare a solve with the exact best: reached, proven, not overspent, and verified from the folder."""
    best, least = best_of(amount, cells)
    solved = solve(folder)
    assert solved.plan is not None
    assert solved.plan.objective == best
    assert solved.plan.used[0] <= amount
    assert solved.solution is not None
    assert solved.solution.status(solved.options) == "optimal"
    assert verify(folder, out_of(folder)).is_verified
    assert solved.plan.used[0] >= least


@pytest.mark.parametrize(("beside", "decimals"), [(-1, 2), (0, 0), (1, 2)])
@pytest.mark.parametrize(
    ("cells", "needs"),
    [
        pytest.param(THIRDS, 3 * THIRD + 1, id="three thirds"),
        pytest.param(NEAR_TIES, 3 * THIRD + 6, id="near ties"),
        pytest.param(JUST_BELOW, E12 - 1 + 2, id="just below the pool"),
        pytest.param(TWINS, best_of(E12, TWINS)[1], id="nearly twins"),
    ],
)
def test_one_unit(cells, needs, beside, decimals, tmp_path):
    """A pool one unit below, at, and one above what a plan needs gives the exact best, proven."""
    folder = write_cells(tmp_path / "i", needs + beside, cells, decimals)
    _check(folder, needs + beside, cells)


def test_one_unit_matters():
    """The pools above are knife edges: one unit less has a lower best."""
    for cells, needs in ((THIRDS, 3 * THIRD + 1), (TWINS, best_of(E12, TWINS)[1])):
        assert best_of(needs - 1, cells)[0] < best_of(needs, cells)[0]


def _random_cells(rng: Random) -> list[list[tuple[int, str]]]:
    """Return cells whose costs lie within a few units of few magnitudes, so that many sums nearly tie."""
    bases = [rng.choice([E12 - 1, E12 // 2, E12 // 3, E12 // 7, 10**9 + 1, 1]) for _ in range(3)]
    return [
        [
            (
                rng.choice(bases) + rng.randint(0, 4),
                str(Fraction(rng.randint(1, 12), 4).limit_denominator(4) * 1.0),
            )
            for _ in range(rng.randint(1, 3))
        ]
        for _ in range(rng.randint(3, 9))
    ]


def _random_edge(number: int) -> tuple[int, list[list[tuple[int, str]]]]:
    rng = Random(number)
    cells = _random_cells(rng)
    cells = [[(cost, f"{float(worth):g}") for cost, worth in options] for options in cells]
    _, least = best_of(rng.choice([E12, 2 * E12, 3 * E12 - 1]), cells)
    return max(least + rng.choice([-1, 0, 1]), 0), cells


@pytest.mark.parametrize("number", [0, 1, 2, 3, 148, 181, 323])  # the last three were once wrong
def test_random_edges(number, tmp_path):
    """Random near-ties at 1e12 units, the pool within a unit of a best plan, are solved exactly."""
    amount, cells = _random_edge(number)
    _check(write_cells(tmp_path / "i", amount, cells, decimals=number % 3), amount, cells)


@pytest.mark.full
def test_random_edges_at_full_volume(tmp_path):
    """At full volume too, random near-ties are solved exactly."""
    for number in range(100, 400):
        amount, cells = _random_edge(number)
        folder = write_cells(tmp_path / str(number), amount, cells, decimals=number % 3)
        _check(folder, amount, cells)
