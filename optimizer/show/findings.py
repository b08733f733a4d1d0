"""Findings for people, most severe first, and the same for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from models.codes import Severity
from models.finding import Finding, counted
from models.language import _, ngettext
from models.problem import Problem
from optimizer.show.numbers import grouped

MOST_SHOWN = 50
_COLOURS = {
    Severity.error: "red",
    Severity.conflict: "magenta",
    Severity.warning: "yellow",
    Severity.note: "cyan",
}


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print the findings, at most `MOST_SHOWN` of them, and how many there are of each severity."""
    for found in findings[:MOST_SHOWN]:
        console.print(
            Text.assemble((f"{severity_name(found.severity)} ", _COLOURS[found.severity]), str(found))
        )
    if len(findings) > MOST_SHOWN:
        hidden, listed = sum(counted(findings).values()) - MOST_SHOWN, len(findings)
        all_listed = ngettext(
            "... and {hidden} more finding (all of them with --json)",
            "... and {hidden} more findings (all of them with --json)",
            hidden,
        )
        is_whole = hidden + MOST_SHOWN == listed
        text = all_listed if is_whole else _("... and {hidden} more findings ({listed} in all with --json)")
        console.print(Text(text.format(hidden=hidden, listed=listed), style="dim"))


def findings_json(findings: Sequence[Finding]) -> dict[str, object]:
    """Return every finding, and how many there are of each severity, as `--json` prints them."""
    counts = {severity.value: count for severity, count in counted(findings).items()}
    return {"findings": [found.to_json() for found in findings], "counts": counts}


def count_text(findings: Sequence[Finding]) -> str:
    """Say how many findings there are: `2 errors, 1 warning`."""
    counts = Counter(counted(findings))
    words = {
        Severity.error: ngettext("{n} error", "{n} errors", counts[Severity.error]),
        Severity.conflict: ngettext("{n} conflict", "{n} conflicts", counts[Severity.conflict]),
        Severity.warning: ngettext("{n} warning", "{n} warnings", counts[Severity.warning]),
        Severity.note: ngettext("{n} note", "{n} notes", counts[Severity.note]),
    }
    parts = [words[severity].format(n=counts[severity]) for severity in Severity if counts[severity]]
    return ", ".join(parts) or _("no findings")


def severity_name(severity: Severity) -> str:
    """Return the severity as it is printed."""
    return {
        Severity.error: _("error"),
        Severity.conflict: _("conflict"),
        Severity.warning: _("warning"),
        Severity.note: _("note"),
    }[severity]


def show_size(console: Console, name: str, problem: Problem | None, findings: Sequence[Finding]) -> None:
    """Print how large an instance is, if it could be read, and how many findings it has."""
    counts = {"findings": count_text(findings), "instance": name}
    if problem is None:
        console.print(_("{instance}: {findings}").format(**counts))
        return
    sizes = {
        "merchants": grouped(problem.num_merchants),
        "cells": grouped(problem.num_cells),
        "options": grouped(problem.num_options),
        "rules": grouped(len(problem.limits)),
    }
    text = _("{instance}: {merchants} merchants, {cells} cells, {options} options, {rules} rules; {findings}")
    console.print(text.format(**counts, **sizes))
