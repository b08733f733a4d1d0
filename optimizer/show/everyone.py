"""One sentence per unfunded merchant: why it gets nothing, as far as prices tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from models.language import _, ngettext
from models.problem import Problem
from models.why import Reason, Unfunded, worth_of_option
from optimizer.show.cell import cell_name, cost_text, decimal, option_name, short
from optimizer.show.conflict import limit_name
from optimizer.show.numbers import grouped

REASONS: tuple[Reason, ...] = ("never_entered", "forbidden", "worthless", "outbid", "limit", "close")


def sentence(problem: Problem, one: Unfunded, *, is_shareable: bool) -> str:
    """Say why a merchant gets nothing.

    Parameters
    ----------
    is_shareable
        Whether it may be passed on to the merchant: then it holds no price and nothing that one follows from.
    """
    if one.option < 0:
        text = {
            "never_entered": _("{merchant} never entered: options.csv has no row of it."),
            "forbidden": _("{merchant} gets nothing: pins forbid every option of it."),
            "worthless": _("{merchant} gets nothing: no option of it is expected to add anything."),
        }[one.reason]
        return text.format(merchant=one.key)
    if one.reason == "outbid":
        text = _(
            "{merchant} gets nothing: its best option ({option}) is worth {value} for {costs}; "
            "others bring more for as much, and it lacks {lacks}."
        )
        shared = _(
            "{merchant} gets nothing: its best option ({option}) is worth {value} for {costs}; "
            "others bring more for as much."
        )
    elif one.reason == "limit":
        text = shared = _(
            "{merchant} gets nothing: its best option ({option}) is worth {value} for {costs}, "
            "but there is no room left in {limit}."
        )
    else:
        text = shared = _(
            "{merchant} gets nothing: its best option ({option}) is worth {value} for {costs}; "
            "others that are as good were taken, as nearly as prices tell."
        )
    return (shared if is_shareable else text).format(
        merchant=one.key, limit=_limit(problem, one, is_shareable=is_shareable), **_facts(problem, one)
    )


def _facts(problem: Problem, one: Unfunded) -> dict[str, str]:
    cell = problem.cell_of(one.option)
    costs = [
        f"{cost_text(problem, at, int(pool.coefficients[one.option]))} {stated.name}"
        for at, (pool, stated) in enumerate(zip(problem.pools, problem.instance.pools, strict=True))
        if pool.coefficients[one.option]
    ]
    return {
        "option": f"{cell_name(problem, cell)}: {option_name(problem, one.option)}",
        "value": short(worth_of_option(problem, one.option)),
        "costs": " + ".join(costs) or _("nothing"),
        "lacks": short(one.lacks),
    }


def _limit(problem: Problem, one: Unfunded, *, is_shareable: bool) -> str:
    if one.stop is None:
        return ""
    return (
        _("a rule")
        if is_shareable and one.stop.limits >= 0
        else limit_name(problem, one.stop.limits, one.stop.limit)
    )


def everyone_rows(
    problem: Problem, everyone: Sequence[Unfunded], *, is_shareable: bool
) -> dict[str, list[str]]:
    """Return the columns of the table: merchant, reason, what it lacks (left out if shareable), sentence."""
    columns: dict[str, list[str]] = {
        "merchant": [one.key for one in everyone],
        "reason": [one.reason for one in everyone],
        "lacks": [decimal(one.lacks) if one.lacks else "" for one in everyone],
        "why": [sentence(problem, one, is_shareable=is_shareable) for one in everyone],
    }
    if is_shareable:
        del columns["lacks"]
    return columns


def show_everyone(console: Console, everyone: Sequence[Unfunded], file: str) -> None:
    """Print how many merchants are unfunded for which reason, and where the sentences stand."""
    counts = Counter(one.reason for one in everyone)
    total = len(everyone)
    text = ngettext("{n} merchant gets nothing", "{n} merchants get nothing", total)
    console.print(Text(text.format(n=grouped(total)), style="bold"))
    names = reason_names()
    for reason in REASONS:
        if counts[reason]:
            console.print(Text(f"  {grouped(counts[reason])} {names[reason]}"))
    if file:
        console.print(_("One sentence each is in {file}").format(file=file))


def reason_names() -> dict[Reason, str]:
    """Return what the reasons are called."""
    return {
        "never_entered": _("never entered"),
        "forbidden": _("forbidden by pins"),
        "worthless": _("not expected to add anything"),
        "outbid": _("outbid: others bring more for as much"),
        "limit": _("kept out by a limit"),
        "close": _("as good as others that were taken"),
    }
