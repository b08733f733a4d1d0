"""From a folder of CSV files to a verified plan folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from models.codes import Severity
from models.conflict import Explained
from models.finding import Finding, ordered
from models.instance import Instance
from models.plan import Plan
from models.problem import Problem
from models.solution import Progress, SearchOptions, Solution, Watch
from optimizer.arithmetic import conflicts
from optimizer.asking import Asker
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from optimizer.explain import explain
from optimizer.memory import refuse_what_cannot_fit
from optimizer.read import Stated, read_choice, read_instance, read_kept, read_stated, read_warm
from optimizer.search import search
from optimizer.search.stages import search_in_stages
from optimizer.verify import verify
from optimizer.write import Written, published, with_timings, write_plan

Overrides = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Given:
    """What a command changes of an instance, whose files stay as they are.

    Attributes
    ----------
    overrides
        (key, value) pairs of `--set`.
    keep
        A plan folder whose cells keep their options; None: every cell is open.
    warm
        A plan folder that the search begins with; None: it begins with nothing.
    """

    overrides: Overrides = ()
    keep: Path | None = None
    warm: Path | None = None


@dataclass(frozen=True)
class Checked:
    """An instance with everything that reading and arithmetic have to say about it."""

    findings: tuple[Finding, ...]
    instance: Instance | None = None
    problem: Problem | None = None

    def has(self, severity: Severity) -> bool:
        """Say whether any finding is of this severity."""
        return any(finding.severity is severity for finding in self.findings)


@dataclass(frozen=True)
class Solved:
    """How a solve ended.

    Attributes
    ----------
    plan, written
        The plan that was published and what its folder says, or None.
    rejected
        What `verify` found wrong with the plan; nothing was published then.
    explained
        Why no plan exists, and what would mend it; None where that is not proven, or no time was left.
    """

    checked: Checked
    options: SearchOptions
    solution: Solution | None = None
    plan: Plan | None = None
    written: Written | None = None
    rejected: tuple[Finding, ...] = ()
    explained: Explained | None = None


def check(folder: Path, overrides: Overrides = (), keep: Path | None = None) -> Checked:
    """Read and compile an instance, and collect every finding; `keep`: see `Given`.

    Raises
    ------
    OSError
        If a folder or a file in it cannot be read, or a checksum fails.
    """
    instance, findings = read_instance(folder, tuple(overrides))
    if instance is not None and keep is not None:
        instance, of_kept = read_kept(keep, instance)
        findings = [*findings, *of_kept]
        if any(finding.severity is Severity.error for finding in of_kept):
            instance = None
    if instance is None:
        return Checked(tuple(ordered(findings)))
    problem = compile_problem(instance)
    return Checked(tuple(ordered([*findings, *conflicts(problem)])), instance, problem)


def solve(
    folder: Path,
    out: Path,
    *,
    given: Given | None = None,
    choose: Callable[[Instance], SearchOptions] = lambda _: SearchOptions(),
    watch: Watch | None = None,
    is_parquet: bool = False,
) -> Solved:
    """Read, search, verify and publish.

    Parameters
    ----------
    given
        Overrides, and a plan to keep.
    choose
        What is asked for, once the instance's own settings are known.
    is_parquet
        Write the tables of the plan as Parquet instead of CSV.

    Raises
    ------
    OSError
        If a file cannot be read or written; whatever was there is untouched.
    NoRoomError
        If the search would need more memory than there is; nothing is written.
    """
    watch = watch or Watch()
    clock = Clock(watch)
    given = given or Given()
    with clock.phase("read"):
        checked = check(folder, given.overrides, given.keep)
    if checked.instance is None or checked.problem is None:
        return Solved(checked, SearchOptions())
    options = choose(checked.instance)
    if checked.has(Severity.conflict) and not options.is_best_effort:
        return _explained(Solved(checked, options), watch, clock)
    if given.warm is not None:
        warm, found = read_warm(given.warm, checked.problem)
        if warm is None:
            return Solved(Checked(tuple(found)), options)
        options = replace(options, warm=warm)
    refuse_what_cannot_fit(checked.problem)
    with clock.phase("search"):
        in_stages = bool(checked.instance.settings.objective.stages)
        find = search_in_stages if in_stages else search
        solution = find(checked.problem, options, watch)
    if solution.plan is None:
        return _explained(Solved(checked, options, solution), watch, clock)
    written, rejected = publish(folder, out, (solution, options), clock, is_parquet=is_parquet)
    solved = Solved(checked, options, solution, None if rejected else solution.plan, written, rejected)
    return _explained(solved, watch, clock)


def publish(
    folder: Path,
    out: Path,
    found: tuple[Solution, SearchOptions],
    clock: Clock | None = None,
    *,
    is_parquet: bool = False,
) -> tuple[Written | None, tuple[Finding, ...]]:
    """Write the plan of a solution, verify it from its files, and publish it; else say what is wrong with it.

    Parameters
    ----------
    folder
        The instance that the plan is of; what was changed of it stands in the plan's problem.
    found
        The solution, which has a plan, and what was asked for.

    Raises
    ------
    OSError
        If a file cannot be read or written; whatever was there is untouched.
    """
    solution, options = found
    assert solution.plan is not None
    clock = clock or Clock(Watch())
    try:
        with published(out) as beside:
            with clock.phase("write"):
                written = write_plan(beside, solution, solution.plan, options, is_parquet=is_parquet)
            with clock.phase("verify"):
                _refuse_unverified(folder, beside)
            return with_timings(beside, written, clock.seconds), ()
    except _UnverifiedError as error:
        return None, error.findings


def _explained(solved: Solved, watch: Watch, clock: Clock) -> Solved:
    """Say why no plan exists, and what would mend it, where that is proven and time is left."""
    solution, instance = solved.solution, solved.checked.instance
    is_proven = solution is None or solution.is_infeasible or solution.is_proven_impossible
    if instance is None or not is_proven:
        return solved
    asker = Asker(
        instance, solved.options, watch, solved.options.time_limit - clock.seconds.get("search", 0.0)
    )
    if asker.is_over:
        return solved
    proof = solution.certificate if solution is not None and solution.is_infeasible else None
    with clock.phase("explain"):
        return replace(solved, explained=explain(instance, asker, proof))


@dataclass(frozen=True, eq=False)
class InHand:
    """A plan folder with its instance, as far as they can be read.

    Attributes
    ----------
    findings
        Of both; where one is an error, the rest is None.
    changed
        Files of the instance that are not as they were when the plan was made.
    """

    findings: tuple[Finding, ...]
    problem: Problem | None = None
    plan: Plan | None = None
    stated: Stated | None = None
    changed: tuple[str, ...] = ()


def take_in_hand(folder: Path, plan: Path) -> InHand:
    """Read an instance with the changes that a plan was made with, and the plan.

    Raises
    ------
    OSError
        If a folder or a file in it cannot be read, or a checksum fails.
    """
    stated, found = read_stated(plan)
    if stated is None:
        return InHand(tuple(found))
    instance, findings = read_instance(folder, stated.overrides)
    if instance is None:
        return InHand(tuple(findings))
    problem = compile_problem(stated.kept_in(instance))
    choice, of_choice = read_choice(plan, problem)
    findings = ordered([*findings, *of_choice])
    if choice is None:
        return InHand(tuple(findings))
    changed = tuple(stated.changed_inputs(instance))
    return InHand(tuple(findings), problem, evaluate(problem, choice), stated, changed)


class _UnverifiedError(Exception):
    """A plan has failed verification; it is not to be published."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings


def _refuse_unverified(folder: Path, beside: Path) -> None:
    """Verify a plan before anyone sees it, from the very files that will be published."""
    found = verify(folder, beside).findings
    errors = tuple(finding for finding in found if finding.severity is Severity.error)
    if errors:
        raise _UnverifiedError(errors)


class Clock:
    """Times the phases of a run."""

    def __init__(self, watch: Watch) -> None:
        self.seconds: dict[str, float] = {}
        self._watch = watch

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what is done inside as one phase, and tell the watch of it."""
        began = time.monotonic()
        self._watch.progress(Progress(name, 0.0))
        yield
        self.seconds[name] = time.monotonic() - began
