"""A plan for people: what was given to whom, that no rule is broken, and how near it is to the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.amount import exact, fraction_to_text, units_to_text
from models.finding import shown
from models.language import _
from models.plan import Plan
from optimizer.show.numbers import grouped, percent

_MOST_RULES = 16
_MOST_MERCHANTS = 8
_MOST_CHARACTERS = 120


def show_plan(
    console: Console, plan: Plan, summary: Mapping[str, object], limits: Sequence[Sequence[str]]
) -> None:
    """Print a plan: verdict, pools, tiers, rules and the largest merchants.

    Parameters
    ----------
    summary
        As `summary.json` has it.
    limits
        Rows of `limits.csv`, as texts.
    """
    console.print(_verdict(plan, summary))
    for table in (_pools(summary), _tiers(summary), _rules(plan, limits), _merchants(plan)):
        if table is not None:
            console.print()
            console.print(table)


def _verdict(plan: Plan, summary: Mapping[str, object]) -> Text:
    counts: dict[str, int] = summary["counts"]  # type: ignore[assignment]
    objective, bound = str(summary["objective"]), str(summary["bound"])
    is_plain = plan.problem.instance.settings.objective.weights == (("conversions", Fraction(1)),)
    what = _("conversions added") if is_plain else _("objective")
    lines = [
        (f"{grouped(objective)} ", "bold green"),
        (f"{what}\n", "bold"),
        (_nearness(summary, bound) + "\n", ""),
        (
            _("{cells} of {all} cells funded, {merchants} of {everyone} merchants; ").format(
                cells=grouped(counts["funded_cells"]),
                all=grouped(counts["cells"]),
                merchants=grouped(counts["funded_merchants"]),
                everyone=grouped(counts["merchants"]),
            ),
            "",
        ),
        _kept(summary, counts),
    ]
    return Text.assemble(*lines)


def _nearness(summary: Mapping[str, object], bound: str) -> str:
    gap = exact(str(summary["gap"]))
    by = _("proven by certificate") if summary["bound_by"] == "certificate" else _("claimed by the solver")
    if gap == 0:
        return _("the best there is: no plan exceeds {bound} ({by})").format(bound=grouped(bound), by=by)
    text = _("within {gap} of the best: no plan exceeds {bound} ({by}); certified gap {certified}")
    certified = percent(exact(str(summary["certified_gap"])), 4)
    return text.format(gap=percent(gap, 4), bound=grouped(bound), by=by, certified=certified)


def _kept(summary: Mapping[str, object], counts: Mapping[str, int]) -> tuple[str, str]:
    if summary["best_effort"]:
        return _("BEST EFFORT: {broken} limits are broken").format(broken=counts["broken"]), "bold red"
    text = _("no hard rule is broken: {limits} limits checked, {binding} bind, verified")
    return text.format(limits=grouped(counts["limits"]), binding=grouped(counts["binding"])), "green"


def _pools(summary: Mapping[str, object]) -> Table:
    table = Table(title=_("Pools"), title_justify="left", title_style="bold")
    for name in (
        _("pool"),
        _("amount"),
        _("used"),
        _("left"),
        _("why it is left"),
        _("per conversion"),
        _("at the margin"),
    ):
        table.add_column(name, justify="left" if name in (_("pool"), _("why it is left")) else "right")
    pools: list[dict[str, str | None]] = summary["pools"]  # type: ignore[assignment]
    for pool in pools:
        unit = f" {pool['unit']}" if pool["unit"] else ""
        cells = [
            f"{pool['pool']}{unit and f' ({unit.strip()})'}",
            *(grouped(pool[column] or "") for column in ("amount", "used", "left")),
            why_left(pool["why_left"] or ""),
            _short(pool["cost_per_conversion"]),
            _short(pool["marginal_cost_per_conversion"]),
        ]
        table.add_row(*(_text(cell) for cell in cells))
    return table


def why_left(code: str) -> str:
    """Say in words why some of a pool is left."""
    return {
        "used_up": _("nothing is left"),
        "unused": _("stated as unused"),
        "saturated": _("every cell holds its best"),
        "indivisible": _("smaller than a worthwhile step"),
        "rules": _("other rules bind first"),
        "no_gain": _("more would not add value"),
    }[code]


def _tiers(summary: Mapping[str, object]) -> Table | None:
    fairness: dict[str, list[dict[str, object]]] = summary["fairness"]  # type: ignore[assignment]
    if not fairness["shares"]:
        return None
    table = Table(title=_("By tier"), title_justify="left", title_style="bold")
    table.add_column(_("tier"))
    for name in (str(fairness["measure"]), _("share"), _("merchants"), _("funded")):
        table.add_column(_text(name), justify="right")
    groups: list[dict[str, object]] = fairness["shares"][0]["groups"]  # type: ignore[assignment]
    for group in groups:
        cells = [
            str(group["group"]),
            grouped(str(group["used"])),
            percent(exact(str(group["share"])), 1),
            grouped(str(group["merchants"])),
            grouped(str(group["funded_merchants"])),
        ]
        table.add_row(*(_text(cell) for cell in cells))
    return table


def _rules(plan: Plan, limits: Sequence[Sequence[str]]) -> Table | None:
    """Show one line per rule: its limits by status, and its dearest or tightest limit."""
    if not plan.uses:
        return None
    table = Table(title=_("Rules"), title_justify="left", title_style="bold")
    for name in (
        _("rule"),
        _("says"),
        _("limits"),
        _("binding"),
        _("broken"),
        _("tightest: used of limit"),
        _("price"),
    ):
        table.add_column(
            name, justify="right" if name in (_("limits"), _("binding"), _("broken"), _("price")) else "left"
        )
    of_rule: dict[str, list[Sequence[str]]] = {}
    for row in limits:
        of_rule.setdefault(row[0], []).append(row)
    for use in plan.uses[:_MOST_RULES]:
        rule = use.limits.rule
        rows = of_rule.get(rule.rule, [])
        tightest = max(rows, key=_tightness, default=None)
        cells = [
            rule.rule,
            rule.label,
            grouped(use.limits.count),
            grouped(sum(row[7] == "binding" for row in rows)),
            grouped(sum(row[7] == "broken" for row in rows)),
            "" if tightest is None else _of_limit(tightest),
            "" if tightest is None or tightest[8] == "0" else _short(tightest[8]),
        ]
        table.add_row(*(_text(cell) for cell in cells))
    if len(plan.uses) > _MOST_RULES:
        table.caption = _("and {more} more rules in limits.csv").format(more=len(plan.uses) - _MOST_RULES)
    return table


def _tightness(row: Sequence[str]) -> tuple[bool, Fraction, Fraction]:
    limit, used = (exact(text) if text else Fraction(0) for text in row[4:6])
    share = used / limit if limit else Fraction(0)
    return row[7] == "broken", exact(row[8]), share if row[3] == "at_most" else -share


def _of_limit(row: Sequence[str]) -> str:
    group = f"{row[1]}: " if row[1] else ""
    sign = "≤" if row[3] == "at_most" else "≥"
    return f"{group}{grouped(row[5])} {sign} {grouped(row[4]) or '-'}"


def _merchants(plan: Plan) -> Table:
    problem, pools = plan.problem, plan.problem.instance.pools
    cell = np.searchsorted(problem.option_start, plan.choice.options, side="right") - 1
    merchant = problem.merchant_of_cell[cell]
    given = [np.zeros(problem.num_merchants, cost.dtype) for cost in plan.costs]
    for total, cost in zip(given, plan.costs, strict=True):
        np.add.at(total, merchant, cost)
    conversions = np.zeros(problem.num_merchants, plan.values["conversions"].dtype)
    np.add.at(conversions, merchant, plan.values["conversions"])
    cells = np.bincount(cell_merchants(problem.merchant_of_cell, cell), minlength=problem.num_merchants)
    largest = np.argsort(-given[0], kind="stable")[:_MOST_MERCHANTS].tolist()
    table = Table(title=_("Largest merchants"), title_justify="left", title_style="bold")
    table.add_column(_("merchant"))
    for name in (_("cells"), *(pool.name for pool in pools), _("conversions")):
        table.add_column(_text(name), justify="right")
    names = problem.instance.options.keys["merchant"].texts
    for index in largest:
        row = [names[index], grouped(int(cells[index]))]
        row += [
            grouped(units_to_text(int(total[index]), pool.decimals))
            for total, pool in zip(given, pools, strict=True)
        ]
        row.append(grouped(fraction_to_text(Fraction(int(conversions[index]), 10**6), 1)))
        table.add_row(*(_text(text) for text in row))
    return table


def cell_merchants(merchant_of_cell: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return the merchant of each funded cell, every cell once."""
    merchants: np.ndarray = merchant_of_cell[np.unique(cell)]
    return merchants


def _text(text: str) -> Text:
    """Return what a file may hold as a text of a table: no markup, no control characters, not without end."""
    return Text(shown(text, _MOST_CHARACTERS))


def _short(text: str | None) -> str:
    return "" if text is None else grouped(fraction_to_text(exact(text), 4))
