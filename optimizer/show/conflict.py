"""Why no plan can meet the hard rules, as prices prove it."""

from __future__ import annotations

from fractions import Fraction

from rich.console import Console
from rich.text import Text

from models.amount import fraction_to_text
from models.certificate import Certificate, Price
from models.finding import shown
from models.language import _
from models.problem import Problem
from optimizer.show.numbers import grouped

_MOST_CHARACTERS = 300
_LEAST_DIGITS = 2


def show_conflict(console: Console, problem: Problem, certificate: Certificate) -> None:
    """Print the limits that cannot all hold, and by how much each would have to give at least."""
    console.print(
        Text(
            _("No plan can meet these limits together (proven; they are not the only ones in force):"),
            style="bold",
        )
    )
    for line in conflict_lines(problem, certificate):
        console.print(Text(f"  {shown(line, _MOST_CHARACTERS)}"))
    console.print(
        Text(
            _(
                "Change one of them by at least the amount beside it, or make it soft; then solve again. "
                "More may be needed."
            )
        )
    )


def conflict_lines(problem: Problem, certificate: Certificate) -> list[str]:
    """Return one line per limit of the conflict, the smallest relative change first, useless ones last."""
    leaf = max(certificate.leaves, key=lambda leaf: leaf.bound)
    lines = []
    for index, price in enumerate(leaf.prices):
        need = -leaf.bound / price.price
        amount, is_floor = _stated(problem, price.limits, price.limit)
        share = need / abs(amount) if amount else need
        is_useless = is_floor and amount is not None and need > amount  # a floor ends at nothing
        change = _("not enough by itself") if is_useless else _change(problem, price, need)
        lines.append(
            (is_useless, share, index, f"{limit_name(problem, price.limits, price.limit)}: {change}")
        )
    return [line for _is_useless, _share, _index, line in sorted(lines)]


def _stated(problem: Problem, index: int, limit: int) -> tuple[Fraction | None, bool]:
    """Return the amount of a limit (None: it depends on the plan), and whether it is a floor."""
    if index < 0:
        pool = problem.instance.pools[limit]
        return Fraction(pool.amount, 10**pool.decimals), False
    limits = problem.limits[index]
    amount = limits.constants[limit] if limits.basis is None and limits.constants else None
    return amount, limits.rule.sense == "at_least"


def limit_name(problem: Problem, index: int, limit: int) -> str:
    """Name a limit for people: `rule slot-cap (slot=S1)`; index -1: a pool."""
    if index < 0:
        return _("pool {pool}").format(pool=problem.instance.pools[limit].name)
    limits = problem.limits[index]
    group = limits.label(limit)
    text = _("rule {rule} ({group})") if group else _("rule {rule}")
    owner = f" [{limits.rule.owner}]" if limits.rule.owner else ""
    return text.format(rule=limits.rule.rule, group=group) + owner


def _change(problem: Problem, price: Price, need: Fraction) -> str:
    """Say which way and how far one limit would have to move: `lower it by 2 (cash)`."""
    if price.limits < 0:
        is_floor, digits, measure = False, problem.instance.pools[price.limit].decimals, ""
    else:
        limits = problem.limits[price.limits]
        is_floor, digits = limits.rule.sense == "at_least", limits.total.measure.digits
        measure = limits.rule.measure.text
    text = _("lower it by {amount}") if is_floor else _("raise it by {amount}")
    amount = grouped(fraction_to_text(need, max(digits, _LEAST_DIGITS)))
    return text.format(amount=amount) + (f" ({measure})" if measure else "")
