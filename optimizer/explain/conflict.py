"""A smallest set of rules, pools and pins that cannot all hold: the deletion filter, every step by proof.

Members are left out one after another; whether the others conflict without one is decided by a proof, or by a
plan (Chinneck and Dravnieks 1991, over rules instead of rows). A proof by prices names what it rests on, and
all else is left out with it.
"""

from __future__ import annotations

from collections.abc import Iterable

from models.certificate import Certificate
from models.conflict import Asking, Change, Conflict, Member
from models.instance import Instance

_ONE_BY_ONE = 16
"""More members than these are left out in halves, quarters ... first: pins may be thousands."""


def find_conflict(instance: Instance, asking: Asking, proof: Certificate | None) -> Conflict:
    """Return a conflict from which no member can be left out.

    Parameters
    ----------
    proof
        That the whole policy is impossible, by prices; None: it is known to be, but by arithmetic alone.
    """
    return _Filter(instance, asking).run(proof)


def members_of(instance: Instance) -> tuple[Member, ...]:
    """Return all that can take part in a conflict: pins, hard rules, pools."""
    pins = [Member("pin", index) for index in range(len(instance.pins))]
    rules = [Member("rule", index) for index, rule in enumerate(instance.rules) if rule.enforcement == "hard"]
    pools = [Member("pool", index) for index in range(len(instance.pools))]
    return (*pins, *rules, *pools)


def named_in(proof: Certificate) -> set[Member]:
    """Return the rules and pools that a proof rests on; it says nothing of pins."""
    of_prices = {price.limits: price for leaf in proof.leaves for price in leaf.prices}
    rules = {index for index in of_prices if index >= 0} | {index for index, _ in proof.inside}
    pools = {price.limit for leaf in proof.leaves for price in leaf.prices if price.limits < 0}
    return {Member("rule", index) for index in rules} | {Member("pool", index) for index in pools}


class _Filter:
    def __init__(self, instance: Instance, asking: Asking) -> None:
        self.everything, self.asking = members_of(instance), asking
        self.left = list(self.everything)
        self.undecided: set[Member] = set()

    def run(self, proof: Certificate | None) -> Conflict:
        if proof is None:
            proof = self.asking.any_plan(Change()).proof
        if proof is not None:
            self._keep(named_in(proof))
        self._without([member for member in self.left if member.kind == "pin"])
        size = len(self.left) // 2 if len(self.left) > _ONE_BY_ONE else 1
        while True:
            for first in range(0, len(before := list(self.left)), size):
                self._without([member for member in before[first : first + size] if member in self.left])
            if size == 1:
                return Conflict(tuple(self.left), frozenset(self.undecided & set(self.left)))
            size = max(size // 2, 1)

    def _keep(self, named: set[Member]) -> None:
        self.left = [member for member in self.left if member.kind == "pin" or member in named]

    def _without(self, tried: Iterable[Member]) -> None:
        """Leave some members out if the others conflict without them."""
        out = set(tried)
        if not out:
            return
        kept = [member for member in self.left if member not in out]
        verdict = self.asking.any_plan(Change(without=frozenset(self.everything) - frozenset(kept)))
        if verdict.is_impossible:
            self.left = kept
            if verdict.proof is not None:
                self._keep(named_in(verdict.proof))
        elif verdict.plan is None:
            self.undecided |= out
        elif len(out) == 1:
            self.undecided -= out
