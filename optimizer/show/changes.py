"""The smallest changes that would get a merchant funded, for people: one sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from models.language import _, ngettext
from models.why import Answer, Cheaper, Roomier, Worthier
from optimizer.show.cell import between, cell_name, option_name, short
from optimizer.show.conflict import limit_name


def change_lines(answer: Answer) -> Iterator[str]:
    """Say what would get a merchant funded, each change by itself, and how well that is checked."""
    found = [
        *([] if answer.worthier is None else [_worthier(answer, answer.worthier)]),
        *([] if answer.cheaper is None else [_cheaper(answer, answer.cheaper)]),
        *(_roomier(answer, room) for room in answer.roomier),
    ]
    if found:
        yield ""
        text = ngettext(
            "What would get it funded, each change by itself ({n} instance solved anew):",
            "What would get it funded, each change by itself ({n} instances solved anew):",
            answer.num_solved,
        )
        yield text.format(n=answer.num_solved)
        yield from (f"  {line}" for line in found)


def place_of(answer: Answer, option: int) -> str:
    """Name an option with its cell: `tea, S1: basic`."""
    problem = answer.plan.problem
    cell = problem.cell_of(option)
    return f"{cell_name(problem, cell)}: {option_name(problem, option)}"


def _worthier(answer: Answer, one: Worthier) -> str:
    if one.change.high is None:
        text = _("{column} of {option} up: none that was tried is enough, as rules count them as well.")
        return text.format(column=one.column, option=place_of(answer, one.option))
    text = {
        "funded": _("{column} of {option} up by {amount} (checked: it is funded then)."),
        "ties": _(
            "{column} of {option} up by {amount} (checked: it ties with the best then; more funds it)."
        ),
        "unknown": _("{column} of {option} up by {amount} (not checked: the time ran out)."),
    }[one.check]
    line = text.format(
        column=one.column,
        option=place_of(answer, one.option),
        amount=between(one.change.low, one.change.high),
    )
    return line if one.is_proven else f"{line} {_('Less may do: rules count them as well.')}"


def _cheaper(answer: Answer, one: Cheaper) -> str:
    problem = answer.plan.problem
    cost = Fraction(
        int(problem.pools[one.pool].coefficients[one.option]), 10 ** problem.pools[one.pool].digits
    )
    names = {"pool": problem.instance.pools[one.pool].name, "option": place_of(answer, one.option)}
    low, high = one.change.low, one.change.high
    if high is None and not low:
        text = _("{pool} of {option} down: the time ran out before any cut was known to help.")
        return text.format(**names)
    if high is None:
        text = _("{pool} of {option} down from {cost}: no cut that was tried is enough ({low} is not).")
        return text.format(cost=short(cost), low=short(low), **names)
    text = _(
        "{pool} of {option} down from {cost} by {high} (checked: no plan without it is better then; "
        "{low} less is not enough)."
    )
    return text.format(cost=short(cost), high=short(high), low=short(low), **names)


def _roomier(answer: Answer, one: Roomier) -> str:
    limit = limit_name(answer.plan.problem, one.limits, one.limit)
    low, high = short(one.change.low), one.change.high
    if high is None and not one.change.low:
        text = _("More room in {limit}: the time ran out before any was known to help.")
        return text.format(limit=limit)
    if high is None:
        text = _("More room in {limit}: {low} more is not enough: others make better use of it.")
        return text.format(limit=limit, low=low)
    text = _(
        "More room in {limit}: {high} more, with --set '{key}={value}' (checked: it is funded then; "
        "with {low} more it is not)."
    )
    return text.format(limit=limit, high=short(high), low=low, key=one.key, value=one.value)


def coarse(amount: Fraction, digits: int = 2) -> Fraction:
    """Round an amount up to a few significant digits."""
    if amount <= 0:
        return Fraction(0)
    unit = Fraction(1)
    while amount >= unit * 10**digits:
        unit *= 10
    while amount < unit * 10 ** (digits - 1):
        unit /= 10
    return -(-amount // unit) * unit
