"""How two plans differ, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from rich.console import Console
from rich.text import Text

from models.amount import VALUE_DIGITS, exact_text, fraction_to_text, units_to_short_text, units_to_text
from models.comparison import Change, Comparison, GroupChange, LimitChange, Moved, Reason
from models.finding import shown
from models.holdings import LimitState
from models.language import _, ngettext
from optimizer.show.numbers import grouped, percent
from optimizer.show.table import show_table

_MOST = 10
_SHOWN_DIGITS = 5
_EXACT_DIGITS = 12


def comparison_json(comparison: Comparison) -> dict[str, object]:
    """Return a comparison as `--json` prints it: every change, group and limit."""
    return {
        "objective": exact_text(comparison.objective),
        "total": _moved_json(comparison.total, comparison),
        "changed": len(comparison.changes),
        "reasons": {reason.value: count for reason, count in _reasons(comparison.changes).items()},
        "lines": [_group_json(line, comparison) for line in comparison.lines],
        "explained_share": fraction_to_text(comparison.explained_share, 6),
        "cells": [change_json(change, comparison) for change in comparison.changes],
        "groups": {
            name: [_group_json(group, comparison) for group in groups]
            for name, groups in comparison.by.items()
        },
        "limits": [_limit_json(change) for change in comparison.limits],
    }


def change_json(change: Change, comparison: Comparison) -> dict[str, object]:
    """Return the change of one cell."""
    return {
        **dict(zip(comparison.keys, change.cell, strict=True)),
        "from": change.options[0],
        "to": change.options[1],
        **_moved_json(change.moved, comparison),
        "reason": change.reason.value,
        "because": change.subject,
        "before": _exact(change.before),
        "after": _exact(change.after),
    }


def show_comparison(console: Console, comparison: Comparison, names: tuple[str, str]) -> None:
    """Print a comparison: totals, the lines that explain most, then cells, groups and rules.

    Parameters
    ----------
    names
        What the two plans are called.
    """
    if not comparison.changes and not comparison.limits:
        console.print(Text(_("The two plans give every cell the same.")))
        return
    console.print(Text(_totals(comparison, names)))
    _show_lines(console, comparison)
    _show_cells(console, comparison)
    for name, groups in comparison.by.items():
        title = _("By {column}").format(column=shown(name))
        _show_groups(console, title, groups[:_MOST], comparison, _rest(len(groups)))
    _show_limits(console, comparison)


def _totals(comparison: Comparison, names: tuple[str, str]) -> str:
    first, second = names
    text = ngettext(
        "From {first} to {second}: {n} cell changes; objective {objective}, conversions {conversions}",
        "From {first} to {second}: {n} cells change; objective {objective}, conversions {conversions}",
        len(comparison.changes),
    )
    parts = [
        text.format(
            first=first,
            second=second,
            n=grouped(len(comparison.changes)),
            objective=_signed(exact_text(comparison.objective)),
            conversions=_signed(_value(comparison.total.conversions)),
        )
    ]
    for pool, units in zip(comparison.pools, comparison.total.money, strict=True):
        parts.append(f"{pool.name} {_signed(units_to_text(units, pool.decimals))}")
    return ", ".join(parts)


def _show_lines(console: Console, comparison: Comparison) -> None:
    if not comparison.lines:
        return
    share = percent(comparison.explained_share, 0)
    what = comparison.ranked_by or _("conversions")
    text = _("each without the cells of those above; together {share} of all {what} that moved").format(
        share=share, what=what
    )
    _show_groups(console, _("What explains most of it"), comparison.lines, comparison, text)


def _show_groups(
    console: Console, title: str, groups: Sequence[GroupChange], comparison: Comparison, caption: str
) -> None:
    columns = [(_("group"), False), (_("cells changed"), True), *_moved_columns(comparison)]
    rows = [[group.group, grouped(group.num_changed), *_moved(group.moved, comparison)] for group in groups]
    if rows:
        show_table(console, title, columns, rows, caption)


def _show_cells(console: Console, comparison: Comparison) -> None:
    columns = [
        (_("cell"), False),
        (_("from"), False),
        (_("to"), False),
        *_moved_columns(comparison),
        (_("reason"), False),
    ]
    rows = [
        [
            " / ".join(change.cell),
            change.options[0] or _("nothing"),
            change.options[1] or _("nothing"),
            *_moved(change.moved, comparison),
            reason_text(change),
        ]
        for change in comparison.changes[:_MOST]
    ]
    if rows:
        counts = _reasons(comparison.changes)
        told = ", ".join(f"{_reason_name(reason)} {grouped(count)}" for reason, count in counts.items())
        rest = _rest(len(comparison.changes))
        caption = _("reasons: {told}").format(told=told)
        show_table(console, _("Cells"), columns, rows, f"{rest}; {caption}" if rest else caption)


def _show_limits(console: Console, comparison: Comparison) -> None:
    columns = [
        (_("limit"), False),
        (_("used before"), True),
        (_("after"), True),
        (_("of before"), True),
        (_("after"), True),
        (_("price before"), True),
        (_("after"), True),
    ]
    rows = []
    for change in comparison.limits[:_MOST]:
        one, other = change.before, change.after
        cells = [_state(one), _state(other)]
        rows.append(
            [
                f"{change.rule} {change.group}".strip(),
                *(cells[at][part] for part in range(3) for at in (0, 1)),
            ]
        )
    if rows:
        show_table(console, _("Pools and rules"), columns, rows, _rest(len(comparison.limits)))


def reason_text(change: Change) -> str:
    """Say why a cell changed, in words."""
    name = _reason_name(change.reason)
    if not change.subject:
        return name
    none = _("not there")
    before, after = (none if one is None else _short(one) for one in (change.before, change.after))
    return f"{name}: {change.subject}, {before} → {after}"


def _reason_name(reason: Reason) -> str:
    return {
        Reason.pin: _("pin"),
        Reason.response: _("response"),
        Reason.cost: _("cost"),
        Reason.rule: _("rule"),
        Reason.pool: _("pool"),
        Reason.price: _("price"),
        Reason.tie: _("a tie or a better fit"),
    }[reason]


def _reasons(changes: Sequence[Change]) -> Counter[Reason]:
    counts = Counter(change.reason for change in changes)
    return Counter({reason: counts[reason] for reason in Reason if counts[reason]})


def _rest(count: int) -> str:
    more = count - _MOST
    text = ngettext("and {more} more (--json lists all)", "and {more} more (--json lists all)", more)
    return text.format(more=grouped(more)) if more > 0 else ""


def _moved_columns(comparison: Comparison) -> list[tuple[str, bool]]:
    return [*((pool.name, True) for pool in comparison.pools), (_("conversions"), True)]


def _moved(moved: Moved, comparison: Comparison) -> list[str]:
    money = [
        _signed(units_to_text(units, pool.decimals))
        for pool, units in zip(comparison.pools, moved.money, strict=True)
    ]
    return [*money, _signed(_value(moved.conversions))]


def _moved_json(moved: Moved, comparison: Comparison) -> dict[str, object]:
    money = {
        pool.name: units_to_text(units, pool.decimals)
        for pool, units in zip(comparison.pools, moved.money, strict=True)
    }
    return {"moved": money, "conversions": _value(moved.conversions)}


def _group_json(group: GroupChange, comparison: Comparison) -> dict[str, object]:
    return {
        "group": group.group,
        "changed": group.num_changed,
        **_moved_json(group.moved, comparison),
    }


def _limit_json(change: LimitChange) -> dict[str, object]:
    return {
        "rule": change.rule,
        "group": change.group,
        "before": _state_json(change.before),
        "after": _state_json(change.after),
    }


def _state_json(state: LimitState | None) -> dict[str, str | None] | None:
    if state is None:
        return None
    return {
        "limit": _exact(state.limit),
        "used": _exact(state.used),
        "slack": _exact(state.slack),
        "status": state.status,
        "price": _exact(state.price),
    }


def _state(state: LimitState | None) -> tuple[str, str, str]:
    if state is None:
        return ("", "", "")
    return (_short(state.used), "" if state.limit is None else _short(state.limit), _short(state.price))


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else fraction_to_text(value, _EXACT_DIGITS)


def _short(value: Fraction) -> str:
    return grouped(fraction_to_text(value, _SHOWN_DIGITS))


def _value(units: int) -> str:
    return units_to_short_text(units, VALUE_DIGITS)


def _signed(text: str) -> str:
    shown = grouped(text)
    is_nothing = not text.strip("-0.")
    return shown if text.startswith("-") or is_nothing else f"+{shown}"
