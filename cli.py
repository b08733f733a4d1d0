"""The command line: parse, call one use case, print, exit code. Imports what a command needs when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from optimizer.show.ending import BUG, IMPOSSIBLE, INVALID, STOPPED, UNVERIFIED, ending_of
from optimizer.show.language import asked_language, install
from optimizer.show.output import Output, console_of, json_text, named
from optimizer.show.signals import interruptible

if TYPE_CHECKING:
    from optimizer.pipeline import Checked, Solved

_WRITTEN = "fairpool.written"
Options = dict[str, Any]
Command = Callable[..., int]


class _Fraction(click.ParamType[Fraction]):
    """An exact decimal number, zero or more: `0.001`, `1e-4`."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
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


class _Folder(click.Path):
    """A folder; a blank name, which Python takes for the current folder, is most often a variable not set."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if not os.fspath(value):
            self.fail(_("a folder has a name; for the current one write ."), param, ctx)
        return super().convert(value, param, ctx)


class _Commands(click.Group):
    """The commands; the language is known before any of them says a word."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        install(asked_language(args))
        for known in (self, *self.commands.values()):
            _translate(known)
        return super().make_context(info_name, args, parent, **extra)


_SOURCES: dict[click.Command | click.Option, tuple[str, str]] = {}


def _translate(command: click.Command) -> None:
    """Put the help of a command and its options into the language in use; the sources are kept."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    for option in options:
        option.help = _(_SOURCES.setdefault(option, (option.help or "", ""))[0])
    text, example = _SOURCES.setdefault(command, (command.help or "", command.epilog or ""))
    command.help, command.epilog = _(text), _("Example: {example}").format(example=example)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="fairpool solve instances/tiny --out plans/tiny",
)
@click.version_option(package_name="fairpool", message="%(prog)s %(version)s")
def main() -> None:
    """Decide who gets a platform's subsidies: the plan that brings the most while the policy holds.

    Exit codes: 0 done; 2 usage; 3 invalid instance or plan; 4 proven impossible; 5 stopped before the gap was
    reached; 6 a plan failed verification; 74 a file cannot be read or written.
    """


def command(example: str) -> Callable[[Command], click.Command]:
    """Make a function a command: `--json` and `--lang`, its exit code, and no traceback for any failure."""

    def make(function: Command) -> click.Command:
        @wraps(function)
        def run(*args: Any, lang: str | None, **options: Any) -> None:
            install(lang)
            with redirect_stdout(Output(sys.stdout)):
                code = _exit_code(lambda: function(*args, **options), as_json=options["as_json"])
            sys.exit(code)

        run = click.option(
            "--lang", type=click.Choice(["en", "zh"]), help=mark("Language of what people read.")
        )(run)
        run = click.option(
            "--json", "as_json", is_flag=True, help=mark("Print one JSON document for programs.")
        )(run)
        made: click.Command = main.command(epilog=example)(run)
        return made

    return make


def _exit_code(function: Callable[[], int], *, as_json: bool) -> int:
    """Run a command; whatever ends it becomes one line on standard error (or a document) and a code."""
    try:
        with interruptible():
            code = function()
            sys.stdout.flush()
    except click.ClickException:
        raise
    except (Exception, KeyboardInterrupt) as error:
        code, message = ending_of(error, click.get_current_context().meta.get(_WRITTEN, ""))
        if code == BUG and os.environ.get("FAIRPOOL_DEBUG"):
            raise
        if as_json:
            with suppress(OSError):
                _print_json(code, {"error": message, "findings": [], "counts": {}})
        return _say(message, code)
    return code


def _wrote(folder: Path) -> None:
    """Remember that something was written, for whatever may still end the command."""
    click.get_current_context().meta[_WRITTEN] = named(folder)


def _say(message: str, code: int) -> int:
    with suppress(OSError):  # whoever closes standard error wants none of it
        click.echo(f"fairpool: {named(message)}", err=True)
    return code


def _print_json(code: int, document: Mapping[str, object]) -> None:
    """Print the one document of a command: which one it is and how it ended, then what it says."""
    frame = {"contract": 1, "command": click.get_current_context().info_name, "exit": code}
    click.echo(json_text({**frame, **document}, sys.stdout.encoding))


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


_instance = click.argument("instance", type=_Folder())
_plan = click.argument("plan", type=_Folder())
_set = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_overrides,
    help=mark('What if: pools.NAME=.., rules."ID".value=.., settings.KEY=.. (repeatable).'),
)


@command("fairpool check instances/tiny")
@_instance
@_set
def check(instance: Path, overrides: tuple[tuple[str, str], ...], as_json: bool) -> int:
    """List everything that is wrong or odd in an instance. Most severe first."""
    from optimizer import pipeline
    from optimizer.show.findings import findings_json, show_findings, show_size

    checked = pipeline.check(instance, overrides)
    code = _code_of(checked)
    if as_json:
        _print_json(code, findings_json(checked.findings))
        return code

    console = console_of(sys.stdout)
    show_findings(console, checked.findings)
    show_size(console, named(instance), checked.problem, checked.findings)
    return code


def _code_of(checked: Checked) -> int:
    from models.codes import Severity

    if checked.instance is None:
        return INVALID
    return IMPOSSIBLE if checked.has(Severity.conflict) else 0


@command("fairpool solve instances/tiny --out plans/tiny --set pools.cash=120")
@_instance
@click.option("--out", type=_Folder(), required=True, help=mark("The plan folder to write."))
@click.option("--gap", type=_Fraction(), help=mark("Stop once the gap is at most this (default 1e-4)."))
@click.option(
    "--time-limit", type=_Fraction(), metavar="SECONDS", help=mark("Stop with the best so far (default 600).")
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
    default=lambda: len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    help=mark("Processors to use (default: all there are); nothing proven depends on it."),
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, help=mark("Seed of the solver."))
@click.option("--certified", "is_certified", is_flag=True, help=mark("Meet the gap by the certified bound."))
@click.option(
    "--warm-start", "warm", type=_Folder(), metavar="PLAN", help=mark("Begin with this plan and its prices.")
)
@click.option("--keep", type=_Folder(), metavar="PLAN", help=mark("Only add to this plan: its cells stay."))
@click.option(
    "--best-effort", "is_best_effort", is_flag=True, help=mark("Break rules least where not all can hold.")
)
@click.option(
    "--parquet", "is_parquet", is_flag=True, help=mark("Write the plan's tables as Parquet instead of CSV.")
)
@_set
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
        _wrote(out)
    code = _solve_code(solved)
    if as_json:
        _print_json(code, _solved_json(solved, out))
    else:
        _show_solved(solved, instance, out)
    return code


def _solve_code(solved: Solved) -> int:
    if solved.solution is None:
        return _code_of(solved.checked)
    if solved.rejected:
        return UNVERIFIED
    if solved.solution.is_infeasible or solved.solution.is_proven_impossible:
        return IMPOSSIBLE
    return 0 if solved.plan is not None and solved.solution.meets(solved.options) else STOPPED


def _solved_json(solved: Solved, out: Path) -> dict[str, object]:
    from optimizer.show.findings import findings_json
    from optimizer.show.repairs import explained_json
    from optimizer.write.certificate import certificate_json

    document = findings_json(solved.checked.findings)
    document["plan"] = str(out) if solved.plan is not None else None
    document["summary"] = None if solved.written is None else dict(solved.written.summary)
    document["rejected"] = [found.to_json() for found in solved.rejected]
    if solved.explained is not None:
        document |= explained_json(solved.explained)
    if solved.solution is not None:
        document["remark"] = solved.solution.remark
        if solved.solution.is_infeasible and solved.checked.problem is not None:
            document["certificate"] = certificate_json(solved.checked.problem, solved.solution.certificate)
    return document


def _show_solved(solved: Solved, instance: Path, out: Path) -> None:
    from optimizer.show.conflict import show_conflict
    from optimizer.show.findings import show_findings
    from optimizer.show.plan import show_plan, show_written
    from optimizer.show.repairs import show_explained

    console = console_of(sys.stdout)
    show_findings(console, [*solved.checked.findings, *solved.rejected])
    solution, problem = solved.solution, solved.checked.problem
    if solved.explained is not None:
        show_explained(console, solved.explained)
    if solution is None or problem is None:
        _say(_("nothing was written"), 0)
    elif solved.rejected:
        _say(_("the plan failed verification; nothing was written"), 0)
    elif solution.is_infeasible and not (solved.explained and solved.explained.has_menu):
        show_conflict(console, problem, solution.certificate)
    elif solved.plan is None and not solution.is_infeasible:
        _say(_("no plan: {remark}; nothing was written").format(remark=solution.remark), 0)
    if solved.plan is not None and solved.written is not None:
        show_plan(console, solved.plan, solved.written.summary, solved.written.limits)
        show_written(console, named(instance), named(out), solved.written.summary)
        if solution is not None and solution.remark:
            _say(solution.remark, 0)


@command("fairpool verify instances/tiny plans/tiny")
@_instance
@_plan
def verify(instance: Path, plan: Path, as_json: bool) -> int:
    """Recompute a plan from the files alone. Totals, every limit and the bound, in exact arithmetic."""
    from optimizer.show.findings import findings_json
    from optimizer.show.verification import show_verification
    from optimizer.verify import verify as verify_folders

    for folder in (instance, plan):
        os.scandir(folder).close()
    result = verify_folders(instance, plan)
    if as_json:
        _print_json(result.exit_code, {**result.to_json(), **findings_json(result.findings)})
        return result.exit_code
    show_verification(console_of(sys.stdout), result)
    return result.exit_code


@command("fairpool init my-instance")
@click.argument("folder", type=_Folder())
def init(folder: Path, as_json: bool) -> int:
    """Write an instance to fill in. Every table with its columns and an example; valid as it stands."""
    from optimizer.init import init as write_instance

    names = write_instance(folder)
    _wrote(folder)
    if as_json:
        _print_json(0, {"folder": str(folder), "files": names})
    else:
        click.echo(_("{folder}: {files}").format(folder=named(folder), files=", ".join(names)))
        click.echo(_("Fill them in, then: fairpool check {folder}").format(folder=named(folder)))
    return 0


@command("fairpool generate --merchants 2000 --out market --seed 7")
@click.option(
    "--merchants", type=click.IntRange(1, 20_000_000), required=True, help=mark("How many merchants.")
)
@click.option("--out", type=_Folder(), required=True, help=mark("The instance folder to write."))
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, help=mark("Another seed is another market.")
)
@click.option(
    "--cells-per-merchant", type=click.FloatRange(1, 24), default=5.0, help=mark("On average (default 5).")
)
@click.option(
    "--options", type=click.IntRange(1, 20), help=mark("Options of every cell (default three to five).")
)
@click.option("--parquet", is_flag=True, help=mark("Write the large tables as Parquet."))
def generate(out: Path, as_json: bool, **choices: Any) -> int:
    """Write a realistic synthetic instance. It is a short-video marketplace's yearly resource package."""
    from optimizer.generate import generate as write_instance

    try:
        write_instance(out, **choices)
    except ValueError as error:  # what the ranges of the options let through: nan
        raise click.UsageError(str(error)) from None
    _wrote(out)
    if as_json:
        _print_json(0, {"folder": str(out)})
    else:
        click.echo(_("{folder} written; next: fairpool solve {folder} --out PLAN").format(folder=named(out)))
    return 0


if __name__ == "__main__":
    main()
