"""Random instances of a few rules, drawn by number: hypothesis left alone prefers those without any."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.agreement import COUNTING, Seed, draw
from tests.strategies import COMBINATIONS, Drawn


def drawn_of(seed: Seed) -> Drawn:
    """Return the random instance of a seed, as `tests.agreement` draws it."""
    return draw(seed)


def drawings(num_rules: int = 2) -> st.SearchStrategy[Drawn]:
    """Return a strategy of random instances with a rule for each of up to `num_rules` legal combinations."""

    def rules(is_divisible: bool) -> st.SearchStrategy[list[int]]:
        numbers = [n for n, c in enumerate(COMBINATIONS) if c.is_divisible == is_divisible]
        return st.lists(st.sampled_from(numbers), min_size=1, max_size=num_rules)

    drawn = st.integers(0, 10**6) | st.integers(COUNTING, COUNTING + 10**6)
    seeds = st.tuples(drawn, st.booleans().flatmap(rules).map(tuple))
    return seeds.map(drawn_of)
