"""A run on a running campaign for people: what is in force now, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from models.amount import exact, exact_text, fraction_to_text
from models.language import _, ngettext
from models.operation import Moved, Outcome
from optimizer.show.findings import findings_json, show_findings
from optimizer.show.numbers import grouped, percent
from optimizer.show.output import named
from optimizer.show.table import show_table

_DECIMALS = 4


def why(end: str) -> str:
    """Say in words how a run ended; blank for a word that is no end."""
    return {
        "first": _("a first plan was made"),
        "new": _("a better plan was found"),
        "repaired": _(
            "no better plan was found in time, and what was in force could not stay: it was mended"
        ),
        "same": _("nothing is new"),
        "not_better": _("no plan is better by as much as is asked for"),
        "suspicious": _("the inputs changed out of measure; a person should look"),
        "too_far": _("no plan that meets the rules moves as little as is allowed; a person should look"),
        "invalid": _("the instance, or the plan in force, is invalid"),
        "impossible": _("no plan can meet the hard rules with what is held (proven)"),
        "unverified": _("the plan that was found failed verification"),
        "stopped": _("no plan was found in time"),
        "failed": _("the run failed"),
    }.get(end, "")


def show_outcome(
    console: Console, outcome: Outcome, plan: str | None, instance: str, *, is_dry: bool
) -> None:
    """Print how a run ended.

    Parameters
    ----------
    plan
        The folder that was written; None: what was in force stays.
    """
    show_findings(console, outcome.findings)
    if outcome.begun:
        text = ngettext(
            "{n} slot has begun ({slots}): ", "{n} slots have begun ({slots}): ", len(outcome.begun)
        )
        begun = text.format(n=len(outcome.begun), slots=_few(outcome.begun))
        cells = ngettext("{n} cell holds what it has", "{n} cells hold what they have", outcome.num_held)
        console.print(Text(begun + cells.format(n=grouped(outcome.num_held))))
    if outcome.frozen:
        console.print(Text(_("frozen: {slots}").format(slots=_few(outcome.frozen))))
    console.print(Text(_verdict(outcome, plan, is_dry)))
    for fact in outcome.facts:
        text = _("{what}: {before} before, {after} now")
        after = fact["after"] or _("gone")
        console.print(Text(text.format(what=fact["what"], before=fact["before"], after=after)))
    if outcome.objective is not None:
        console.print(Text(_figures(outcome)))
        if outcome.moved:
            _show_moved(console, outcome.moved)
    if plan is not None and not is_dry:
        console.print()
        console.print(_("Plan written to {folder}. To check it:").format(folder=named(plan)), soft_wrap=True)
        console.print(f"  fairpool verify {instance} {named(plan)}", soft_wrap=True)


def _verdict(outcome: Outcome, plan: str | None, is_dry: bool) -> str:
    if plan is None and outcome.is_first:
        head = _("no plan is in force: {why}")
    elif plan is None:
        head = _("the plan in force stays: {why}")
    elif is_dry:
        head = _("dry run, nothing was written; the plan in force would change: {why}")
    else:
        head = _("the plan in force changes: {why}")
    return head.format(why=why(outcome.word))


def _figures(outcome: Outcome) -> str:
    assert outcome.objective is not None
    parts = [_("objective {value}").format(value=_short(outcome.objective))]
    before = outcome.incumbent_objective
    if before is not None:
        gain = _("{before} in force").format(before=_short(before))
        if before:
            share = (outcome.objective - before) / abs(before)
            sign = "-" if share < 0 else "+"
            gain += f", {sign}{percent(abs(share), _DECIMALS)}"
        parts.append(gain)
    if outcome.gap is not None:
        parts.append(_("gap {gap}").format(gap=percent(outcome.gap, _DECIMALS)))
    cells = ngettext("{n} open cell changes", "{n} open cells change", outcome.num_changed)
    parts.append(cells.format(n=grouped(outcome.num_changed)))
    return "; ".join(parts)


def _short(value: Any) -> str:  # noqa: ANN401 - a Fraction
    return grouped(fraction_to_text(value, _DECIMALS))


def _few(slots: tuple[str, ...]) -> str:
    shown = ", ".join(slots[:4])
    return named(shown if len(slots) <= 4 else f"{shown}, …")


def _show_moved(console: Console, moved: tuple[Moved, ...]) -> None:
    """Show how far each pool's amounts move in cells that had not begun."""
    columns = [
        (_("pool"), False),
        (_("in force, open cells"), True),
        (_("more"), True),
        (_("less"), True),
        (_("change"), True),
    ]
    rows = [
        [one.pool, *(grouped(text) for text in (one.before, one.more, one.less)), percent(one.share, 2)]
        for one in moved
    ]
    show_table(console, _("What moves"), columns, rows)


def outcome_json(outcome: Outcome, plan: str | None, *, is_dry: bool, message: str) -> dict[str, object]:
    """Return the document of a run."""
    return {
        "outcome": outcome.word,
        "why": why(outcome.word),
        "plan": plan,
        "dry_run": is_dry,
        "objective": None if outcome.objective is None else exact_text(outcome.objective),
        "incumbent_objective": None
        if outcome.incumbent_objective is None
        else exact_text(outcome.incumbent_objective),
        "gap": None if outcome.gap is None else fraction_to_text(outcome.gap, 12),
        "moved": [
            {
                "pool": one.pool,
                "before": one.before,
                "more": one.more,
                "less": one.less,
                "share": fraction_to_text(one.share, 12),
            }
            for one in outcome.moved
        ],
        "changed_cells": outcome.num_changed,
        "held_cells": outcome.num_held,
        "begun": list(outcome.begun),
        "frozen": list(outcome.frozen),
        "suspicious": [dict(fact) for fact in outcome.facts],
        "message": message or outcome.remark,
        **findings_json(outcome.findings),
    }


def status_line(name: str, since: float, summary: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """Say what is in force, since when, and why the last run kept or changed it."""
    then = datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds")
    objective = _short(exact(str(summary["objective"]))) if "objective" in summary else "?"
    gap = summary.get("gap")
    nearness = percent(exact(str(gap)), _DECIMALS) if gap is not None else "?"
    text = _("{name} is in force since {since} (objective {objective}, gap {gap}); ")
    head = text.format(name=named(name), since=then, objective=objective, gap=nearness)
    reason = why(str(last.get("outcome", "")))
    if not reason or last.get("current") != name:
        return head + _("the run that put it there was ended before it could say why")
    changed = _("the last run ({ended}) changed it: {why}") if last.get("is_changed") else None
    text = changed or _("the last run ({ended}) kept it: {why}")
    message = f" ({named(str(last['message']))})" if last.get("message") else ""
    return head + text.format(ended=last.get("ended", "?"), why=reason) + message
