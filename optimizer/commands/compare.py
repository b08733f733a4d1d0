"""`fairpool compare`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json
from optimizer.commands.parameters import Folder
from optimizer.show.ending import INVALID
from optimizer.show.output import console_of, named

if TYPE_CHECKING:
    from optimizer.weighing import Compared


@command("fairpool compare plans/before plans/after --instance instances/tiny --by tier")
@click.argument("plan", type=Folder())
@click.argument("other", type=Folder())
@click.option(
    "--instance", type=Folder(), help=mark("Tells attributes to group by, pins, limits' cells and reasons.")
)
@click.option(
    "--by", multiple=True, metavar="COLUMN", help=mark("Group by this key or attribute too (repeatable).")
)
@click.option(
    "--csv", "table", type=Folder(), metavar="FILE", help=mark("Write every changed cell as CSV too.")
)
def compare(
    plan: Path, other: Path, instance: Path | None, by: tuple[str, ...], table: Path | None, as_json: bool
) -> int:
    """Compare two plans. What changed by cell, merchant, group and rule, and why."""
    from optimizer import weighing

    for folder in (plan, other):
        os.scandir(folder).close()
    try:
        answer = weighing.compare_folders(plan, other, instance, by)
    except weighing.UnknownColumnError as error:
        text = _('there is no column "{name}" to group by; there are: {known}')
        raise click.UsageError(named(text.format(name=error.name, known=", ".join(error.known)))) from None
    code = 0 if answer.comparison is not None else INVALID
    if table is not None and answer.comparison is not None:
        _write_table(table, answer)
    if as_json:
        print_json(code, _json(answer))
    else:
        _show(answer, (named(plan), named(other)))
    return code


def _json(answer: Compared) -> dict[str, object]:
    from optimizer.show.comparison import comparison_json
    from optimizer.show.findings import findings_json

    document = findings_json(answer.findings)
    return document if answer.comparison is None else document | comparison_json(answer.comparison)


def _show(answer: Compared, names: tuple[str, str]) -> None:
    from optimizer.show.comparison import show_comparison
    from optimizer.show.findings import show_findings

    console = console_of(sys.stdout)
    show_findings(console, answer.findings)
    if answer.comparison is not None:
        show_comparison(console, answer.comparison, names)


def _write_table(path: Path, answer: Compared) -> None:
    from optimizer.show.comparison import change_json
    from optimizer.write.cells import strings
    from optimizer.write.table import Column, write_csv

    comparison = answer.comparison
    assert comparison is not None
    rows = []
    for change in comparison.changes:
        row = change_json(change, comparison)
        money = row.pop("moved")
        assert isinstance(money, dict)
        rows.append({name: "" if cell is None else str(cell) for name, cell in {**row, **money}.items()})
    texts = (*comparison.keys, "from", "to", "reason", "because")
    names = (*texts, *(pool.name for pool in comparison.pools), "conversions", "before", "after")
    columns = [
        Column(name, strings([row[name] for row in rows]), "text" if name in texts else "number")
        for name in names
    ]
    write_csv(path, columns)
