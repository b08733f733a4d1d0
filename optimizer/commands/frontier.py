"""`fairpool frontier`."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from optimizer.commands.check import code_of
from optimizer.commands.frame import command, print_json, say, wrote
from optimizer.commands.parameters import (
    Folder,
    Number,
    instance_argument,
    search_options,
    search_parameters,
    set_option,
)
from optimizer.show.ending import IMPOSSIBLE, STOPPED, UNVERIFIED
from optimizer.show.output import console_of

if TYPE_CHECKING:
    from optimizer.varying import Asked, Frontier

_GAP = Fraction(1, 2000)


class Amount(click.ParamType[Any]):
    """An amount, or a percentage: `1e9`, `80%`."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return (number, whether it is a percentage), or fail with what is wrong."""
        if isinstance(value, tuple):
            return value
        text = str(value).strip()
        number = Number().convert(text.removesuffix("%").strip(), param, ctx)
        return (number / 100, True) if text.endswith("%") else (number, False)


@command("fairpool frontier instances/tiny --pool cash --from 50% --to 150% --steps 4")
@instance_argument
@click.option("--pool", metavar="NAME", help=mark("The pool whose amount is varied (default the first)."))
@click.option("--rule", metavar="ID", help=mark("The rule whose value is varied, in place of a pool."))
@click.option(
    "--from",
    "first",
    type=Amount(),
    metavar="AMOUNT",
    help=mark("Where to begin: 1e9, or 80% of today's (default 50%)."),
)
@click.option(
    "--to", "last", type=Amount(), metavar="AMOUNT", help=mark("Where to end, likewise (default 150%).")
)
@click.option(
    "--steps",
    "num_steps",
    type=click.IntRange(1, 1000),
    default=20,
    help=mark("Steps between the two (default 20)."),
)
@click.option(
    "--least-return", type=Number(), help=mark("Say from where on a further unit brings less than this.")
)
@search_parameters("5e-4")
@click.option(
    "--csv", "table", type=Folder(), metavar="FILE", help=mark("Write the points as a CSV file too.")
)
@click.option(
    "--out", type=Folder(), metavar="FOLDER", help=mark("Write a plan folder a point into this folder.")
)
@set_option
def frontier(instance: Path, as_json: bool, table: Path | None, **given: Any) -> int:
    """Vary a pool's amount or a rule's value. What each amount reaches, and where more stops paying."""
    from optimizer.show.progress import watching

    with watching() as watch:
        from optimizer import varying
        from optimizer.vary import Level

        if given["pool"] is not None and given["rule"] is not None:
            raise click.UsageError(_("--pool and --rule exclude each other"))
        names = ("pool", "rule", "num_steps", "least_return", "out")
        asked = varying.Asked(
            first=given["first"] and Level(*given["first"]),
            last=given["last"] and Level(*given["last"]),
            **{name: given[name] for name in names},
        )
        try:
            answer = varying.frontier(
                instance,
                asked,
                overrides=given["overrides"],
                choose=lambda read: search_options(read.settings, given, _GAP),
                watch=watch,
            )
        except varying.UnknownError as error:
            raise click.UsageError(_unknown(asked, error.name, error.known)) from None
    if table is not None and answer.curve is not None:
        _write_table(table, answer)
    code = _code(answer)
    if any(folder is not None for folder in answer.folders):
        wrote(given["out"])
    if as_json:
        print_json(code, _json(answer))
    else:
        _show(answer)
    return code


def _unknown(asked: Asked, name: str, known: tuple[str, ...]) -> str:
    from models.finding import shown

    text = (
        _('there is no pool "{name}"; there are: {known}')
        if asked.rule is None
        else _('there is no rule "{name}"; there are: {known}')
    )
    return text.format(name=shown(name), known=shown(", ".join(known), 400))


def _code(answer: Frontier) -> int:
    if answer.curve is None:
        return code_of(answer.checked)
    if answer.rejected:
        return UNVERIFIED
    if all(point.is_impossible for point in answer.curve.points):
        return IMPOSSIBLE
    is_done = all(point.is_impossible or point.meets for point in answer.curve.points)
    return 0 if is_done else STOPPED


def _json(answer: Frontier) -> dict[str, object]:
    from optimizer.show.findings import findings_json
    from optimizer.show.frontier import curve_json

    document = findings_json([*answer.checked.findings, *answer.rejected])
    if answer.curve is not None and answer.checked.instance is not None:
        document |= curve_json(answer.curve, answer.checked.instance.pools, answer.folders)
    return document


def _show(answer: Frontier) -> None:
    from optimizer.show.findings import show_findings
    from optimizer.show.frontier import show_curve

    console = console_of(sys.stdout)
    show_findings(console, [*answer.checked.findings, *answer.rejected])
    if answer.curve is None:
        say(_("nothing was solved"), 0)
        return
    show_curve(console, answer.curve, answer.curve.subject.unit)
    if _code(answer) == STOPPED:
        say(_("stopped early: some points are above the gap asked for, or have no plan"), 0)


def _write_table(path: Path, answer: Frontier) -> None:
    from optimizer.show.frontier import COLUMNS, point_json
    from optimizer.write.cells import strings
    from optimizer.write.table import Column, write_csv

    assert answer.curve is not None
    curve = answer.curve
    rows = [
        point_json(curve.subject, point, step) for point, step in zip(curve.points, curve.steps, strict=True)
    ]
    write_csv(path, [Column(name, strings([row[name] or "" for row in rows]), "number") for name in COLUMNS])
