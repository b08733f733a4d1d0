"""The cells of two plans side by side, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from models.comparison import Comparison, LimitChange, Moved
from models.holdings import Cell, Holdings
from models.instance import Pool
from optimizer.compare.grouping import by_column, explaining
from optimizer.compare.reasons import Pair, Teller

_DEFAULT_BY = ("tier", "category")
_CONVERSIONS = "conversions"


@dataclass(frozen=True, eq=False)
class Context:
    """What an instance knows beside the two plans.

    Attributes
    ----------
    attributes
        Column -> (its key, text of each key): what cells may be grouped by beside their own keys.
    by
        Columns to group by; empty: `tier` where there is one, else `category`.
    pins
        Cell -> the option that is forced, or `none`.
    offered
        (Cell, option) -> what the option draws and brings now, as `Holdings.amounts` has it; None: it is not
        offered. None throughout without an instance.
    limits_of
        Cells -> for each, the (rule, group) pairs of the limits that it is in; None: by their groups' names.
    """

    attributes: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    pins: Mapping[Cell, str] = field(default_factory=dict)
    offered: Callable[[Cell, str], Mapping[str, int] | None] = lambda _cell, _option: None
    limits_of: Callable[[Sequence[Cell]], list[list[tuple[str, str]]]] | None = None

    def columns(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return the columns to group by beside the keys."""
        if self.by:
            return self.by
        known = {*keys, *self.attributes}
        return tuple(name for name in _DEFAULT_BY if name in known)[:1]


def compare(before: Holdings, after: Holdings, context: Context) -> Comparison:
    """Compare two plans whose cells have the same keys, and whose common pools the same decimals."""
    pools = _pools(before, after)
    pairs = _pairs(before, after, [pool.name for pool in pools])
    total = _total(pairs, len(pools))
    money = [sum(abs(pair.moved.money[at]) for pair in pairs) for at in range(len(pools))]
    ranked = next((at for at, moved in enumerate(money) if moved), -1)
    pairs.sort(key=lambda pair: (-abs(_rank(pair.moved, ranked)), -abs(pair.moved.conversions), pair.cell))
    teller = Teller(before, after, context.pins, context.offered, context.limits_of)
    changes = teller.told(pairs)
    by = {}
    names = dict.fromkeys(("merchant", *context.columns(before.keys)))
    values = {name: _texts(name, [pair.cell for pair in pairs], before.keys, context) for name in names}
    for name, texts in values.items():
        by[name] = by_column(name, texts, changes, ranked)
    every = [*before.cells, *after.cells]
    texts_of = {
        name: _texts(name, [pair.cell for pair in pairs], before.keys, context)
        for name in dict.fromkeys((*names, *before.keys))
        if len(set(_texts(name, every, before.keys, context))) > 1
    }
    lines, share = explaining(texts_of, context.columns(before.keys), changes, ranked)
    return Comparison(
        keys=before.keys,
        pools=pools,
        ranked_by=pools[ranked].name if ranked >= 0 else "",
        changes=changes,
        by=by,
        lines=lines,
        explained_share=share,
        limits=_limits(before, after),
        total=total,
        objective=after.objective - before.objective,
    )


def _pools(before: Holdings, after: Holdings) -> tuple[Pool, ...]:
    found = {pool.name: pool for pool in (*before.pools, *after.pools)}
    return tuple(found.values())


def _pairs(before: Holdings, after: Holdings, pools: list[str]) -> list[Pair]:
    """Return every cell that is not the same in both plans."""
    places: list[dict[Cell, int]] = [
        {cell: at for at, cell in enumerate(one.cells)} for one in (before, after)
    ]
    columns = [{name: units.tolist() for name, units in one.amounts.items()} for one in (before, after)]
    found = []
    for cell in sorted(places[0].keys() | places[1].keys()):
        ats = [own.get(cell) for own in places]
        options = tuple(
            "" if at is None else one.options[at] for at, one in zip(ats, (before, after), strict=True)
        )
        amounts = tuple(
            {} if at is None else {name: units[at] for name, units in own.items()}
            for at, own in zip(ats, columns, strict=True)
        )
        if options[0] == options[1] and amounts[0] == amounts[1]:
            continue
        money = tuple(amounts[1].get(pool, 0) - amounts[0].get(pool, 0) for pool in pools)
        moved = Moved(money, amounts[1].get(_CONVERSIONS, 0) - amounts[0].get(_CONVERSIONS, 0))
        found.append(Pair(cell, (options[0], options[1]), (amounts[0], amounts[1]), moved))
    return found


def _total(pairs: Sequence[Pair], num_pools: int) -> Moved:
    money = tuple(sum(pair.moved.money[at] for pair in pairs) for at in range(num_pools))
    return Moved(money, sum(pair.moved.conversions for pair in pairs))


def _rank(moved: Moved, ranked: int) -> int:
    return moved.money[ranked] if ranked >= 0 else moved.conversions


def _texts(name: str, cells: Sequence[Cell], keys: tuple[str, ...], context: Context) -> list[str]:
    """Return the text of a column, a key or an attribute, for each cell."""
    if name in keys:
        at = keys.index(name)
        return [cell[at] for cell in cells]
    key, texts = context.attributes[name]
    at = keys.index(key)
    return [texts.get(cell[at], "") for cell in cells]


def _limits(before: Holdings, after: Holdings) -> tuple[LimitChange, ...]:
    """Return the limits that are not the same: those whose price or status moved first, then by use."""
    found = []
    for rule, group in dict.fromkeys((*before.limits, *after.limits)):
        one, other = before.limits.get((rule, group)), after.limits.get((rule, group))
        if one != other:
            found.append(LimitChange(rule, group, one, other))
    return tuple(sorted(found, key=_weight))


def _weight(change: LimitChange) -> tuple[bool, bool, Fraction, str, str]:
    one, other = change.before, change.after
    if one is None or other is None:
        return False, False, Fraction(0), change.rule, change.group
    moved = abs(other.used - one.used) / max(abs(one.used), abs(other.used), Fraction(1, 10**9))
    return one.limit == other.limit, one.price == other.price, -moved, change.rule, change.group
