"""A verification for people."""

from __future__ import annotations

from typing import Protocol

from rich.console import Console
from rich.text import Text

from models.finding import Finding, shown
from models.language import _
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
    def certified_bound(self) -> str | None:
        """Bound as recomputed; None: not reached."""

    @property
    def num_checked(self) -> dict[str, int]:
        """What was checked -> how many."""

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
    checked = {name: grouped(count) for name, count in result.num_checked.items()}
    if checked:
        text = _("recomputed: {what}")
        console.print(Text(text.format(what=", ".join(f"{count} {name}" for name, count in checked.items()))))
    if not result.is_verified:
        console.print(
            Text(_("NOT VERIFIED: {findings}").format(findings=count_text(result.findings)), style="bold red")
        )
        return
    text = _("VERIFIED: objective {objective}, certified bound {bound}")
    bound = grouped(result.certified_bound or "-")
    console.print(
        Text(text.format(objective=grouped(result.objective or "-"), bound=bound), style="bold green")
    )
