"""Arguments and options that several commands have."""

from __future__ import annotations

import os
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import click

from models.language import _, mark


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


class Share(Number):
    """A share, zero or more: `5%`, `0.05`."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the share, or fail with what is wrong."""
        text = str(value).strip()
        if not text.endswith("%"):
            return super().convert(value, param, ctx)
        return super().convert(text[:-1].strip(), param, ctx) / 100


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601 with its offset: `2026-11-11T03:00:00+08:00`."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, or fail with what is wrong."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                _("{value!r} is not a time such as 2026-11-11T03:00+08:00").format(value=value), param, ctx
            )
        if moment.tzinfo is None:
            self.fail(_("{value!r} has no offset; write for instance +08:00").format(value=value), param, ctx)
        return moment


class Codes(click.ParamType[frozenset[int]]):
    """Exit codes with commas between them: `5,7`."""

    name = "codes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[int]:
        """Return the codes, or fail with what is wrong."""
        if isinstance(value, frozenset):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        if not all(part.isascii() and part.isdigit() for part in parts):
            self.fail(_("{value!r} is not a list of exit codes such as 5,7").format(value=value), param, ctx)
        return frozenset(map(int, parts))


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
