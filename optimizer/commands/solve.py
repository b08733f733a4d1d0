"""`fairpool solve`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from optimizer.commands.check import code_of
from optimizer.commands.frame import command, print_json, say, wrote
from optimizer.commands.parameters import Folder, Number, instance_argument, processors, set_option
from optimizer.show.ending import IMPOSSIBLE, STOPPED, UNVERIFIED
from optimizer.show.output import console_of, named

if TYPE_CHECKING:
    from optimizer.pipeline import Solved


@command("fairpool solve instances/tiny --out plans/tiny --set pools.cash=120")
@instance_argument
@click.option("--out", type=Folder(), required=True, help=mark("The plan folder to write."))
@click.option("--gap", type=Number(), help=mark("Stop once the gap is at most this (default 1e-4)."))
@click.option(
    "--time-limit", type=Number(), metavar="SECONDS", help=mark("Stop with the best so far (default 600).")
)
@click.option(
    "--method",
    type=click.Choice(["auto", "monolithic", "lagrangian"]),
    default="auto",
    help=mark("How to solve: all of it by HiGHS, by prices first, or what suits."),
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=processors,
    help=mark("Processors to use (default: all there are); nothing proven depends on it."),
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, help=mark("Seed of the solver."))
@click.option("--certified", "is_certified", is_flag=True, help=mark("Meet the gap by the certified bound."))
@click.option(
    "--warm-start", "warm", type=Folder(), metavar="PLAN", help=mark("Begin with this plan and its prices.")
)
@click.option("--keep", type=Folder(), metavar="PLAN", help=mark("Only add to this plan: its cells stay."))
@click.option(
    "--best-effort", "is_best_effort", is_flag=True, help=mark("Break rules least where not all can hold.")
)
@click.option(
    "--parquet", "is_parquet", is_flag=True, help=mark("Write the plan's tables as Parquet instead of CSV.")
)
@set_option
def solve(instance: Path, out: Path, as_json: bool, **options: Any) -> int:
    """Find the best plan, verify it and write it as a plan folder."""
    from optimizer.show.progress import watching

    with watching() as watch:  # from here on a signal ends the search, not the program
        from models.solution import SearchOptions
        from optimizer import pipeline
        from optimizer.write import refuse_other_folder

        refuse_other_folder(out)
        solved = pipeline.solve(
            instance,
            out,
            given=pipeline.Given(*(options.pop(name) for name in ("overrides", "keep", "warm"))),
            choose=lambda read: SearchOptions.of(read.settings, **options),
            watch=watch,
            is_parquet=options.pop("is_parquet"),
        )
    if solved.plan is not None:
        wrote(out)
    code = _solve_code(solved)
    if as_json:
        print_json(code, _solved_json(solved, out))
    else:
        _show_solved(solved, instance, out)
    return code


def _solve_code(solved: Solved) -> int:
    if solved.solution is None:
        return code_of(solved.checked)
    if solved.rejected:
        return UNVERIFIED
    if solved.solution.is_infeasible or solved.solution.is_proven_impossible:
        return IMPOSSIBLE
    return 0 if solved.plan is not None and solved.solution.meets(solved.options) else STOPPED


def _solved_json(solved: Solved, out: Path) -> dict[str, object]:
    from optimizer.show.findings import findings_json
    from optimizer.write.certificate import certificate_json

    document = findings_json(solved.checked.findings)
    document["plan"] = str(out) if solved.plan is not None else None
    document["summary"] = None if solved.written is None else dict(solved.written.summary)
    document["rejected"] = [found.to_json() for found in solved.rejected]
    if solved.solution is not None:
        document["remark"] = solved.solution.remark
        if solved.solution.is_infeasible and solved.checked.problem is not None:
            document["certificate"] = certificate_json(solved.checked.problem, solved.solution.certificate)
    return document


def _show_solved(solved: Solved, instance: Path, out: Path) -> None:
    from optimizer.show.conflict import show_conflict
    from optimizer.show.findings import show_findings
    from optimizer.show.plan import show_plan, show_written

    console = console_of(sys.stdout)
    show_findings(console, [*solved.checked.findings, *solved.rejected])
    solution, problem = solved.solution, solved.checked.problem
    if solution is None or problem is None:
        say(_("nothing was written"), 0)
    elif solved.rejected:
        say(_("the plan failed verification; nothing was written"), 0)
    elif solution.is_infeasible:
        show_conflict(console, problem, solution.certificate)
    elif solved.plan is None:
        say(_("no plan: {remark}; nothing was written").format(remark=solution.remark), 0)
    if solved.plan is not None and solved.written is not None:
        show_plan(console, solved.plan, solved.written.summary, solved.written.limits)
        show_written(console, named(instance), named(out), solved.written.summary)
        if solution is not None and solution.remark:
            say(solution.remark, 0)
