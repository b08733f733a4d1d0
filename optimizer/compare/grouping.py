"""Changes of cells -> groups: by a column, and the few that explain most of the difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from models.comparison import Change, GroupChange, Moved
from models.problem import quoted

_MOST_LINES = 10
_ENOUGH = Fraction(4, 5)


def by_column(
    name: str, texts: Sequence[str], changes: Sequence[Change], ranked: int
) -> tuple[GroupChange, ...]:
    """Return the groups of a column, most moved first.

    Parameters
    ----------
    texts
        Of each change.
    ranked
        Index of the pool by which groups are ranked; -1: conversions.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        members[text].append(at)
    groups = [_group(f"{name}={quoted(text)}", own, changes, ranked) for text, own in members.items()]
    return tuple(sorted(groups, key=lambda one: (-one.gross, one.group)))


def explaining(
    texts: Mapping[str, Sequence[str]], by: Sequence[str], changes: Sequence[Change], ranked: int
) -> tuple[tuple[GroupChange, ...], Fraction]:
    """Return the groups that explain most of the difference, and what share of all that moved they hold.

    Parameters
    ----------
    texts
        Column -> its text for each change; columns of which all cells have the same text say nothing.

    Notes
    -----
    Greedy: among all groups of single columns and of pairs of columns, the next line is the one whose cells
    (those of earlier lines left out) moved most *on balance*: a group inside which money only went round says
    little. Fewer columns, then the group's name, decide between equals.
    """
    weights = [_rank(change.moved, ranked) for change in changes]
    gross = sum(map(abs, weights))
    candidates = list(_candidates(texts, by))
    is_open = [True] * len(changes)
    lines: list[GroupChange] = []
    explained = 0
    while candidates and explained < _ENOUGH * gross and len(lines) < _MOST_LINES:
        best = min(
            candidates,
            key=lambda one: (-abs(sum(weights[at] for at in one[2] if is_open[at])), one[0], one[1]),
        )
        own = [at for at in best[2] if is_open[at]]
        if not sum(weights[at] for at in own):
            break
        lines.append(_group(best[1], own, changes, ranked))
        explained += lines[-1].gross
        for at in own:
            is_open[at] = False
        candidates = [one for one in candidates if any(is_open[at] for at in one[2])]
    return tuple(lines), Fraction(explained, gross) if gross else Fraction(1)


def _candidates(
    texts: Mapping[str, Sequence[str]], by: Sequence[str]
) -> Iterator[tuple[int, str, list[int]]]:
    """Yield (number of columns, name, members) of every group that may be a line."""
    pairs = [
        pair for pair in combinations(texts, 2) if "merchant" not in pair and (set(pair) & {*by, "category"})
    ]
    for columns in [*((name,) for name in texts), *pairs]:
        members: dict[str, list[int]] = defaultdict(list)
        for at, values in enumerate(zip(*(texts[name] for name in columns), strict=True)):
            parts = (f"{name}={quoted(value)}" for name, value in zip(columns, values, strict=True))
            members[";".join(parts)].append(at)
        yield from ((len(columns), name, own) for name, own in members.items())


def _group(name: str, members: Sequence[int], changes: Sequence[Change], ranked: int) -> GroupChange:
    own = [changes[at].moved for at in members]
    num_pools = len(own[0].money)
    money = tuple(sum(moved.money[at] for moved in own) for at in range(num_pools))
    conversions = sum(moved.conversions for moved in own)
    gross = sum(abs(_rank(moved, ranked)) for moved in own)
    return GroupChange(name, len(own), Moved(money, conversions), gross)


def _rank(moved: Moved, ranked: int) -> int:
    return moved.money[ranked] if ranked >= 0 else moved.conversions
