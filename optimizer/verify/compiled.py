"""The compiled functions that are called from Python, kept on disk between runs.

numba keeps a function until its own file changes, whatever it calls. A verifier must not run what its sources
no longer say: so only these are kept, and under a digest of all the sources that are compiled into them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from numba import njit

from optimizer.verify import block_kernel, linear_kernel, search_kernel
from optimizer.verify.linear_kernel import Array

SOURCES = (block_kernel, linear_kernel, search_kernel)

Kept = tuple[Callable[..., None], Callable[..., bool], Callable[..., None]]


def digest_of(sources: list[bytes]) -> int:
    """Return a number that changes when a source does."""
    digests = (hashlib.sha256(source).digest() for source in sources)
    return int.from_bytes(hashlib.sha256(b"".join(digests)).digest()[:7], "big")


def _kept(digest: int) -> Kept:
    """Return the functions; numba looks them up by what they enclose: nothing but the digest."""
    compiled = njit(cache=True, nogil=True)

    @compiled
    def add_priced(options: Array, starts: Array, rates: Array, amounts: Array) -> None:
        if digest >= 0:
            block_kernel.add_priced(options, starts, rates, amounts)

    @compiled
    def best_of_cells(stretch: block_kernel.Stretch, found: block_kernel.Best, bits: int) -> bool:
        return digest >= 0 and block_kernel.best_of_cells(stretch, found, bits)

    @compiled
    def solve_blocks(
        stretch: block_kernel.Stretch,
        found: block_kernel.Best,
        coupled: block_kernel.Coupled,
        ends: Array,
        most: Array,
    ) -> None:
        if digest >= 0:
            block_kernel.solve_blocks(stretch, found, coupled, ends, most)

    return add_priced, best_of_cells, solve_blocks


add_priced, best_of_cells, solve_blocks = _kept(
    digest_of([Path(str(source.__file__)).read_bytes() for source in SOURCES])
)
