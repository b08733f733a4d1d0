"""The exact best of one merchant whose cells interact, by dynamic programming over its cells."""

from __future__ import annotations

from dataclasses import dataclass

MOST_STATES = 2_000_000
"""States that may be looked at for one merchant before the search is given up."""

_FAR = 10**60
_BEAM = 64

State = tuple[int | None, ...]
Choice = tuple[int, tuple[int | None, ...]]
"""Value, and what it adds to every meter (None: nothing funded in a meter's group)."""


class OverBudgetError(Exception):
    """The counted work did not suffice."""


@dataclass(frozen=True)
class Meter:
    """What couples the cells of a merchant: an amount added up over them.

    Attributes
    ----------
    bound
        `is_limit`: the amount must not be above it. Else an amount that reaches it earns `reward`.
    is_gated
        The limit counts only if some cell of its group is funded: the amount begins as None.
    """

    bound: int
    reward: int = 0
    is_limit: bool = False
    is_gated: bool = False


def best_of(cells: list[list[Choice]], meters: list[Meter]) -> int | None:
    """Return the largest value of one choice a cell plus rewards, or None if the limits exclude them all.

    Raises
    ------
    OverBudgetError
        If that takes more than MOST_STATES states.
    """
    cells = [_distinct(choices) for choices in cells]
    if not all(cells):
        return None
    cells.sort(key=len)
    search = _Search(cells, meters)
    # A narrow first pass finds a good choice; what cannot beat it is left out of the exact one.
    lower = search.run(None, _BEAM)
    return search.run(lower, None)


def _distinct(choices: list[Choice]) -> list[Choice]:
    best: dict[tuple[int | None, ...], int] = {}
    for value, adds in choices:
        if adds not in best or value > best[adds]:
            best[adds] = value
    return [(value, adds) for adds, value in best.items()]


class _Search:
    def __init__(self, cells: list[list[Choice]], meters: list[Meter]) -> None:
        self.cells = cells
        self.meters = meters
        self.limits = [place for place, meter in enumerate(meters) if meter.is_limit and not meter.is_gated]
        self.lowest, self.highest = self._ranges()
        self.promise = self._promises()
        self.num_states = 0

    def _ranges(self) -> tuple[list[list[int]], list[list[int]]]:
        """Return, after each number of cells, the least and the most that the others can add."""
        lowest, highest = [[0] * len(self.meters)], [[0] * len(self.meters)]
        for choices in reversed(self.cells):
            adds = [[added[m] or 0 for _, added in choices] for m in range(len(self.meters))]
            lowest.append([low + min(a) for low, a in zip(lowest[-1], adds, strict=True)])
            highest.append([high + max(a) for high, a in zip(highest[-1], adds, strict=True)])
        return lowest[::-1], highest[::-1]

    def _promises(self) -> list[int]:
        """Return, after each number of cells, the most value that the other cells can bring."""
        promise = [sum(max(0, meter.reward) for meter in self.meters)]
        for choices in reversed(self.cells):
            promise.append(promise[-1] + max(value for value, _ in choices))
        return promise[::-1]

    def run(self, lower: int | None, width: int | None) -> int | None:
        start = self._settled(tuple(None if meter.is_gated else 0 for meter in self.meters), 0)
        states = {start: 0} if start is not None else {}
        for place, choices in enumerate(self.cells, 1):
            states = self._step(states, choices, place, lower)
            if width is not None and len(states) > width:
                states = dict(sorted(states.items(), key=lambda item: -item[1])[:width])
        return max((value + self._earned(state) for state, value in states.items()), default=None)

    def _step(
        self, states: dict[State, int], choices: list[Choice], place: int, lower: int | None
    ) -> dict[State, int]:
        result: dict[State, int] = {}
        self.num_states += len(states) * len(choices)
        if self.num_states > MOST_STATES:
            raise OverBudgetError
        for state, value in states.items():
            for gain, adds in choices:
                new_value = value + gain
                if lower is not None and new_value + self.promise[place] < lower:
                    continue
                new = self._settled(tuple(map(_add, state, adds)), place)
                if new is not None and (new not in result or result[new] < new_value):
                    result[new] = new_value
        return self._undominated(result) if self.limits and len(result) > 1 else result

    def _settled(self, state: State, place: int) -> State | None:
        """Replace amounts whose fate is sealed by one sign each; None if a limit cannot be met any more."""
        settled = list(state)
        for m, meter in enumerate(self.meters):
            amount = state[m]
            if amount is None:
                continue
            least, most = amount + self.lowest[place][m], amount + self.highest[place][m]
            if meter.is_limit:
                if least > meter.bound:
                    return None
                settled[m] = -_FAR if most <= meter.bound else amount
            elif least >= meter.bound:
                settled[m] = _FAR
            elif most < meter.bound:
                settled[m] = -_FAR
        return tuple(settled)

    def _undominated(self, states: dict[State, int]) -> dict[State, int]:
        """Drop states that another matches at a smaller amount under the first limit and no smaller value."""
        first = self.limits[0]
        apart: dict[State, list[tuple[int, int]]] = {}
        for state, value in states.items():
            rest = state[:first] + state[first + 1 :]
            apart.setdefault(rest, []).append((state[first] or 0, -value))
        result: dict[State, int] = {}
        for rest, pairs in apart.items():
            best: int | None = None
            for amount, negative in sorted(pairs):
                if best is None or -negative > best:
                    best = -negative
                    result[(*rest[:first], amount, *rest[first:])] = best
        return result

    def _earned(self, state: State) -> int:
        return sum(
            meter.reward
            for meter, amount in zip(self.meters, state, strict=True)
            if not meter.is_limit and amount is not None and amount >= meter.bound
        )


def _add(amount: int | None, more: int | None) -> int | None:
    if more is None:
        return amount
    return more if amount is None else amount + more
