"""Plans weighed against each other: a planner's own against the rules and the best, and any two folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.amount import FRACTION_UNIT
from models.codes import Severity
from models.comparison import Comparison
from models.finding import Finding, finding, ordered
from models.headers import KEY_TABLES, NO_OPTION
from models.holdings import Cell, Holdings
from models.instance import Instance
from models.plan import Plan
from models.problem import FORBIDDEN, Problem
from models.solution import SearchOptions, Solution, Watch
from models.warm import Warm
from optimizer.compare import Context, compare, holdings_of
from optimizer.compare.holding import merged
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from optimizer.lagrangian.certify import certify
from optimizer.memory import refuse_what_cannot_fit
from optimizer.pipeline import Checked, Overrides, check, publish
from optimizer.read import Rows, read_choice, read_instance, read_rows
from optimizer.search import search
from optimizer.write.certificate import prices_of


class UnknownColumnError(LookupError):
    """There is no column of this name to group by; `known` are those that there are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name, self.known = name, known


@dataclass(frozen=True)
class Evaluated:
    """A planner's own plan under the rules.

    Attributes
    ----------
    plan
        What its rows come to; None where they cannot be read.
    disobeyed
        (cell, what its pin asks for) of every pin that the plan does not obey.
    best
        How the search for something better ended; its plan is the planner's own where nothing better was
        found.
    against
        How the best differs from the plan; None where there is no best, or it is the same.
    is_written
        Whether a plan folder was written.
    rejected
        What `verify` found wrong with it.
    """

    checked: Checked
    options: SearchOptions
    plan: Plan | None = None
    disobeyed: tuple[tuple[Cell, str], ...] = ()
    best: Solution | None = None
    against: Comparison | None = None
    is_written: bool = False
    rejected: tuple[Finding, ...] = ()

    @property
    def is_lawful(self) -> bool:
        """Whether the plan overspends no pool, breaks no hard rule and obeys every pin."""
        return self.plan is not None and self.plan.is_feasible and not self.disobeyed


def evaluate_file(
    folder: Path,
    file: Path,
    out: Path | None = None,
    *,
    overrides: Overrides = (),
    choose: Callable[[Instance], SearchOptions] = lambda _: SearchOptions(),
    watch: Watch | None = None,
) -> Evaluated:
    """Evaluate a planner's own plan, and search for what the best would add.

    Parameters
    ----------
    file
        A table with the cell keys and `option`, or a plan folder.
    out
        The plan folder to write; only a plan that breaks nothing is written.

    Raises
    ------
    OSError
        If a file cannot be read or written.
    NoRoomError
        If the search would need more memory than there is.
    """
    checked = check(folder, overrides)
    if checked.instance is None or checked.problem is None:
        return Evaluated(checked, SearchOptions())
    problem, options = checked.problem, choose(checked.instance)
    choice, found = read_choice(file, problem)
    checked = replace(checked, findings=tuple(ordered([*checked.findings, *found])))
    if choice is None:
        return Evaluated(checked, options)
    plan = evaluate(problem, choice)
    answer = Evaluated(checked, options, plan, _disobeyed(problem, plan))
    refuse_what_cannot_fit(problem)
    if checked.has(Severity.conflict):
        best = Solution(None, certify(problem, []), is_proven_impossible=True)
    else:
        asked = replace(options, warm=Warm((), _one_a_cell(problem, plan)))
        best = search(problem, asked, watch or Watch())
    if answer.is_lawful and (best.plan is None or best.plan.objective <= plan.objective):
        best = replace(best, plan=plan)
    if best.plan is not None and best.plan is not plan:
        prices = prices_of(best.certificate)
        mine, theirs = (holdings_of(one, prices) for one in (plan, best.plan))
        answer = replace(answer, against=compare(mine, theirs, context_of(problem)))
    answer = replace(answer, best=best)
    if out is None or not answer.is_lawful:
        return answer
    _, rejected = publish(folder, out, (replace(best, plan=plan), options))
    return replace(answer, is_written=not rejected, rejected=rejected)


def _one_a_cell(problem: Problem, plan: Plan) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return an option of every funded cell: of a mix the dearest."""
    taken = plan.choice.options
    cells = problem.cells_of(taken)
    return taken[np.append(cells[1:] != cells[:-1], True)] if len(taken) else taken


def _disobeyed(problem: Problem, plan: Plan) -> tuple[tuple[Cell, str], ...]:
    """Return the cells whose pin asks for something else, and what it asks for."""
    held = {}
    for option, fraction in zip(plan.choice.options.tolist(), plan.choice.fractions.tolist(), strict=True):
        cell = problem.cell_of(option)
        held[cell] = option if cell not in held and fraction == FRACTION_UNIT else -1
    found = []
    names = problem.instance.options.option
    for cell in np.flatnonzero(problem.pinned != -1).tolist():
        wanted = int(problem.pinned[cell])
        if wanted == FORBIDDEN and cell in held:
            found.append((_keys(problem, cell), NO_OPTION))
        elif wanted >= 0 and held.get(cell) != wanted:
            found.append((_keys(problem, cell), names.texts[names.codes[wanted]]))
    return tuple(found)


def _keys(problem: Problem, cell: int) -> Cell:
    columns = problem.instance.options.keys.values()
    return tuple(
        column.texts[code] for column, code in zip(columns, problem.cell_keys[cell].tolist(), strict=True)
    )


@dataclass(frozen=True)
class Compared:
    """Two plan folders compared, or what stands against that."""

    findings: tuple[Finding, ...]
    before: Holdings | None = None
    after: Holdings | None = None
    comparison: Comparison | None = None


def compare_folders(
    first: Path, second: Path, instance: Path | None = None, by: tuple[str, ...] = ()
) -> Compared:
    """Compare two plan folders, with what an instance knows beside them.

    Parameters
    ----------
    instance
        Gives attributes to group by, pins, what options cost and bring now, and the cells of every limit. It
        is read with the changes (`--set`) of the second plan.

    Raises
    ------
    UnknownColumnError
        If there is no such column to group by.
    OSError
        If a folder or a file in it cannot be read.
    """
    (one, of_one), (other, of_other) = read_rows(first), read_rows(second)
    findings = [*of_one, *of_other]
    if one is None or other is None:
        return Compared(tuple(ordered(findings)))
    findings += _differences(one, other)
    context = Context()
    if instance is not None:
        read, found = read_instance(instance, other.stated.overrides)
        findings += found
        if read is not None:
            findings += _changed(read, (one, other))
            context = context_of(compile_problem(other.stated.kept_in(read)))
    if any(one_.severity is Severity.error for one_ in findings):
        return Compared(tuple(ordered(findings)))
    known = (*one.keys, *context.attributes)
    for name in by:
        if name not in known:
            raise UnknownColumnError(name, known)
    sides = _held(one), _held(other)
    comparison = compare(*sides, replace(context, by=by))
    return Compared(tuple(ordered(findings)), *sides, comparison)


def _held(rows: Rows) -> Holdings:
    cells, options, amounts = merged(rows.cells, rows.names, rows.fractions, rows.amounts)
    return Holdings(rows.keys, rows.pools, cells, options, amounts, rows.objective, rows.limits, rows.kept)


def _differences(one: Rows, other: Rows) -> list[Finding]:
    """Return what keeps two plans from being compared."""
    found = []
    if one.keys != other.keys:
        keys = {"one": ", ".join(one.keys), "other": ", ".join(other.keys)}
        found.append(finding("CMP-05", "plan.csv", 1, **keys))
    decimals = {pool.name: pool.decimals for pool in one.pools}
    for pool in other.pools:
        if decimals.get(pool.name, pool.decimals) != pool.decimals:
            facts = {"one": decimals[pool.name], "other": pool.decimals}
            found.append(finding("CMP-04", "summary.json", None, "pools", pool.name, **facts))
    return found


def _changed(instance: Instance, plans: Sequence[Rows]) -> list[Finding]:
    found = []
    for which, rows in zip(("first", "second"), plans, strict=True):
        files = rows.stated.changed_inputs(instance)
        if files:
            found.append(
                finding("CMP-06", "summary.json", None, "inputs", files=", ".join(files), which=which)
            )
    return found


def context_of(problem: Problem, by: tuple[str, ...] = ()) -> Context:
    """Return what an instance knows beside two of its plans."""
    pins = {}
    names = problem.instance.options.option
    for cell in np.flatnonzero(problem.pinned != -1).tolist():
        wanted = int(problem.pinned[cell])
        pins[_keys(problem, cell)] = NO_OPTION if wanted < 0 else names.texts[names.codes[wanted]]
    places = _Places(problem)
    return Context(_attributes(problem.instance), by, pins, places.offered, places.limits_of)


def _attributes(instance: Instance) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Return the attributes by name; one that two tables share is written `merchants.name`."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    owners: dict[str, int] = {}
    for table in instance.tables.values():
        for name in table.columns:
            owners[name] = owners.get(name, 0) + 1
    for table_name, table in instance.tables.items():
        key = KEY_TABLES[table_name]
        if key not in instance.options.keys:
            continue
        for name, texts in table.columns.items():
            label = f"{table_name}.{name}" if owners[name] > 1 else name
            found[label] = (key, dict(zip(table.keys, texts, strict=True)))
    return found


class _Places:
    """Where cells and their options stand in a compiled problem."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._codes = [
            {text: code for code, text in enumerate(column.texts)}
            for column in problem.instance.options.keys.values()
        ]
        self._cells: dict[tuple[int, ...], int] | None = None

    def _cell(self, keys: Cell) -> int | None:
        if self._cells is None:
            self._cells = {tuple(codes): at for at, codes in enumerate(self._problem.cell_keys.tolist())}
        codes = tuple(own.get(text, -1) for own, text in zip(self._codes, keys, strict=True))
        return self._cells.get(codes)

    def offered(self, keys: Cell, option: str) -> Mapping[str, int] | None:
        """Return what an option draws and brings; None where the cell does not offer it."""
        cell, options = self._cell(keys), self._problem.instance.options
        if cell is None:
            return None
        first, last = self._problem.option_start[cell : cell + 2].tolist()
        for at in range(first, last):
            if options.option.texts[options.option.codes[at]] == option:
                columns = {**options.costs, **options.values}
                return {name: int(units[at]) for name, units in columns.items()}
        return None

    def limits_of(self, cells: Sequence[Cell]) -> list[list[tuple[str, str]]]:
        """Return the limits that each cell is in, as (rule, group) pairs; `top` and `ratio` are left out."""
        found: list[list[tuple[str, str]]] = [[] for _ in cells]
        places = {cell: at for at, keys in enumerate(cells) if (cell := self._cell(keys)) is not None}
        is_asked = np.zeros(self._problem.num_cells, np.bool_)
        is_asked[list(places)] = True
        for limits in self._problem.limits:
            if limits.rule.kind not in ("limit", "window"):
                continue
            own = np.flatnonzero(is_asked[limits.total.cells])
            labels = limits.labels(limits.total.sets[own].astype(np.int64))
            for cell, label in zip(limits.total.cells[own].tolist(), labels, strict=True):
                found[places[cell]].append((limits.rule.rule, label))
        return found
