"""Arguments and options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark

if TYPE_CHECKING:
    from models.settings import Settings
    from models.solution import SearchOptions

Decorator = Callable[[Callable[..., int]], Callable[..., int]]


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
time_limit_option = click.option(
    "--time-limit", type=Number(), metavar="SECONDS", help=mark("Stop with the best so far (default 600).")
)
threads_option = click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=processors,
    help=mark("Processors to use (default: all there are); nothing proven depends on it."),
)


def gap_option(default: str) -> Decorator:
    """Return the option `--gap`, whose help names a default of the command's own."""
    helps = {
        "1e-4": mark("Stop once the gap is at most this (default 1e-4)."),
        "5e-4": mark("Stop once the gap is at most this (default 5e-4)."),
    }
    return click.option("--gap", type=Number(), help=helps[default])


def search_parameters(gap: str) -> Decorator:
    """Return the options `--gap`, `--time-limit` and `--threads` in one; `gap` as `gap_option` has it."""
    return lambda function: gap_option(gap)(time_limit_option(threads_option(function)))


def search_options(
    settings: Settings, given: Mapping[str, Any], gap: Fraction | None = None
) -> SearchOptions:
    """Return what searches are asked for by `--gap`, `--time-limit` and `--threads`.

    Parameters
    ----------
    gap
        The command's own default, where neither the command line nor the settings state one; None: `solve`'s.
    """
    from models.solution import SearchOptions

    asked = next((one for one in (given["gap"], settings.gap, gap) if one is not None), None)
    return SearchOptions.of(settings, asked, given["time_limit"], threads=given["threads"])
