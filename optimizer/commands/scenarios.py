"""`fairpool scenarios`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json, say, wrote
from optimizer.commands.parameters import (
    Folder,
    instance_argument,
    search_options,
    search_parameters,
    set_option,
)
from optimizer.show.ending import IMPOSSIBLE, INVALID, STOPPED, UNVERIFIED
from optimizer.show.output import console_of

if TYPE_CHECKING:
    from optimizer.scenarios import Cases


@command("fairpool scenarios instances/tiny instances/tiny/scenarios.toml")
@instance_argument
@click.argument("file", type=Folder())
@search_parameters("1e-4")
@click.option(
    "--out", type=Folder(), metavar="FOLDER", help=mark("Write a plan folder a scenario into this folder.")
)
@set_option
def scenarios(instance: Path, file: Path, as_json: bool, **given: Any) -> int:
    """Solve named what-ifs of a TOML file. All of them beside the instance as it is, in one table."""
    from optimizer.show.progress import watching

    with watching() as watch:
        from optimizer.scenarios import solve_scenarios

        answer = solve_scenarios(
            instance,
            file,
            given["out"],
            overrides=given["overrides"],
            choose=lambda read: search_options(read.settings, given),
            watch=watch,
        )
    if any(case.folder is not None for case in answer.cases):
        wrote(given["out"])
    code = _code(answer)
    if as_json:
        print_json(code, _json(answer))
    else:
        _show(answer)
    return code


def _code(answer: Cases) -> int:
    if not answer.cases:
        return INVALID
    if answer.rejected:
        return UNVERIFIED
    if all(case.is_impossible for case in answer.cases):
        return IMPOSSIBLE
    is_done = all(case.is_impossible or case.solution.meets(case.options) for case in answer.cases)
    return 0 if is_done else STOPPED


def _json(answer: Cases) -> dict[str, object]:
    from optimizer.show.findings import findings_json
    from optimizer.show.scenarios import case_json

    document = findings_json([*answer.findings, *answer.rejected])
    document["scenarios"] = [case_json(case, answer.cases[0]) for case in answer.cases]
    return document


def _show(answer: Cases) -> None:
    from optimizer.show.findings import show_findings
    from optimizer.show.scenarios import show_cases

    console = console_of(sys.stdout)
    show_findings(console, [*answer.findings, *answer.rejected])
    if not answer.cases:
        say(_("nothing was solved"), 0)
        return
    plans = [case.plan for case in answer.cases if case.plan is not None]
    show_cases(console, answer.cases, plans[0].problem.instance.pools if plans else ())
    if _code(answer) == STOPPED:
        say(_("stopped early: some scenarios are above the gap asked for, or have no plan"), 0)
