"""The stages of an objective for people: what each aimed at, what it reached, and what it could at most."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from models.amount import exact
from models.language import _
from optimizer.show.numbers import grouped, percent
from optimizer.show.table import show_table


def show_stages(console: Console, summary: Mapping[str, object]) -> None:
    """Print one line per stage; nothing where the objective has none.

    Parameters
    ----------
    summary
        As `summary.json` has it.
    """
    ended: list[dict[str, object]] = summary.get("stages", [])  # type: ignore[assignment]
    if not ended:
        return
    settings: dict[str, dict[str, object]] = summary["settings"]  # type: ignore[assignment]
    aims: list[dict[str, object]] = settings["objective"]["stages"]  # type: ignore[assignment]
    columns = [
        (_("stage"), True),
        (_("aim"), False),
        (_("reached"), True),
        (_("at most"), True),
        (_("gap"), True),
        (_("floor from then on"), True),
    ]
    rows = [
        [
            str(stage["stage"]),
            _aim(aim),
            grouped(str(stage["objective"])),
            _bound(stage),
            "-" if stage["gap"] is None else percent(exact(str(stage["gap"])), 4),
            grouped(str(stage["floor"])),
        ]
        for stage, aim in zip(ended, aims, strict=True)
    ]
    last = _("last: {aim}; pools, tiers and rules below are of its plan").format(
        aim=_aim(settings["objective"])
    )
    show_table(console, _("Stages"), columns, rows, last)


def _bound(stage: Mapping[str, object]) -> str:
    if stage["bound"] is None:
        return "-"
    text = grouped(str(stage["bound"]))
    return text if stage["bound_by"] == "certificate" else _("{bound} (claimed)").format(bound=text)


def _aim(aim: Mapping[str, object]) -> str:
    """Say what a stage aims at, as its settings do."""
    if "worst" not in aim:
        weights: dict[str, str] = aim["maximise"]  # type: ignore[assignment]
        return _("most {what}").format(what=_sum(weights))
    worst: dict[str, object] = aim["worst"]  # type: ignore[assignment]
    text = (
        _("the least {measure} of {by}") if worst["k"] == 1 else _("the {k} least {measure} of {by} together")
    )
    return text.format(k=worst["k"], measure=worst["measure"], by=worst["by"])


def _sum(weights: Mapping[str, str]) -> str:
    terms = (name if weight == "1" else f"{weight} {name}" for name, weight in weights.items())
    return " + ".join(terms).replace("+ -", "- ")
