"""An instance of which a part can no longer change, stated so that nothing else need know of it.

A held cell has one option, which is forced: what it holds. A held cell that holds nothing is forbidden.
Rules and pools are then measured over the whole campaign by the same code, and a bound holds for what is
still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np

from models.finding import Finding, finding
from models.incumbent import Incumbent
from models.instance import Campaign, Codes, Instance, Int64, KeyColumn, code_type
from models.problem import FORBIDDEN, FREE, Problem
from optimizer.operate.held import Flags, Held


@dataclass(frozen=True, eq=False)
class Fixed:
    """What cannot change, or may not.

    Attributes
    ----------
    frozen
        Slots that have not begun and stay as the incumbent has them.
    """

    held: Held
    now: str
    frozen: tuple[str, ...] = ()
    max_change: str = ""

    def is_open(self, problem: Problem) -> Flags:
        """Say which cells may change; shape (cells,)."""
        return ~self.held.is_begun & ~in_slots(problem, self.frozen)


def next_slots(problem: Problem, held: Held, count: int) -> tuple[str, ...]:
    """Return the first `count` slots with cells that have not begun, in the slot order."""
    used = set(problem.instance.options.keys["slot"].texts)
    coming = [slot for slot in problem.instance.slots if slot in used and slot not in held.begun]
    return tuple(coming[:count])


def in_slots(problem: Problem, slots: Sequence[str]) -> Flags:
    """Say which cells are in some slots; shape (cells,)."""
    place = list(problem.instance.options.keys).index("slot")
    chosen = set(slots)
    texts = problem.instance.options.keys["slot"].texts
    return np.array([text in chosen for text in texts], bool)[problem.cell_keys[:, place]]


def frozen_mixes(problem: Problem, fixed: Fixed, incumbent: Incumbent) -> list[Finding]:
    """Report cells of frozen slots that hold a part of an option, or a mix: no pin says that."""
    rows = incumbent.promised
    is_mix = np.bincount(rows.cells, minlength=problem.num_cells) > 1
    is_mix[rows.cells[rows.fractions < 10**9]] = True
    cells = np.flatnonzero(is_mix & in_slots(problem, fixed.frozen))
    return [finding("OPR-08", "plan.csv", value=_key(problem, cell)) for cell in cells.tolist()]


def running(problem: Problem, fixed: Fixed, incumbent: Incumbent) -> Instance:
    """Return the instance as it stands at a moment of its campaign.

    Parameters
    ----------
    problem
        The instance as its files state it, compiled.
    """
    instance, held = problem.instance, fixed.held
    is_there = _is_kept(problem, held)
    options = instance.options
    number = np.cumsum(is_there) - 1  # of each old row that is kept, its new one
    cells = np.flatnonzero(held.is_something)
    rows = number[_row_of(problem, held, cells)]
    changed = replace(
        options,
        keys={name: KeyColumn(key.texts, key.codes[is_there]) for name, key in options.keys.items()},
        option=_names(options.option, is_there, rows[held.option[cells] < 0]),
        costs={
            pool.name: _with(options.costs[pool.name][is_there], rows, cost[cells])
            for pool, cost in zip(instance.pools, held.costs, strict=True)
        },
        values={
            name: _with(own[is_there], rows, held.values[name][cells]) for name, own in options.values.items()
        },
        texts={name: tuple(compress(own, is_there.tolist())) for name, own in options.texts.items()},
        rows=options.rows[is_there],
    )
    pinned = np.full(problem.num_cells, FREE, np.int64)
    _freeze(problem, fixed, incumbent, number, pinned)
    pinned[held.is_begun] = FORBIDDEN
    pinned[cells] = rows
    campaign = Campaign(
        now=fixed.now,
        begun=held.begun,
        frozen=fixed.frozen,
        pinned=pinned,
        num_options=len(options),
        incumbent=incumbent.sha256,
        max_change=fixed.max_change,
    )
    return replace(instance, options=changed, campaign=campaign)


def _freeze(problem: Problem, fixed: Fixed, incumbent: Incumbent, number: Int64, pinned: Int64) -> None:
    """Pin the cells of frozen slots to what the incumbent gives them; a pin of the planner's goes before."""
    is_frozen = in_slots(problem, fixed.frozen) & (problem.pinned == FREE)
    pinned[is_frozen] = FORBIDDEN
    chosen = incumbent.choice(is_frozen).options
    pinned[problem.cells_of(chosen)] = number[chosen]


def moved_choice(problem: Problem, changed: Problem, held: Held, options: Int64) -> Int64:
    """Return options of open cells by their numbers in the changed problem."""
    number = np.cumsum(_is_kept(problem, held)) - 1
    moved: Int64 = number[options].astype(np.int64)
    assert not len(moved) or int(moved.max()) < changed.num_options
    return moved


def _is_kept(problem: Problem, held: Held) -> Flags:
    """Say which rows of the options stay: one of each cell that holds something, all of the others."""
    cells = np.flatnonzero(held.is_something)
    is_there = ~held.is_something[problem.cell_of_option]
    is_there[_row_of(problem, held, cells)] = True
    return np.asarray(is_there, bool)


def _row_of(problem: Problem, held: Held, cells: Int64) -> Int64:
    """Return the row that stands for what some cells hold: that of its option, else the cell's first."""
    own = held.option[cells]
    return np.where(own >= 0, own, problem.option_start[cells]).astype(np.int64)


def _with(amounts: Int64, rows: Int64, held: Int64) -> Int64:
    changed = amounts.copy()
    changed[rows] = held
    return changed


def _names(option: KeyColumn, is_there: Flags, unnamed: Int64) -> KeyColumn:
    """Return the names of options; a blank one where a cell goes by none that is offered."""
    codes: Codes = option.codes[is_there]
    if not len(unnamed):
        return KeyColumn(option.texts, codes)
    texts = ("", *option.texts)
    moved = codes.astype(code_type(len(texts))) + 1
    moved[unnamed] = 0
    return KeyColumn(texts, moved.astype(code_type(len(texts))))


def _key(problem: Problem, cell: int) -> str:
    keys = zip(problem.instance.options.keys.values(), problem.cell_keys[cell].tolist(), strict=True)
    return ", ".join(column.texts[code] for column, code in keys)
