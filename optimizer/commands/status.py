"""`fairpool status`."""

from __future__ import annotations

from pathlib import Path

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json, say
from optimizer.commands.parameters import Folder
from optimizer.show.ending import UNREADABLE
from optimizer.show.output import named


@command("fairpool status --state job")
@click.option("--state", type=Folder(), required=True, help=mark("The job's home."))
def status(state: Path, as_json: bool) -> int:
    """Say in one line what is in force, since when, and why the last run kept or changed it."""
    from optimizer.operate import state as home
    from optimizer.show.operation import status_line

    plan = home.in_force(state)
    last = home.read_json(state / home.STATUS)
    if plan is None:
        text = _("{folder}: no plan is in force").format(folder=named(state))
        if as_json:
            print_json(
                UNREADABLE,
                {"error": text, "findings": [], "counts": {}, "current": None, "last": last or None},
            )
        return say(text, UNREADABLE)
    since, summary = home.in_force_since(state), home.read_json(plan / "summary.json")
    if as_json:
        print_json(0, {"current": str(plan), "since": home.moment(since), "last": last or None})
    else:
        click.echo(status_line(plan.name, since, summary, last))
    return 0
