"""Samples of merchants on which prices are looked for, the smallest first."""

from __future__ import annotations

from typing import NamedTuple

NO_NODES, FEW_NODES, NODES = -1, 200, 1_000_000
"""Work that the search of a merchant may take while prices are looked for: none, far from the best, near."""

LEAST_SAMPLED = 40_000
"""Cells from which samples are used."""

_LEAST_HALVED = 5_000
"""Cells from which half of the merchants are enough for a first descent."""


class Sample(NamedTuple):
    """A sample of merchants on which prices are looked for.

    Attributes
    ----------
    cells
        About how many cells it has.
    gap
        How near to its own least bound it is worth going.
    nodes, anchored
        Work that a merchant's search may take on it, and on the whole in the pass that it is anchored to.
    """

    cells: int
    gap: float
    nodes: int
    anchored: int


_SAMPLES = (
    Sample(10_000, 1e-3, FEW_NODES, NO_NODES),
    Sample(30_000, 1e-4, FEW_NODES, NO_NODES),
    Sample(90_000, 3e-5, NODES, NODES),
    Sample(90_000, 1e-5, NODES, NODES),
    Sample(1_000_000, 1e-5, NODES, NODES),
)


def samples(num_cells: int) -> list[Sample]:
    """Return the samples for a market, the smallest first."""
    if num_cells < LEAST_SAMPLED:
        half = num_cells if num_cells < _LEAST_HALVED else num_cells // 2
        return [Sample(half, 1.0, FEW_NODES, FEW_NODES)]
    samples = [sample for sample in _SAMPLES if 2 * sample.cells < num_cells]
    if num_cells < LEAST_SAMPLED * 4:
        samples.append(Sample(num_cells // 2, 3e-5, NODES, NODES))
    return samples
