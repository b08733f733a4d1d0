"""From a folder of CSV files to a verified plan folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.codes import Severity
from models.finding import Finding, ordered
from models.instance import Instance
from models.plan import Plan
from models.problem import Problem
from models.solution import Progress, SearchOptions, Solution, Watch
from optimizer.arithmetic import conflicts
from optimizer.compile import compile_problem
from optimizer.folder import folder_beside
from optimizer.read import read_instance, read_kept
from optimizer.search import search
from optimizer.verify import verify
from optimizer.write import PlanFiles, plan_files, replace_folder

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
    """

    overrides: Overrides = ()
    keep: Path | None = None


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
        The plan that was published and its files, or None.
    rejected
        What `verify` found wrong with the plan; nothing was published then.
    """

    checked: Checked
    options: SearchOptions
    solution: Solution | None = None
    plan: Plan | None = None
    written: PlanFiles | None = None
    rejected: tuple[Finding, ...] = ()


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
    """
    watch = watch or Watch()
    clock = _Clock(watch)
    given = given or Given()
    with clock.phase("read"):
        checked = check(folder, given.overrides, given.keep)
    if checked.instance is None or checked.problem is None:
        return Solved(checked, SearchOptions())
    options = choose(checked.instance)
    if checked.has(Severity.conflict) and not options.is_best_effort:
        return Solved(checked, options)
    with clock.phase("search"):
        solution = search(checked.problem, options, watch)
    if solution.plan is None:
        return Solved(checked, options, solution)
    with clock.phase("write"):
        written = plan_files(solution, solution.plan, options, is_parquet=is_parquet)
    with clock.phase("verify"):
        rejected = _rejected(folder, out, written.files)
    if rejected:
        return Solved(checked, options, solution, rejected=rejected)
    written = written.timed(clock.seconds)
    replace_folder(out, written.files)
    return Solved(checked, options, solution, solution.plan, written)


def _rejected(folder: Path, out: Path, files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Verify a plan before anyone sees it, from files as they will stand."""
    with folder_beside(out, ".check") as beside:
        for name, content in files.items():
            (beside / name).write_bytes(content)
        found = verify(folder, beside).findings
    return tuple(finding for finding in found if finding.severity is Severity.error)


class _Clock:
    """Times the phases of a run."""

    def __init__(self, watch: Watch) -> None:
        self.seconds: dict[str, float] = {}
        self._watch = watch

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self._watch.progress(Progress(name, 0.0))
        yield
        self.seconds[name] = time.monotonic() - began
