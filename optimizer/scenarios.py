"""Named changes of one instance, each solved, in one table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from models.codes import Severity
from models.finding import Finding, finding, ordered
from models.instance import Instance
from models.plan import Plan
from models.solution import SearchOptions, Solution, Watch
from models.warm import Warm
from optimizer.memory import refuse_what_cannot_fit
from optimizer.pipeline import Checked, Overrides, check, publish
from optimizer.read import Scenario, read_scenarios
from optimizer.read.overrides import SOURCE
from optimizer.read.scenarios import BASE
from optimizer.whatif import Basis, WhatIf
from optimizer.write import refuse_other_folder


@dataclass(frozen=True)
class Case:
    """One scenario solved.

    Attributes
    ----------
    findings
        Of the instance as the scenario has it, without those of the base.
    folder
        The plan folder that was written; None: none.
    """

    name: str
    label: str
    overrides: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    solution: Solution
    options: SearchOptions
    folder: Path | None = None

    @property
    def plan(self) -> Plan | None:
        """The plan, if there is one."""
        return self.solution.plan

    @property
    def is_impossible(self) -> bool:
        """Whether it is proven that no plan meets the hard rules."""
        return self.solution.is_infeasible or self.solution.is_proven_impossible


@dataclass(frozen=True)
class Cases:
    """All scenarios, the base first; none where anything is wrong with them.

    Attributes
    ----------
    rejected
        What `verify` found wrong with plans that were to be written.
    """

    findings: tuple[Finding, ...]
    cases: tuple[Case, ...] = ()
    rejected: tuple[Finding, ...] = ()


@dataclass
class _Read:
    """A scenario and its instance."""

    name: str
    label: str
    overrides: tuple[tuple[str, str], ...]
    checked: Checked
    own: tuple[Finding, ...] = field(default_factory=tuple)


def solve_scenarios(
    folder: Path,
    file: Path,
    out: Path | None = None,
    *,
    overrides: Overrides = (),
    choose: Callable[[Instance], SearchOptions] = lambda _: SearchOptions(),
    watch: Watch | None = None,
) -> Cases:
    """Solve an instance as it is, and with the changes of every scenario of a file.

    Parameters
    ----------
    out
        A folder for one plan folder a scenario, named after it; None: plans are not written.
    overrides
        Changes that all of them have, the base too.

    Raises
    ------
    OSError
        If a file cannot be read or written.
    NoRoomError
        If a search would need more memory than there is.
    """
    scenarios, found = read_scenarios(file)
    base = check(folder, overrides)
    read = [_Read(BASE, "", (), base)]
    for scenario in scenarios:
        checked = check(folder, (*overrides, *scenario.overrides))
        own, more = _own_findings(scenario, checked, base, file.name)
        found += more
        read.append(_Read(scenario.name, scenario.label, scenario.overrides, checked, own))
    findings = tuple(ordered([*base.findings, *found]))
    if any(one.severity is Severity.error for one in findings) or len(read) == 1:
        return Cases(findings)
    for one in read if out is not None else ():
        assert out is not None
        refuse_other_folder(out / one.name)
    watch = watch or Watch()
    cases, basis = list[Case](), None
    assert base.instance is not None
    deadline = time.monotonic() + choose(base.instance).time_limit
    for number, one in enumerate(read):
        assert one.checked.instance is not None
        assert one.checked.problem is not None
        refuse_what_cannot_fit(one.checked.problem)
        options = choose(one.checked.instance)
        left = max(deadline - time.monotonic(), 0.0)
        share = replace(options, time_limit=max(left / (len(read) - number), 1.0))
        solution = WhatIf(share, watch, basis)(one.checked.instance)
        if basis is None and solution.plan is not None:
            basis = Basis(solution.plan.problem, Warm.of(solution.plan, solution.certificate))
        cases.append(Case(one.name, one.label, one.overrides, one.own, solution, options))
    return _written(folder, out, Cases(findings, tuple(cases)))


def _written(folder: Path, out: Path | None, cases: Cases) -> Cases:
    """Write the plans, each verified first."""
    if out is None:
        return cases
    done, rejected = list[Case](), list[Finding]()
    for case in cases.cases:
        if case.plan is None:
            done.append(case)
            continue
        _, wrong = publish(folder, out / case.name, (case.solution, case.options))
        rejected += wrong
        done.append(case if wrong else replace(case, folder=out / case.name))
    return replace(cases, cases=tuple(done), rejected=tuple(rejected))


def _own_findings(
    scenario: Scenario, checked: Checked, base: Checked, file: str
) -> tuple[tuple[Finding, ...], list[Finding]]:
    """Return a scenario's own findings, and those that keep everything from being solved.

    What `--set` would say of a key is said of the line of the file that sets it.
    """
    own = []
    for one in checked.findings:
        if one in base.findings:
            continue
        if one.file == SOURCE:
            row = next(
                (row for key, row in scenario.rows.items() if _bare(key) == _bare(one.column)), scenario.row
            )
            one = replace(one, file=file, row=row, column=f"{scenario.name}.{one.column}")
        own.append(one)
    errors = [one for one in own if one.severity is Severity.error]
    if errors and any(one.file != file for one in errors):
        errors.append(finding("SCN-06", file, scenario.row, value=scenario.name))
    return tuple(own), errors


def _bare(key: str) -> str:
    return key.replace('"', "")
