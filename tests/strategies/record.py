"""Record few seeds that together make every legal combination binding: `python -m tests.strategies.record`.

Run it after any change of the generator; the quick tests examine what stands in recorded.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.agreement import RECORDED, Examined, Seed, examine_all, shuffled
from tests.strategies.combination import COMBINATIONS, Combination
from tests.strategies.tally import Tally

ROUNDS, TRIES = 2, 300


def record() -> None:
    """Examine many instances, and keep a small cover of them."""
    binding: dict[Seed, set[int]] = {}
    number = {combination: place for place, combination in enumerate(COMBINATIONS)}
    for found in examine_all(_seeds(), Tally(), TRIES):
        binding[found.seed] = {number[combination] for combination in _mattered(found)}
    left, kept = set(range(len(COMBINATIONS))), []
    while left:
        best = max(binding, key=lambda seed: (len(binding[seed] & left), -seed[0]))
        if not binding[best] & left:
            raise SystemExit(f"never binding: {[COMBINATIONS[place] for place in sorted(left)]}")
        left -= binding[best]
        kept.append(best)
    rows = ",\n".join(json.dumps([seed, list(numbers)]) for seed, numbers in sorted(kept))
    RECORDED.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def _seeds() -> Iterator[Seed]:
    for each in (3, 4, 5):
        yield from shuffled(ROUNDS, each)


def _mattered(found: Examined) -> set[Combination]:
    return {found.drawn.combinations[name] for name in found.binding}


if __name__ == "__main__":
    record()
