"""`fairpool evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from optimizer.commands.check import code_of
from optimizer.commands.frame import command, print_json, say, wrote
from optimizer.commands.parameters import (
    Folder,
    instance_argument,
    search_options,
    search_parameters,
    set_option,
)
from optimizer.show.ending import INVALID, UNVERIFIED
from optimizer.show.output import console_of, named

if TYPE_CHECKING:
    from optimizer.weighing import Evaluated


@command("fairpool evaluate instances/tiny mine.csv --out plans/mine")
@instance_argument
@click.argument("file", type=Folder())
@click.option("--out", type=Folder(), help=mark("Write it as a plan folder, if it breaks nothing."))
@search_parameters("1e-4")
@set_option
def evaluate(instance: Path, file: Path, out: Path | None, as_json: bool, **given: Any) -> int:
    """Evaluate a planner's own plan. What it reaches, what it breaks, what the best would add."""
    from optimizer.show.progress import watching

    with watching() as watch:
        from optimizer import weighing
        from optimizer.write import refuse_other_folder

        if out is not None:
            refuse_other_folder(out)
        answer = weighing.evaluate_file(
            instance,
            file,
            out,
            overrides=given["overrides"],
            choose=lambda read: search_options(read.settings, given),
            watch=watch,
        )
    if answer.is_written and out is not None:
        wrote(out)
    code = _code(answer)
    if as_json:
        print_json(code, _json(answer, out))
    else:
        _show(answer, instance, out)
    return code


def _code(answer: Evaluated) -> int:
    if answer.plan is None:
        return code_of(answer.checked) if answer.checked.instance is None else INVALID
    return UNVERIFIED if answer.rejected else 0


def _json(answer: Evaluated, out: Path | None) -> dict[str, object]:
    from optimizer.show.comparison import comparison_json
    from optimizer.show.evaluation import evaluation_json
    from optimizer.show.findings import findings_json

    document = findings_json(answer.checked.findings)
    document["plan"] = str(out) if answer.is_written else None
    document["rejected"] = [found.to_json() for found in answer.rejected]
    if answer.plan is not None:
        document |= evaluation_json(answer.plan, answer.disobeyed, answer.best, is_lawful=answer.is_lawful)
        document["against_best"] = None if answer.against is None else comparison_json(answer.against)
    return document


def _show(answer: Evaluated, instance: Path, out: Path | None) -> None:
    from optimizer.show.comparison import show_comparison
    from optimizer.show.evaluation import show_evaluation
    from optimizer.show.findings import show_findings

    console = console_of(sys.stdout)
    show_findings(console, [*answer.checked.findings, *answer.rejected])
    if answer.plan is None:
        say(_("nothing was evaluated"), 0)
        return
    show_evaluation(console, answer.plan, answer.disobeyed, answer.best, is_lawful=answer.is_lawful)
    if answer.against is not None:
        console.print()
        show_comparison(console, answer.against, (_("this plan"), _("the best")))
    if out is None:
        return
    if answer.is_written:
        console.print()
        console.print(_("Plan written to {folder}. To check it:").format(folder=named(out)))
        console.print(f"  fairpool verify {named(instance)} {named(out)}", soft_wrap=True)
    elif answer.rejected:
        say(_("the plan failed verification; nothing was written"), 0)
    else:
        say(_("it breaks what must hold, so no plan folder was written"), 0)
