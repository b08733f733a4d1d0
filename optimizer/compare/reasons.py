"""Why a cell changed: what can be told from two plans, their limits and prices. A heuristic, and named so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.amount import VALUE_DIGITS
from models.comparison import Change, Moved, Reason
from models.headers import NO_OPTION
from models.holdings import Cell, Holdings, LimitState
from models.problem import quoted

Amounts = Mapping[str, int]
Offered = Callable[[Cell, str], Amounts | None]
LimitsOf = Callable[[Sequence[Cell]], list[list[tuple[str, str]]]]

_POOL = "pool:"
_CELLS = "cells"
_BROKEN = "broken"
_CONVERSIONS = "conversions"
_PART = re.compile(r'([^=;]+)=(?:"(?:[^"]|"")*"|[^;]*)(?:;|$)')
_ZERO = Fraction(0)


@dataclass(frozen=True, eq=False)
class Pair:
    """A cell in both plans: what it holds there, and the amounts of that; nothing: an empty table."""

    cell: Cell
    options: tuple[str, str]
    amounts: tuple[Amounts, Amounts]
    moved: Moved


@dataclass(frozen=True)
class _Cause:
    """A limit that may have made a cell change, and by how much it did so, in objective units.

    Attributes
    ----------
    is_mended
        Whether one of the plans breaks it, and the cell draws on it less in the other.
    """

    name: str
    weight: Fraction
    is_pool: bool
    states: tuple[LimitState | None, LimitState | None]
    is_mended: bool

    @property
    def is_moved(self) -> bool:
        """Whether the limit itself is another one."""
        one, other = self.states
        return one is None or other is None or one.limit != other.limit


class Teller:
    """Tells why cells changed.

    Parameters
    ----------
    pins, offered, limits_of
        As `Context` has them.
    """

    def __init__(
        self,
        before: Holdings,
        after: Holdings,
        pins: Mapping[Cell, str],
        offered: Offered,
        limits_of: LimitsOf | None,
    ) -> None:
        self._plans = (before, after)
        self._pins, self._offered = pins, offered
        self._limits_of = limits_of or self._limits_by_name
        decimals = {pool.name: pool.decimals for pool in (*before.pools, *after.pools)}
        names = (*before.amounts, *after.amounts)
        self._units = {name: 10 ** decimals.get(name, VALUE_DIGITS) for name in names}

    def told(self, pairs: Sequence[Pair]) -> tuple[Change, ...]:
        """Return the changes, each with its reason."""
        limits = self._limits_of([pair.cell for pair in pairs])
        return tuple(self._change(pair, own) for pair, own in zip(pairs, limits, strict=True))

    def _change(self, pair: Pair, limits: Sequence[tuple[str, str]]) -> Change:
        plain = self._plain_reason(pair)
        if plain is not None:
            return Change(pair.cell, pair.options, pair.moved, plain)
        causes = list(self._causes(pair, limits))
        telling = [one for one in causes if one.is_mended or one.is_moved or one.weight > 0]
        best = min(
            telling,
            key=lambda one: (not one.is_mended, -one.weight, not one.is_pool, one.name),
            default=None,
        )
        if best is None:
            return Change(pair.cell, pair.options, pair.moved, Reason.tie)
        if best.is_mended:
            reason = Reason.pool if best.is_pool else Reason.rule
            amounts = [None if state is None else state.used for state in best.states]
        elif best.is_moved:
            reason = Reason.pool if best.is_pool else Reason.rule
            amounts = [None if state is None else state.limit for state in best.states]
        else:
            reason = Reason.price
            amounts = [None if state is None else state.price for state in best.states]
        return Change(pair.cell, pair.options, pair.moved, reason, best.name, amounts[0], amounts[1])

    def _plain_reason(self, pair: Pair) -> Reason | None:
        """Return what needs no prices: a pin or a kept cell, another response, another cost."""
        pin = self._pins.get(pair.cell)
        wanted = [pin is not None and ("" if pin == NO_OPTION else pin) == option for option in pair.options]
        kept = [pair.cell in plan.kept for plan in self._plans]
        if wanted[0] != wanted[1] or kept[0] != kept[1]:
            return Reason.pin
        for one, other in self._same_options(pair):
            if one.get(_CONVERSIONS, 0) != other.get(_CONVERSIONS, 0):
                return Reason.response
            if any(one.get(name, 0) != other.get(name, 0) for name in one.keys() & self._drawn):
                return Reason.cost
        return None

    @property
    def _drawn(self) -> set[str]:
        return {pool.name for plan in self._plans for pool in plan.pools}

    def _same_options(self, pair: Pair) -> Iterator[tuple[Amounts, Amounts]]:
        """Yield what the plans and the instance say of one and the same option of the cell."""
        if pair.options[0] == pair.options[1]:
            yield pair.amounts
        for option, amounts in zip(pair.options, pair.amounts, strict=True):
            now = self._offered(pair.cell, option) if option else None
            if now is not None:
                yield amounts, now

    def _causes(self, pair: Pair, limits: Sequence[tuple[str, str]]) -> Iterator[_Cause]:
        """Yield the pools and limits that the cell uses otherwise than before.

        At prices p the change is worth less by p times what it uses more of the limit; what the move of a
        price adds to it, `-(p' - p) (use' - use)`, is what the limit did to bring it about.
        """
        before, after = self._plans
        names = dict.fromkeys([*((_POOL + name, "") for name in sorted(self._drawn)), *limits])
        for rule, group in names:
            states = before.limits.get((rule, group)), after.limits.get((rule, group))
            known = next((state for state in states if state is not None), None)
            if known is None:
                continue
            used = self._used_more(pair, known.measure)
            if not used:
                continue
            prices = [_ZERO if state is None else state.price for state in states]
            sign = -1 if known.sense == "at_most" else 1
            weight = sign * (prices[1] - prices[0]) * used
            is_mended = _is_mended(states, sign * used)
            yield _Cause(f"{rule} {group}".strip(), weight, rule.startswith(_POOL), states, is_mended)

    def _used_more(self, pair: Pair, measure: str) -> Fraction:
        """Return how much more of a measure the cell uses, in written units; 0 where that is not known."""
        if measure == _CELLS:
            return Fraction(bool(pair.options[1]) - bool(pair.options[0]))
        if measure not in self._units:
            return _ZERO
        units = pair.amounts[1].get(measure, 0) - pair.amounts[0].get(measure, 0)
        return Fraction(units, self._units[measure])

    def _limits_by_name(self, cells: Sequence[Cell]) -> list[list[tuple[str, str]]]:
        """Return the limits that cells seem to be in: those whose groups are named after keys alone."""
        keys = self._plans[0].keys
        columns: dict[str, tuple[int, ...]] = {}
        known: set[tuple[str, str]] = set()
        for plan in self._plans:
            for rule, group in plan.limits:
                names = [match[1] for match in _PART.finditer(group)]
                if names and all(name in keys for name in names):
                    columns[rule] = tuple(keys.index(name) for name in names)
                    known.add((rule, group))
        found = []
        for cell in cells:
            own = [
                (rule, ";".join(f"{keys[at]}={quoted(cell[at])}" for at in places))
                for rule, places in columns.items()
            ]
            found.append([one for one in own if one in known])
        return found


def _is_mended(states: tuple[LimitState | None, LimitState | None], relieved: Fraction) -> bool:
    """Say whether one plan alone breaks a limit, and the change goes towards what the other does.

    Parameters
    ----------
    relieved
        By how much the second plan's cell uses the limit less (of a floor: more).
    """
    is_broken = [state is not None and state.status == _BROKEN for state in states]
    return is_broken[0] != is_broken[1] and (relieved > 0 if is_broken[0] else relieved < 0)
