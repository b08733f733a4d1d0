"""`fairpool explain`."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json
from optimizer.commands.parameters import Number, instance_argument, plan_argument, processors
from optimizer.commands.why import Asked, answer, asking_options
from optimizer.show.ending import INVALID, STOPPED
from optimizer.show.output import console_of


@command("fairpool explain instances/tiny plans/tiny")
@instance_argument
@plan_argument
@click.option("--by", multiple=True, metavar="COLUMN", help=mark("Fairness by this attribute (repeatable)."))
@click.option("--sales", default="", metavar="COLUMN", help=mark("Attribute that states merchants' sales."))
@click.option("--order", multiple=True, metavar="RULES", help=mark("Rules with which the waterfall begins."))
@asking_options
@click.option("--gap", type=Number(), help=mark("Gap of every search (default: that of the plan)."))
@click.option(
    "--time-limit",
    type=Number(),
    default="60",
    metavar="SECONDS",
    help=mark("Time of all searches together (default 60)."),
)
def explain(
    instance: Path, plan: Path, as_json: bool, gap: Fraction | None, time_limit: Fraction, **asked: Any
) -> int:
    """Say why a plan is as it is. What limits it, what every rule costs, and how evenly it gives."""
    from optimizer.show.progress import watching

    about = Asked.of(asked)
    if about.is_answered_here:
        if any(asked.values()):
            raise click.UsageError(_("--by, --sales and --order are about the whole plan"))
        return answer(about, (instance, plan), (gap, float(time_limit)), as_json=as_json)
    with watching() as watch:
        from models.solution import SearchOptions
        from optimizer.explaining import Question, QuestionError, explain_plan
        from optimizer.show.explanation import show_explanation
        from optimizer.show.findings import findings_json, show_findings

        options = SearchOptions(
            gap=Fraction(-1) if gap is None else gap, time_limit=float(time_limit), threads=processors()
        )
        try:
            explained = explain_plan(instance, plan, Question(**asked), options, watch)
        except QuestionError as error:
            raise click.BadParameter(str(error), param_hint=error.option) from None
        is_stopped = watch.is_cancelled()
    code = INVALID if explained.plan is None else STOPPED if is_stopped else 0
    if as_json:
        print_json(code, {**findings_json(explained.findings), **explained.document})
        return code
    console = console_of(sys.stdout)
    show_findings(console, explained.findings)
    if explained.plan is not None:
        show_explanation(console, explained.plan, explained.document)
    return code
