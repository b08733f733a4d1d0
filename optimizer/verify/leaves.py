"""Whether the leaves of a certificate cover every choice."""

from __future__ import annotations

from collections import Counter

from optimizer.verify.certificate import Decision, Leaf

_MOST_STEPS = 1_000_000


class OverlapError(Exception):
    """Two leaves hold some choice in common."""


class TooManyStepsError(Exception):
    """Whether the leaves cover all choices was not found out within the counted work."""


def contradicts(where: tuple[Decision, ...]) -> bool:
    """Whether decisions exclude each other: an option taken and avoided, or two taken in one cell."""
    taken: dict[int, int] = {}
    for decision in where:
        if decision.is_taken and taken.setdefault(decision.cell, decision.option) != decision.option:
            return True
    return any(not decision.is_taken and taken.get(decision.cell) == decision.option for decision in where)


def cover(leaves: tuple[Leaf, ...]) -> bool:
    """Whether every choice of options (at most one a cell) satisfies the decisions of some leaf.

    The decision that most leaves name is split first: where the leaves come from a tree, that is its root.

    Raises
    ------
    OverlapError
        If two leaves have a choice in common: then they come from no tree.
    TooManyStepsError
        If the counted work does not suffice.
    """
    steps = 0
    waiting = [[frozenset(leaf.where) for leaf in leaves]]
    while waiting:
        branch = waiting.pop()
        steps += 1 + sum(len(where) for where in branch)
        if steps > _MOST_STEPS + 100 * sum(len(leaf.where) for leaf in leaves):
            raise TooManyStepsError
        if any(not where for where in branch):
            if len(branch) > 1:
                raise OverlapError
            continue
        if not branch:
            return False
        counts = Counter((decision.cell, decision.option) for where in branch for decision in where)
        cell, option = min(counts, key=lambda pair: (-counts[pair], pair))
        waiting.extend(_assumed(branch, cell, option, is_taken) for is_taken in (True, False))
    return True


def _assumed(
    branch: list[frozenset[Decision]], cell: int, option: int, is_taken: bool
) -> list[frozenset[Decision]]:
    """Return the leaves that are still possible, less the decisions that are now satisfied."""
    result = []
    for where in branch:
        left, is_possible = set(where), True
        for decision in where:
            if decision.cell != cell:
                continue
            if decision.option == option:
                is_possible &= decision.is_taken == is_taken
                left.discard(decision)
            elif is_taken:
                is_possible &= not decision.is_taken
                left.discard(decision)
        if is_possible:
            result.append(frozenset(left))
    return result
