"""How often each legal combination was drawn, shaped the answer, or left none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.strategies.combination import COMBINATIONS, Combination


@dataclass
class Tally:
    """Counts by combination.

    Attributes
    ----------
    binding
        The best objective would differ without the rule; of a report rule: it had no slack, or less.
    infeasible
        No plan is feasible, and without the rule there is one.
    """

    drawn: Counter[Combination] = field(default_factory=Counter)
    binding: Counter[Combination] = field(default_factory=Counter)
    infeasible: Counter[Combination] = field(default_factory=Counter)

    def vacuous(self, drawn: int, binding: int) -> list[Combination]:
        """Return the legal combinations that were drawn, or mattered, less often than this."""
        return [c for c in COMBINATIONS if self.drawn[c] < drawn or self.binding[c] < binding]

    def summary(self) -> str:
        """Return the least and most of every count, in one line."""
        parts = []
        for name in ("drawn", "binding", "infeasible"):
            counts = [getattr(self, name)[c] for c in COMBINATIONS]
            parts.append(f"{name} {min(counts)} to {max(counts)} ({sum(counts)})")
        return f"{len(COMBINATIONS)} combinations: {', '.join(parts)}"

    def table(self) -> str:
        """Return every count, a line a combination."""
        words = ["kind", "measure", "basis", "applies", "enforcement", "divisible"]
        lines = ["".join(f"{head:<13}" for head in [*words, "drawn", "binding", "infeasible"])]
        for c in COMBINATIONS:
            texts = (c.kind, c.measure, c.basis, c.applies, c.enforcement, "yes" if c.is_divisible else "no")
            counts = (self.drawn[c], self.binding[c], self.infeasible[c])
            lines.append("".join(f"{text!s:<13}" for text in (*texts, *counts)))
        return "\n".join(lines)
