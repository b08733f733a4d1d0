"""`fairpool check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.commands.frame import command, print_json
from optimizer.commands.parameters import instance_argument, set_option
from optimizer.show.ending import IMPOSSIBLE, INVALID
from optimizer.show.output import console_of, named

if TYPE_CHECKING:
    from optimizer.pipeline import Checked


@command("fairpool check instances/tiny")
@instance_argument
@set_option
def check(instance: Path, overrides: tuple[tuple[str, str], ...], as_json: bool) -> int:
    """List everything that is wrong or odd in an instance. Most severe first."""
    from optimizer import pipeline
    from optimizer.show.findings import findings_json, show_findings, show_size

    checked = pipeline.check(instance, overrides)
    code = code_of(checked)
    if as_json:
        print_json(code, findings_json(checked.findings))
        return code

    console = console_of(sys.stdout)
    show_findings(console, checked.findings)
    show_size(console, named(instance), checked.problem, checked.findings)
    return code


def code_of(checked: Checked) -> int:
    """Return how reading an instance ends a command: invalid, impossible, or done."""
    from models.codes import Severity

    if checked.instance is None:
        return INVALID
    return IMPOSSIBLE if checked.has(Severity.conflict) else 0
