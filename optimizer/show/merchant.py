"""Why one merchant got what it got, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from rich.console import Console
from rich.text import Text

from models.amount import FRACTION_UNIT, fraction_to_text
from models.headers import NO_OPTION
from models.instance import Pin
from models.language import _, ngettext
from models.problem import Problem
from models.why import Answer, CellView, Moved, OptionView, Stop
from optimizer.show.cell import between, cell_keys, cell_name, cost_text, option_name, short
from optimizer.show.changes import change_lines
from optimizer.show.conflict import limit_name
from optimizer.show.numbers import grouped, percent
from optimizer.show.table import show_table

_MOST_OPTIONS = 60
_MOST_MOVED = 20


def show_merchant(console: Console, answer: Answer) -> None:
    """Print what a merchant got and why, what would get it funded, and at whose cost."""
    console.print(Text(head_line(answer), style="bold"))
    if answer.merchant < 0:
        return
    _show_cells(console, answer)
    for line in (*_sides(answer), *change_lines(answer)):
        console.print(Text(line))
    _show_moved(console, answer)
    if not answer.is_reproducible:
        console.print(Text(_("The time ran out before all was solved: with more time, more may be said.")))


def head_line(answer: Answer) -> str:
    """Say in one line what a merchant got."""
    problem = answer.plan.problem
    named = named_merchant(problem, answer.key)
    if answer.merchant < 0:
        return _("{merchant} never entered: options.csv has no row of it.").format(merchant=named)
    cells = len(answer.cells)
    if not answer.is_funded:
        text = ngettext(
            "{merchant} gets nothing: {n} cell, unfunded.",
            "{merchant} gets nothing: {n} cells, unfunded.",
            cells,
        )
        return text.format(merchant=named, n=cells)
    first, end = problem.option_start[problem.cell_start[answer.merchant : answer.merchant + 2]].tolist()
    options = answer.plan.choice.options
    rows = np.flatnonzero((options >= first) & (options < end))
    funded = sum(any(view.held for view in cell.options) for cell in answer.cells)
    amounts = ", ".join(
        f"{cost_text(problem, pool, sum(cost[rows].tolist()))} {stated.name}"
        for pool, (stated, cost) in enumerate(zip(problem.instance.pools, answer.plan.costs, strict=True))
    )
    conversions = Fraction(sum(answer.plan.values["conversions"][rows].tolist()), 10**6)
    text = _(
        "{merchant} gets {amounts}, expected to add {conversions} conversions: {funded} of {cells} cells."
    )
    return text.format(
        merchant=named, amounts=amounts, conversions=short(conversions), funded=funded, cells=cells
    )


def named_merchant(problem: Problem, key: str) -> str:
    """Return the key of a merchant and, where merchants.csv has one, its name."""
    table = problem.instance.tables.get("merchants")
    names = table.columns.get("name") if table is not None and key in table.keys else None
    name = names[table.keys.index(key)] if names is not None and table is not None else ""
    return f"{key} ({name})" if name else key


def _show_cells(console: Console, answer: Answer) -> None:
    problem = answer.plan.problem
    pools = [(pool.name, True) for pool in problem.instance.pools]
    columns = [
        (_("cell"), False),
        (_("option"), False),
        *pools,
        (_("value"), True),
        (_("priced cost"), True),
        (_("lacks"), True),
        (_("why"), False),
    ]
    views = [(cell, view) for cell in answer.cells for view in cell.options]
    rows = [_row(problem, cell, view) for cell, view in views[:_MOST_OPTIONS]]
    more = len(views) - _MOST_OPTIONS
    text = ngettext("and {n} more option (all with --json)", "and {n} more options (all with --json)", more)
    show_table(console, _("Its options"), columns, rows, text.format(n=grouped(more)) if more > 0 else "")
    console.print(
        Text(
            _(
                "value: what the objective counts for it; priced cost: what its use would bring elsewhere, "
                "at the prices in the plan's limits."
            ),
            style="dim",
        )
    )
    charged = sorted({(one.limits, one.limit) for _cell, view in views for one in view.charges})
    if charged:
        limits = "; ".join(limit_name(problem, *key) for key in charged)
        console.print(Text(_("Priced are: {limits}").format(limits=limits), style="dim"))
    if answer.credit:
        text = _("That the merchant is funded at all is worth {amount} at these prices.")
        console.print(Text(text.format(amount=short(answer.credit))))
    console.print()


def _row(problem: Problem, cell: CellView, view: OptionView) -> list[str]:
    costs = [
        cost_text(problem, at, int(pool.coefficients[view.option])) for at, pool in enumerate(problem.pools)
    ]
    return [
        cell_name(problem, cell.cell),
        option_name(problem, view.option),
        *costs,
        short(view.value),
        short(view.cost),
        short(view.lacks) if view.lacks else "",
        _why(problem, cell, view),
    ]


def _why(problem: Problem, cell: CellView, view: OptionView) -> str:
    """Say what became of an option."""
    if view.held:
        given = _("given") if view.held == 1 else _("{share} of it given").format(share=percent(view.held, 2))
        return given if cell.pin is None else f"{given}: {pin_text(cell.pin)}"
    if view.is_excluded:
        return _("excluded") if cell.pin is None else pin_text(cell.pin)
    if view.stops:
        return _("would break {limits}").format(limits="; ".join(stop_texts(problem, view.stops)))
    if view.lacks:
        if cell.best < 0:
            return _("its use is worth more elsewhere")
        return _("beaten by {option}").format(option=option_name(problem, cell.best))
    if view.gain > 0:
        text = _("would fit and add {gain}: the plan is that far from the best, at least")
        return text.format(gain=short(view.gain))
    return _("as good as what the cell holds, at these prices")


def pin_text(pin: Pin) -> str:
    """Say which pin decides a cell."""
    place = _("{file} row {row}").format(file=pin.file, row=pin.row) if pin.row else pin.file
    if pin.option == NO_OPTION:
        return _("{place} forbids it").format(place=place)
    return _("{place} asks for {option}").format(place=place, option=pin.option)


def stop_texts(problem: Problem, stops: Sequence[Stop]) -> Iterator[str]:
    """Say which limits would be broken, and by how much."""
    for stop in stops:
        text = _("{limit} by {amount}")
        yield text.format(limit=limit_name(problem, stop.limits, stop.limit), amount=short(stop.by))


def _sides(answer: Answer) -> Iterator[str]:
    """Say what the best plans with and without the merchant come to."""
    with_it, without = answer.with_it, answer.without
    if with_it is None or without is None:
        yield _("The plan breaks hard rules, pools or pins, so nothing was solved anew.")
        return
    if answer.num_open:
        text = _(
            "Solved anew with all cells held as they are but its own and the {n} nearest to a tie: what "
            "follows is found, and checked, among such plans."
        )
        yield text.format(n=answer.num_open)
    if with_it.is_impossible:
        yield (
            _("No plan that meets the rules funds it (proven).")
            if not answer.num_open
            else _("No such plan funds it.")
        )
    if without.is_impossible:
        yield (
            _("No plan that meets the rules leaves it out (proven, or a pin asks for it).")
            if not answer.num_open
            else _("No such plan leaves it out.")
        )
    if answer.loss is None:
        return
    low, high = answer.loss
    if answer.is_funded:
        text = _("With it the best plan is {amount} above the best one without it (solved anew, both ways).")
        yield text.format(amount=between(-high, -low))
    elif high > 0:
        text = _("Forcing it in costs the plan {amount} of the objective (solved anew, both ways).")
        yield text.format(amount=between(max(low, Fraction(0)), high))
    else:
        yield _("A plan that funds it is as good as this one (solved anew): it lost a tie.")
    if answer.whole_loss is not None and not answer.is_funded:
        text = _("Over all plans that is {amount}: the plan itself is known to be no nearer to the best.")
        yield text.format(amount=between(max(answer.whole_loss[0], Fraction(0)), answer.whole_loss[1]))


def _show_moved(console: Console, answer: Answer) -> None:
    if not answer.moved:
        return
    problem = answer.plan.problem
    columns = [
        (_("merchant"), False),
        (_("cell"), False),
        (_("now"), False),
        (_("then"), False),
        *((pool.name, True) for pool in problem.instance.pools),
        (_("conversions"), True),
    ]
    title = _("What changes if it is left out") if answer.is_funded else _("Who would be displaced")
    rows = [_moved_row(problem, moved) for moved in answer.moved[:_MOST_MOVED]]
    more = len(answer.moved) - _MOST_MOVED
    text = ngettext("and {n} more cell (all with --json)", "and {n} more cells (all with --json)", more)
    show_table(console, title, columns, rows, text.format(n=grouped(more)) if more > 0 else "")


def _moved_row(problem: Problem, moved: Moved) -> list[str]:
    merchant = cell_keys(problem, moved.cell)["merchant"]
    costs = [_signed(_amount(pool.coefficients, moved), pool.digits, 2) for pool in problem.pools]
    values = _amount(problem.instance.options.values["conversions"], moved)
    return [
        named_merchant(problem, merchant),
        cell_name(problem, moved.cell),
        _held(problem, moved.before),
        _held(problem, moved.after),
        *costs,
        _signed(values, 6, 4),
    ]


def _amount(coefficients: np.ndarray, moved: Moved) -> Fraction:
    """Return by how much a cell's amount changes, in smallest units, before rounding."""
    late = sum(int(coefficients[option]) * share for option, share in moved.after)
    early = sum(int(coefficients[option]) * share for option, share in moved.before)
    return Fraction(late - early, FRACTION_UNIT)


def _signed(units: Fraction, digits: int, decimals: int) -> str:
    text = grouped(fraction_to_text(units / 10**digits, decimals))
    return text if units <= 0 else f"+{text}"


def _held(problem: Problem, rows: Sequence[tuple[int, int]]) -> str:
    """Write what a cell holds: options, with their shares where it is a mix."""
    if not rows:
        return _("nothing")
    return " + ".join(
        option_name(problem, option)
        if share == FRACTION_UNIT
        else f"{percent(Fraction(share, FRACTION_UNIT), 1)} {option_name(problem, option)}"
        for option, share in rows
    )
