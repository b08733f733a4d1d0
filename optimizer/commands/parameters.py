"""Arguments and options that several commands have."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import click

from models.language import _, mark


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Number(click.ParamType[Fraction]):
    """An exact decimal number, zero or more: `0.001`, `1e-4`."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the number, or fail with what is wrong."""
        from decimal import Decimal, InvalidOperation

        if isinstance(value, Fraction):
            return value
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            self.fail(_("{value!r} is not a number").format(value=value), param, ctx)
        if not number.is_finite() or number < 0 or abs(number.adjusted()) > 18:
            self.fail(_("{value!r} is not a number of zero or more").format(value=value), param, ctx)
        return Fraction(number)


class Folder(click.Path):
    """A folder; a blank name, which Python takes for the current folder, is most often a variable not set."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the folder, or fail where its name is blank."""
        if not os.fspath(value):
            self.fail(_("a folder has a name; for the current one write ."), param, ctx)
        return super().convert(value, param, ctx)


def _overrides(
    _context: click.Context, _param: click.Parameter, given: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    if not given:
        return ()
    from optimizer.read.overrides import parse_override

    try:
        return tuple(parse_override(text) for text in given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


instance_argument = click.argument("instance", type=Folder())
plan_argument = click.argument("plan", type=Folder())
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_overrides,
    help=mark('What if: pools.NAME=.., rules."ID".value=.., settings.KEY=.. (repeatable).'),
)
