"""What a search knows so far: the best plan, and the best proof of a bound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from models.certificate import Certificate
from models.plan import Plan
from models.solution import SearchOptions, relative_gap


@dataclass(frozen=True, eq=False)
class Found:
    """A plan that meets every hard rule, and a certificate of a bound; either may be missing."""

    plan: Plan | None = None
    certificate: Certificate | None = None

    def better(self, certificate: Certificate) -> Certificate:
        """Return the better of two proofs of a bound."""
        mine = self.certificate
        return mine if mine is not None and mine.bound <= certificate.bound else certificate

    @property
    def gap(self) -> Fraction | None:
        """The certified gap; None without a plan or a proof."""
        if self.plan is None or self.certificate is None:
            return None
        return relative_gap(self.plan.objective, self.certificate.bound)

    def meets(self, options: SearchOptions) -> bool:
        """Say whether the certified gap is at most the one asked for."""
        return self.gap is not None and self.gap <= options.gap


NOTHING = Found()
