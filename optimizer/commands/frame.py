"""What every command has: `--json`, `--lang`, an exit code, and no traceback for any failure."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import click

from models.finding import Finding
from models.language import _, mark
from models.refusal import Refused
from optimizer.show.ending import BUG, ending_of
from optimizer.show.language import asked_language, install
from optimizer.show.output import Output, console_of, json_text, named
from optimizer.show.signals import interruptible

_WRITTEN = "fairpool.written"
Command = Callable[..., int]


class Commands(click.Group):
    """The commands; the language is known before any of them says a word."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Choose the language, then parse."""
        install(asked_language(args))
        _translate(self)
        return super().make_context(info_name, args, parent, **extra)


_SOURCES: dict[click.Command | click.Option, tuple[str, str]] = {}
"""Help texts as they stand in the sources, and examples."""


def _translate(command: click.Command) -> None:
    """Put the help of a command, of its options and of its commands into the language in use."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    for option in options:
        option.help = _(_SOURCES.setdefault(option, (option.help or "", ""))[0])
    text, example = _SOURCES.setdefault(command, (command.help or "", command.epilog or ""))
    command.help, command.epilog = _(text), _("Example: {example}").format(example=example)
    for own in command.commands.values() if isinstance(command, click.Group) else ():
        _translate(own)


def command(example: str, name: str | None = None) -> Callable[[Command], click.Command]:
    """Make a function a command: `--json` and `--lang`, its exit code, and no traceback for any failure.

    Parameters
    ----------
    example
        A command line, shown at the end of its help.
    name
        What it is called where the function cannot be.
    """

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
        made: click.Command = click.command(name, epilog=example)(run)
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
        findings = error.findings if isinstance(error, Refused) else ()
        with suppress(OSError):
            _tell(code, message, findings, as_json=as_json)
        return say(message, code)
    return code


def _tell(code: int, message: str, findings: Sequence[Finding], *, as_json: bool) -> None:
    """Print, on standard output, what ended a command: a document, or the findings if there are any."""
    if as_json:
        found: dict[str, object] = {"findings": [], "counts": {}}
        if findings:
            from optimizer.show.findings import findings_json

            found = findings_json(findings)
        print_json(code, {"error": message, **found})
    elif findings:
        from optimizer.show.findings import show_findings

        show_findings(console_of(sys.stdout), findings)


def wrote(folder: Path) -> None:
    """Remember that something was written, for whatever may still end the command."""
    click.get_current_context().meta[_WRITTEN] = named(folder)


def say(message: str, code: int) -> int:
    """Print one line on standard error, and return the code."""
    with suppress(OSError):  # whoever closes standard error wants none of it
        click.echo(f"fairpool: {named(message)}", err=True)
    return code


def print_json(code: int, document: Mapping[str, object]) -> None:
    """Print the one document of a command: which one it is and how it ended, then what it says."""
    frame = {"contract": 1, "command": command_name(click.get_current_context()), "exit": code}
    click.echo(json_text({**frame, **document}, sys.stdout.encoding))


def command_name(context: click.Context) -> str:
    """Return the name of a command as it is typed after `fairpool`: `registry approve`."""
    names = []
    here: click.Context | None = context
    while here is not None and here.parent is not None:
        names.append(here.info_name or "")
        here = here.parent
    return " ".join(reversed(names))
