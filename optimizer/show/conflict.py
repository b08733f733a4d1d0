"""Why no plan can meet the hard rules, as prices prove it."""

from __future__ import annotations

from fractions import Fraction

from rich.console import Console
from rich.text import Text

from models.amount import fraction_to_text
from models.certificate import Certificate
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
    """Return one line per limit of the conflict, the smallest necessary change first."""
    leaf = max(certificate.leaves, key=lambda leaf: leaf.bound)
    lines = []
    for price in leaf.prices:
        need = -leaf.bound / price.price
        limit = _limit(problem, price.limits, price.limit)
        lines.append((need, f"{limit}: {_change(problem, price.limits, price.limit, need)}"))
    return [line for _need, line in sorted(lines)]


def _limit(problem: Problem, index: int, limit: int) -> str:
    if index < 0:
        return _("pool {pool}").format(pool=problem.instance.pools[limit].name)
    limits = problem.limits[index]
    group = limits.label(limit)
    text = _("rule {rule} ({group})") if group else _("rule {rule}")
    owner = f" [{limits.rule.owner}]" if limits.rule.owner else ""
    return text.format(rule=limits.rule.rule, group=group) + owner


def _change(problem: Problem, index: int, limit: int, need: Fraction) -> str:
    """Say which way and how far one limit would have to move: `lower it by 2 (cash)`."""
    if index < 0:
        is_floor, digits, measure = False, problem.instance.pools[limit].decimals, ""
    else:
        limits = problem.limits[index]
        is_floor, digits = limits.rule.sense == "at_least", limits.total.measure.digits
        measure = limits.rule.measure.text
    text = _("lower it by {amount}") if is_floor else _("raise it by {amount}")
    amount = grouped(fraction_to_text(need, max(digits, _LEAST_DIGITS)))
    return text.format(amount=amount) + (f" ({measure})" if measure else "")
