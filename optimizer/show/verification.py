"""A verification for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from rich.console import Console
from rich.text import Text

from models.finding import Finding, shown
from models.language import _, ngettext
from optimizer.show.findings import count_text, show_findings
from optimizer.show.numbers import grouped


class Result(Protocol):
    """What a verification says; see `optimizer.verify.Verification`."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong."""

    @property
    def num_dropped(self) -> int:
        """Findings beyond those listed."""

    @property
    def overrides(self) -> tuple[tuple[str, str], ...]:
        """What `--set` changed when the plan was made."""

    @property
    def objective(self) -> str | None:
        """Objective as recomputed; None: not reached."""

    @property
    def bound(self) -> str | None:
        """The solver's bound where it is the lower one, as written; None: not reached."""

    @property
    def certified_bound(self) -> str | None:
        """Bound as recomputed; None: not reached."""

    @property
    def num_checked(self) -> dict[str, int]:
        """What was checked -> how many."""

    @property
    def is_best_effort(self) -> bool:
        """Whether the plan says that it breaks hard rules."""

    @property
    def num_broken(self) -> int:
        """Hard limits that are broken."""

    @property
    def is_verified(self) -> bool:
        """Whether nothing is wrong."""


def show_verification(console: Console, result: Result) -> None:
    """Print the overrides first, then what is wrong, then the verdict."""
    for key, value in result.overrides:
        console.print(
            Text(_("override: {key} = {value}").format(key=shown(key), value=shown(value)), style="yellow")
        )
    show_findings(console, result.findings)
    if result.num_dropped:
        console.print(Text(_("{n} further findings are not listed").format(n=grouped(result.num_dropped))))
    if result.num_checked:
        console.print(Text(_("recomputed: {what}").format(what=_counts(result.num_checked))))
    if result.is_verified:
        style = "bold yellow" if result.is_best_effort else "bold green"
        console.print(Text(_verdict(result), style=style))
    else:
        text = _("NOT VERIFIED: {findings}").format(findings=count_text(result.findings))
        console.print(Text(text, style="bold red"))


def _counts(counts: Mapping[str, int]) -> str:
    words = {
        "rows": ngettext("{n} row", "{n} rows", counts.get("rows", 0)),
        "cells": ngettext("{n} cell", "{n} cells", counts.get("cells", 0)),
        "options": ngettext("{n} option", "{n} options", counts.get("options", 0)),
        "limits": ngettext("{n} limit", "{n} limits", counts.get("limits", 0)),
        "leaves": ngettext(
            "{n} leaf of the certificate", "{n} leaves of the certificate", counts.get("leaves", 0)
        ),
        "stages": ngettext("{n} stage before", "{n} stages before", counts.get("stages", 0)),
    }
    return ", ".join(words[name].format(n=grouped(count)) for name, count in counts.items())


def _verdict(result: Result) -> str:
    if result.is_best_effort:
        return ngettext(
            "VERIFIED AS BEST EFFORT: {n} hard limit is broken (proven unavoidable)",
            "VERIFIED AS BEST EFFORT: {n} hard limits are broken (proven unavoidable)",
            result.num_broken,
        ).format(n=grouped(result.num_broken))
    proven = result.certified_bound or "-"
    text = _("VERIFIED: objective {objective}; no plan exceeds {proven} (proven by certificate)").format(
        objective=grouped(result.objective or "-"), proven=grouped(proven)
    )
    if result.bound is None or result.bound == proven:
        return text
    return text + _("; the solver claims {claimed}").format(claimed=grouped(result.bound))
