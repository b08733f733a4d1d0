"""From a running campaign to a better plan for the rest of it, or to the reason why the old one stays."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.amount import units_to_text
from models.codes import Severity
from models.finding import Finding, finding, ordered
from models.incumbent import Incumbent
from models.instance import Int64
from models.operation import Asked, End, Failure, Moved, Outcome
from models.plan import Choice, Plan
from models.problem import FORBIDDEN, Problem
from models.solution import SearchOptions, Solution, Watch
from models.warm import Warm
from optimizer.arithmetic import conflicts
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from optimizer.lagrangian.certify import Told, certify
from optimizer.memory import refuse_what_cannot_fit
from optimizer.operate.campaign import Fixed, frozen_mixes, moved_choice, next_slots, running
from optimizer.operate.change import Change, changes_of, within
from optimizer.operate.guard import is_better, is_same, least_gain, suspicions
from optimizer.operate.held import held_of
from optimizer.operate.repair import repaired_instance
from optimizer.read import read_incumbent, read_instance, read_prices
from optimizer.search import search
from optimizer.show.ending import ending_of
from optimizer.verify import verify
from optimizer.write import published, with_timings, write_plan

NEW, REPAIRED = "new", "repaired"
"""Names of candidates in the workspace."""

_MOST_ATTEMPTS = 4
"""Searches for a plan that moves no further than allowed once its mixes are rounded."""

_RESERVED_SHARE, _RESERVED_SECONDS = 0.1, 2.0
"""Of the time for all of a run, what is kept for writing and verifying."""


@dataclass(frozen=True, eq=False)
class _Stage:
    """A campaign at a moment: its problem, what may change, and the plan in force on today's instance.

    Attributes
    ----------
    standing
        The plan in force as far as its options are still offered.
    is_standing
        Whether it can stay as it is: nothing of it is gone, and it breaks no hard rule, pool or pin.
    """

    problem: Problem
    stated: Problem
    fixed: Fixed
    incumbent: Incumbent
    standing: Plan
    is_standing: bool


def reoptimise(asked: Asked) -> Outcome:
    """Find a better plan for what of a campaign is open; verified candidates are left in the workspace.

    Raises
    ------
    OSError
        If a file cannot be read or written.
    NoRoomError
        If the search would need more memory than there is.
    """
    ends = time.monotonic() + asked.seconds
    if asked.incumbent is None:  # there is nothing to move from, or to leave as it is
        asked = replace(asked, max_change=None, freeze_next=0)
    instance, findings = read_instance(asked.folder, asked.overrides)
    if instance is None:
        return Outcome(End.invalid, tuple(findings))
    if instance.settings.objective.stages:
        return Outcome(End.invalid, tuple(ordered([*findings, finding("OPR-11", "settings.toml")])))
    stated = compile_problem(instance)
    incumbent: Incumbent | None = Incumbent.none_of(stated)
    if asked.incumbent is not None:
        incumbent, found = read_incumbent(asked.incumbent, stated)
        findings = [*findings, *found]
    if incumbent is None:
        return Outcome(End.invalid, tuple(ordered(findings)))
    held, found = held_of(stated, incumbent, asked.now)
    frozen = next_slots(stated, held, asked.freeze_next)
    fixed = Fixed(held, asked.now.isoformat(), frozen, _share_text(asked.max_change))
    findings = ordered([*findings, *found, *frozen_mixes(stated, fixed, incumbent)])
    told = Outcome(
        End.invalid,
        tuple(findings),
        num_held=int(held.is_something.sum()),
        begun=tuple(slot for slot in instance.slots if slot in held.begun),
        frozen=frozen,
        is_first=asked.incumbent is None,
    )
    if any(finding.severity is Severity.error for finding in findings):
        return told
    if is_same(incumbent.summary, instance, asked.now, frozen):
        return replace(told, end=End.same)
    odd = [] if asked.is_trusted else suspicions(incumbent.summary, instance)
    if odd:
        facts = tuple({"what": one.what, "before": one.before, "after": one.after} for one in odd)
        return replace(told, end=End.suspicious, facts=facts)
    problem = compile_problem(running(stated, fixed, incumbent))
    against = [one for one in conflicts(problem) if one.severity is Severity.conflict]
    if against:
        return replace(told, end=End.impossible, findings=tuple(ordered([*findings, *against])))
    refuse_what_cannot_fit(problem)
    stage = _staged(problem, stated, fixed, incumbent)
    return _searched(stage, asked, told, ends)


def _share_text(share: Fraction | None) -> str:
    return "" if share is None else f"{float(share):g}"


def _staged(problem: Problem, stated: Problem, fixed: Fixed, incumbent: Incumbent) -> _Stage:
    """Value the plan in force on today's instance: what is held, and what it gives to cells not begun."""
    own = incumbent.choice(~fixed.held.is_begun)
    moved = moved_choice(stated, problem, fixed.held, own.options)
    pinned = problem.pinned[fixed.held.is_something]
    options = np.concatenate([moved, pinned])
    fractions = np.concatenate([own.fractions, np.full(len(pinned), 10**9, np.int64)])
    order = np.argsort(options, kind="stable")
    standing = evaluate(problem, Choice(options[order], fractions[order]))
    rows = incumbent.promised
    is_whole = bool((rows.options[~fixed.held.is_begun[rows.cells]] >= 0).all()) and not incumbent.gone
    is_standing = bool(incumbent.sha256) and is_whole and standing.is_feasible and _obeys(standing)
    return _Stage(problem, stated, fixed, incumbent, standing, is_standing)


def _obeys(plan: Plan) -> bool:
    """Say whether a plan does what pins ask for."""
    problem = plan.problem
    taken = np.full(problem.num_cells, -1, np.int64)
    cells = problem.cells_of(plan.choice.options)
    taken[cells] = plan.choice.options
    is_broken = (problem.pinned == FORBIDDEN) & (taken >= 0)
    is_broken |= (problem.pinned >= 0) & (taken != problem.pinned)
    return not is_broken.any()


def _searched(stage: _Stage, asked: Asked, told: Outcome, ends: float) -> Outcome:
    """Mend the plan in force if it cannot stay, then look for a better one, within the time."""
    options = SearchOptions.of(
        stage.problem.instance.settings, asked.gap, None, threads=asked.threads, seed=asked.seed
    )
    reserved = max(_RESERVED_SECONDS, _RESERVED_SHARE * asked.seconds)
    fallback = None
    if not stage.is_standing and asked.incumbent is not None:
        left = max(1.0, (ends - reserved - time.monotonic()) / 4)
        fallback = _repaired(stage, replace(options, time_limit=left), asked)
    left = max(1.0, ends - reserved - time.monotonic())
    options = replace(options, time_limit=left, warm=_warm(stage, asked))
    solution = _within(stage, options, asked.max_change)
    told = replace(
        told,
        incumbent_objective=stage.standing.objective if stage.is_standing else None,
        remark=solution.remark,
    )
    if solution.plan is None:
        if fallback is not None:
            return _with_plan(replace(told, end=End.repaired), fallback, stage, options)
        return replace(told, end=_end_without(solution, stage, asked))
    told = _with_plan(told, solution, stage, options)
    least = least_gain(stage.incumbent.summary, asked.min_gain)
    if stage.is_standing and not is_better(solution.plan.objective, stage.standing.objective, least):
        return replace(told, end=End.not_better)
    rejected = _written(asked, NEW, solution, options)
    if rejected:
        end = End.unverified if fallback is None else End.repaired
        return replace(told, end=end, findings=tuple(ordered([*told.findings, *rejected])))
    return replace(told, end=End.new)


def _end_without(solution: Solution, stage: _Stage, asked: Asked) -> End:
    """Say why there is no plan; where the one in force moves nothing and holds, none need be."""
    is_proven = solution.is_infeasible or solution.is_proven_impossible
    if asked.max_change is None:
        return End.impossible if is_proven else End.stopped
    if stage.is_standing and (is_proven or solution.is_reproducible):
        return End.not_better
    return End.too_far if is_proven else End.stopped


def _warm(stage: _Stage, asked: Asked) -> Warm | None:
    """Return what the search begins with: the choices of the plan in force, and its prices."""
    if asked.incumbent is None:
        return None
    options = stage.standing.choice.options
    cells = stage.problem.cells_of(options)
    last = np.append(cells[1:] != cells[:-1], True) if len(cells) else np.zeros(0, bool)
    return Warm(tuple(read_prices(asked.incumbent, stage.problem)), options[last])


def _within(stage: _Stage, options: SearchOptions, share: Fraction | None) -> Solution:
    """Search among plans that move no further than allowed; what is claimed is the best of those."""
    if share is None:
        return search(stage.problem, options, Watch())
    is_open = stage.fixed.is_open(stage.stated)
    spare, bound = [0] * len(stage.problem.pools), None
    for _attempt in range(_MOST_ATTEMPTS):
        limited = compile_problem(within(stage.problem, stage.incumbent, is_open, share, spare))
        solution = search(limited, options, Watch())
        bound = solution.bound if bound is None else bound
        restated = replace(_restated(solution, stage.problem), claimed_bound=bound)
        if restated.plan is None:
            break
        moved = changes_of(restated.plan, stage.incumbent, is_open)
        over = [max(0, max(one.more, one.less) - share * one.before // 1) for one in moved]
        if not any(over):
            return restated
        spare = [held + more for held, more in zip(spare, over, strict=True)]
    return replace(solution, plan=None)


def _restated(solution: Solution, problem: Problem, number: Int64 | None = None) -> Solution:
    """Say a solution of a narrower problem of the one that it was made from, in which its limits come first.

    Its prices prove a bound there too, of what the narrower problem leaves out as well.

    Parameters
    ----------
    number
        The number that each option of the narrower problem has here; None: the same.
    """
    if solution.plan is None:
        return solution
    own = solution.plan.choice
    options = own.options if number is None else number[own.options]
    plan = evaluate(problem, Choice(options, own.fractions))
    leaf = max(solution.certificate.leaves, key=lambda leaf: leaf.bound)
    prices = [Told.of(price) for price in leaf.prices if price.limits < len(problem.limits)]
    return replace(solution, plan=plan, certificate=certify(problem, prices), claimed_bound=None)


def _repaired(stage: _Stage, options: SearchOptions, asked: Asked) -> Solution | None:
    """Return what is best to keep of the plan in force, nothing added; None where that cannot be found."""
    instance, number = repaired_instance(stage.problem, stage.standing.choice.options)
    solution = search(compile_problem(instance), options, Watch())
    if solution.plan is None:
        return None
    solution = _restated(solution, stage.problem, number)
    return None if _written(asked, REPAIRED, solution, options) else solution


def _with_plan(told: Outcome, solution: Solution, stage: _Stage, options: SearchOptions) -> Outcome:
    """Say what a plan reaches and how far it moves."""
    plan, pools = solution.plan, stage.problem.instance.pools
    assert plan is not None
    is_open = ~stage.fixed.held.is_begun
    moved = tuple(
        _moved(one, pool.decimals)
        for one, pool in zip(changes_of(plan, stage.incumbent, is_open), pools, strict=True)
    )
    before = set(zip(*_rows(stage.standing), strict=True))
    after = set(zip(*_rows(plan), strict=True))
    return replace(
        told,
        objective=plan.objective,
        gap=solution.gap,
        meets_gap=solution.meets(options),
        moved=() if told.is_first else moved,
        num_changed=len({cell for cell, *_ in before ^ after}),
    )


def _moved(change: Change, decimals: int) -> Moved:
    before, more, less = (
        units_to_text(units, decimals) for units in (change.before, change.more, change.less)
    )
    return Moved(change.pool, before, more, less, change.share)


def _rows(plan: Plan) -> tuple[list[int], list[int], list[int]]:
    """Return cell, option and fraction of every row."""
    choice = plan.choice
    cells = plan.problem.cells_of(choice.options)
    return cells.tolist(), choice.options.tolist(), choice.fractions.tolist()


def _written(asked: Asked, name: str, solution: Solution, options: SearchOptions) -> list[Finding]:
    """Write a candidate into the workspace, if `verify` finds nothing wrong with it; else return what."""
    target: Path = asked.workspace / name
    assert solution.plan is not None
    try:
        with published(target) as beside:
            options = replace(options, time_limit=asked.seconds)  # what was left of it hangs on the clock
            written = write_plan(beside, solution, solution.plan, options)
            errors = [one for one in verify(asked.folder, beside).findings if one.severity is Severity.error]
            if errors:
                raise _UnverifiedError(errors)
            with_timings(beside, written, {})
    except _UnverifiedError as error:
        return error.findings
    return []


class _UnverifiedError(Exception):
    """A candidate has failed verification."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings


def main() -> None:
    """Be the process that does the work: a request on standard input, its outcome on standard output.

    Once whoever asked is gone, so is this process.
    """
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    asked = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_caller, daemon=True).start()
    try:
        result: Outcome | Failure = reoptimise(asked)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the caller says it
        result = Failure(*ending_of(error, ""))
    pickle.dump(result, answer, pickle.HIGHEST_PROTOCOL)
    answer.flush()


def _end_with_caller() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
