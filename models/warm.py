"""Where a search may begin: what is left of an earlier one. It never changes what is proven."""

from __future__ import annotations

from dataclasses import dataclass

from models.certificate import Certificate, Price
from models.instance import Int64
from models.plan import Plan


@dataclass(frozen=True, eq=False)
class Warm:
    """An earlier plan, as far as it makes sense for the problem at hand.

    Attributes
    ----------
    prices
        Of limits of the problem.
    options
        Options taken, at most one a cell; shape (rows,).
    """

    prices: tuple[Price, ...]
    options: Int64

    @classmethod
    def of(cls, plan: Plan, certificate: Certificate) -> Warm:
        """Return what a search of the same problem, a little changed, may begin with."""
        leaf = max(certificate.leaves, key=lambda leaf: leaf.bound, default=None)
        prices = leaf.prices if leaf is not None and certificate.kind == "bound" else ()
        return cls(prices, plan.choice.options)
